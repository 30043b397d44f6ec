"""Remedy: one change that may mend an error, and how far it leads from what was written."""

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
"""The least by which a value is further than the one tried before it."""


@dataclass(frozen=True)
class Remedy:
    """One change: of a key (a rename deletes one and adds one), or of choices.

    Attributes:
        changes: The changes of keys.
        choices: Group to the option that it chooses instead.
        distance: How far it leads from what was written, from 0; remedies are tried nearest first.
        loss: What it takes from what was written; None if it keeps all of it.
    """

    changes: tuple[Change, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    distance: float = 0.0
    loss: Loss | None = None

    def does_as(self, other: Remedy) -> bool:
        """Return whether it does the same as another; 0 and 0.0 are the same number."""
        return self.changes == other.changes and self.choices == other.choices

    def applied_to(self, candidate: Candidate) -> Candidate | None:
        """Return the recipe with this change made, or None if it can't be."""
        return candidate.choosing(self.choices) if self.choices else candidate.changed(self.changes)


def settings(
    candidate: Candidate, path: KeyPath, value: Any, others: Iterable[Any]
) -> Iterator[Remedy]:
    """Yield a remedy for each other value of a key, at strictly growing distances."""
    far = -_STEP
    for new in others:
        far = max(far + _STEP, distance(value, new))
        yield set_value(candidate, path, new, far)


def set_value(candidate: Candidate, path: KeyPath, value: Any, far: float) -> Remedy:
    """Return the remedy that sets a key, adding it if it isn't there; ``far`` is its distance."""
    present = lookup(candidate.tree, path) is not ABSENT
    return Remedy((Change("change" if present else "add", path, value),), distance=far)
