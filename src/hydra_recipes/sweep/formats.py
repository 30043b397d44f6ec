"""Formats: how a chunk of points is put on disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from hydra_recipes.errors import OutputError
from hydra_recipes.sweep.points import FileOf, Written
from hydra_recipes.sweep.target import PART

PER_DIRECTORY = 1000
RECIPES = "recipes"


class Format(Protocol):
    """Puts points on disk, chunk by chunk.

    Attributes:
        chunk: How many points are put together.
        as_yaml: Whether recipes are YAML; otherwise JSON on one line.
        streams: The files that grow with each chunk.
        file_of: The file of a point.
    """

    chunk: int
    as_yaml: bool
    streams: tuple[str, ...]
    file_of: FileOf

    def put(self, points: Sequence[Written]) -> None:
        """Puts a chunk in place, whole."""

    def close(self) -> None:
        """Ends writing."""


class YamlFiles:
    """One file a recipe; beyond a thousand, a thousand to a directory.

    A chunk's files are made in a directory of their own that then gets its name, so that no file is
    ever seen half-written.
    """

    as_yaml = True
    streams: tuple[str, ...] = ()
    chunk = PER_DIRECTORY

    def __init__(self, root: Path, total: int) -> None:
        self.root = root
        self.flat = total <= PER_DIRECTORY

    def file_of(self, index: int, name: str) -> str:
        """``recipes/NAME.yaml`` or ``recipes/0001/NAME.yaml``."""
        folder = "" if self.flat else f"{index // PER_DIRECTORY:04d}/"
        return f"{RECIPES}/{folder}{name}.yaml"

    def put(self, points: Sequence[Written]) -> None:
        """Puts a chunk in place, whole."""
        folders: dict[Path, list[Written]] = {}
        for point in points:
            folders.setdefault((self.root / point.file).parent, []).append(point)
        for folder, members in folders.items():
            made = folder.with_name(f"{folder.name}{PART}")
            made.mkdir(parents=True)
            for point in members:
                with open(f"{made}/{point.file.rpartition('/')[2]}", "w", encoding="utf-8") as file:  # noqa: PTH123 - a Path for each of a million files is slow
                    file.write(point.text)
            if not folder.exists():
                made.rename(folder)
                continue
            for path in made.iterdir():
                path.replace(folder / path.name)
            shutil.rmtree(made)

    def close(self) -> None:
        """Ends writing."""


class JsonLines:
    """One stream, ``recipes.jsonl``, with ``{"id", "recipe"}`` a line."""

    as_yaml = False
    chunk = PER_DIRECTORY
    name = f"{RECIPES}.jsonl"

    def __init__(self, root: Path, total: int) -> None:
        self.streams: tuple[str, ...] = (self.name,)
        self.stream: IO[bytes] = (root / self.name).open("ab", buffering=0)

    def file_of(self, index: int, name: str) -> str:
        """The stream."""
        return self.name

    def put(self, points: Sequence[Written]) -> None:
        """Puts a chunk in place, whole."""
        lines = "".join([f'{{"id":"{p.id}","recipe":{p.text}}}\n' for p in points])
        write_all(self.stream, self.packed(lines.encode()))

    def packed(self, data: bytes) -> bytes:
        """What is written for a chunk."""
        return data

    def close(self) -> None:
        """Ends writing."""
        self.stream.close()


class ZstdLines(JsonLines):
    """The same stream, compressed; a chunk is a frame of its own."""

    name = f"{RECIPES}.jsonl.zst"

    def __init__(self, root: Path, total: int) -> None:
        self.compressor = _extra("zstandard", "zstd").ZstdCompressor(level=1)
        super().__init__(root, total)

    def packed(self, data: bytes) -> bytes:
        """What is written for a chunk."""
        packed: bytes = self.compressor.compress(data)
        return packed


class Parquet:
    """A directory of parquet files, with a column for each axis and the recipe as JSON."""

    as_yaml = False
    streams: tuple[str, ...] = ()
    chunk = 50_000
    folder = f"{RECIPES}.parquet"

    def __init__(self, root: Path, total: int, axes: Sequence[str], kinds: Sequence[type]) -> None:
        self.arrow = _extra("pyarrow", "parquet")
        self.parquet = _extra("pyarrow.parquet", "parquet")
        self.root = root
        types = {int: self.arrow.int64(), float: self.arrow.float64(), bool: self.arrow.bool_()}
        self.columns = {
            axis: types.get(kind, self.arrow.string())
            for axis, kind in zip(axes, kinds, strict=True)
        }
        own = [("index", self.arrow.int64()), ("id", self.arrow.string())]
        self.schema = self.arrow.schema(
            [*own, *self.columns.items(), ("recipe", self.arrow.string())]
        )

    def file_of(self, index: int, name: str) -> str:
        """``recipes.parquet/part-00000.parquet``."""
        return f"{self.folder}/part-{index // self.chunk:05d}.parquet"

    def put(self, points: Sequence[Written]) -> None:
        """Puts a chunk in place, whole."""
        by_file: dict[str, list[Written]] = {}
        for point in points:
            by_file.setdefault(point.file, []).append(point)
        for file, members in by_file.items():
            path = self.root / file
            path.parent.mkdir(exist_ok=True)
            axes = [point.axes() for point in members]
            table = {"index": [p.index for p in members], "id": [p.id for p in members]}
            for axis, kind in self.columns.items():
                text = kind == self.arrow.string()
                values = [a.get(axis) for a in axes]
                table[axis] = [_text(v) if text else v for v in values]
            table["recipe"] = [point.text for point in members]
            made = path.with_name(path.name + PART)
            self.parquet.write_table(
                self.arrow.table(table, schema=self.schema), made, compression="zstd"
            )
            made.replace(path)

    def close(self) -> None:
        """Ends writing."""


def write_all(stream: IO[bytes], data: bytes) -> None:
    """Writes all of the data, however little the system takes at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _extra(module: str, extra: str) -> Any:
    """A library of an extra.

    Raises:
        OutputError: If it isn't installed.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise OutputError("missing-extra", module=module.split(".")[0], extra=extra) from None
