"""Fields: what a template of run names may name, and what that is for each point."""

from __future__ import annotations

from hydra_recipes.sweep.plan.branch import Branch
from hydra_recipes.sweep.plan.builder import Gap
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.space.space import Axis
from hydra_recipes.sweep.write.naming import (
    Template,
    formatted,
    forms_of,
    read_template,
    tells_apart,
)


def fields(branch: Branch) -> dict[str, Gap]:
    """What a template's fields for axes stand for in a branch."""
    text = branch.space.wishes.name
    forms = forms_of(text)
    return {
        f"{field}:{form}" if form else field: Gap(
            at, [formatted(axis.overrides[same[0]].value, form, text) for same in positions]
        )
        for at, (dimension, positions) in enumerate(
            zip(branch.space.dimensions, branch.positions, strict=True)
        )
        for axis in dimension.axes
        if axis not in branch.inactive
        for field in [field_of(axis)]
        for form in ("", *forms.get(field, ()))
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
    groups = {group: option for r in recipes if r for group, option in r.choices.items()}
    text = plan.space.wishes.name
    template = read_template(text, list(dict.fromkeys(["name", "id", *groups, *axes])))
    forms = forms_of(text)
    for field, formats in forms.items():
        for form in formats if field not in axes else ():
            formatted(groups.get(field, field), form, text)
    inactive = {id(axis) for grid in plan.grids for axis in grid.branch.inactive}
    several = [axis for axis in plan.space.axes if len(axis.overrides) > 1]
    varying: dict[str, list[str]] = {}
    for axis in plan.space.axes:
        field = field_of(axis)
        for form in forms.get(field, ("",)):
            values = [formatted(override.value, form, text) for override in axis.overrides]
            if axis in several and (not form or form == forms[field][0]):
                at = f"{field}:{form}" if form else field
                varying[at] = [*values, *([""] if id(axis) in inactive else [])]
    # Of two axes with the same last key, names have only one.
    if len(varying) == len(several) and tells_apart(template, varying):
        return template
    return Template(template.parts, appends_id=True)
