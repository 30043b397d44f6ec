"""Matching: which recipe of a directory belongs to which of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Literal

from hydra_recipes.composing.recipe import recipe_id
from hydra_recipes.diff.sides import Side

By = Literal["id", "name", "file"]


@dataclass(frozen=True)
class Entry:
    """A recipe of a directory; ``file`` is its path in there."""

    file: str
    side: Side

    @cached_property
    def id(self) -> str:
        """What is trained, however the run is called."""
        return recipe_id(self.side.resolved)

    @property
    def name(self) -> str | None:
        """How the run is called."""
        run = self.side.resolved.get("run")
        name = run.get("name") if isinstance(run, dict) else None
        return name if isinstance(name, str) else None


@dataclass(frozen=True)
class Pair:
    """A recipe of either directory, or one that only one of them has.

    Attributes:
        old: That of the first directory.
        new: That of the second.
        by: What they were matched by; None for one that is alone.
    """

    old: Entry | None
    new: Entry | None
    by: By | None


_Key = Callable[[Entry], Any]
_PASSES: tuple[tuple[By, _Key], ...] = (
    # Copies of one recipe have one id: they are told apart by where they stand.
    ("id", lambda entry: (entry.id, entry.file)),
    ("id", lambda entry: (entry.id, entry.name)),
    ("id", lambda entry: entry.id),
    ("name", lambda entry: entry.name),
    ("file", lambda entry: entry.file),
    ("file", lambda entry: PurePosixPath(entry.file).stem),
)


def matched(old: Sequence[Entry], new: Sequence[Entry]) -> list[Pair]:
    """Matches recipes by id, then by the run's name, then by the file's.

    A name counts if it is one recipe's only, among those of its directory that aren't matched yet.

    Returns:
        The first directory's recipes in order, each with its counterpart if it has one; then those
        that only the second has.
    """
    partner: dict[int, tuple[int, By]] = {}
    taken: set[int] = set()
    for by, key in _PASSES:
        left = _unmatched(old, set(partner), key)
        right = _unmatched(new, taken, key)
        for value, places in left.items():
            others = right.get(value, [])
            if by == "id" or len(places) == len(others) == 1:
                for place, other in zip(places, others, strict=False):
                    partner[place] = (other, by)
                    taken.add(other)
    pairs = [
        Pair(entry, new[partner[at][0]], partner[at][1])
        if at in partner
        else Pair(entry, None, None)
        for at, entry in enumerate(old)
    ]
    return pairs + [Pair(None, entry, None) for at, entry in enumerate(new) if at not in taken]


def _unmatched(entries: Sequence[Entry], matched: set[int], key: _Key) -> dict[Any, list[int]]:
    """The places of those that aren't matched yet, by their key; one without a key is left out."""
    places: dict[Any, list[int]] = {}
    for at, entry in enumerate(entries):
        if at not in matched and (value := key(entry)) is not None:
            places.setdefault(value, []).append(at)
    return places
