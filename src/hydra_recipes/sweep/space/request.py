"""What a sweep asks for beside its axes."""

from __future__ import annotations

from dataclasses import dataclass

SAMPLERS = ("sobol",)
"""What draws points; without one, points are drawn evenly from the valid ones of the grid."""


@dataclass(frozen=True)
class SweepOptions:
    """What is asked of a sweep beside its axes.

    Attributes:
        zips: Names of axes that are tied, a tuple for each tie.
        where: CEL expressions that points have to satisfy.
        sample: How many points to draw, or None for all.
        seed: What the drawing and shuffled axes depend on; None is 0 where a sweep kept in a
            library doesn't say another.
        name: The template of run names, or None for the default.
        sampler: One of ``SAMPLERS``, or None.
    """

    zips: tuple[tuple[str, ...], ...] = ()
    where: tuple[str, ...] = ()
    sample: int | None = None
    seed: int | None = None
    name: str | None = None
    sampler: str | None = None
