"""Formats: how a chunk of points is put on disk."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from hydra_recipes.emit import with_points
from hydra_recipes.sweep.extras import extra
from hydra_recipes.sweep.points import Written
from hydra_recipes.sweep.target import PART

PER_DIRECTORY = 1000
RECIPES = "recipes"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class Format(Protocol):
    """Puts points on disk, chunk by chunk.

    Attributes:
        chunk: How many points are put together.
        as_yaml: Whether recipes are YAML; otherwise JSON on one line.
        streams: The files that grow with each chunk.
        folder: The directory of its other files, with a ``/`` at the end; empty if it has none.
    """

    chunk: int
    as_yaml: bool
    streams: tuple[str, ...]
    folder: str

    def file_of(self, index: int, name: str, /) -> str:
        """The file of a point, from its index and run name."""

    def put(self, points: Sequence[Written]) -> int:
        """Puts a chunk in place, whole; gives the bytes it takes in the folder."""


class YamlFiles:
    """One file a recipe; beyond a thousand, a thousand to a directory.

    A chunk's files are made in a directory of their own that then gets its name, so that no file is
    ever seen half-written.
    """

    as_yaml = True
    streams: tuple[str, ...] = ()
    chunk = PER_DIRECTORY
    folder = f"{RECIPES}/"

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
            made = folder.with_name(f"{folder.name}{PART}")
            made.mkdir(parents=True)
            for name, point in members:
                data = point.text.encode()
                _write_new(f"{made}/{name}", data)
                taken += len(data)
            if not folder.exists():
                made.rename(folder)
                continue
            for path in made.iterdir():
                path.replace(folder / path.name)
            shutil.rmtree(made)
        return taken


class JsonLines:
    """One stream, ``recipes.jsonl``, with ``{"id", "recipe"}`` a line."""

    as_yaml = False
    chunk = PER_DIRECTORY
    folder = ""
    together = 200
    """How many lines are written together: large texts are slow, for memory has to be mapped."""
    name = f"{RECIPES}.jsonl"

    def __init__(self, root: Path) -> None:
        self.streams: tuple[str, ...] = (self.name,)
        self.path = root / self.name

    def file_of(self, _index: int, _name: str, /) -> str:
        """The stream."""
        return self.name

    def put(self, points: Sequence[Written]) -> int:
        """Puts a chunk in place, whole; it takes nothing in a folder."""
        with self.path.open("ab", buffering=0) as stream:
            for first in range(0, len(points), self.together):
                some = points[first : first + self.together]
                lines = "".join([f'{{"id":"{p.id}","recipe":{p.text}}}\n' for p in some])
                write_all(stream, self.packed(lines.encode()))
        return 0

    def packed(self, data: bytes) -> bytes:
        """What is written for lines."""
        return data


class ZstdLines(JsonLines):
    """The same stream, compressed; a chunk is a frame of its own."""

    together = PER_DIRECTORY
    name = f"{RECIPES}.jsonl.zst"

    def __init__(self, root: Path) -> None:
        self.compressor = extra("zstandard", "zstd").ZstdCompressor(level=1)
        super().__init__(root)

    def packed(self, data: bytes) -> bytes:
        """What is written for lines."""
        packed: bytes = self.compressor.compress(data)
        return packed


class Parquet:
    """A directory of parquet files, with a column for each axis and the recipe as JSON."""

    as_yaml = False
    streams: tuple[str, ...] = ()
    chunk = 2000
    together = 500
    """How many rows are a group: pyarrow holds several copies of one."""
    folder = f"{RECIPES}.parquet/"

    def __init__(self, root: Path, axes: Mapping[str, Collection[Any]], first: int) -> None:
        self.arrow = extra("pyarrow", "parquet")
        self.parquet = extra("pyarrow.parquet", "parquet")
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
        by_file: dict[str, list[Written]] = {}
        for point in points:
            by_file.setdefault(point.file, []).append(point)
        for file, members in by_file.items():
            path = self.root / file
            path.parent.mkdir(exist_ok=True)
            made = path.with_name(path.name + PART)
            # Each recipe is another, so a dictionary of them would only be a second copy.
            options = {"compression": "zstd", "use_dictionary": [*self.columns]}
            with self.parquet.ParquetWriter(made, self.schema, **options) as writer:
                for first in range(0, len(members), self.together):
                    writer.write_table(self._table(members[first : first + self.together]))
            taken += made.stat().st_size
            made.replace(path)
        return taken

    def _table(self, points: Sequence[Written]) -> Any:
        axes = [point.axes() for point in points]
        table = {"index": [p.index for p in points], "id": [p.id for p in points]}
        for axis, kind in self.columns.items():
            text = kind == self.arrow.string()
            values = [a.get(axis) for a in axes]
            table[axis] = [_text(v) if text else v for v in values]
        table["recipe"] = [point.text for point in points]
        return self.arrow.table(table, schema=self.schema)


def _write_new(name: str, data: bytes) -> None:
    """Writes a file that isn't there yet; a file object for each of a million files is slow."""
    descriptor = os.open(name, _NEW, 0o666)
    try:
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, data[written:])
    finally:
        os.close(descriptor)


def write_all(stream: IO[bytes], data: bytes) -> None:
    """Writes all of the data, however little the system takes at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else with_points(json.dumps(value))
