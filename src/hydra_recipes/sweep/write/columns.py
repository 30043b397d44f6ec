"""Columns: the axes as they were asked for, and each key of the recipes with its own value.

Which there are, and of which type, follows from the plan before any recipe is made, so that all
parts of a table agree, and a sweep that goes on writes what it would have written.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import Any, Literal

from hydra_recipes.documents.emitter import with_points
from hydra_recipes.origin import dotted
from hydra_recipes.sweep.plan.builder import KEPT, Builder, Column
from hydra_recipes.sweep.plan.grid import Compiled, OneByOne
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.write.chunk import Written
from hydra_recipes.tree import leaves

Kind = Literal["bool", "int", "float", "text"]
INDEX, ID, RECIPE = RESERVED = ("index", "id", "recipe")
"""The columns beside axes and keys; that of the whole recipe is there if it is asked for."""


@dataclass(frozen=True)
class Columns:
    """The columns of a plan's table.

    An axis that is typed as a whole key has one column with that key, which has the recipe's value:
    the same, but for links. A key that is called like another column begins with ``recipes.``.

    Attributes:
        plan: The plan.
        has_recipe: Whether the last column is the whole recipe, as JSON.
    """

    plan: Plan
    has_recipe: bool

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Return the type of each column by name, in order."""
        last: dict[str, Kind] = {RECIPE: "text"} if self.has_recipe else {}
        keys = {self._name(key): kind for key, kind in self._keys.items()}
        return {INDEX: "int", ID: "text", **self._axes, **keys, **last}

    def row(self, point: Written) -> dict[str, Any]:
        """Return the values of a point by column; columns of keys that it lacks are left out."""
        values = {INDEX: point.index, ID: point.id}
        values |= {axis: value for axis, value in point.axes().items() if axis in self._axes}
        keys = _flat(json.loads(point.text))
        if self._renamed.isdisjoint(keys):
            values |= keys
        else:
            values |= {self._name(key): value for key, value in keys.items()}
        for name in values.keys() & self._texts:
            values[name] = _text(values[name])
        if self.has_recipe:
            values[RECIPE] = point.text
        return values

    def _name(self, key: str) -> str:
        """Return the name of a key's column."""
        return f"recipes.{key}" if key in self._renamed else key

    @cached_property
    def _renamed(self) -> frozenset[str]:
        """Return the names that keys can't have: they mean something else."""
        return frozenset((*RESERVED, *(axis.key for axis in self.plan.space.axes if axis.is_group)))

    @cached_property
    def _texts(self) -> frozenset[str]:
        return frozenset(name for name, kind in self.kinds.items() if kind == "text")

    @cached_property
    def _axes(self) -> dict[str, Kind]:
        """Return the axes that have a column of their own."""
        return {
            axis.key: kind_of(override.value for override in axis.overrides)
            for axis in self.plan.space.axes
            if axis.is_group or axis.key not in self._keys
        }

    @cached_property
    def _keys(self) -> dict[str, Kind]:
        """Return the keys of the recipes, dotted, in the order in which they are first met."""
        found: dict[str, set[Kind | None]] = {}
        for number, grid in enumerate(self.plan.grids):
            if isinstance(grid, OneByOne):
                values = _of_recipes(grid)
            elif isinstance(grid, Compiled) and grid.count():
                values = _of_builder(self.plan.builder(number))
            else:
                continue
            for key, kind in values:
                found.setdefault(key, set()).add(kind)
        return {key: _common(kinds) for key, kinds in found.items()}


def _of_recipes(grid: OneByOne) -> Iterator[tuple[str, Kind | None]]:
    """Yield the keys of a grid's valid points, each with the type of its value."""
    for assignment in grid.assignments():
        recipe = grid.composed(grid.branch.overrides(grid.branch.index(assignment)))
        tree, _ = recipe.scope.resolve()  # a link to a run name that is still ??? stays, as text
        for path, value in leaves(tree):
            yield dotted(path), _kind(value)


def _of_builder(builder: Builder) -> Iterator[tuple[str, Kind | None]]:
    """Yield the keys of a builder's points, each with the types that its values may have."""
    columns = {column.path: column for column in builder.columns}
    for path, value in leaves(builder.base):
        column = columns.get(path)
        for kind in {_kind(value)} if column is None else _of_column(builder, column):
            yield dotted(path), kind


def _of_column(builder: Builder, column: Column) -> set[Kind | None]:
    """Return the types that a value which differs from point to point may have."""
    sizes = [len(builder.branch.positions[dimension]) for dimension in column.dimensions]
    if column.named or (len(sizes) > 1 and prod(sizes) > KEPT):
        return {"text"}  # it holds any value
    every = itertools.product(*map(range, sizes))
    return {_kind(column.value(positions, None)) for positions in every}


def kind_of(values: Iterable[Any]) -> Kind:
    """Return the narrowest type of a column that holds all the values; text holds any."""
    return _common({_kind(value) for value in values})


def _kind(value: Any) -> Kind | None:
    """Return the type of a value; None if any column holds it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if abs(value) < 1 << 63 else "text"
    return "float" if isinstance(value, float) else "text"


def _common(kinds: set[Kind | None]) -> Kind:
    """Return the type of a column with values of these types."""
    only = [kind for kind in kinds if kind is not None]
    if set(only) == {"int", "float"}:
        return "float"
    return only[0] if len(only) == 1 else "text"


def _flat(tree: dict[str, Any], inside: str = "") -> dict[str, Any]:
    """Return the values of a recipe's JSON by dotted key, as ``leaves`` gives them, but quicker."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{inside}{key}.")
        else:
            flat[inside + key] = value
    return flat


def _text(value: Any) -> str | None:
    """Return a value as it stands in a column of texts: JSON unless it is text or None."""
    return value if value is None or isinstance(value, str) else with_points(json.dumps(value))


def cell(value: Any) -> str:
    """Return a value as it stands in a line of text: empty if there is none."""
    if value is None:
        return ""
    if isinstance(value, str) and "\n" not in value and "\r" not in value:
        return value
    # Zero isn't kept, as 0.0 and -0.0 are equal.
    return _number(value) if isinstance(value, int | float) and value else _json(value)


def _json(value: Any) -> str:
    return with_points(json.dumps(value, ensure_ascii=False))


_number = lru_cache(KEPT, typed=True)(_json)
"""The same for numbers and truth values, which most rows have in common."""
