"""Sampling: some of a plan's valid points, each as likely, the same ones on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from hydra_recipes.composing.random_stream import draw
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.sweep import TooLargeSample
from hydra_recipes.library.model import Libraries
from hydra_recipes.sweep.plan.grid import Progressed
from hydra_recipes.sweep.plan.plan import Located, Plan, plan_space
from hydra_recipes.sweep.plan.ranking import ranking
from hydra_recipes.sweep.plan.sobol import drawn
from hydra_recipes.sweep.space.space import Space

_OF_WHOLE = ("distinct", "ledger")
"""What a sample and its whole have in common, once it is computed."""


@dataclass(frozen=True)
class Sample(Plan):
    """A plan of which only some points are taken.

    Attributes:
        ranks: The places, from 0, of the points taken among all valid ones, ascending.
    """

    ranks: tuple[int, ...] = ()

    def located(self) -> Iterator[Located]:
        """Yield the points taken, in order."""
        ranked = ranking(self)
        if ranked is not None:
            yield from map(ranked.point, self.ranks)
            return
        ranks = iter(self.ranks)
        rank = next(ranks, None)
        for place, point in enumerate(super().located()):
            if rank is None:
                return
            if place == rank:
                yield point
                rank = next(ranks, None)

    def rows(self) -> None:
        """Return None, as points are drawn one by one."""

    @property
    def taken(self) -> int:
        """Return how many points are taken, in all shards together."""
        return len(self.ranks)

    def shard(self, i: int, n: int) -> Sample:
        """Return the i-th (from 0) of n disjoint slices of the sample.

        Raises:
            ValueError: If i is negative, or not below n.
        """
        return Sample(self.space, self.grids, self.libraries, self._part(i, n), self.ranks)

    @cached_property
    def distinct(self) -> int:
        """Return the number of different valid recipes of the whole sweep, taken or not."""
        return Plan(self.space, self.grids, self.libraries).distinct


def plan_sample(space: Space, libraries: Libraries, progressed: Progressed | None = None) -> Plan:
    """Plan a space, or the sample of it that its options ask for.

    Without any valid point the plan is empty, whatever the size of the sample.

    Args:
        space: The space.
        libraries: The libraries.
        progressed: Told of what planning takes, in steps.

    Raises:
        OverrideError: If the space makes no sense, or has valid points, but fewer than the sample.
        RecipeError: If a Sobol sample is asked for and SciPy isn't installed.
    """
    options = space.options
    is_drawn = options.sampler is not None and space.axes
    plan = (drawn if is_drawn else plan_space)(space, libraries, progressed)
    if progressed is not None:
        plan.count(progressed)
    if is_drawn or options.sample is None or not plan.ledger.valid:
        return plan
    return sampled(plan, options.sample, options.seed or 0)


def sampled(plan: Plan, size: int, seed: int) -> Sample:
    """Return a sample of a plan, in which each valid point is equally likely.

    Args:
        plan: The plan.
        size: How many points to draw, each at most once.
        seed: The same seed draws the same points, on every machine and Python; more of them
            include fewer.

    Raises:
        OverrideError: If there are fewer valid points.
    """
    total = plan.distinct
    if size > total:
        raise OverrideError(TooLargeSample(asked=size, there=total))
    ranks = tuple(sorted(draw(total, size, seed)))
    sample = Sample(plan.space, plan.grids, plan.libraries, None, ranks)
    # They are those of the whole, and may have taken long.
    vars(sample).update({name: vars(plan)[name] for name in _OF_WHOLE if name in vars(plan)})
    return sample
