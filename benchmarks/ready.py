"""Ready: writing a sweep beside writing the same bytes ready-made, in one process, in turn.

python -m benchmarks.ready FORMAT REPETITIONS DIRECTORY OVERRIDE…

Ready-made means: all recipes and manifest lines lie encoded in memory, one bytes object each, and
are written one after the other, to a stream or to a file each.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.api import plan
from hydra_recipes.sweep.write.recorded import WriteOptions
from hydra_recipes.sweep.write.write import write_plan

MANIFEST = "manifest.jsonl"


@dataclass(frozen=True)
class Beside:
    """What writing a sweep took, beside the same bytes ready-made.

    Attributes:
        recipes: How many recipes it has.
        ours: CPU seconds to plan, build and write it.
        ready: CPU seconds to write its recipes and manifest ready-made; None if not measured.
    """

    recipes: int
    ours: float
    ready: float | None


def beside_ready(overrides: Sequence[str], form: str, repetitions: int, directory: Path) -> Beside:
    """Measures a sweep in a format, in turn with its bytes ready-made.

    Nothing is removed in between: many file systems are slow for a while after a large removal.

    Args:
        overrides: The sweep.
        form: The format.
        repetitions: How often, after once to fill the caches; medians are taken.
        directory: Where to write.
    """
    first = directory / "first"
    recipes = write_plan(plan(overrides), first, WriteOptions(form), active_libraries()).recipes
    write = _ready(first, form)
    ours: list[float] = []
    ready: list[float] = []
    for at in range(repetitions):
        for side in ("ours", "ready") if at % 2 else ("ready", "ours"):
            root = directory / f"{side}-{at}"
            gc.collect()
            start = time.process_time()
            if side == "ours":
                write_plan(plan(overrides), root, WriteOptions(form), active_libraries())
                ours.append(time.process_time() - start)
            elif write is not None:
                write(root)
                ready.append(time.process_time() - start)
    return Beside(recipes, median(ours), median(ready) if ready else None)


def _ready(root: Path, form: str) -> Callable[[Path], None] | None:
    """What writes a sweep's bytes once more; they are read here."""
    manifest = (root / MANIFEST).read_bytes().splitlines(keepends=True)
    if form == "jsonl":
        lines = (root / "recipes.jsonl").read_bytes().splitlines(keepends=True)
        return lambda copy: _streams(copy, lines, manifest)
    if form == "yaml":
        files = [(str(p.relative_to(root)), p.read_bytes()) for p in sorted(root.rglob("*.yaml"))]
        files = [(name, data) for name, data in files if name.startswith("recipes")]
        return lambda copy: _files(copy, files, manifest)
    return None


def _streams(copy: Path, lines: Sequence[bytes], manifest: Sequence[bytes]) -> None:
    with _stream(copy, "recipes.jsonl") as recipes, _stream(copy, MANIFEST) as entries:
        for line, entry in zip(lines, manifest, strict=True):
            recipes.write(line)
            entries.write(entry)


def _files(copy: Path, files: Sequence[tuple[str, bytes]], manifest: Sequence[bytes]) -> None:
    for folder in sorted({name.rpartition("/")[0] for name, _ in files}):
        (copy / folder).mkdir(parents=True)
    with _stream(copy, MANIFEST) as entries:
        for (name, data), entry in zip(files, manifest, strict=True):
            with open(f"{copy}/{name}", "wb") as file:  # noqa: PTH123 - as fast as can be
                file.write(data)
            entries.write(entry)


@contextlib.contextmanager
def _stream(copy: Path, name: str) -> Iterator[io.BufferedWriter]:
    copy.mkdir(exist_ok=True, parents=True)
    with (copy / name).open("wb") as stream:
        yield stream


if __name__ == "__main__":
    found = beside_ready(sys.argv[4:], sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps(vars(found)))
