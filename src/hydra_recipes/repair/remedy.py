"""Remedy: one change that may mend what is wrong, and how far it leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hydra_recipes.documents.editing.change import Change
from hydra_recipes.origin import KeyPath
from hydra_recipes.repair.candidate import Candidate
from hydra_recipes.repair.losses import Loss
from hydra_recipes.repair.values import distance
from hydra_recipes.tree import ABSENT, lookup

_STEP = 1e-6
"""How much further a value is than one that is to be tried before it, at least."""


@dataclass(frozen=True)
class Remedy:
    """One change: of a key (a rename takes one away and adds one), or of choices.

    Attributes:
        changes: The changes of keys.
        choices: Group to option, where it chooses otherwise.
        distance: How far it leads from what was written.
        loss: What it takes from what was written; None if it keeps all of it.
    """

    changes: tuple[Change, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    distance: float = 0.0
    loss: Loss | None = None

    def does_as(self, other: Remedy) -> bool:
        """Whether it does the same as another; of numbers the spelling doesn't count: 0 and 0.0."""
        return self.changes == other.changes and self.choices == other.choices

    def applied_to(self, candidate: Candidate) -> Candidate | None:
        """The recipe with it; None if it can't be applied."""
        return candidate.choosing(self.choices) if self.choices else candidate.changed(self.changes)


def settings(
    candidate: Candidate, path: KeyPath, value: Any, others: Iterable[Any]
) -> Iterator[Remedy]:
    """Other values for a key, the nearest first; none counts as near as one before it."""
    far = -_STEP
    for other in others:
        far = max(far + _STEP, distance(value, other))
        yield set_value(candidate, path, other, far)


def set_value(candidate: Candidate, path: KeyPath, value: Any, far: float) -> Remedy:
    """Return the remedy that sets a key, and how far that leads."""
    there = lookup(candidate.tree, path) is not ABSENT
    return Remedy((Change("change" if there else "add", path, value),), distance=far)
