"""Ledger: how many points of a sweep are valid, and why the others are not."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import prod
from typing import Any

from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.resolver import Scope
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.conflict import smallest_conflict
from hydra_recipes.rules.offers import METHOD, OFFER
from hydra_recipes.sweep.plan.branch import Branch
from hydra_recipes.sweep.plan.grid import Grid, OneByOne
from hydra_recipes.sweep.plan.offered import why_not_offered
from hydra_recipes.sweep.space.condition import Condition, read_condition
from hydra_recipes.sweep.space.space import Axis, Space
from hydra_recipes.tree import canonical, value_at

_LARGEST_CONFLICT = 3
_MOST_KEYS = 3
_MOST = 200
"""How many recipes are resolved at most to list the values of a key in one branch."""


@dataclass(frozen=True)
class Reason:
    """A reason that forbids points.

    Attributes:
        rule: The id of the limit, rule or finding; for a ``--where``, the expression.
        kind: ``limit``, ``rule``, ``offer``, ``where``, ``structure`` or ``link``.
        forbids: How many of the asked points it forbids on its own.
    """

    rule: str
    kind: str
    forbids: int


@dataclass(frozen=True)
class DeadValue:
    """A value of an axis that is in no valid point.

    Attributes:
        axis: The axis, as it was typed.
        value: The value, as it was typed.
        because: The smallest set of reasons that leaves no point with it; all of them if that
            has more than three.
    """

    axis: str
    value: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class RareValue:
    """A value of an axis that is in valid points with some options of a group only.

    Attributes:
        axis: The axis, as it was typed.
        value: The value, as it was typed.
        group: The group.
        options: The options that it is valid with.
    """

    axis: str
    value: str
    group: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Ledger:
    """The account of a sweep.

    Attributes:
        asked: The number of points of the full product; None if an axis is a continuous interval.
        drawn: The number of points drawn from it; None if all of them were looked at.
        valid: How many of the points looked at are valid.
        duplicates: How many of the valid ones are the same recipe as an earlier one.
        reasons: The reasons that forbid points, the most forbidding first.
        dead: Values that are in no valid point.
        rare: Values that are in valid points with some options only.
        inactive: Axis, or override with one value, to the number of asked points in whose branch
            it has no key.
        one_by_one: Why some branches are composed point by point; empty if none is.
        conflict: If nothing is valid: the smallest set of reasons that leaves nothing; all of them
            if that has more than three.
        because: Reason to its sentence; for one that no library gives, the keys it is about.
        observed_values: Condition of the conflict to the values it was evaluated on, by name in it.
        by_method: Method to the counts of its points, asked and valid; empty unless the sweep is
            over methods.
    """

    asked: int | None
    drawn: int | None
    valid: int
    duplicates: int
    reasons: tuple[Reason, ...]
    dead: tuple[DeadValue, ...]
    rare: tuple[RareValue, ...]
    inactive: dict[str, int]
    one_by_one: tuple[str, ...]
    conflict: tuple[str, ...]
    because: dict[str, str]
    observed_values: dict[str, dict[str, list[Any]]]
    by_method: dict[str, tuple[int, int]]

    @property
    def left_out(self) -> int:
        """Return how many of the points looked at are not valid."""
        return self.looked_at - self.valid

    @property
    def looked_at(self) -> int:
        """Return how many points the account is about: those drawn, or all."""
        count = self.asked if self.drawn is None else self.drawn
        assert count is not None
        return count

    @property
    def recipes(self) -> int:
        """Return how many different valid recipes there are."""
        return self.valid - self.duplicates

    def as_json(self) -> dict[str, Any]:
        """Return the ledger as ``recipe sweep --plan --json`` shows it."""
        return {
            "asked": self.asked,
            **({} if self.drawn is None else {"drawn": self.drawn}),
            "valid": self.valid,
            "left_out": self.left_out,
            "duplicates": self.duplicates,
            **(
                {
                    "methods": {
                        method: {"asked": asked, "valid": valid}
                        for method, (asked, valid) in self.by_method.items()
                    }
                }
                if self.by_method
                else {}
            ),
            "reasons": [vars(reason) for reason in self.reasons],
            "dead": [
                {"axis": dead.axis, "value": dead.value, "because": ", ".join(dead.because)}
                for dead in self.dead
            ],
            "only": [
                {"axis": r.axis, "value": r.value, "with": {r.group: list(r.options)}}
                for r in self.rare
            ],
            "inactive": self.inactive,
            "one_by_one": list(self.one_by_one),
            "conflict": list(self.conflict),
            **({"met": self.observed_values} if self.observed_values else {}),
        }


def ledger_of(space: Space, grids: Sequence[Grid], distinct: int, libraries: Libraries) -> Ledger:
    """Return the account; no point of a compiled branch is enumerated for it.

    Args:
        space: The space.
        grids: The grids of its branches.
        distinct: The number of different valid recipes.
        libraries: The libraries.
    """
    book = rule_book(libraries)
    valid = sum(grid.count() for grid in grids)
    kinds: dict[str, str] = {}
    for grid in grids:
        kinds.update(grid.kinds)
    forbids = {
        reason: sum(grid.branch.asked - grid.count((reason,)) for grid in grids) for reason in kinds
    }
    reasons = [Reason(reason, kinds[reason], count) for reason, count in forbids.items() if count]
    reasons.sort(key=lambda reason: (-reason.forbids, reason.rule))
    names = tuple(reason.rule for reason in reasons)
    inactive: dict[str, int] = {}
    for grid in grids:
        absent = [axis.element for axis in grid.branch.inactive]
        for name in (*absent, *(override.text for override in grid.branch.missing)):
            inactive[name] = inactive.get(name, 0) + grid.branch.asked
    because = {limit.id: limit.because for limit in book.limits}
    because |= {rule.id: rule.because for rule in book.rules}
    if refused := [grid.branch.refused for grid in grids if grid.branch.refused]:
        because[OFFER] = why_not_offered(refused, [item.key for item in space.items], libraries)
    # A value that no valid point drawn has may be in valid points that weren't drawn.
    judges_values = valid > 0 and space.drawn_from is None
    obstacles = (g.branch.obstacle for g in grids if isinstance(g, OneByOne))
    for reason in names:
        if reason not in because and kinds[reason] != "where":
            because[reason] = _key_list(key for grid in grids for key in grid.keys(reason))
    conflict = (
        ()
        if valid
        else _conflict(names, lambda reasons: not any(grid.count(reasons) for grid in grids))
    )
    conditions = (
        read_condition(reason, libraries) for reason in conflict if kinds[reason] == "where"
    )
    return Ledger(
        asked=space.drawn_from.asked if space.drawn_from else space.asked,
        drawn=space.asked if space.drawn_from else None,
        valid=valid,
        duplicates=valid - distinct,
        reasons=tuple(reasons),
        dead=tuple(_dead(space, grids, names)) if judges_values else (),
        rare=tuple(_rare(space, grids, names)) if judges_values else (),
        inactive=inactive,
        one_by_one=tuple(dict.fromkeys(o for o in obstacles if o)),
        conflict=conflict,
        because=because,
        observed_values={
            condition.source: observed_values(condition, grids) for condition in conditions
        },
        by_method=_by_method(space, grids),
    )


def _by_method(space: Space, grids: Sequence[Grid]) -> dict[str, tuple[int, int]]:
    """Return method to the counts of its points, asked and valid, if there are several methods."""
    counts: dict[str, tuple[int, int]] = {}
    for axis in (axis for axis in space.axes if axis.is_group and axis.key == METHOD):
        for grid in grids:
            first = grid.branch.combination[space.dimension_of(axis)][0]
            method = str(axis.overrides[first].value)
            asked, valid = counts.get(method, (0, 0))
            counts[method] = (asked + grid.branch.asked, valid + grid.count())
    return counts if len(counts) > 1 else {}


def _key_list(keys: Iterable[str]) -> str:
    """Return the first keys as a text, and how many more there are."""
    different = list(dict.fromkeys(keys))
    more = f" and {len(different) - _MOST_KEYS:,} more" if len(different) > _MOST_KEYS else ""
    return ", ".join(different[:_MOST_KEYS]) + more


def _dead(space: Space, grids: Sequence[Grid], names: tuple[str, ...]) -> Iterator[DeadValue]:
    """Yield the values that no valid point has; ``names`` are the reasons that forbid points."""
    for number, axis, texts in _values(space):
        bearing = [grid for grid in grids if axis not in grid.branch.inactive]
        left = _Left(bearing, number)
        for text, values in texts.items():
            if not left.possible(names) & values:
                yield DeadValue(axis.element, text, _conflict(names, left.forbid(values)))


def _rare(space: Space, grids: Sequence[Grid], names: tuple[str, ...]) -> Iterator[RareValue]:
    """Yield the values of keys that only some of a group's options with valid points allow."""
    groups = [a for a in space.axes if a.is_group]
    valid_grids = {  # group to option to the grids with valid points
        group.key: {
            option: [
                grid
                for grid in grids
                if grid.branch.recipe is not None
                and grid.branch.recipe.choices.get(group.key) == option
                and grid.count()
            ]
            for option in dict.fromkeys(str(o.value) for o in group.overrides)
        }
        for group in groups
    }
    for number, axis, texts in _values(space):
        if axis.is_group:
            continue
        possible: dict[str, dict[str, int]] = {}  # group to option to its values in valid points
        for group, by_option in valid_grids.items():
            bearing = {
                option: [grid for grid in members if axis not in grid.branch.inactive]
                for option, members in by_option.items()
            }
            possible[group] = {
                option: _Left(members, number).possible(names)
                for option, members in bearing.items()
                if members
            }
        for text, values in texts.items():
            for group, by_value in possible.items():
                options = [option for option, mask in by_value.items() if mask & values]
                if options and len(options) < len(by_value):
                    yield RareValue(axis.element, text, group, tuple(options))


def _values(space: Space) -> Iterator[tuple[int, Axis, dict[str, int]]]:
    """Yield each axis, with the number of its dimension, and its values as typed.

    For each text there is a bit mask of the asked values of the dimension where it stands.
    """
    for number, dimension in enumerate(space.dimensions):
        for axis in dimension.axes:
            texts: dict[str, int] = {}
            for value, override in enumerate(axis.overrides):
                text = override.written.value
                texts[text] = texts.get(text, 0) | 1 << value
            yield number, axis, texts


class _Left:
    """What is left of a dimension's asked values if only some reasons forbid points."""

    def __init__(self, grids: Sequence[Grid], dimension: int) -> None:
        self.grids = grids
        self.dimension = dimension
        self.possible = cache(self._possible)

    def _possible(self, reasons: tuple[str, ...]) -> int:
        """Return a bit mask of the asked values of points that are left."""
        masks = (grid.possible(reasons, self.dimension) for grid in self.grids)
        return functools.reduce(operator.or_, masks, 0)

    def forbid(self, values: int) -> Callable[[tuple[str, ...]], bool]:
        """Return a function that says whether reasons leave no point with any of the values."""
        return lambda reasons: not self.possible(reasons) & values


def _conflict(
    names: tuple[str, ...], leaves_nothing: Callable[[tuple[str, ...]], bool]
) -> tuple[str, ...]:
    """Return the smallest set of reasons that together leave nothing.

    Args:
        names: The reasons that forbid points.
        leaves_nothing: Returns whether some of them do.

    Returns:
        The set, or all reasons if that has more than ``_LARGEST_CONFLICT``.
    """
    return smallest_conflict(names, leaves_nothing, _LARGEST_CONFLICT) or names


def observed_values(condition: Condition, grids: Sequence[Grid]) -> dict[str, list[Any]]:
    """Return the values at each name of a condition in the asked points of offered branches.

    Returns:
        Name to its different values, in the order observed; where a value is read from the
        environment, the variable's name stands for it. A name is left out where it would take long
        to compute.
    """
    values_of: dict[str, dict[str, Any]] = {}  # by name, the canonical text of a value to the value
    too_many: set[str] = set()
    for grid in grids:
        recipe = grid.branch.recipe
        if recipe is None:
            continue
        observed = {name: iter([recipe.choices.get(name)]) for name in condition.groups}
        for name, path in condition.paths(recipe).items():
            values = iter([None]) if path is None else _values_at(path, recipe, grid)
            if values is None:
                too_many.add(name)
            else:
                observed[name] = values
        for name, values in observed.items():
            values_of.setdefault(name, {}).update((canonical(value), value) for value in values)
    return {name: list(table.values()) for name, table in values_of.items() if name not in too_many}


def _values_at(path: KeyPath, recipe: Recipe, grid: Grid) -> Iterator[Any] | None:
    """Return the values of a key in a branch's points, as shown; None if it would take long."""
    branch = grid.branch
    if isinstance(grid, OneByOne):
        if len(grid.verdicts) > _MOST:
            return None
        points = (branch.overrides(branch.index(assignment)) for assignment, _, _ in grid.verdicts)
        recipes = map(grid.composed, points)
        return (_shown(point.scope, path) for point in recipes)
    axis_target = branch.axis_target_at.get(path)
    if axis_target is not None and axis_target.is_simple:
        return iter(axis_target.values)
    dimensions = branch.dimensions_of(path)
    if prod(len(branch.positions[dimension]) for dimension in dimensions) > _MOST:
        return None
    return (_shown(replace(recipe.scope, recipe=tree), path) for tree in _trees(branch, dimensions))


def _shown(scope: Scope, path: KeyPath) -> Any:
    """Return the value of a key, with a variable's name in place of what the environment holds."""
    return value_at(scope.masked.resolve()[0], path, None)


def _trees(branch: Branch, dimensions: frozenset[int]) -> Iterator[dict[str, Any]]:
    """Return a branch's trees for all positions of some dimensions, and the first of the others."""
    ranges = [
        range(len(positions)) if dimension in dimensions else range(1)
        for dimension, positions in enumerate(branch.positions)
    ]
    return map(branch.tree, itertools.product(*ranges))
