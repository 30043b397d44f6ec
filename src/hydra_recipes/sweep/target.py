"""Target: the directory a sweep is written to; kept consistent whenever it stops.

Points are written in chunks. A chunk's recipes are in place before its manifest lines, those before
the progress file says so; whatever stands beyond what the progress file says is written again. At
the end ``sweep.yaml`` says how large its files are, and the progress file goes. So a run killed at
any moment and resumed ends byte for byte as one never killed.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra_recipes.emit import to_yaml
from hydra_recipes.errors import OutputError
from hydra_recipes.sweep.known import Known, read_known
from hydra_recipes.writing import SCRATCH, write_whole

MANIFEST = "manifest.jsonl"
REQUEST = "sweep.yaml"
PROGRESS = ".progress.json"
LOCK = ".sweep.lock"
PART = ".part"
LEFT_OVER = (
    f"recipes{PART}",
    f"recipes/*{PART}",
    f"recipes.parquet/*{PART}",
    f"{PROGRESS}.new",
    f"{SCRATCH}*",
)


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


class Target:
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
            OutputError: If another run has the directory, or it can't be made.
        """
        from filelock import FileLock, Timeout

        try:
            self.root.mkdir(parents=True, exist_ok=True)
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
        return (self.root / REQUEST).exists()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is here but what this program keeps for itself."""
        return not self.root.exists() or all(
            path.name == LOCK or path.name.startswith(SCRATCH) for path in self.root.iterdir()
        )

    def request(self) -> dict[str, Any]:
        """What the sweep that was begun here asked for.

        Raises:
            OutputError: If its file can't be read, or isn't what ``begin`` wrote.
        """
        import yaml

        path = self.root / REQUEST
        try:
            found = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise OutputError("bad-sweep-file", file=str(path)) from error
        if not isinstance(found, dict) or not _is_request(found):
            raise OutputError("bad-sweep-file", file=str(path))
        return found

    def begin(self, request: Mapping[str, Any]) -> None:
        """Writes down what is asked for, before anything else is written."""
        write_whole(self.root / REQUEST, to_yaml(request), force=True)

    def progress(self) -> Progress | None:
        """How far the sweep is, or None if nothing says so, or something was cut off or removed."""
        try:
            found = json.loads((self.root / PROGRESS).read_text(encoding="utf-8"))
            progress = Progress(int(found["points"]), _sizes(found["sizes"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return progress if self.has(progress) else None

    def save(self, progress: Progress) -> None:
        """Writes down how far the sweep is, in one step."""
        scratch = self.root / f"{PROGRESS}.new"
        text = json.dumps({"points": progress.points, "sizes": progress.sizes})
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(self.root / PROGRESS)

    def finish(self, request: Mapping[str, Any], progress: Progress) -> None:
        """Writes down that the sweep is written whole."""
        self.begin({**request, "sizes": progress.sizes})
        self.tidy()

    def tidy(self) -> None:
        """Removes what only a sweep under way needs."""
        self.clear()
        (self.root / PROGRESS).unlink(missing_ok=True)

    def clear(self) -> None:
        """Removes what a run that was stopped left half made."""
        for pattern in LEFT_OVER:
            for part in self.root.glob(pattern):
                shutil.rmtree(part) if part.is_dir() else part.unlink()

    def is_finished(self, points: int) -> bool:
        """Whether the sweep is written whole, and still is."""
        sizes = self.request().get("sizes")
        if not sizes:
            return False
        exact = all(_size(self.root / name) == size for name, size in _streams(sizes))
        return exact and self.has(Progress(points, sizes))

    def has(self, progress: Progress) -> bool:
        """Whether all that should be here is: the streams long enough, each recipe's file whole.

        Files are as large together as they were; what each of them holds isn't read.
        """
        if any(_size(self.root / name) < size for name, size in _streams(progress.sizes)):
            return False
        count, last, taken = 0, None, 0
        try:
            with (self.root / MANIFEST).open(encoding="utf-8") as stream:
                for line in itertools.islice(stream, progress.points):
                    file = json.loads(line)["file"]
                    if file != last:  # a Path for each of a million files is slow
                        taken += os.stat(f"{self.root}/{file}").st_size  # noqa: PTH116
                    count, last = count + 1, file
        except (OSError, ValueError, KeyError, TypeError):
            return not progress.points
        together = [size for name, size in progress.sizes.items() if name.endswith("/")]
        return count == progress.points and together in ([], [taken])

    def rewind(self, progress: Progress, names: tuple[str, ...]) -> None:
        """Cuts the streams back to what is written whole, and removes parts.

        Raises:
            OutputError: If a stream is shorter than that.
        """
        for name in names:
            path = self.root / name
            size = progress.sizes.get(name, 0)
            if _size(path) < size:
                raise OutputError("bad-sweep-file", file=str(path))
            with path.open("ab") as stream:
                stream.truncate(size)
        self.clear()

    def take_back(self, progress: Progress, names: tuple[str, ...]) -> None:
        """Removes what is half written, as far as that can be done once writing has failed."""
        for name in names:
            path = self.root / name
            size = progress.sizes.get(name, 0)
            with contextlib.suppress(OSError):
                if _size(path) > size:
                    os.truncate(path, size)
        with contextlib.suppress(OSError):
            self.clear()

    def known(self, points: int) -> Known:
        """The first points, from the manifest.

        Raises:
            OutputError: If the manifest can't be read.
        """
        path = self.root / MANIFEST
        try:
            known = read_known(path, points)
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            raise OutputError("bad-sweep-file", file=str(path)) from None
        if len(known) < points:
            raise OutputError("bad-sweep-file", file=str(path))
        return known


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def _size(path: Path) -> int:
    """The size of a file; 0 if there is none."""
    return path.stat().st_size if path.is_file() else 0


def _streams(sizes: Mapping[str, int]) -> list[tuple[str, int]]:
    """The files that grow, with their sizes."""
    return [(name, size) for name, size in sizes.items() if not name.endswith("/")]


def _sizes(found: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(size) for name, size in found.items()}


def _is_request(found: Mapping[str, Any]) -> bool:
    """Whether what was read has the form of what ``begin`` writes."""
    before = found.get("before", [])
    sections = [found.get(name) for name in ("request", "versions", "libraries")]
    return (
        all(isinstance(section, dict) for section in sections)
        and isinstance(found["request"].get("format"), str)
        and isinstance(found.get("recipes"), int)
        and isinstance(before, list)
        and all(isinstance(one, dict) and isinstance(one.get("recipes"), int) for one in before)
        and all(_are_sizes(one.get("sizes", {})) for one in (found, *before))
    )


def _are_sizes(found: Any) -> bool:
    return isinstance(found, dict) and all(isinstance(size, int) for size in found.values())
