"""The formats that are tables: a row for each recipe, a column for each axis and each key."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.sweep_files import ColumnsAdded, NotItsOwn
from hydra_recipes.sweep.extras import extra
from hydra_recipes.sweep.write.chunk import Chunk, Made, Written
from hydra_recipes.sweep.write.columns import RESERVED, Columns, cell
from hydra_recipes.sweep.write.formats import (
    FIRST_LINES,
    RECIPES,
    JsonLines,
    content_of,
    own_folders,
)
from hydra_recipes.sweep.write.grown import LONGEST_LINE, Grown
from hydra_recipes.writing import open_own, scratch_in


class Csv(JsonLines):
    """One stream, ``recipes.csv``, with the names of the columns on its first line.

    Each row is one line: text with a line break stands there as JSON. What is added later has the
    columns that are there.

    Args:
        root: The directory.
        columns: The columns.
        first: How many recipes of earlier requests the stream has.

    Raises:
        OutputError: If the stream lacks one of the columns.
    """

    name = f"{RECIPES}.csv"

    @staticmethod
    def is_record(line: bytes) -> bool:
        """Return whether a line is a row."""
        return line.endswith(b"\n") and b"," in line

    def __init__(self, root: Path, columns: Columns, first: int) -> None:
        super().__init__(root)
        self.columns = columns
        self.there = _first_row(root / self.name) if first else None
        added = [name for name in columns.kinds if name not in self.there] if self.there else ()
        if added:
            raise OutputError(ColumnsAdded(directory=str(root), columns=added))

    def pieces(self, chunk: Chunk) -> Iterator[bytes]:
        """Yield the bytes of a chunk, some rows at a time."""
        names = self.there or list(self.columns.kinds)
        for first in range(0, len(chunk), self.together):
            batch = chunk.points[first : first + self.together]
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            if batch[0].index == 0:
                writer.writerow(names)
            writer.writerows([self._cells(point, names) for point in batch])
            yield text.getvalue().encode()

    def whole_in(self, data: bytes, size: int, points: int, /) -> int:
        """Return how many rows are whole in the first bytes of a piece."""
        lines = super().whole_in(data, size, points)
        return lines - 1 if lines and data.startswith(f"{RESERVED[0]},".encode()) else lines

    def _cells(self, point: Written, names: Sequence[str]) -> list[str]:
        """Return the cells of a point; a group that is no axis any more has its choice."""
        assert point.branch.recipe is not None
        values = {**point.branch.recipe.choices, **self.columns.row(point)}
        return [cell(values.get(name)) for name in names]


def _first_row(path: Path) -> list[str]:
    """Return the cells of the first line of a file."""
    with os.fdopen(open_own(path, os.O_RDONLY), "rb") as stream:
        line = stream.readline(LONGEST_LINE).decode(errors="replace")
    return next(csv.reader([line]), [])


class Parquet:
    """A directory of parquet files, with typed columns for axes and keys."""

    as_yaml = False
    streams: Mapping[str, Grown] = MappingProxyType({})
    chunk = 2000
    together = 500
    """How many rows a row group has: pyarrow holds several copies of a group in memory."""
    folder = f"{RECIPES}.parquet/"

    def __init__(self, root: Path, columns: Columns, first: int) -> None:
        self.arrow = extra("pyarrow", "parquet")
        self.parquet = extra("pyarrow.parquet", "parquet")
        self.needs: Mapping[str, str] = {"pyarrow": str(self.arrow.__version__)}
        self.root = root
        self.first = first
        self.columns = columns
        self.kept = 0

    @cached_property
    def schema(self) -> Any:
        """Return the schema of pyarrow."""
        types = {
            "bool": self.arrow.bool_(),
            "int": self.arrow.int64(),
            "float": self.arrow.float64(),
            "text": self.arrow.string(),
        }
        return self.arrow.schema([(name, types[kind]) for name, kind in self.columns.kinds.items()])

    def file_of(self, index: int, _name: str, /) -> str:
        """Return ``recipes.parquet/part-00000.parquet``.

        A file that ends with the recipes of an earlier request stays as it is. The rest of its part
        goes to a file of its own, ``part-00000-150.parquet`` from index 150 on.
        """
        part = index // self.chunk
        is_shared = self.first % self.chunk and part == self.first // self.chunk
        return f"{self.folder}part-{part:05d}{f'-{self.first}' if is_shared else ''}.parquet"

    def made(self, chunk: Chunk, /) -> Made:
        """Put a complete chunk in place."""
        size = kept = 0
        for file, members in _by_file(chunk.points).items():
            path = self.root / file
            own_folders(path.parent, self.root)
            # Raises if the file isn't the sweep's.
            if path.exists() and self.has(Chunk(members)) is not None:
                kept += len(members)
            path.parent.mkdir(exist_ok=True)
            scratch = scratch_in(self.root)
            self._write(scratch, members)
            size += scratch.stat().st_size
            scratch.replace(path)
        return Made(len(chunk), (), size, kept, chunk.manifest())

    def append(self, made: Made, /) -> None:
        """Count the recipes that had been there."""
        self.kept += made.kept

    def has(self, chunk: Chunk, /) -> int | None:
        """Return the size of a chunk in bytes; None if it isn't there completely."""
        size, is_whole = 0, True
        for file, members in _by_file(chunk.points).items():
            path = self.root / file
            own_folders(path.parent, self.root)
            sink = self.arrow.BufferOutputStream()
            self._write(sink, members)
            expected = sink.getvalue().to_pybytes()
            actual = content_of(path, 2 * len(expected) + FIRST_LINES)
            if actual != expected:
                is_torn = actual is None or expected.startswith(actual.rstrip(b"\0"))
                if not is_torn and not self._is_broken(path):
                    raise OutputError(NotItsOwn(file=str(path)))
                is_whole = False
            size += len(actual or b"")
        return size if is_whole else None

    def _is_broken(self, path: Path) -> bool:
        """Return whether a file begins as a table but can't be read, as one cut short."""
        try:
            self.parquet.read_metadata(path)
        except (OSError, self.arrow.ArrowInvalid):
            return (content_of(path, 4) or b"") == b"PAR1"
        return False

    def _write(self, sink: Any, points: Sequence[Written]) -> None:
        """Write points as a table to a path or a stream of pyarrow."""
        # No two ids or recipes are the same, so a dictionary of them would only be a second copy.
        shared = [name for name in self.columns.kinds if name not in RESERVED]
        options = {"compression": "zstd", "use_dictionary": shared}
        with self.parquet.ParquetWriter(sink, self.schema, **options) as writer:
            for first in range(0, len(points), self.together):
                rows = [self.columns.row(p) for p in points[first : first + self.together]]
                table = {name: [row.get(name) for row in rows] for name in self.columns.kinds}
                writer.write_table(self.arrow.table(table, schema=self.schema))


def _by_file(points: Sequence[Written]) -> dict[str, list[Written]]:
    """Return the points by their file."""
    by_file: dict[str, list[Written]] = {}
    for point in points:
        by_file.setdefault(point.file, []).append(point)
    return by_file
