"""Ranking: the point at a place among the valid points of a plan, found without walking there.

Take lr in (a, b, c) and seed in (1, 2), where b has no valid point with seed 2: there are 2, 1 and
2 valid points with each lr. Before a, b and c lie 0, 2 and 3 points. The point at place 4 has the
last lr before which no more than 4 points lie, c; it is at place 4 - 3 = 1 of those: (c, 2).
"""

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
        grids: The grids, with their numbers in the plan; all their points differ.
    """

    grids: Sequence[tuple[int, Compiled]]

    def point(self, rank: int) -> Located:
        """Return the point at a place, from 0, which has to be below the number of points."""
        fronts = [_Front(number, grid, ()) for number, grid in self.grids if grid.count()]
        while len(fronts) > 1 or not fronts[0].is_whole:
            asked_values = range(max(front.last for front in fronts) + 1)
            value = bisect_right(asked_values, rank, key=lambda asked: _below(fronts, asked)) - 1
            rank -= _below(fronts, value)
            fronts = [narrower for front in fronts for narrower in front.bound_to(value)]
        return fronts[0].number, fronts[0].bound


@dataclass(frozen=True)
class _Front:
    """The points of a grid whose first values are bound.

    Attributes:
        number: The grid's number in the plan.
        grid: The grid.
        bound: The positions in the first dimensions.
    """

    number: int
    grid: Compiled
    bound: Assignment

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is left to bind."""
        return len(self.bound) == len(self.grid.first_values)

    @property
    def last(self) -> int:
        """Return the last asked value of the next dimension that a point has."""
        positions, _ = self.grid.ranked.places(self.bound)
        return self._firsts[positions[-1]]

    def below(self, asked: int) -> int:
        """Return how many points have a value of the next dimension before an asked one."""
        positions, before = self.grid.ranked.places(self.bound)
        return before[bisect_left(positions, bisect_left(self._firsts, asked))]

    def bound_to(self, asked: int) -> list[_Front]:
        """Return the front of the points with an asked value there; no front if there are none."""
        positions, _ = self.grid.ranked.places(self.bound)
        position = bisect_left(self._firsts, asked)
        if self._firsts[position : position + 1] != (asked,) or position not in positions:
            return []
        return [_Front(self.number, self.grid, (*self.bound, position))]

    @property
    def _firsts(self) -> tuple[int, ...]:
        """Return, for each position of the next dimension, its first asked value."""
        return self.grid.first_values[len(self.bound)]


def _below(fronts: Sequence[_Front], asked: int) -> int:
    return sum(front.below(asked) for front in fronts)


def ranking(plan: Plan) -> Ranking | None:
    """Return the ranking of a plan's valid points; None if equal recipes are found by walking."""
    return None if plan.countable is None else Ranking(list(plan.countable.items()))
