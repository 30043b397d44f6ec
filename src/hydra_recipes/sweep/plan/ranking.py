"""Ranking: the point at a place among the valid points of a plan, found without walking there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from hydra_recipes.sweep.plan.grid import Assignment, Compiled
from hydra_recipes.sweep.plan.plan import Located, Plan


@dataclass(frozen=True)
class Ranking:
    """The valid points of several grids, in the order of the product of the axes.

    Attributes:
        grids: The grids, with their numbers; all their points differ.
    """

    grids: Sequence[tuple[int, Compiled]]

    def point(self, rank: int) -> Located:
        """The point at a place, from 0, which is below the number of points.

        Dimension by dimension, the value is the last one that no more than ``rank`` points have
        values below.
        """
        fronts = [_Front(at, grid, ()) for at, grid in self.grids if grid.count()]
        while len(fronts) > 1 or not fronts[0].is_whole:
            asked = range(max(front.last for front in fronts) + 1)
            value = bisect_right(asked, rank, key=lambda one: _below(fronts, one)) - 1
            rank -= _below(fronts, value)
            fronts = [next_ for front in fronts for next_ in front.bound_to(value)]
        return fronts[0].at, fronts[0].bound


@dataclass(frozen=True)
class _Front:
    """The points of a grid whose first values are bound.

    Attributes:
        at: The grid's number.
        grid: The grid.
        bound: The positions of the values bound.
    """

    at: int
    grid: Compiled
    bound: Assignment

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to bind."""
        return len(self.bound) == len(self.grid.firsts)

    @property
    def last(self) -> int:
        """The last asked value of the next dimension that a point has."""
        positions, _ = self.grid.ranked.places(self.bound)
        return self._firsts[positions[-1]]

    def below(self, asked: int) -> int:
        """How many points have a value of the next dimension before an asked one."""
        positions, before = self.grid.ranked.places(self.bound)
        return before[bisect_left(positions, bisect_left(self._firsts, asked))]

    def bound_to(self, asked: int) -> list[_Front]:
        """The points that have an asked value there, if any."""
        positions, _ = self.grid.ranked.places(self.bound)
        position = bisect_left(self._firsts, asked)
        if self._firsts[position : position + 1] != (asked,) or position not in positions:
            return []
        return [_Front(self.at, self.grid, (*self.bound, position))]

    @property
    def _firsts(self) -> tuple[int, ...]:
        return self.grid.firsts[len(self.bound)]


def _below(fronts: Sequence[_Front], asked: int) -> int:
    return sum(front.below(asked) for front in fronts)


def ranking(plan: Plan) -> Ranking | None:
    """The ranking of a plan's valid points, or None where equal recipes are told by walking."""
    if plan.countable is None:
        return None
    grids = [(at, plan.grids[at]) for at in plan.countable]
    return Ranking([(at, grid) for at, grid in grids if isinstance(grid, Compiled)])
