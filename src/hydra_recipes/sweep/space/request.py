"""The options of a sweep beside its axes."""

from __future__ import annotations

from dataclasses import dataclass

SAMPLERS = ("sobol",)
"""The samplers; without one, each valid point of the grid is equally likely."""


@dataclass(frozen=True)
class SweepOptions:
    """What is asked of a sweep beside its axes.

    Attributes:
        zips: The names of axes that take their values together, a tuple for each tie.
        where: CEL expressions that points have to satisfy.
        sample: How many points to draw, or None for all.
        seed: The seed of the draw and of shuffled axes; None for that of a sweep that a library
            holds, or 0.
        name: The template of run names, or None for the default.
        sampler: One of ``SAMPLERS``, or None.
    """

    zips: tuple[tuple[str, ...], ...] = ()
    where: tuple[str, ...] = ()
    sample: int | None = None
    seed: int | None = None
    name: str | None = None
    sampler: str | None = None
