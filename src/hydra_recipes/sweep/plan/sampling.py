"""Sampling: some of a plan's valid points, drawn evenly, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.library.model import Libraries
from hydra_recipes.sweep.plan.plan import Located, Plan, plan_space
from hydra_recipes.sweep.plan.random_stream import draw
from hydra_recipes.sweep.plan.ranking import ranking
from hydra_recipes.sweep.plan.sobol import drawn
from hydra_recipes.sweep.space.space import Space


@dataclass(frozen=True)
class Sample(Plan):
    """A plan of which only some points are taken.

    Attributes:
        ranks: The places of the points taken, ascending.
    """

    ranks: tuple[int, ...] = ()

    def located(self) -> Iterator[Located]:
        """The points taken, in order."""
        places = ranking(self)
        if places is not None:
            yield from map(places.point, self.ranks)
            return
        wanted = iter(self.ranks)
        rank = next(wanted, None)
        for place, point in enumerate(super().located()):
            if rank is None:
                return
            if place == rank:
                yield point
                rank = next(wanted, None)

    @property
    def taken(self) -> int:
        """How many points are taken, in all shards together."""
        return len(self.ranks)

    def shard(self, i: int, n: int) -> Sample:
        """The i-th (from 0) of n disjoint slices of the sample."""
        return Sample(self.space, self.grids, self.libraries, self._part(i, n), self.ranks)

    @cached_property
    def distinct(self) -> int:
        """How many different valid recipes the whole sweep has, taken or not."""
        return Plan(self.space, self.grids, self.libraries).distinct


def plan_sample(space: Space, libraries: Libraries) -> Plan:
    """Plans a space, or the sample of it that its wishes ask for.

    Raises:
        OverrideError: If there are fewer valid points than that, but some.
    """
    wishes = space.wishes
    if wishes.sampler is not None and space.axes:
        return drawn(space, libraries)
    plan = plan_space(space, libraries)
    if wishes.sample is None or not plan.ledger.valid:
        return plan
    return sampled(plan, wishes.sample, wishes.seed or 0)


def sampled(plan: Plan, size: int, seed: int) -> Sample:
    """Draws points evenly from the valid points of a plan.

    Args:
        plan: The plan.
        size: How many, each at most once.
        seed: The same seed draws the same points, on every machine and Python.

    Raises:
        OverrideError: If there are fewer valid points.
    """
    total = plan.distinct
    if size > total:
        raise OverrideError("too-large-sample", asked=size, there=total)
    return Sample(
        plan.space, plan.grids, plan.libraries, None, tuple(sorted(draw(total, size, seed)))
    )
