"""Overlap: the points that several grids of one shape have in common, counted and told apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hydra_recipes.sweep.plan.grid import Assignment, Compiled
from hydra_recipes.sweep.solve.solver import Solver


def union(grids: Sequence[Compiled]) -> int:
    """How many different points several grids of one signature have together."""
    total = 0
    for size in range(1, len(grids) + 1):
        for members in itertools.combinations(grids, size):
            total += (-1) ** (size + 1) * _shared(members)
    return total


def _shared(grids: Sequence[Compiled]) -> int:
    """How many different points all of several grids have."""
    first, *others = grids
    weights = [[1] * len(positions) for positions in first.marks]
    checks = [*first.checks, *(first.only_firsts or ())]
    for other in others:
        for dimension, marks in enumerate(first.marks):
            there = {mark: at for at, mark in enumerate(other.marks[dimension])}
            for at, mark in enumerate(marks):
                weights[dimension][at] *= mark in there
        checks += [_moved(check, first, other) for check in other.checks]
    return Solver(weights, checks).count()


def _moved(check: Any, first: Compiled, other: Compiled) -> Any:
    """A check of another grid on the positions of the first."""
    tables = [[_position(other, d, mark) for mark in first.marks[d]] for d in check.dimensions]
    passes = check.passes

    def moved(values: tuple[int, ...]) -> bool:
        there = tuple(table[value] for table, value in zip(tables, values, strict=True))
        return None not in there and passes(there)

    return replace(check, passes=moved, compatible=None)


def _position(grid: Compiled, dimension: int, mark: tuple[str, ...]) -> int | None:
    marks = grid.marks[dimension]
    return marks.index(mark) if mark in marks else None


def earlier(grid: Compiled, other: Compiled) -> bool:
    """Whether a grid's points come before the equal ones of another with the same shape."""
    start = tuple(0 for _ in grid.branch.positions)
    return grid.branch.index(start) < other.branch.index(start)


def gives_first(rival: Compiled, grid: Compiled, assignment: Assignment) -> bool:
    """Whether a rival grid has the same recipe as a point, at an earlier place."""
    there = []
    for dimension, at in enumerate(assignment):
        position = _position(rival, dimension, grid.marks[dimension][at])
        if position is None:
            return False
        there.append(position)
    earlier = rival.branch.index(there) < grid.branch.index(assignment)
    return earlier and rival.solver.satisfies(there)
