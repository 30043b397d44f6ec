"""The directory a sweep is written to; kept consistent whenever it stops.

Points are written in chunks. A chunk's recipes are in place before its manifest lines; whatever is
there is compared with what belongs there before anything is added, so a run killed at any moment
and resumed ends byte for byte as one never killed. At the end ``sweep.yaml`` says how large the
files are. The progress file is for those who look on.

What is in the directory may have been put there by somebody else: nothing in it leads a write
elsewhere, and only what is called as this program calls its own is removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.sweep.write.grown import Grown
from hydra_recipes.sweep.write.recipe_index import Line, RecipeIndex, read_known
from hydra_recipes.sweep.write.sweep_file import MOST, read_request
from hydra_recipes.writing import is_scratch, open_own, refuse_stranger, scratch_in, write_whole

MANIFEST = "manifest.jsonl"
REQUEST = "sweep.yaml"
PROGRESS = ".progress.json"
LOCK = ".sweep.lock"
_LARGEST = 1 << 16
"""How many bytes a progress file may have."""


@dataclass
class Progress:
    """How far a sweep is written.

    Attributes:
        points: How many points are written whole.
        sizes: File to its size in bytes once they are; a directory (``recipes/``) to the size of
            the recipe files in it together.
    """

    points: int
    sizes: dict[str, int]


class SweepDirectory:
    """A sweep's directory.

    Args:
        root: The directory.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other runs out.

        Raises:
            OutputError: If another run has the directory, it can't be made, or a file of this
                program's in it is a link.
        """
        from filelock import FileLock, Timeout

        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for name in (LOCK, REQUEST, MANIFEST, PROGRESS):
                refuse_stranger(self.root / name)
            lock = FileLock(self.root / LOCK)
            lock.acquire(timeout=0)
        except Timeout:
            raise OutputError("sweep-locked", directory=str(self.root)) from None
        except FileExistsError:
            reason = "it is not a directory"
            raise OutputError("cannot-write", file=str(self.root), reason=reason) from None
        except OSError as error:
            raise OutputError("cannot-write", file=str(self.root), reason=_why(error)) from None
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                (self.root / LOCK).unlink()
            lock.release()

    @property
    def has_sweep(self) -> bool:
        """Whether a sweep was begun here."""
        return os.path.lexists(self.root / REQUEST)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is here but what this program keeps for itself."""
        return not self.root.exists() or all(
            path.name == LOCK or is_scratch(path.name) for path in self.root.iterdir()
        )

    def request(self) -> dict[str, Any]:
        """What the sweep that was begun here asked for.

        Raises:
            OutputError: If its file can't be read, or isn't what ``begin`` wrote.
        """
        return read_request(self.root / REQUEST)

    def has_sizes(self, sizes: Mapping[str, int]) -> bool:
        """Whether the streams are exactly as large as they were."""
        streams = {name: size for name, size in sizes.items() if not name.endswith("/")}
        return all(
            (self.root / name).is_file() and (self.root / name).stat().st_size == size
            for name, size in streams.items()
        )

    def begin(self, request: Mapping[str, Any]) -> None:
        """Writes down what is asked for, before anything else is written."""
        refuse_stranger(self.root / REQUEST)
        write_whole(self.root / REQUEST, to_yaml(request), force=True)

    def progress(self) -> Progress | None:
        """How far the sweep says it is; None if it doesn't."""
        try:
            with os.fdopen(open_own(self.root / PROGRESS, os.O_RDONLY), "rb") as stream:
                found = json.loads(stream.read(_LARGEST))
            sizes = {str(name): int(size) for name, size in found["sizes"].items()}
            return Progress(min(int(found["points"]), MOST), sizes)
        except (OSError, OutputError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, progress: Progress) -> None:
        """Writes down how far the sweep is, in one step."""
        scratch = scratch_in(self.root)
        text = json.dumps({"points": progress.points, "sizes": progress.sizes})
        with scratch.open("x", encoding="utf-8") as stream:
            stream.write(text)
        scratch.replace(self.root / PROGRESS)

    def finish(
        self, request: Mapping[str, Any], progress: Progress, streams: Mapping[str, Grown]
    ) -> None:
        """Writes down that the sweep is written whole, unless that is what is there."""
        digests = {name: stream.digest for name, stream in streams.items()}
        done = {**request, "sizes": progress.sizes, "digests": digests}
        wanted = to_yaml(done).encode()
        with os.fdopen(open_own(self.root / REQUEST, os.O_RDONLY), "rb") as stream:
            is_there = stream.read(len(wanted) + 1) == wanted
        if not is_there:
            self.begin(done)
        self.tidy()

    def tidy(self) -> None:
        """Removes what only a sweep under way needs."""
        self.clear()
        (self.root / PROGRESS).unlink(missing_ok=True)

    def clear(self) -> None:
        """Removes what a run that was stopped left half made."""
        for path in list(self.root.iterdir()):
            if not is_scratch(path.name):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def known(self, points: int, seen: Callable[[Line], None] = lambda _: None) -> RecipeIndex:
        """The first points, from the manifest.

        Args:
            points: How many.
            seen: Told of each line.

        Raises:
            OutputError: If a line isn't one that a sweep wrote there, or they are fewer.
        """
        try:
            known = read_known(self.root / MANIFEST, points, seen)
        except FileNotFoundError:
            known = RecipeIndex()
        if len(known) < points:
            raise OutputError("earlier-damaged", directory=str(self.root))
        return known


def _why(error: OSError) -> str:
    return error.strerror or str(error)
