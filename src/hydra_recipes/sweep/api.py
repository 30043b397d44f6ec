"""The entry to sweeps: a plan from overrides with several values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hydra_recipes.sources.active import Named, using
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.plan.sampling import plan_sample
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space


def plan(
    overrides: str | Iterable[str],
    *,
    zips: str | Sequence[str | Sequence[str]] = (),
    where: str | Sequence[str] = (),
    sample: int | None = None,
    seed: int | None = None,
    sampler: str | None = None,
    libraries: Named = (),
    allow_env: Iterable[str] = (),
) -> Plan:
    """Plan a sweep.

    Args:
        overrides: Overrides in Hydra's grammar, those with several values as axes:
            ``model=nova-micro,nova-lite``, ``lr=1e-5,2e-5``, ``warmup_steps=range(5,21,5)``; with
            the sampler ``sobol`` also ``lr=interval(1e-6,1e-4)``. A text is one override.
        zips: Names of axes that take their values together, a sequence for each tie, or text as
            ``--zip`` has it: ``lr,min_lr``.
        where: CEL expressions over short keys and groups that points have to satisfy, or one.
        sample: How many of the valid points to take; None for all.
        seed: The seed of the sample: the same one takes the same points on every machine and
            Python, and a larger sample has those of a smaller one. None for that of a sweep that a
            library holds, or 0.
        sampler: ``sobol`` spreads the points evenly over the space; with None each valid point is
            equally likely.
        libraries: Directories or packages to compose from, in front of those that are in force
            anyway.
        allow_env: The environment variables that links may read.

    Raises:
        RecipeError: If the request can't be understood, or a library can't be used.
    """
    ties = tuple(
        tuple(names.split(",") if isinstance(names, str) else names) for names in _several(zips)
    )
    conditions = tuple(_several(where))
    options = SweepOptions(zips=ties, where=conditions, sample=sample, seed=seed, sampler=sampler)
    with using(libraries, allow_env) as in_force:
        return plan_sample(read_space(_several(overrides), options, in_force), in_force)


def _several(given: str | Iterable[Any]) -> Iterable[Any]:
    """Return the items; a text is the only item."""
    return (given,) if isinstance(given, str) else given
