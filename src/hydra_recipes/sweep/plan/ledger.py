"""Ledger: how many points of a sweep are valid, and why the others are not."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.environment import masked
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.resolver import Scope
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.offers import OFFER
from hydra_recipes.sweep.plan.branch import Branch
from hydra_recipes.sweep.plan.grid import Grid, OneByOne
from hydra_recipes.sweep.space.condition import Condition, read_condition, value_of
from hydra_recipes.sweep.space.space import Axis, Space
from hydra_recipes.tree import canonical

_LARGEST_CONFLICT = 3
_MOST_KEYS = 3
_MOST = 200
"""How many recipes are resolved at most to see what a key is in one branch."""


@dataclass(frozen=True)
class Reason:
    """Something that forbids points.

    Attributes:
        rule: Its id; for a ``--where``, the expression.
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
        because: The smallest set of reasons that leaves no point with it.
    """

    axis: str
    value: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class RareValue:
    """A value of an axis that is in valid points with some options of a group only."""

    axis: str
    value: str
    group: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Ledger:
    """The account of a sweep.

    Attributes:
        asked: How many points the full product has; None if there is no end of them.
        drawn: How many points were drawn from it; None if all of it was looked at.
        valid: How many of the points looked at are valid.
        duplicates: How many of the valid ones are the same recipe as an earlier one.
        reasons: What forbids points, the most forbidding first.
        dead: Values that are in no valid point.
        rare: Values that are in valid points with some options only.
        inactive: Axis, or override with one value, to the number of asked points in whose branch
            it has no key.
        one_by_one: Why some branches are composed point by point, or nothing.
        conflict: If nothing is valid: the smallest set of reasons that leaves nothing.
        because: Reason to its sentence; for one that no library gives, the keys it is about.
        met: Condition of the conflict to the values it met, by what it reads.
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
    met: dict[str, dict[str, list[Any]]]

    @property
    def left_out(self) -> int:
        """How many of the points looked at are not valid."""
        return self.looked_at - self.valid

    @property
    def looked_at(self) -> int:
        """How many points the account is about: those drawn, or all."""
        count = self.asked if self.drawn is None else self.drawn
        assert count is not None
        return count

    @property
    def recipes(self) -> int:
        """How many different valid recipes there are."""
        return self.valid - self.duplicates

    def as_json(self) -> dict[str, Any]:
        """The ledger as ``recipe sweep --plan --json`` shows it."""
        return {
            "asked": self.asked,
            **({} if self.drawn is None else {"drawn": self.drawn}),
            "valid": self.valid,
            "left_out": self.left_out,
            "duplicates": self.duplicates,
            "reasons": [vars(reason) for reason in self.reasons],
            "dead": [
                {"axis": d.axis, "value": d.value, "because": ", ".join(d.because)}
                for d in self.dead
            ],
            "only": [
                {"axis": r.axis, "value": r.value, "with": {r.group: list(r.options)}}
                for r in self.rare
            ],
            "inactive": self.inactive,
            "one_by_one": list(self.one_by_one),
            "conflict": list(self.conflict),
            **({"met": self.met} if self.met else {}),
        }


def ledger_of(space: Space, grids: Sequence[Grid], distinct: int, libraries: Libraries) -> Ledger:
    """Works out the account; nothing is enumerated for branches that compile."""
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
    because[OFFER] = "The combination is not offered."
    # What no point drawn has, others may have.
    says_of_values = valid > 0 and space.drawn_from is None
    obstacles = (g.branch.obstacle for g in grids if isinstance(g, OneByOne))
    for reason in names:
        if reason not in because and kinds[reason] != "where":
            because[reason] = _in_short(key for grid in grids for key in grid.keys(reason))
    conflict = () if valid else _conflict(grids, names, None)
    conditions = (
        read_condition(reason, libraries) for reason in conflict if kinds[reason] == "where"
    )
    return Ledger(
        asked=space.drawn_from.asked if space.drawn_from else space.asked,
        drawn=space.asked if space.drawn_from else None,
        valid=valid,
        duplicates=valid - distinct,
        reasons=tuple(reasons),
        dead=tuple(_dead(space, grids, names)) if says_of_values else (),
        rare=tuple(_rare(space, grids, names)) if says_of_values else (),
        inactive=inactive,
        one_by_one=tuple(dict.fromkeys(o for o in obstacles if o)),
        conflict=conflict,
        because=because,
        met={condition.source: observed_values(condition, grids) for condition in conditions},
    )


def _in_short(keys: Iterable[str]) -> str:
    """Some keys, the first of them if they are many."""
    found = list(dict.fromkeys(keys))
    more = f" and {len(found) - _MOST_KEYS:,} more" if len(found) > _MOST_KEYS else ""
    return ", ".join(found[:_MOST_KEYS]) + more


def _dead(space: Space, grids: Sequence[Grid], names: tuple[str, ...]) -> Iterator[DeadValue]:
    for axis, texts in _values(space):
        bearing = [grid for grid in grids if axis not in grid.branch.inactive]
        for text, places in texts.items():
            if not any(_possible(bearing, names, place) for place in places):
                yield DeadValue(axis.element, text, _conflict(bearing, names, places))


def _rare(space: Space, grids: Sequence[Grid], names: tuple[str, ...]) -> Iterator[RareValue]:
    """Values of keys that survive with some options only of those that survive at all."""
    groups = [a for a in space.axes if a.is_group]
    alive = {
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
    for axis, texts in _values(space):
        if axis.is_group:
            continue
        for text, places in texts.items():
            for group, by_option in alive.items():
                bearing = {
                    option: [grid for grid in members if axis not in grid.branch.inactive]
                    for option, members in by_option.items()
                }
                living = [option for option, members in bearing.items() if members]
                within = [
                    option
                    for option in living
                    if any(_possible(bearing[option], names, place) for place in places)
                ]
                if within and len(within) < len(living):
                    yield RareValue(axis.element, text, group, tuple(within))


def _values(space: Space) -> Iterator[tuple[Axis, dict[str, list[tuple[int, int]]]]]:
    """Each axis with its values as typed, and where each stands: dimension and asked value."""
    for at, dimension in enumerate(space.dimensions):
        for axis in dimension.axes:
            texts: dict[str, list[tuple[int, int]]] = {}
            for value, override in enumerate(axis.overrides):
                text = override.text.removeprefix(f"{axis.element}=")
                texts.setdefault(text, []).append((at, value))
            yield axis, texts


def _possible(grids: Sequence[Grid], names: Iterable[str], place: tuple[int, int]) -> bool:
    return any(grid.possible(names, *place) for grid in grids)


def _conflict(
    grids: Sequence[Grid], names: tuple[str, ...], places: Sequence[tuple[int, int]] | None
) -> tuple[str, ...]:
    """The smallest set of reasons that leaves no point, or none with a value; else all."""
    for size in range(1, _LARGEST_CONFLICT + 1):
        for some in itertools.combinations(names, size):
            if places is None:
                left = any(grid.count(some) for grid in grids)
            else:
                left = any(_possible(grids, some, place) for place in places)
            if not left:
                return some
    return names


def observed_values(condition: Condition, grids: Sequence[Grid]) -> dict[str, list[Any]]:
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
    axis_target = branch.slot_at.get(path)
    if axis_target is not None and axis_target.is_simple:
        return iter(axis_target.values)
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
