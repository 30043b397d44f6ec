"""Fields: what a template of run names may name, and what that is for each point."""

from __future__ import annotations

from hydra_recipes.sweep.branch import Branch
from hydra_recipes.sweep.build import Gap
from hydra_recipes.sweep.naming import Template, clean, read_template, tells_apart
from hydra_recipes.sweep.plan import Plan
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


def template_of(plan: Plan) -> Template:
    """The template of a plan's run names, with the id if without it two might be the same.

    Raises:
        OverrideError: If what was asked for isn't a template, or has a field that there isn't.
    """
    axes = [field_of(axis) for axis in plan.space.axes]
    recipes = (grid.branch.recipe for grid in plan.grids)
    groups = dict.fromkeys(group for r in recipes if r for group in r.choices)
    template = read_template(plan.space.wishes.name, ["name", "id", *groups, *axes])
    inactive = {id(axis) for grid in plan.grids for axis in grid.branch.inactive}
    several = [axis for axis in plan.space.axes if len(axis.overrides) > 1]
    varying = {
        field_of(axis): [
            *(clean(str(override.value)) for override in axis.overrides),
            *([""] if id(axis) in inactive else []),
        ]
        for axis in several
    }
    # Of two axes with the same last key, names have only one.
    if len(varying) == len(several) and tells_apart(template, varying):
        return template
    return Template(template.parts, appends_id=True)
