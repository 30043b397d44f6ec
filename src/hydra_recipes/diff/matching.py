"""Matching: which recipe of one directory corresponds to which of another."""

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
    """A recipe of a directory; ``file`` is its path within the directory."""

    file: str
    side: Side

    @cached_property
    def id(self) -> str:
        """Return the recipe's id, which depends on what is trained but not on the run's name."""
        return recipe_id(self.side.resolved)

    @property
    def name(self) -> str | None:
        """Return the run's name, or None if it isn't text."""
        run = self.side.resolved.get("run")
        name = run.get("name") if isinstance(run, dict) else None
        return name if isinstance(name, str) else None


@dataclass(frozen=True)
class Pair:
    """Two corresponding recipes, or one that has no counterpart.

    Attributes:
        old: The recipe of the first directory, or None.
        new: The recipe of the second, or None.
        by: What they were matched by; None for one without a counterpart.
    """

    old: Entry | None
    new: Entry | None
    by: By | None


_Key = Callable[[Entry], Any]
_PASSES: tuple[tuple[By, _Key], ...] = (
    # Copies of a recipe share an id: match those in the same file first, then of the same name.
    ("id", lambda entry: (entry.id, entry.file)),
    ("id", lambda entry: (entry.id, entry.name)),
    ("id", lambda entry: entry.id),
    ("name", lambda entry: entry.name),
    ("file", lambda entry: entry.file),
    ("file", lambda entry: PurePosixPath(entry.file).stem),
)


def matched(old: Sequence[Entry], new: Sequence[Entry]) -> list[Pair]:
    """Match recipes by id, then by the run's name, then by the file's.

    Names match only if each is unique among the unmatched recipes of its directory.

    Returns:
        The recipes of the first directory in order, each with its counterpart if it has one; then
        the remaining recipes of the second.
    """
    partner: dict[int, tuple[int, By]] = {}
    taken: set[int] = set()
    for by, key in _PASSES:
        old_places = _unmatched(old, set(partner), key)
        new_places = _unmatched(new, taken, key)
        for value, places in old_places.items():
            others = new_places.get(value, [])
            if by == "id" or len(places) == len(others) == 1:
                for place, other in zip(places, others, strict=False):
                    partner[place] = (other, by)
                    taken.add(other)
    pairs = [
        Pair(entry, new[partner[place][0]], partner[place][1])
        if place in partner
        else Pair(entry, None, None)
        for place, entry in enumerate(old)
    ]
    return pairs + [
        Pair(None, entry, None) for place, entry in enumerate(new) if place not in taken
    ]


def _unmatched(entries: Sequence[Entry], matched: set[int], key: _Key) -> dict[Any, list[int]]:
    """Return the places, from 0, of the unmatched entries by their key; None is no key."""
    by_key: dict[Any, list[int]] = {}
    for place, entry in enumerate(entries):
        if place not in matched and (value := key(entry)) is not None:
            by_key.setdefault(value, []).append(place)
    return by_key
