"""Overlap: the points that several grids of one signature have in common.

Grids of one signature differ only in what their axes write, so that their points are compared by
marks: per dimension and position, what is written there. Positions of one grid are translated into
positions of another with the same mark.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hydra_recipes.sweep.plan.grid import Assignment, Compiled
from hydra_recipes.sweep.solve.solver import Solver


def union(grids: Sequence[Compiled]) -> int:
    """Return the number of different points of several grids of one signature."""
    total = 0  # by inclusion and exclusion
    for size in range(1, len(grids) + 1):
        for members in itertools.combinations(grids, size):
            total += (-1) ** (size + 1) * _shared(members)
    return total


def _shared(grids: Sequence[Compiled]) -> int:
    """Return the number of different points that each of several grids has."""
    first, *others = grids
    weights = [[1] * len(positions) for positions in first.marks]
    checks = [*first.checks, *(first.only_firsts or ())]
    for other in others:
        for dimension, marks in enumerate(first.marks):
            others_marks = set(other.marks[dimension])
            for position, mark in enumerate(marks):
                weights[dimension][position] *= mark in others_marks
        checks += [_translated(check, first, other) for check in other.checks]
    return Solver(weights, checks).count()


def _translated(check: Any, first: Compiled, other: Compiled) -> Any:
    """Return a check of another grid as one over the positions of the first."""
    tables = [[_position(other, d, mark) for mark in first.marks[d]] for d in check.dimensions]
    passes = check.passes

    def translated(values: tuple[int, ...]) -> bool:
        in_other = tuple(table[value] for table, value in zip(tables, values, strict=True))
        return None not in in_other and passes(in_other)

    return replace(check, passes=translated, compatible=None)


def _position(grid: Compiled, dimension: int, mark: tuple[str, ...]) -> int | None:
    """Return the position with a mark in a dimension, or None."""
    marks = grid.marks[dimension]
    return marks.index(mark) if mark in marks else None


def earlier(grid: Compiled, other: Compiled) -> bool:
    """Return whether a grid's points come before the equal ones of another of the same shape."""
    start = tuple(0 for _ in grid.branch.positions)
    return grid.branch.index(start) < other.branch.index(start)


def gives_first(rival: Compiled, grid: Compiled, assignment: Assignment) -> bool:
    """Return whether a rival grid has a valid point with the same recipe at an earlier place."""
    in_rival = []
    for dimension, position in enumerate(assignment):
        rival_position = _position(rival, dimension, grid.marks[dimension][position])
        if rival_position is None:
            return False
        in_rival.append(rival_position)
    is_earlier = rival.branch.index(in_rival) < grid.branch.index(assignment)
    return is_earlier and rival.solver.satisfies(in_rival)
