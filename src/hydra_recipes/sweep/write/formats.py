"""Formats: how a chunk of points is put on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Protocol

from hydra_recipes.documents.emitter import with_points
from hydra_recipes.documents.header import overrides_in_header
from hydra_recipes.extras import extra
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.sweep.write.grown import Grown
from hydra_recipes.sweep.write.points import Written
from hydra_recipes.writing import open_own, refuse_stranger, scratch_in

PER_DIRECTORY = 1000
RECIPES = "recipes"
_HEADER = 1 << 16
"""How much longer a recipe's first line may be than it would be now."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Format(Protocol):
    """Puts points on disk, chunk by chunk.

    Attributes:
        chunk: How many points are put together.
        as_yaml: Whether recipes are YAML; otherwise JSON on one line.
        streams: The files that grow with each chunk, by name.
        folder: The directory of its other files, with a ``/`` at the end; empty if it has none.
        needs: The versions of what decides, beside this program, which bytes are written.
    """

    chunk: int
    as_yaml: bool
    streams: Mapping[str, Grown]
    folder: str
    needs: Mapping[str, str]

    def file_of(self, index: int, name: str, /) -> str:
        """The file of a point, from its index and run name."""

    def put(self, points: Sequence[Written]) -> int:
        """Puts a chunk in place, whole; gives the bytes it takes in the folder.

        Raises:
            OutputError: If something else is in its place.
        """

    def has(self, points: Sequence[Written], /) -> int | None:
        """The bytes that a chunk takes in the folder; None if it isn't there whole.

        Raises:
            OutputError: If something else is in its place.
        """


class YamlFiles:
    """One file a recipe; beyond a thousand, a thousand to a directory.

    A chunk's files are made in a directory of their own that then gets its name, so that no file is
    ever seen half-written.
    """

    as_yaml = True
    streams: Mapping[str, Grown] = MappingProxyType({})
    chunk = PER_DIRECTORY
    folder = f"{RECIPES}/"
    needs: Mapping[str, str] = MappingProxyType({})

    def __init__(self, root: Path, total: int) -> None:
        self.root = root
        self.flat = total <= PER_DIRECTORY

    def file_of(self, index: int, name: str, /) -> str:
        """``recipes/NAME.yaml`` or ``recipes/0001/NAME.yaml``."""
        folder = "" if self.flat else f"{index // PER_DIRECTORY:04d}/"
        return f"{self.folder}{folder}{name}.yaml"

    def put(self, points: Sequence[Written]) -> int:
        """Puts a chunk in place, whole; gives the bytes it takes in the folder."""
        taken = 0
        folders: dict[str, list[tuple[str, Written]]] = {}
        for point in points:  # plain text, for a Path for each of a million files is slow
            parent, _, name = point.file.rpartition("/")
            folders.setdefault(parent, []).append((name, point))
        for parent, members in folders.items():
            folder = self.root / parent
            _own_folders(folder, self.root)
            if folder.exists():
                self.has([point for _, point in members])  # what is replaced is the sweep's own
            made = scratch_in(self.root)
            made.mkdir()
            for name, point in members:
                data = point.text.encode()
                _write_new(f"{made}/{name}", data)
                taken += len(data)
            if not folder.exists():
                folder.parent.mkdir(exist_ok=True)
                made.rename(folder)
                continue
            for path in made.iterdir():
                path.replace(folder / path.name)
            made.rmdir()
        return taken

    def has(self, points: Sequence[Written], /) -> int | None:
        """The bytes that a chunk takes in the folder; None if it isn't there whole."""
        taken, is_whole = 0, True
        for parent in {point.file.rpartition("/")[0] for point in points}:
            _own_folders(self.root / parent, self.root)
        for point in points:
            wanted = point.text.encode()
            found = _content(self.root / point.file, 2 * len(wanted) + _HEADER)
            if found is None or not _is_same(found, wanted):
                # One that a run that was stopped, or a power cut, left torn is made again.
                if found is not None and not wanted.startswith(found.rstrip(b"\0")):
                    raise OutputError("not-its-own", file=str(self.root / point.file), line=None)
                is_whole = False
            taken += len(found or b"")
        return taken if is_whole else None


class JsonLines:
    """One stream, ``recipes.jsonl``, with ``{"id", "recipe"}`` a line."""

    as_yaml = False
    chunk = PER_DIRECTORY
    folder = ""
    needs: Mapping[str, str] = MappingProxyType({})
    has_lines = True
    together = 200
    """How many lines are written together: large texts are slow, for memory has to be mapped."""
    name = f"{RECIPES}.jsonl"

    def __init__(self, root: Path) -> None:
        self.stream = Grown(root / self.name, has_lines=self.has_lines)
        self.streams: Mapping[str, Grown] = {self.name: self.stream}

    def file_of(self, _index: int, _name: str, /) -> str:
        """The stream."""
        return self.name

    def put(self, points: Sequence[Written]) -> int:
        """Puts a chunk in place, whole; it takes nothing in a folder."""
        with self.stream.opened() as stream:
            for data in self.pieces(points):
                write_all(stream, data)
        return 0

    def has(self, points: Sequence[Written], /) -> int | None:
        """Nothing, for it takes nothing in a folder; None if a chunk isn't there whole."""
        return 0 if all(self.stream.has(data) for data in self.pieces(points)) else None

    def pieces(self, points: Sequence[Written]) -> Iterator[bytes]:
        """What is written for a chunk, in handy pieces."""
        for first in range(0, len(points), self.together):
            some = points[first : first + self.together]
            lines = "".join([f'{{"id":"{p.id}","recipe":{p.text}}}\n' for p in some])
            yield self.packed(lines.encode())

    def packed(self, data: bytes) -> bytes:
        """What is written for lines."""
        return data


class ZstdLines(JsonLines):
    """The same stream, compressed; a chunk is a frame of its own."""

    together = PER_DIRECTORY
    name = f"{RECIPES}.jsonl.zst"
    has_lines = False

    def __init__(self, root: Path) -> None:
        zstandard = extra("zstandard", "zstd")
        self.compressor = zstandard.ZstdCompressor(level=1)
        self.needs = {"zstandard": str(zstandard.__version__)}
        super().__init__(root)

    def packed(self, data: bytes) -> bytes:
        """What is written for lines."""
        packed: bytes = self.compressor.compress(data)
        return packed


class Parquet:
    """A directory of parquet files, with a column for each axis and the recipe as JSON."""

    as_yaml = False
    streams: Mapping[str, Grown] = MappingProxyType({})
    chunk = 2000
    together = 500
    """How many rows are a group: pyarrow holds several copies of one."""
    folder = f"{RECIPES}.parquet/"

    def __init__(self, root: Path, axes: Mapping[str, Collection[Any]], first: int) -> None:
        self.arrow = extra("pyarrow", "parquet")
        self.parquet = extra("pyarrow.parquet", "parquet")
        self.needs: Mapping[str, str] = {"pyarrow": str(self.arrow.__version__)}
        self.root = root
        self.first = first
        self.columns = {axis: self._type(values) for axis, values in axes.items()}
        own = [("index", self.arrow.int64()), ("id", self.arrow.string())]
        self.schema = self.arrow.schema(
            [*own, *self.columns.items(), ("recipe", self.arrow.string())]
        )

    def _type(self, values: Collection[Any]) -> Any:
        """The narrowest type that holds an axis' values; text for what has none."""
        kinds = {type(value) for value in values if value is not None}
        if kinds == {bool}:
            return self.arrow.bool_()
        if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
            return self.arrow.int64()
        if kinds in ({float}, {int, float}):
            return self.arrow.float64()
        return self.arrow.string()

    def file_of(self, index: int, _name: str, /) -> str:
        """``recipes.parquet/part-00000.parquet``.

        The part in which the recipes of an earlier request end stays as it is: what goes on from
        there is a file of its own.
        """
        part = index // self.chunk
        shares = self.first % self.chunk and part == self.first // self.chunk
        return f"{self.folder}part-{part:05d}{f'-{self.first}' if shares else ''}.parquet"

    def put(self, points: Sequence[Written]) -> int:
        """Puts a chunk in place, whole; gives the bytes it takes in the folder."""
        taken = 0
        for file, members in _by_file(points).items():
            path = self.root / file
            _own_folders(path.parent, self.root)
            if path.exists():
                self.has(members)  # what is replaced is the sweep's own
            path.parent.mkdir(exist_ok=True)
            made = scratch_in(self.root)
            self._write(made, members)
            taken += made.stat().st_size
            made.replace(path)
        return taken

    def has(self, points: Sequence[Written], /) -> int | None:
        """The bytes that a chunk takes in the folder; None if it isn't there whole."""
        taken, is_whole = 0, True
        for file, members in _by_file(points).items():
            path = self.root / file
            _own_folders(path.parent, self.root)
            sink = self.arrow.BufferOutputStream()
            self._write(sink, members)
            wanted = sink.getvalue().to_pybytes()
            found = _content(path, 2 * len(wanted) + _HEADER)
            if found != wanted:
                is_torn = found is None or wanted.startswith(found.rstrip(b"\0"))
                if not is_torn and not self._is_broken(path):
                    raise OutputError("not-its-own", file=str(path), line=None)
                is_whole = False
            taken += len(found or b"")
        return taken if is_whole else None

    def _is_broken(self, path: Path) -> bool:
        """Whether nobody can read a file that begins as a table: one that was cut short."""
        try:
            self.parquet.read_metadata(path)
        except (OSError, self.arrow.ArrowInvalid):
            return (_content(path, 4) or b"") == b"PAR1"
        return False

    def _write(self, to: Any, points: Sequence[Written]) -> None:
        # Each recipe is another, so a dictionary of them would only be a second copy.
        options = {"compression": "zstd", "use_dictionary": [*self.columns]}
        with self.parquet.ParquetWriter(to, self.schema, **options) as writer:
            for first in range(0, len(points), self.together):
                writer.write_table(self._table(points[first : first + self.together]))

    def _table(self, points: Sequence[Written]) -> Any:
        axes = [point.axes() for point in points]
        table = {"index": [p.index for p in points], "id": [p.id for p in points]}
        for axis, kind in self.columns.items():
            text = kind == self.arrow.string()
            values = [a.get(axis) for a in axes]
            table[axis] = [_text(v) if text else v for v in values]
        table["recipe"] = [point.text for point in points]
        return self.arrow.table(table, schema=self.schema)


def _by_file(points: Sequence[Written]) -> dict[str, list[Written]]:
    by_file: dict[str, list[Written]] = {}
    for point in points:
        by_file.setdefault(point.file, []).append(point)
    return by_file


def _own_folders(folder: Path, root: Path) -> None:
    """Refuses a folder, or one around it inside the sweep's directory, that leads elsewhere."""
    while folder != root:
        refuse_stranger(folder, directory=True)
        folder = folder.parent


def _content(path: Path, most: int) -> bytes | None:
    """What a file holds, its first bytes at most; None if there is none."""
    try:
        with os.fdopen(open_own(path, os.O_RDONLY), "rb") as stream:
            return stream.read(most)
    except FileNotFoundError:
        return None


def _is_same(found: bytes, wanted: bytes) -> bool:
    """Whether a recipe is the one that is wanted, wherever its first line finds its libraries."""
    if found == wanted:
        return True
    (line, _, rest), (own, _, own_rest) = found.partition(b"\n"), wanted.partition(b"\n")
    if rest != own_rest:
        return False
    overrides = overrides_in_header(line.decode(errors="replace"))
    return overrides is not None and overrides == overrides_in_header(own.decode())


def _write_new(name: str, data: bytes) -> None:
    """Writes a file that isn't there yet; a file object for each of a million files is slow."""
    descriptor = os.open(name, _NEW, 0o666)
    try:
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, data[written:])
    finally:
        os.close(descriptor)


def write_all(stream: IO[bytes] | Grown, data: bytes) -> None:
    """Writes all of the data, however little the system takes at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else with_points(json.dumps(value))
