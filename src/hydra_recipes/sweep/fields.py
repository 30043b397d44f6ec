"""Fields: what a template of run names may name, and what that is for each point."""

from __future__ import annotations

from hydra_recipes.sweep.branch import Branch
from hydra_recipes.sweep.build import Gap
from hydra_recipes.sweep.naming import clean
from hydra_recipes.sweep.space import Axis


def fields(branch: Branch) -> dict[str, Gap]:
    """What a template's fields for axes stand for in a branch."""
    return {
        field_of(axis): Gap(at, [clean(str(axis.overrides[same[0]].value)) for same in positions])
        for at, (dimension, positions) in enumerate(
            zip(branch.space.dimensions, branch.positions, strict=True)
        )
        for axis in dimension.axes
        if axis not in branch.inactive
    }


def field_of(axis: Axis) -> str:
    """How a template names an axis: by its last key, ``lr`` for ``optim.lr``."""
    return axis.key.split(".")[-1]
