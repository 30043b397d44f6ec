"""Earlier: what earlier requests wrote to a directory; each manifest line and recipe is looked at.

What they asked for may have been planned from other libraries, so it isn't made again to compare.
Each manifest line has to have its index, and each recipe the id, or the command, of its line.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Protocol

from hydra_recipes.documents.header import header
from hydra_recipes.extras import extra
from hydra_recipes.files import digest_of_stream
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.sweep.write.directory import MANIFEST, REQUEST, SweepDirectory
from hydra_recipes.sweep.write.formats import JsonLines, Parquet, ZstdLines
from hydra_recipes.sweep.write.grown import LONGEST_LINE
from hydra_recipes.sweep.write.recipe_index import Line, RecipeIndex
from hydra_recipes.writing import open_own, refuse_stranger

_COMMAND = header([]).removesuffix("\n")
_YAML_FILE = re.compile(r"recipes/(\d{4,}/)?[a-z0-9-]+\.yaml")
_TABLE = re.compile(r"recipes\.parquet/part-\d{5,}(-\d+)?\.parquet")


class _Recipes(Protocol):
    """The recipes of a sweep, looked at one after the other.

    Attributes:
        size: How many bytes those take that were looked at; None if that can't be said.
    """

    size: int | None

    def look(self, line: Line) -> None:
        """Looks at the recipe of a manifest line, the next one."""

    def close(self) -> None:
        """Ends looking."""


def read_earlier(
    target: SweepDirectory, before: Sequence[Mapping[str, Any]], form: str
) -> RecipeIndex:
    """What earlier requests wrote.

    Args:
        target: The directory.
        before: What ``sweep.yaml`` says of each of them.
        form: The format.

    Raises:
        OutputError: If something of it is missing, cut short, or isn't theirs.
    """
    if not before:
        return RecipeIndex()
    sizes = before[-1]["sizes"]
    recipes, name = _recipes(target.root, form, sizes)
    ends: dict[int, Mapping[str, int]] = {}
    count = 0
    for one in before:
        count += one["recipes"]
        ends[count] = one["sizes"]

    def seen(line: Line) -> None:
        recipes.look(line)
        wanted = ends.get(line.number)
        if wanted is None:
            return
        if wanted.get(MANIFEST) != line.end:
            raise OutputError("bad-sweep-file", file=str(target.root / REQUEST))
        if recipes.size is not None and wanted.get(name) != recipes.size:
            raise OutputError("earlier-damaged", directory=str(target.root))

    try:
        known = target.known(count, seen)
    finally:
        recipes.close()
    _check_digests(target.root, before)
    return known


def _check_digests(root: Path, before: Sequence[Mapping[str, Any]]) -> None:
    """Checks that what each request wrote to the streams is, to the byte, what it was."""
    for stream in {name for one in before for name in one.get("digests", ())}:
        with _opened(root / _stream_name(root, stream), root) as file:
            start = 0
            for one in before:
                size = max(one["sizes"].get(stream, 0) - start, 0)
                found = digest_of_stream(file, size)
                if one.get("digests", {}).get(stream, found) != found:
                    raise OutputError("not-its-own", file=str(root / stream), line=None)
                start += size


def _stream_name(root: Path, name: str) -> str:
    """The name of a stream, which is one of a sweep's."""
    if name not in (MANIFEST, JsonLines.name, ZstdLines.name):
        raise OutputError("bad-sweep-file", file=str(root / REQUEST))
    return name


def _recipes(root: Path, form: str, sizes: Mapping[str, int]) -> tuple[_Recipes, str]:
    """What looks at the recipes of a format, and the name that their size has."""
    if form == "yaml":
        return _Files(root), "recipes/"
    if form == "parquet":
        return _Tables(root), Parquet.folder
    name = (ZstdLines if form == "jsonl.zst" else JsonLines).name
    return _Lines(root, name, sizes.get(name, 0), packed=form == "jsonl.zst"), name


class _Files:
    """One YAML file a recipe, whose first line has the overrides of its manifest line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.size: int | None = 0

    def look(self, line: Line) -> None:
        """Looks at the recipe of a manifest line."""
        path = _path(self.root, line, _YAML_FILE)
        with _opened(path, self.root) as stream:
            first = stream.readline(LONGEST_LINE)
            self.size = (self.size or 0) + os.fstat(stream.fileno()).st_size
        if not first.endswith(b"\n"):
            _damaged(self.root)
        text = first.decode(errors="replace").removesuffix("\n")
        wanted = header(line.overrides).removesuffix("\n").removeprefix(_COMMAND)
        if not text.startswith(_COMMAND) or not text.endswith(wanted):
            raise OutputError("not-its-own", file=str(path), line=None)

    def close(self) -> None:
        """Ends looking."""


class _Lines:
    """A stream, each line with the id of its manifest line."""

    def __init__(self, root: Path, name: str, size: int, *, packed: bool) -> None:
        self.root, self.path = root, root / name
        self.opened = _opened(self.path, root)
        raw: Any = _Limited(self.opened, size)
        if packed:
            unpacker = extra("zstandard", "zstd").ZstdDecompressor(max_window_size=1 << 27)
            raw = unpacker.stream_reader(raw, read_across_frames=True)
        self.stream = io.BufferedReader(raw, 1 << 20)
        self.size: int | None = None if packed else 0

    def look(self, line: Line) -> None:
        """Looks at the recipe of a manifest line."""
        try:
            text = self.stream.readline(LONGEST_LINE)
        except Exception as error:  # zstandard's own, or one of reading
            if isinstance(error, MemoryError):
                raise
            _damaged(self.root)
        if not text.endswith(b"\n") and len(text) < LONGEST_LINE:
            _damaged(self.root)
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        fits = isinstance(found, dict) and isinstance(found.get("recipe"), dict)
        if not fits or found.get("id") != line.id or line.file != self.path.name:
            raise OutputError("not-its-own", file=str(self.path), line=line.number)
        if self.size is not None:
            self.size += len(text)

    def close(self) -> None:
        """Ends looking."""
        self.opened.close()


class _Limited(io.RawIOBase):
    """The beginning of a file, to a size."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.left = stream, size

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads some of it."""
        found = self.stream.read(min(len(buffer), self.left))
        buffer[: len(found)] = found
        self.left -= len(found)
        return len(found)


class _Tables:
    """Tables, each row with the index and the id of its manifest line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.size: int | None = 0
        self.file = ""
        self.rows: Iterator[tuple[int, str]] = iter(())

    def look(self, line: Line) -> None:
        """Looks at the recipe of a manifest line."""
        path = _path(self.root, line, _TABLE)
        if line.file != self.file:
            self.file = line.file
            self.rows = iter(self._read(path))
        if next(self.rows, None) != (line.number - 1, line.id):
            raise OutputError("not-its-own", file=str(path), line=None)

    def close(self) -> None:
        """Ends looking."""

    def _read(self, path: Path) -> list[tuple[int, str]]:
        """The index and the id of each row of a table."""
        arrow = extra("pyarrow", "parquet")
        tables = extra("pyarrow.parquet", "parquet")
        with _opened(path, self.root) as stream:
            self.size = (self.size or 0) + os.fstat(stream.fileno()).st_size
            try:
                table = tables.ParquetFile(stream)
                if table.metadata.num_rows > Parquet.chunk:
                    raise OutputError("not-its-own", file=str(path), line=None)
                rows = table.read(columns=["index", "id"])
                return list(zip(rows["index"].to_pylist(), rows["id"].to_pylist(), strict=True))
            except (OSError, ValueError, KeyError, arrow.ArrowException):
                _damaged(self.root)


def _path(root: Path, line: Line, form: re.Pattern[str]) -> Path:
    """The file that a manifest line names, which has to be called as a sweep calls them."""
    if form.fullmatch(line.file) is None:
        raise OutputError("not-its-own", file=str(root / MANIFEST), line=line.number)
    return root / line.file


def _opened(path: Path, root: Path) -> BinaryIO:
    """Opens a file of the sweep's own."""
    folder = path.parent
    while folder != root:
        refuse_stranger(folder, directory=True)
        folder = folder.parent
    try:
        return os.fdopen(open_own(path, os.O_RDONLY), "rb")
    except FileNotFoundError:
        _damaged(root)


def _damaged(root: Path) -> NoReturn:
    raise OutputError("earlier-damaged", directory=str(root)) from None
