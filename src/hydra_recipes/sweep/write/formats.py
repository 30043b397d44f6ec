"""The formats: how a chunk of points is put on disk, and into which files.

The files are named here: ``recipes/0000/NAME.yaml``, ``recipes.jsonl`` and so on. The NAME of a
recipe is its run name, which ``naming.py`` makes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Protocol

from hydra_recipes.documents.header import command_in
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.sweep_files import NotItsOwn
from hydra_recipes.sweep.extras import extra
from hydra_recipes.sweep.write.chunk import TOGETHER, Chunk, Made, Written
from hydra_recipes.sweep.write.grown import Grown, is_object
from hydra_recipes.writing import open_own, refuse_stranger, scratch_in

TABLES = ("csv", "parquet")
FORMATS = ("yaml", "jsonl", "jsonl.zst", *TABLES)
PER_DIRECTORY = 1000
RECIPES = "recipes"
FIRST_LINES = 1 << 16
"""How many bytes are read beyond twice the expected size, as first lines differ in length."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Format(Protocol):
    """A writer of points, chunk by chunk.

    Attributes:
        chunk: How many points are put on disk together.
        as_yaml: Whether recipes are YAML; otherwise JSON on one line.
        streams: The files that grow with each chunk, by name.
        folder: The directory of the other files, with a ``/`` at the end; empty if there is none.
        needs: The versions of other packages that decide which bytes are written, by package.
        kept: How many of the recipes that were put in place had been there already.
    """

    chunk: int
    as_yaml: bool
    streams: Mapping[str, Grown]
    folder: str
    needs: Mapping[str, str]
    kept: int

    def file_of(self, index: int, name: str, /) -> str:
        """Return the file of a point, from its index and run name."""

    def made(self, chunk: Chunk, /) -> Made:
        """Make a complete chunk, of which the files in the folder are then in place.

        Raises:
            OutputError: If something else is in its place.
        """

    def append(self, made: Made, /) -> None:
        """Append a chunk that was made, maybe in another process, to the stream if there is one."""

    def has(self, chunk: Chunk, /) -> int | None:
        """Return the size of a chunk in the folder, in bytes; None if it isn't there completely.

        Raises:
            OutputError: If something else is in its place.
        """


class YamlFiles:
    """One file for each recipe; beyond a thousand recipes, a thousand to a directory.

    The files of a chunk are made in a scratch directory that is then renamed, so that nobody ever
    sees a half-written file.
    """

    as_yaml = True
    streams: Mapping[str, Grown] = MappingProxyType({})
    chunk = PER_DIRECTORY
    folder = f"{RECIPES}/"
    needs: Mapping[str, str] = MappingProxyType({})

    def __init__(self, root: Path, total: int) -> None:
        self.root = root
        self.flat = total <= PER_DIRECTORY
        self.kept = 0

    def file_of(self, index: int, name: str, /) -> str:
        """Return ``recipes/NAME.yaml`` or ``recipes/0001/NAME.yaml``."""
        folder = "" if self.flat else f"{index // PER_DIRECTORY:04d}/"
        return f"{self.folder}{folder}{name}.yaml"

    def made(self, chunk: Chunk, /) -> Made:
        """Put a complete chunk in place."""
        size = kept = 0
        folders: dict[str, list[tuple[str, Written]]] = {}
        for point in chunk.points:  # as text: a Path for each of a million files is slow
            parent, _, name = point.file.rpartition("/")
            folders.setdefault(parent, []).append((name, point))
        for parent, members in folders.items():
            folder = self.root / parent
            own_folders(folder, self.root)
            if folder.exists():
                # Raises if a file isn't the sweep's.
                sizes = [self._size_of(point) for _, point in members]
                kept += len(sizes) - sizes.count(None)
            scratch = scratch_in(self.root)
            scratch.mkdir()
            for name, point in members:
                data = point.text.encode()
                _write_new(f"{scratch}/{name}", data)
                size += len(data)
            if not folder.exists():
                folder.parent.mkdir(exist_ok=True)
                scratch.rename(folder)
                continue
            for path in scratch.iterdir():
                path.replace(folder / path.name)
            scratch.rmdir()
        return Made(len(chunk), (), size, kept, chunk.manifest())

    def append(self, made: Made, /) -> None:
        """Count the recipes that had been there."""
        self.kept += made.kept

    def has(self, chunk: Chunk, /) -> int | None:
        """Return the size of a chunk in bytes; None if it isn't there completely."""
        for parent in {point.file.rpartition("/")[0] for point in chunk.points}:
            own_folders(self.root / parent, self.root)
        size, is_whole = 0, True
        for point in chunk.points:
            one = self._size_of(point)
            is_whole = is_whole and one is not None
            size += one or 0
        return size if is_whole else None

    def _size_of(self, point: Written) -> int | None:
        """Return the size of a recipe's file in bytes; None if it isn't there completely."""
        expected = point.text.encode()
        actual = content_of(self.root / point.file, 2 * len(expected) + FIRST_LINES)
        if actual is not None and _is_same(actual, expected):
            return len(actual)
        # A file torn by a stopped run or a power cut (which leaves zeros) is made again.
        if actual is not None and not expected.startswith(actual.rstrip(b"\0")):
            raise OutputError(NotItsOwn(file=str(self.root / point.file)))
        return None


class JsonLines:
    """One stream, ``recipes.jsonl``, with an object of ``id`` and ``recipe`` on each line."""

    as_yaml = False
    chunk = PER_DIRECTORY
    folder = ""
    needs: Mapping[str, str] = MappingProxyType({})
    has_lines = True
    together = TOGETHER
    """How many lines are written together."""
    name = f"{RECIPES}.jsonl"

    is_record: Callable[[bytes], bool] = staticmethod(is_object)
    """Whether a line is a recipe, and not the torn end of one."""

    def __init__(self, root: Path) -> None:
        self.stream = Grown(root / self.name, has_lines=self.has_lines, is_record=self.is_record)
        self.streams: Mapping[str, Grown] = {self.name: self.stream}
        self.kept = 0

    def file_of(self, _index: int, _name: str, /) -> str:
        """Return the name of the stream."""
        return self.name

    def made(self, chunk: Chunk, /) -> Made:
        """Make the lines of a chunk."""
        return Made(len(chunk), self.pieces(chunk), 0, 0, chunk.manifest())

    def append(self, made: Made, /) -> None:
        """Append a chunk to the stream."""
        with self.stream.opened() as stream:
            for data in made.pieces:
                if stream.in_place:
                    self.kept += self.whole_in(bytes(data), stream.in_place, made.count)
                write_all(stream, data)

    def whole_in(self, data: bytes, size: int, _points: int, /) -> int:
        """Return how many recipes are whole in the first bytes of a piece.

        Args:
            data: The piece.
            size: How many of its bytes.
        """
        return data.count(b"\n", 0, size)

    def has(self, chunk: Chunk, /) -> int | None:
        """Return 0, as nothing is in a folder; None if a chunk isn't there completely."""
        return 0 if all(self.stream.has(data) for data in self.pieces(chunk)) else None

    def pieces(self, chunk: Chunk) -> Iterator[bytes]:
        """Yield the bytes of a chunk, some lines at a time."""
        for lines in chunk.lines(self.together):
            yield self.packed(lines.encode())

    def packed(self, data: bytes) -> bytes:
        """Return the bytes to write for lines."""
        return data


class ZstdLines(JsonLines):
    """The same stream, compressed, with each chunk as a frame."""

    together = PER_DIRECTORY
    name = f"{RECIPES}.jsonl.zst"
    has_lines = False

    def __init__(self, root: Path) -> None:
        zstandard = extra("zstandard", "zstd")
        self.compressor = zstandard.ZstdCompressor(level=1)
        self.needs = {"zstandard": str(zstandard.__version__)}
        super().__init__(root)

    def whole_in(self, data: bytes, size: int, points: int, /) -> int:
        """Return the number of points, which are all in one frame, or 0 if it isn't whole."""
        return points if size >= len(data) else 0

    def packed(self, data: bytes) -> bytes:
        """Return the bytes to write for lines, as a frame."""
        packed: bytes = self.compressor.compress(data)
        return packed


def own_folders(folder: Path, root: Path) -> None:
    """Raise if a folder, or one above it inside the sweep's directory, is a link."""
    while folder != root:
        refuse_stranger(folder, directory=True)
        folder = folder.parent


def content_of(path: Path, limit: int) -> bytes | None:
    """Return the first bytes of a file; None if there is no file."""
    try:
        with os.fdopen(open_own(path, os.O_RDONLY), "rb") as stream:
            return stream.read(limit)
    except FileNotFoundError:
        return None


def _is_same(actual: bytes, expected: bytes) -> bool:
    """Return whether two recipe files are the same but for options in the first line.

    Those name the libraries, which may have been moved.
    """
    if actual == expected:
        return True
    (first_line, _, rest), (expected_line, _, expected_rest) = (
        actual.partition(b"\n"),
        expected.partition(b"\n"),
    )
    if rest != expected_rest:
        return False
    command = command_in(first_line.decode(errors="replace"))
    expected_command = command_in(expected_line.decode())
    return bool(command and expected_command and command.overrides == expected_command.overrides)


def _write_new(name: str, data: bytes) -> None:
    """Write a new file; with ``os``, as a file object for each of a million files is slow."""
    descriptor = os.open(name, _NEW, 0o666)
    try:
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, data[written:])
    finally:
        os.close(descriptor)


def write_all(stream: IO[bytes] | Grown, data: bytes | memoryview) -> None:
    """Write all of the data, however little the system takes at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]
