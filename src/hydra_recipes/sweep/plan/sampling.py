"""Sampling: some of a plan's valid points, drawn evenly, the same on every machine."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.library.model import Libraries
from hydra_recipes.sweep.plan.plan import Located, Plan, plan_space
from hydra_recipes.sweep.plan.ranking import ranking
from hydra_recipes.sweep.space.space import Space

WORD = 64


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
        return Sample(self.space, self.grids, self.shelf, self._part(i, n), self.ranks)

    @cached_property
    def distinct(self) -> int:
        """How many different valid recipes the whole sweep has, taken or not."""
        return Plan(self.space, self.grids, self.shelf).distinct


def plan_sample(space: Space, shelf: Libraries) -> Plan:
    """Plans a space, or the sample of it that its wishes ask for.

    Raises:
        OverrideError: If there are fewer valid points than that, but some.
    """
    wishes = space.wishes
    if wishes.sampler is not None and space.axes:
        from hydra_recipes.sweep.plan.sobol import drawn

        return drawn(space, shelf)
    plan = plan_space(space, shelf)
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
    return Sample(plan.space, plan.grids, plan.shelf, None, tuple(sorted(draw(total, size, seed))))


def draw(total: int, size: int, seed: int) -> set[int]:
    """``size`` different numbers below ``total``, each set of them as likely (Floyd's method)."""
    source = numbers(seed)
    drawn: set[int] = set()
    for top in range(total - size, total):
        number = _below(top + 1, source)
        drawn.add(top if number in drawn else number)
    return drawn


def numbers(seed: int) -> Iterator[int]:
    """Numbers of ``WORD`` bits from a hash: the same everywhere, unlike a library's generator."""
    counter = 0
    while True:
        text = f"hydra-recipes {seed} {counter}".encode()
        yield int.from_bytes(hashlib.blake2b(text, digest_size=WORD // 8).digest(), "big")
        counter += 1


def _below(bound: int, source: Iterator[int]) -> int:
    words = -(-bound.bit_length() // WORD)
    whole = 1 << WORD * words
    limit = whole - whole % bound
    while True:
        number = 0
        for word in itertools.islice(source, words):
            number = number << WORD | word
        if number < limit:
            return number % bound
