"""Met: the values that a condition finds at what it reads, told when nothing satisfies it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import Any

from hydra_recipes.composing.recipe import Recipe, canonical
from hydra_recipes.environment import masked
from hydra_recipes.links.resolver import Scope
from hydra_recipes.origin import KeyPath
from hydra_recipes.sweep.plan.branch import Branch
from hydra_recipes.sweep.plan.grid import Grid, OneByOne
from hydra_recipes.sweep.space.condition import Condition, value_of

_MOST = 200
"""How many recipes are resolved at most to see what a key is in one branch."""


def values_met(condition: Condition, grids: Sequence[Grid]) -> dict[str, list[Any]]:
    """The values at each name of a condition in the asked points of offered branches.

    Returns:
        Name to its different values, the first found first; of one that was read from the
        environment the variable's name. A name is left out where it would take long to say.
    """
    found: dict[str, dict[str, Any]] = {}
    unsaid: set[str] = set()
    for grid in grids:
        recipe = grid.branch.recipe
        if recipe is None:
            continue
        met = {name: iter([recipe.choices.get(name)]) for name in condition.groups}
        for name, path in condition.paths(recipe).items():
            values = iter([None]) if path is None else _values_at(path, recipe, grid)
            if values is None:
                unsaid.add(name)
            else:
                met[name] = values
        for name, values in met.items():
            found.setdefault(name, {}).update((canonical(value), value) for value in values)
    return {name: list(values.values()) for name, values in found.items() if name not in unsaid}


def _values_at(path: KeyPath, recipe: Recipe, grid: Grid) -> Iterator[Any] | None:
    """The values of a key in a branch's points, as they are told; None if it would take long."""
    branch = grid.branch
    if isinstance(grid, OneByOne):
        if len(grid.verdicts) > _MOST:
            return None
        points = (branch.overrides(branch.index(at)) for at, _, _ in grid.verdicts)
        recipes = map(grid.composed, points)
        return (_told(one.scope, path) for one in recipes)
    slot = branch.slot_at.get(path)
    if slot is not None and slot.is_simple:
        return iter(slot.values)
    dimensions = branch.dimensions_of(path)
    if prod(len(branch.positions[d]) for d in dimensions) > _MOST:
        return None
    return (_told(replace(recipe.scope, recipe=tree), path) for tree in _trees(branch, dimensions))


def _told(scope: Scope, path: KeyPath) -> Any:
    """The value of a key, with a variable's name in place of what the environment holds."""
    return value_of(replace(scope, environment=masked(scope.environment)).resolve()[0], path)


def _trees(branch: Branch, dimensions: frozenset[int]) -> Iterator[dict[str, Any]]:
    """A branch's trees that differ in some dimensions."""
    ways = [
        range(len(positions)) if d in dimensions else range(1)
        for d, positions in enumerate(branch.positions)
    ]
    return map(branch.tree, itertools.product(*ways))
