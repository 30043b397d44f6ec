"""Target: the directory a sweep is written to; kept consistent whenever it stops.

Points are written in chunks. A chunk's recipes are in place before its manifest lines, those before
the progress file says so; whatever stands beyond what the progress file says is written again. So a
run killed at any moment and resumed ends byte for byte as one never killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra_recipes.emit import to_yaml
from hydra_recipes.errors import OutputError
from hydra_recipes.writing import write_whole

MANIFEST = "manifest.jsonl"
REQUEST = "sweep.yaml"
PROGRESS = ".progress.json"
LOCK = ".lock"
PART = ".part"


@dataclass
class Progress:
    """How far a sweep is written.

    Attributes:
        points: How many points are written whole.
        sizes: File to its size in bytes once they are.
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
        return not self.root.exists() or all(p.name == LOCK for p in self.root.iterdir())

    def request(self) -> dict[str, Any]:
        """What the sweep that was begun here asked for.

        Raises:
            OutputError: If its file can't be read.
        """
        from hydra_recipes.library import load_yaml

        found = load_yaml(self.root / REQUEST)
        if not isinstance(found, dict) or not isinstance(found.get("request"), dict):
            raise OutputError("bad-sweep-file", file=str(self.root / REQUEST))
        return found

    def begin(self, request: Mapping[str, Any]) -> None:
        """Writes down what is asked for, before anything else is written."""
        write_whole(self.root / REQUEST, to_yaml(request), force=True)

    def progress(self) -> Progress | None:
        """How far the sweep is, or None if nothing says so."""
        try:
            found = json.loads((self.root / PROGRESS).read_text(encoding="utf-8"))
            progress = Progress(int(found["points"]), dict(found["sizes"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        for name, size in progress.sizes.items():
            path = self.root / name
            if not path.is_file() or path.stat().st_size < size:
                return None  # something was cut off; it is all made again
        return progress

    def save(self, progress: Progress) -> None:
        """Writes down how far the sweep is, in one step."""
        scratch = self.root / f"{PROGRESS}.new"
        scratch.write_text(json.dumps({"points": progress.points, "sizes": progress.sizes}))
        scratch.replace(self.root / PROGRESS)

    def finish(self) -> None:
        """Removes what only a sweep under way needs."""
        (self.root / PROGRESS).unlink(missing_ok=True)

    def is_finished(self, points: int) -> bool:
        """Whether the sweep is written whole: its manifest has a line for each point."""
        if (self.root / PROGRESS).exists():
            return False
        try:
            data = (self.root / MANIFEST).read_bytes()
        except OSError:
            return False
        return data.count(b"\n") == points and (not data or data.endswith(b"\n"))

    def rewind(self, progress: Progress, names: tuple[str, ...]) -> None:
        """Cuts the streams back to what is written whole, and removes parts."""
        for name in names:
            path = self.root / name
            size = progress.sizes.get(name, 0)
            if path.exists():
                os.truncate(path, size)
            else:
                path.touch()
        for part in (*self.root.glob(f"*{PART}"), *self.root.glob(f"*/*{PART}")):
            shutil.rmtree(part) if part.is_dir() else part.unlink()

    def ids(self, points: int) -> list[str]:
        """The ids of the first points, from the manifest.

        Raises:
            OutputError: If the manifest can't be read.
        """
        found: list[str] = []
        try:
            with (self.root / MANIFEST).open(encoding="utf-8") as stream:
                for line in stream:
                    if len(found) == points:
                        break
                    found.append(json.loads(line)["id"])
        except (OSError, ValueError, KeyError) as error:
            raise OutputError(
                "bad-sweep-file", file=str(self.root / MANIFEST), reason=str(error)
            ) from None
        return found


def _why(error: OSError) -> str:
    return error.strerror or str(error)
