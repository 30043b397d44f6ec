"""Known: the recipes a directory has already; a few bytes each, for there may be millions."""

from __future__ import annotations

import hashlib
import itertools
import json
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

RUN_NAME = "run.name="
_WORD = "Q"


@dataclass(frozen=True)
class Known:
    """The recipes of a manifest's first lines: whether an id, or a run name, is among theirs.

    Attributes:
        manifest: The manifest, if there is one.
        ids: Their ids as numbers, ascending.
        names: Short hashes of their run names, ascending.
    """

    manifest: Path | None = None
    ids: array[int] = field(default_factory=lambda: array(_WORD))
    names: array[int] = field(default_factory=lambda: array(_WORD))

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, recipe_id: object) -> bool:
        return _has(self.ids, int(str(recipe_id), 16))

    def has_name(self, name: str) -> bool:
        """Whether one has this run name."""
        if self.manifest is None or not name or not _has(self.names, _short(name)):
            return False
        # Another name may have the same hash, so the names themselves have the last word.
        return any(name == one for _, one in _lines(self.manifest, len(self)))


def read_known(manifest: Path, points: int) -> Known:
    """The recipes of a manifest's first lines, so many or all there are.

    Raises:
        OSError: If the manifest can't be read.
        ValueError: If a line can't; ``KeyError``, ``TypeError`` or ``OverflowError`` likewise.
    """
    ids, names = array(_WORD), array(_WORD)
    if points:
        for recipe_id, name in _lines(manifest, points):
            ids.append(int(recipe_id, 16))
            if name:
                names.append(_short(name))
    return Known(manifest, array(_WORD, sorted(ids)), array(_WORD, sorted(names)))


def _lines(manifest: Path, points: int) -> Iterator[tuple[str, str]]:
    """The id and the run name of each of the first lines."""
    with manifest.open(encoding="utf-8") as stream:
        for line in itertools.islice(stream, points):
            found = json.loads(line)
            yield str(found["id"]), _name(found["overrides"])


def _name(overrides: list[str]) -> str:
    """The run name that a manifest line's overrides end with, if they do."""
    last = overrides[-1] if overrides else ""
    return last.removeprefix(RUN_NAME) if last.startswith(RUN_NAME) else ""


def _short(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


def _has(numbers: array[int], number: int) -> bool:
    at = bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number
