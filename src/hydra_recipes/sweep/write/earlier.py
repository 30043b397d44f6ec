"""The recipes that earlier requests wrote to a directory, checked line by line.

They may have been planned from other versions of the libraries, so they can't be made again for
comparison. Instead each manifest line has to have its index, and each recipe the id or the
overrides of its manifest line.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Protocol

from hydra_recipes.documents.header import header
from hydra_recipes.files import digest_of_stream
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.sweep_files import BadSweepFile, EarlierDamaged, NotItsOwn
from hydra_recipes.sweep.extras import extra
from hydra_recipes.sweep.write.directory import MANIFEST, REQUEST, SweepDirectory
from hydra_recipes.sweep.write.formats import JsonLines, ZstdLines, own_folders
from hydra_recipes.sweep.write.grown import LONGEST_LINE
from hydra_recipes.sweep.write.recipe_index import Line, RecipeIndex
from hydra_recipes.sweep.write.tables import Csv, Parquet
from hydra_recipes.writing import open_own

_COMMAND = header([]).removesuffix("\n")
_YAML_FILE = re.compile(r"recipes/(\d{4,}/)?[a-z0-9-]+\.yaml")
_TABLE = re.compile(r"recipes\.parquet/part-\d{5,}(-\d+)?\.parquet")


class _Recipes(Protocol):
    """The recipes of a sweep, checked one after the other.

    Attributes:
        size: The size of the recipes checked so far, in bytes; None if it can't be told.
    """

    size: int | None

    def look(self, line: Line) -> None:
        """Check the next recipe, which has to be that of a manifest line."""

    def close(self) -> None:
        """Close the files."""


def read_earlier(
    target: SweepDirectory, before: Sequence[Mapping[str, Any]], form: str
) -> RecipeIndex:
    """Return the recipes that earlier requests wrote.

    Args:
        target: The directory.
        before: The records of the earlier requests in ``sweep.yaml``.
        form: The name of the format.

    Raises:
        OutputError: If something is missing, cut short, or not what those requests wrote.
    """
    if not before:
        return RecipeIndex()
    sizes = before[-1]["sizes"]
    recipes, name = _recipes(target.root, form, sizes)
    sizes_after: dict[int, Mapping[str, int]] = {}
    count = 0
    for record in before:
        count += record["recipes"]
        sizes_after[count] = record["sizes"]

    def check_line(line: Line) -> None:
        recipes.look(line)
        expected_sizes = sizes_after.get(line.number)
        if expected_sizes is None:
            return  # no request ends here, so there is no size to compare
        if expected_sizes.get(MANIFEST) != line.end:
            raise OutputError(BadSweepFile(file=str(target.root / REQUEST)))
        if recipes.size is not None and expected_sizes.get(name) != recipes.size:
            raise OutputError(EarlierDamaged(directory=str(target.root)))

    try:
        index = target.known(count, check_line)
    finally:
        recipes.close()
    _check_digests(target.root, before)
    return index


def _check_digests(root: Path, before: Sequence[Mapping[str, Any]]) -> None:
    """Check that what each request added to the streams is unchanged, to the byte."""
    for stream in {name for record in before for name in record.get("digests", ())}:
        with _opened(root / _stream_name(root, stream), root) as file:
            start = 0
            for record in before:
                size = max(record["sizes"].get(stream, 0) - start, 0)
                digest = digest_of_stream(file, size)
                if record.get("digests", {}).get(stream, digest) != digest:
                    raise OutputError(NotItsOwn(file=str(root / stream)))
                start += size


def _stream_name(root: Path, name: str) -> str:
    """Return the name of a stream; raise if it isn't one that a sweep writes."""
    if name not in (MANIFEST, JsonLines.name, ZstdLines.name, Csv.name):
        raise OutputError(BadSweepFile(file=str(root / REQUEST)))
    return name


def _recipes(root: Path, form: str, sizes: Mapping[str, int]) -> tuple[_Recipes, str]:
    """Return a reader of the recipes in a format, and the key of their total size in ``sizes``."""
    if form == "yaml":
        return _Files(root), "recipes/"
    if form == "parquet":
        return _Tables(root), Parquet.folder
    if form == "csv":
        return _Rows(root, Csv.name, sizes.get(Csv.name, 0), packed=False), Csv.name
    name = (ZstdLines if form == "jsonl.zst" else JsonLines).name
    return _Lines(root, name, sizes.get(name, 0), packed=form == "jsonl.zst"), name


class _Files:
    """Recipes in YAML files, whose first line has the overrides of the manifest line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.size: int | None = 0

    def look(self, line: Line) -> None:
        """Check the file of a manifest line."""
        path = _path(self.root, line, _YAML_FILE)
        with _opened(path, self.root) as stream:
            first = stream.readline(LONGEST_LINE)
            self.size = (self.size or 0) + os.fstat(stream.fileno()).st_size
        if not first.endswith(b"\n"):
            _damaged(self.root)
        text = first.decode(errors="replace").removesuffix("\n")
        expected = header(line.overrides).removesuffix("\n").removeprefix(_COMMAND)
        if not text.startswith(_COMMAND) or not text.endswith(expected):
            raise OutputError(NotItsOwn(file=str(path)))

    def close(self) -> None:
        """Do nothing: no file stays open."""


class _Lines:
    """Recipes in a stream, each line with the id of its manifest line."""

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
        """Check the next line, which has to be that of a manifest line."""
        if self.id_in(self.line()) != line.id or line.file != self.path.name:
            raise OutputError(NotItsOwn(file=str(self.path), line_number=line.number))

    def line(self) -> bytes:
        """Return the next line; raise if it isn't whole."""
        try:
            text = self.stream.readline(LONGEST_LINE)
        except Exception as error:  # a ZstdError, whose module is optional, or one of reading
            if isinstance(error, MemoryError):
                raise
            _damaged(self.root)
        if not text.endswith(b"\n") and len(text) < LONGEST_LINE:
            _damaged(self.root)
        if self.size is not None:
            self.size += len(text)
        return text

    def id_in(self, text: bytes) -> Any:
        """Return the id of the recipe on a line; None if there is none."""
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return None
        is_recipe = isinstance(content, dict) and isinstance(content.get("recipe"), dict)
        return content.get("id") if is_recipe else None

    def close(self) -> None:
        """Close the stream."""
        self.opened.close()


class _Rows(_Lines):
    """Recipes in a stream of rows, each with the id of its manifest line in its second cell."""

    def look(self, line: Line) -> None:
        """Check the next row, which has to be that of a manifest line."""
        if line.number == 1:
            self.line()  # with the names of the columns
        super().look(line)

    def id_in(self, text: bytes) -> Any:
        """Return the id of the recipe in a row; None if there is none."""
        try:
            cells = next(csv.reader([text.decode(errors="replace")]), [])
        except csv.Error:
            return None
        return cells[1] if len(cells) > 1 else None


class _Limited(io.RawIOBase):
    """The first bytes of a file, as a stream."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.left = stream, size

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read bytes into a buffer; return their number."""
        data = self.stream.read(min(len(buffer), self.left))
        buffer[: len(data)] = data
        self.left -= len(data)
        return len(data)


class _Tables:
    """Recipes in tables, each row with the index and the id of its manifest line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.size: int | None = 0
        self.file = ""
        self.rows: Iterator[tuple[int, str]] = iter(())

    def look(self, line: Line) -> None:
        """Check the next row, which has to be that of a manifest line."""
        path = _path(self.root, line, _TABLE)
        if line.file != self.file:
            self.file = line.file
            self.rows = iter(self._read(path))
        if next(self.rows, None) != (line.number - 1, line.id):
            raise OutputError(NotItsOwn(file=str(path)))

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _read(self, path: Path) -> list[tuple[int, str]]:
        """Return the index and the id of each row of a table."""
        arrow = extra("pyarrow", "parquet")
        tables = extra("pyarrow.parquet", "parquet")
        with _opened(path, self.root) as stream:
            self.size = (self.size or 0) + os.fstat(stream.fileno()).st_size
            try:
                table = tables.ParquetFile(stream)
                if table.metadata.num_rows > Parquet.chunk:
                    raise OutputError(NotItsOwn(file=str(path)))
                rows = table.read(columns=["index", "id"])
                return list(zip(rows["index"].to_pylist(), rows["id"].to_pylist(), strict=True))
            except (OSError, ValueError, KeyError, arrow.ArrowException):
                _damaged(self.root)


def _path(root: Path, line: Line, form: re.Pattern[str]) -> Path:
    """Return the file of a manifest line; raise if a sweep doesn't name its files so."""
    if form.fullmatch(line.file) is None:
        raise OutputError(NotItsOwn(file=str(root / MANIFEST), line_number=line.number))
    return root / line.file


def _opened(path: Path, root: Path) -> BinaryIO:
    """Open a file of the sweep for reading; raise if it is a link, or in a linked directory."""
    own_folders(path.parent, root)
    try:
        return os.fdopen(open_own(path, os.O_RDONLY), "rb")
    except FileNotFoundError:
        _damaged(root)


def _damaged(root: Path) -> NoReturn:
    """Raise the error for files of earlier requests that are missing or cut short."""
    raise OutputError(EarlierDamaged(directory=str(root))) from None
