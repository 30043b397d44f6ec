"""Known: the recipes a directory has already; a few bytes each, for there may be millions."""

from __future__ import annotations

import hashlib
import itertools
import json
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

RUN_NAME = "run.name="
_PARTS = 256


class Numbers:
    """Whole numbers below 2^64, in eight bytes each; one that comes twice counts twice.

    They are kept in order, in parts by their last digits, so that little moves for each.
    """

    def __init__(self) -> None:
        self._parts = [array("Q") for _ in range(_PARTS)]

    def add(self, number: int) -> None:
        """Adds a number.

        Raises:
            OverflowError: If it is too large, or negative.
        """
        insort(self._parts[number % _PARTS], number)

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __contains__(self, number: int) -> bool:
        part = self._parts[number % _PARTS]
        at = bisect_left(part, number)
        return at < len(part) and part[at] == number


@dataclass(frozen=True)
class Known:
    """The recipes of a manifest's first lines: whether an id, or a run name, is among theirs.

    Attributes:
        manifest: The manifest, if there is one.
        ids: Their ids as numbers.
        names: Short hashes of their run names.
    """

    manifest: Path | None = None
    ids: Numbers = field(default_factory=Numbers)
    names: Numbers = field(default_factory=Numbers)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, recipe_id: object) -> bool:
        return int(str(recipe_id), 16) in self.ids

    def has_name(self, name: str) -> bool:
        """Whether one has this run name."""
        if self.manifest is None or not name or _short(name) not in self.names:
            return False
        # Another name may have the same hash, so the names themselves have the last word.
        return any(name == one for _, one in _lines(self.manifest, len(self)))


def read_known(manifest: Path, points: int) -> Known:
    """The recipes of a manifest's first lines, so many or all there are.

    Raises:
        OSError: If the manifest can't be read.
        ValueError: If a line can't; ``KeyError``, ``TypeError`` or ``OverflowError`` likewise.
    """
    if not points:
        return Known(manifest)
    ids, names = Numbers(), Numbers()
    for recipe_id, name in _lines(manifest, points):
        ids.add(int(recipe_id, 16))
        if name:
            names.add(_short(name))
    return Known(manifest, ids, names)


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
