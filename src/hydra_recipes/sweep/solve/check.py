"""Checks: what the assignments of a branch's axes must satisfy, as a solver asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hydra_recipes.origin import KeyPath
from hydra_recipes.sweep.solve.check_cache import CheckCache


@dataclass(frozen=True)
class Check:
    """Something that assignments must satisfy.

    Attributes:
        reason: The id of the limit, rule, offer or condition it comes from.
        kind: ``limit``, ``rule``, ``where``, ``structure`` or ``link``.
        dimensions: The dimensions it depends on, ascending.
        passes: Returns whether positions, one for each of ``dimensions``, satisfy it.
        mark: Equal for checks that are the same in two branches.
        compatible: Over two dimensions: a function from a position of the first to a bit mask of
            those of the second that satisfy it; None if that isn't quicker than pair by pair.
        path: The key it is about, if it comes from no limit or rule.
    """

    reason: str
    kind: str
    dimensions: tuple[int, ...]
    passes: Callable[[tuple[int, ...]], bool]
    mark: object = None
    compatible: Callable[[int], int] | None = None
    path: KeyPath | None = None
    _verdicts: list[CheckCache] = field(default_factory=list, init=False, repr=False, compare=False)

    def row(self, before: tuple[int, ...], weights: Sequence[Sequence[int]]) -> int:
        """Return a bit mask of the last dimension's positions that pass after those in ``before``.

        The masks are kept for all solvers; their dimensions have to be of the same sizes.
        """
        if not self._verdicts:
            sizes = [len(weights[dimension]) for dimension in self.dimensions]
            self._verdicts.append(CheckCache(self.passes, sizes))
        return self._verdicts[0].passing(before)
