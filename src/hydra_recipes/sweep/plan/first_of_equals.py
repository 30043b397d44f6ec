"""First of equals: of assignments that give equal recipes only the first, without walking them.

An id is made from a sum over values. Dimensions whose values stand in one term of it, because a
link joins them or both bear on the run name, make a block; blocks add up. So two assignments give
equal recipes if they do in each block, and a block is small enough to look at.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from hydra_recipes.composing.recipe import may_repeat_name
from hydra_recipes.sweep.plan.branch import RUN_NAME, AxisTarget, Branch
from hydra_recipes.sweep.plan.builder import Builder
from hydra_recipes.sweep.solve.solver import Check

Values = tuple[int, ...]
MOST = 20_000
"""Of how many combinations a block is looked at; a larger one's points are told by their ids."""
DUPLICATE = "duplicate"


def canonical_only(branch: Branch, builder: Builder, checks: Sequence[Check]) -> list[Check] | None:
    """What keeps the first of equal assignments only; None if that can't be said without walking.

    Args:
        branch: The branch.
        builder: What builds its points.
        checks: What its points have to satisfy.
    """
    found = []
    named = branch.dimensions_of(RUN_NAME)
    for block in _blocks(branch, builder):
        if all(
            tells(axis_target)
            for axis_target in branch.axis_targets
            if axis_target.dimension in block
        ):
            continue  # each value is another recipe
        own = [check for check in checks if set(check.dimensions) <= set(block)]
        if named & set(block) and any(
            set(check.dimensions) & set(block) for check in checks if check not in own
        ):
            return None  # of equal recipes one may be valid, another not: they differ in name
        if math.prod(len(branch.positions[d]) for d in block) > MOST:
            return None
        kept = frozenset(_first_ones(branch, builder, block, own))
        found.append(Check(DUPLICATE, DUPLICATE, block, kept.__contains__))
    return found


def tells(axis_target: AxisTarget) -> bool:
    """Whether each value of an axis is another recipe for certain."""
    return (
        axis_target.is_simple
        and axis_target.path != RUN_NAME
        and not may_repeat_name(axis_target.path)
    )


def _blocks(branch: Branch, builder: Builder) -> Iterator[Values]:
    """The dimensions in blocks, each ascending."""
    blocks = [{dimension} for dimension in range(len(branch.positions))]
    for terms in builder.terms():
        joined = [block for block in blocks if block & terms]
        if len(joined) > 1:
            blocks = [block for block in blocks if not block & terms]
            blocks.append(set().union(*joined))
    return (tuple(sorted(block)) for block in blocks)


def _first_ones(
    branch: Branch, builder: Builder, block: Values, checks: Sequence[Check]
) -> Iterator[Values]:
    """The first of a block's combinations that give the same, of those that satisfy its checks."""
    seen: set[int] = set()
    for values in itertools.product(*(range(len(branch.positions[d])) for d in block)):
        at = dict(zip(block, values, strict=True))
        if not all(check.passes(tuple(at[d] for d in check.dimensions)) for check in checks):
            continue
        (total,) = builder.sums([tuple(at.get(d, 0) for d in range(len(branch.positions)))])
        if total not in seen:
            seen.add(total)
            yield values
