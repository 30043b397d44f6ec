"""Duplicates: points whose recipe an earlier point gives.

``canonical_only`` finds checks that, of assignments of a branch with equal recipes, pass the first
only. Where that would take long, points are walked and their ids kept in an ``IdSet``.

An id is made from a sum with one term per value. Dimensions that one term depends on, because a
link joins them or both bear on the run name, make a block, and the sum is that of the blocks'. So
two assignments give equal recipes if they do in each block, and a block is small enough to walk.

Take ``lr=0.1,0.2 wd=0.1,'${lr}' seed=1,2``. The link joins lr and wd into a block with four
combinations: (0.1, 0.1) and (0.1, ${lr}) are equal, so that the check passes the three others and
the first of these. seed is a block of its own, whose values all differ; it needs no check.
"""

from __future__ import annotations

import itertools
import math
from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence

from hydra_recipes.composing.recipe import may_repeat_name
from hydra_recipes.sweep.plan.branch import RUN_NAME, AxisTarget, Branch
from hydra_recipes.sweep.plan.builder import Builder
from hydra_recipes.sweep.plan.filling import Block
from hydra_recipes.sweep.solve.check import Check
from hydra_recipes.sweep.solve.solver import Solver

Values = tuple[int, ...]
MOST = 20_000
"""The most combinations of a block that are walked; with a larger one, points are told by ids."""
DUPLICATE = "duplicate"
_PARTS = 256


def canonical_only(
    branch: Branch, builder_of: Callable[[], Builder], checks: Sequence[Check]
) -> list[Check] | None:
    """Return checks that only the first of equal assignments passes.

    Args:
        branch: The branch.
        builder_of: Returns the builder of its points, which takes a while to make.
        checks: The checks that its points have to satisfy.

    Returns:
        The checks, one per block with equal combinations; None if the points have to be walked.
    """
    if all(map(_tells, branch.axis_targets)):
        return []  # each value is another recipe
    canonical_checks = []
    builder = builder_of()
    named = branch.dimensions_of(RUN_NAME)
    for block in _blocks(branch, builder):
        if all(
            _tells(axis_target)
            for axis_target in branch.axis_targets
            if axis_target.dimension in block
        ):
            continue  # each value is another recipe
        inside = [check for check in checks if set(check.dimensions) <= set(block)]
        if named & set(block) and any(
            set(check.dimensions) & set(block) for check in checks if check not in inside
        ):
            return None  # of equal recipes one may be valid, another not: they differ in name
        if math.prod(len(branch.positions[dimension]) for dimension in block) > MOST:
            return None
        kept = frozenset(_first_ones(branch, builder, block, inside))
        canonical_checks.append(Check(DUPLICATE, DUPLICATE, block, kept.__contains__))
    return canonical_checks


def _tells(axis_target: AxisTarget) -> bool:
    """Return whether each value of an axis certainly gives another recipe."""
    return (
        axis_target.is_simple
        and axis_target.path != RUN_NAME
        and not may_repeat_name(axis_target.path)
    )


def _blocks(branch: Branch, builder: Builder) -> Iterator[Values]:
    """Yield the dimensions in blocks, each ascending."""
    blocks = [{dimension} for dimension in range(len(branch.positions))]
    for dimensions in builder.terms():
        joined = [block for block in blocks if block & dimensions]
        if len(joined) > 1:
            blocks = [block for block in blocks if not block & dimensions]
            blocks.append(set().union(*joined))
    return (tuple(sorted(block)) for block in blocks)


def _first_ones(
    branch: Branch, builder: Builder, block: Values, checks: Sequence[Check]
) -> Iterator[Values]:
    """Yield a block's combinations that pass its checks, of those with equal sums the first."""
    seen: set[int] = set()
    for combination in itertools.product(
        *(range(len(branch.positions[dimension])) for dimension in block)
    ):
        position_of = dict(zip(block, combination, strict=True))
        if not all(
            check.passes(tuple(position_of[dimension] for dimension in check.dimensions))
            for check in checks
        ):
            continue
        # The other dimensions, whatever their position, add the same to each sum.
        assignment = tuple(
            position_of.get(dimension, 0) for dimension in range(len(branch.positions))
        )
        (total,) = builder.sums(Block.of([assignment]))
        if total not in seen:
            seen.add(total)
            yield combination


def count_of_any(valid: Sequence[Sequence[Check]], sizes: Sequence[int]) -> int | None:
    """Return how many assignments pass all of some checks or all of others, without walking them.

    It is inclusion and exclusion: of ``a`` and ``b``, those of ``a`` and of ``b`` without those of
    both.

    Args:
        valid: The lists of checks. Those of one mark and the same dimensions are the same.
        sizes: The number of positions of each dimension.

    Returns:
        The number; None if there are too many lists.
    """
    named = {
        frozenset((check.mark, check.dimensions) for check in checks): checks for checks in valid
    }
    if len(named) > _MOST_LISTS:
        return None
    total = 0
    for number in range(1, len(named) + 1):
        for some in itertools.combinations(named.values(), number):
            both = {(check.mark, check.dimensions): check for checks in some for check in checks}
            solver = Solver([[1] * size for size in sizes], list(both.values()))
            total += solver.count() if number % 2 else -solver.count()
    return total


_MOST_LISTS = 6


class IdSet:
    """A collection of whole numbers below 2^64, in eight bytes each; duplicates count.

    The numbers are sorted, in arrays by their lowest byte, so that adding one moves few others.
    """

    def __init__(self) -> None:
        self._parts = [array("Q") for _ in range(_PARTS)]

    def add(self, number: int) -> None:
        """Add a number.

        Raises:
            OverflowError: If it is 2^64 or more, or negative.
        """
        insort(self._parts[number % _PARTS], number)

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __contains__(self, number: int) -> bool:
        part = self._parts[number % _PARTS]
        place = bisect_left(part, number)
        return place < len(part) and part[place] == number
