"""The directory that a sweep is written to, kept consistent whenever the program stops.

Points are written in chunks, and the recipes of a chunk are in place before its manifest lines.
Before anything is added, what is there is compared with what belongs there. So a run that is killed
at any moment and resumed ends byte for byte as one that was never killed. At the end ``sweep.yaml``
gets the sizes of the files. The progress file is for onlookers.

Somebody else may have put files into the directory. So no file in it leads a write elsewhere, and
only files named like this program's scratch files are removed.
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
from hydra_recipes.files import reason_of
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.files import CannotWrite
from hydra_recipes.findings.messages.sweep_files import EarlierDamaged, SweepLocked
from hydra_recipes.sweep.write.grown import Grown
from hydra_recipes.sweep.write.recipe_index import Line, RecipeIndex, read_known
from hydra_recipes.sweep.write.sweep_file import read_request
from hydra_recipes.writing import is_scratch, open_own, refuse_stranger, scratch_in, write_whole

MANIFEST = "manifest.jsonl"
REQUEST = "sweep.yaml"
PROGRESS = ".progress.json"
LOCK = ".sweep.lock"


@dataclass
class Progress:
    """How far a sweep is written.

    Attributes:
        points: The number of points that are written completely.
        sizes: File to its size in bytes once those are written; a directory (``recipes/``) to the
            total size of the recipe files in it.
    """

    points: int
    sizes: dict[str, int]


class SweepDirectory:
    """A sweep's directory.

    Args:
        root: The path of the directory.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the directory if needed, and hold its lock inside the ``with`` block.

        Raises:
            OutputError: If another run holds the lock, the directory can't be made, or one of this
                program's files in it is a link.
        """
        from filelock import FileLock, Timeout

        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for name in (LOCK, REQUEST, MANIFEST, PROGRESS):
                refuse_stranger(self.root / name)
            lock = FileLock(self.root / LOCK)
            lock.acquire(timeout=0)
        except Timeout:
            raise OutputError(SweepLocked(directory=str(self.root))) from None
        except FileExistsError:
            reason = "it is not a directory"
            raise OutputError(CannotWrite(file=str(self.root), reason=reason)) from None
        except OSError as error:
            raise OutputError(CannotWrite(file=str(self.root), reason=reason_of(error))) from None
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                (self.root / LOCK).unlink()
            lock.release()

    @property
    def has_sweep(self) -> bool:
        """Return whether a sweep was begun here."""
        return os.path.lexists(self.root / REQUEST)

    @property
    def has_finished(self) -> bool:
        """Return whether a sweep is here, all of it, as far as sizes tell."""
        return self.has_sweep and self.is_finished(self.request())

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is here but the lock and scratch files."""
        return not self.root.exists() or all(
            path.name == LOCK or is_scratch(path.name) for path in self.root.iterdir()
        )

    def request(self) -> dict[str, Any]:
        """Return the content of ``sweep.yaml``.

        Raises:
            OutputError: If the file can't be read, or isn't what ``begin`` writes.
        """
        return read_request(self.root / REQUEST)

    def is_finished(self, request: Mapping[str, Any]) -> bool:
        """Return whether all of the request in ``sweep.yaml`` is written, as far as sizes tell."""
        return bool(request.get("sizes")) and self.has_sizes(request["sizes"])

    def has_sizes(self, sizes: Mapping[str, int]) -> bool:
        """Return whether each file in ``sizes`` has that size; directories are ignored."""
        streams = {name: size for name, size in sizes.items() if not name.endswith("/")}
        return all(
            (self.root / name).is_file() and (self.root / name).stat().st_size == size
            for name, size in streams.items()
        )

    def begin(self, request: Mapping[str, Any]) -> None:
        """Write ``sweep.yaml``, before anything else is written."""
        refuse_stranger(self.root / REQUEST)
        write_whole(self.root / REQUEST, to_yaml(request), force=True)

    def save(self, progress: Progress) -> None:
        """Write the progress file, in one step."""
        scratch = scratch_in(self.root)
        text = json.dumps({"points": progress.points, "sizes": progress.sizes})
        with scratch.open("x", encoding="utf-8") as stream:
            stream.write(text)
        scratch.replace(self.root / PROGRESS)

    def finish(
        self, request: Mapping[str, Any], progress: Progress, streams: Mapping[str, Grown]
    ) -> None:
        """Add sizes and digests to ``sweep.yaml``, unless it has them, and remove scratch files.

        Args:
            request: The content of ``sweep.yaml`` so far.
            progress: The progress, with the final sizes.
            streams: The files that grow, by name.
        """
        digests = {name: stream.digest for name, stream in streams.items()}
        finished = {**request, "sizes": progress.sizes, "digests": digests}
        expected = to_yaml(finished).encode()
        with os.fdopen(open_own(self.root / REQUEST, os.O_RDONLY), "rb") as stream:
            is_written = stream.read(len(expected) + 1) == expected
        if not is_written:
            self.begin(finished)
        self.tidy()

    def tidy(self) -> None:
        """Remove the files that only an unfinished sweep needs."""
        self.clear()
        (self.root / PROGRESS).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the scratch files of a run that was stopped."""
        for path in list(self.root.iterdir()):
            if not is_scratch(path.name):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def known(self, points: int, seen: Callable[[Line], None] = lambda _: None) -> RecipeIndex:
        """Return the recipes of the first points, from the manifest.

        Args:
            points: How many points.
            seen: Called with each line.

        Raises:
            OutputError: If a line isn't what a sweep writes there, or there are fewer lines.
        """
        try:
            recipes = read_known(self.root / MANIFEST, points, seen)
        except FileNotFoundError:
            recipes = RecipeIndex()
        if len(recipes) < points:
            raise OutputError(EarlierDamaged(directory=str(self.root)))
        return recipes
