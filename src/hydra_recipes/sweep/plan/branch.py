"""Branch: one combination of a sweep's group options, composed by Hydra exactly once.

Inside a branch only keys differ from point to point. A branch knows where each axis writes, which
of its values are the same, and which keys depend on which axes through links.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

from hydra_recipes.composing import hydra_bridge
from hydra_recipes.composing.compose import compose_groups, key_finder, recipe_of
from hydra_recipes.composing.hydra_bridge import ParsedOverride
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.moves import Moved
from hydra_recipes.links.dependencies import DynamicLinkError, targets
from hydra_recipes.links.grammar import contains_link, expand_shell_links
from hydra_recipes.links.resolver import UNSET, brings_mapping
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sweep.plan.offered import certainly_not_offered
from hydra_recipes.sweep.space.mappings import Part, parts_of
from hydra_recipes.sweep.space.obstacles import obstacle_of, overlap_of
from hydra_recipes.sweep.space.space import Axis, Space
from hydra_recipes.tree import ABSENT, canonical, key_path, leaves, lookup

ABSENT_KINDS = ("unknown-key", "key-not-set")
"""The errors of an axis whose key a branch doesn't have."""
RUN_NAME: KeyPath = ("run", "name")
_OPEN_NAME = "the run name is left open"
"""Why points go one by one: keys that repeat a name that isn't there have none either."""


@dataclass(frozen=True)
class AxisTarget:
    """Where an axis writes in a branch.

    Attributes:
        axis: The axis.
        dimension: Its dimension.
        path: The key it sets.
        values: What it writes, one value for each position of the dimension.
        part: The same for each value of the axis.
    """

    axis: Axis
    dimension: int
    path: KeyPath
    values: tuple[Any, ...]
    part: Part

    @cached_property
    def is_simple(self) -> bool:
        """Whether each value stands for itself: no link, nothing left open."""
        return not any(_has_link(value) or value == UNSET for value in self.values)


@dataclass(frozen=True)
class Branch:
    """A combination of group options.

    Attributes:
        space: The sweep it belongs to.
        combination: For each dimension, the asked values that belong to this branch.
        recipe: What it composes to, with each axis's first value; None if it isn't offered.
        axis_targets: Where its axes write.
        inactive: The axes whose key it doesn't have.
        missing: The overrides with one value whose key it doesn't have.
        obstacle: Why its points have to be composed one by one, or None.
        moved: The old names that were used for it, in overrides of keys and in files.
    """

    space: Space
    combination: tuple[tuple[int, ...], ...]
    recipe: Recipe | None
    axis_targets: tuple[AxisTarget, ...] = ()
    inactive: tuple[Axis, ...] = ()
    missing: tuple[ParsedOverride, ...] = ()
    obstacle: str | None = None
    moved: tuple[Moved, ...] = ()
    positions: tuple[tuple[tuple[int, ...], ...], ...] = field(default=(), repr=False)

    @property
    def asked(self) -> int:
        """How many asked points belong to the branch."""
        total = 1
        for values in self.combination:
            total *= len(values)
        return total

    @property
    def weights(self) -> tuple[tuple[int, ...], ...]:
        """For each dimension and position, how many asked values are the same there."""
        return tuple(tuple(len(same) for same in positions) for positions in self.positions)

    def index(self, assignment: Sequence[int]) -> tuple[int, ...]:
        """The asked values, the first of equal ones, for the positions of an assignment."""
        return tuple(
            positions[at][0] for positions, at in zip(self.positions, assignment, strict=True)
        )

    def overrides(self, index: Sequence[int]) -> tuple[str, ...]:
        """The overrides of a point, those whose key it lacks left out."""
        at = dict(zip((id(d) for d in self.space.dimensions), index, strict=True))
        dimension_of = {id(a): d for d in self.space.dimensions for a in d.axes}
        texts = []
        for item in self.space.items:
            if not isinstance(item, Axis):
                if item not in self.missing:
                    texts.append(item.text)
            elif item not in self.inactive:
                texts.append(item.overrides[at[id(dimension_of[id(item)])]].text)
        return tuple(texts)

    def axes(self, index: Sequence[int]) -> dict[str, Any]:
        """The values of a point's axes; those that have no key here are left out."""
        return {
            axis.key: axis.overrides[value].value
            for dimension, value in zip(self.space.dimensions, index, strict=True)
            for axis in dimension.axes
            if axis not in self.inactive
        }

    def tree(self, assignment: Sequence[int]) -> dict[str, Any]:
        """The recipe's tree, links unresolved, for the positions of an assignment."""
        assert self.recipe is not None
        tree = self.recipe.tree
        for axis_target in self.axis_targets:
            put(tree, axis_target.path, axis_target.values[assignment[axis_target.dimension]])
        return tree

    @cached_property
    def slot_at(self) -> dict[KeyPath, AxisTarget]:
        """The slots by key."""
        return {axis_target.path: axis_target for axis_target in self.axis_targets}

    @cached_property
    def leaves(self) -> tuple[tuple[KeyPath, Any], ...]:
        """Every value of the recipe with its key, links unresolved."""
        assert self.recipe is not None
        return tuple(leaves(self.recipe.tree))

    def dimensions_of(self, path: KeyPath) -> frozenset[int]:
        """The dimensions that the value at a key depends on, through links too."""
        return self._dimensions_of(path, frozenset())

    def _dimensions_of(self, path: KeyPath, seen: frozenset[KeyPath]) -> frozenset[int]:
        if path in self._known:
            return self._known[path]
        if path in seen:
            return frozenset()
        seen |= {path}
        found: set[int] = set()
        for leaf, value in self.leaves:
            if leaf[: len(path)] == path or path[: len(leaf)] == leaf:
                axis_target = self.slot_at.get(leaf)
                values = axis_target.values if axis_target else (value,)
                if axis_target:
                    found.add(axis_target.dimension)
                for one in values:
                    found |= self._linked(one, leaf, seen)
        if len(seen) == 1:
            self._known[path] = frozenset(found)
        return frozenset(found)

    def _linked(self, value: Any, path: KeyPath, seen: frozenset[KeyPath]) -> set[int]:
        assert self.recipe is not None
        if isinstance(value, list):
            nested = [self._linked(one, (*path, at), seen) for at, one in enumerate(value)]
            return set().union(*nested)
        if not contains_link(value):
            return set()
        everything = set(range(len(self.positions)))
        try:
            found = targets(self.recipe.scope, value, path)
        except DynamicLinkError:
            return everything
        out: set[int] = set()
        for target in found:
            if target.inside:
                out |= self._dimensions_of(target.path, seen)
            elif any(contains_link(v) for _, v in leaves(self.recipe.scope.beside)):
                return everything
        return out

    @cached_property
    def _known(self) -> dict[KeyPath, frozenset[int]]:
        return {}


def branches(space: Space, libraries: Libraries) -> Iterator[Branch]:
    """The branches of a space, in the order of their first points.

    Raises:
        OverrideError: If a key is ambiguous in a branch, or no branch has it.
    """
    missing: dict[str, OverrideError] = {}
    present: set[str] = set()
    composed = False
    for combination in _combinations(space):
        groups = _groups(space, combination, libraries)
        if certainly_not_offered(groups, libraries):
            yield Branch(space, combination, None)
            continue
        branch, absent = _compose(space, combination, groups, libraries)
        composed = composed or branch.recipe is not None
        missing.update(absent)
        if branch.recipe is not None:
            present |= set(map(_name, space.items)) - set(absent)
        yield branch
    for name, error in missing.items():
        if composed and name not in present:
            raise error


def _name(item: Axis | ParsedOverride) -> str:
    return item.element if isinstance(item, Axis) else item.text


def _combinations(space: Space) -> Iterator[tuple[tuple[int, ...], ...]]:
    """For each dimension, the values that agree in their group options."""
    ways: list[list[tuple[int, ...]]] = []
    for dimension in space.dimensions:
        same: dict[tuple[str, ...], list[int]] = {}
        for at in range(dimension.size):
            options = tuple(a.overrides[at].text for a in dimension.axes if a.is_group)
            same.setdefault(options, []).append(at)
        ways.append([tuple(values) for values in same.values()])
    yield from product(*ways)


def _groups(
    space: Space, combination: Sequence[Sequence[int]], libraries: Libraries
) -> tuple[ParsedOverride, ...]:
    """The group overrides of a combination, in the order given."""
    at = {id(a): d for d, dimension in enumerate(space.dimensions) for a in dimension.axes}
    groups = []
    for item in space.items:
        if isinstance(item, Axis):
            if item.is_group:
                groups.append(item.overrides[combination[at[id(item)]][0]])
        elif _is_group(item, libraries):
            groups.append(item)
    return tuple(groups)


def _is_group(override: ParsedOverride, libraries: Libraries) -> bool:
    return libraries.is_group(override.key) and not isinstance(override.value, dict)


def _compose(
    space: Space,
    combination: tuple[tuple[int, ...], ...],
    groups: tuple[ParsedOverride, ...],
    libraries: Libraries,
) -> tuple[Branch, dict[str, OverrideError]]:
    """Composes a branch with the first value of each axis, and finds where the axes write."""
    at = {id(a): d for d, dimension in enumerate(space.dimensions) for a in dimension.axes}
    composition = compose_groups(groups, libraries)
    absent: dict[str, OverrideError] = {}
    inactive: list[Axis] = []
    missing: list[ParsedOverride] = []
    placed: list[tuple[Axis | ParsedOverride, KeyPath]] = []
    parts: list[Part] = []
    obstacle: str | None = None
    moved = [*composition.moved]
    for item in space.items:
        axis = item if isinstance(item, Axis) else None
        override = item.overrides[combination[at[id(item)]][0]] if isinstance(item, Axis) else item
        if axis.is_group if axis else _is_group(override, libraries):
            continue
        tree = composition.tree()
        try:
            whole = key_finder(tree, composition.choices, libraries).place(override)
        except OverrideError as error:
            if error.kind not in ABSENT_KINDS:
                raise
            absent[_name(item)] = error
            if axis is None:
                missing.append(override)
            else:
                inactive.append(axis)
            continue
        path = key_path(whole.key, tree)
        own: list[Part] | None = None
        if axis is not None:
            own = parts_of(axis, path, lookup(tree, path))
            obstacle = obstacle or obstacle_of(axis, path, tree, own)
            parts += [Part(axis, path)] if own is None else own
        hydra_bridge.apply(composition, whole)
        moved += whole.moved
        placed += [(item, path)] if own is None else [(item, part.path) for part in own]
    obstacle = obstacle or overlap_of(placed, {id(part.axis) for part in parts if part.inside})
    recipe = recipe_of(composition.tree(), composition.choices, (), libraries)
    if not rule_book(libraries).is_offered(recipe.choices):
        return Branch(space, combination, None), absent
    if lookup(recipe.scope.recipe, RUN_NAME) == UNSET:
        obstacle = obstacle or _OPEN_NAME
    raw: dict[int, list[Part]] = {}
    for part in parts:
        inner = part._replace(path=part.path[1:])
        obstacle = obstacle or _linked(inner, recipe)
        raw.setdefault(at[id(part.axis)], []).append(inner)
    positions = tuple(
        same_values(values, raw.get(d, ()), obstacle is not None)
        for d, values in enumerate(combination)
    )
    axis_targets = tuple(
        slot_of(part, d, positions[d]) for d, found in raw.items() for part in found
    )
    left_out = tuple(inactive), tuple(missing)
    old = tuple(dict.fromkeys(moved))
    return Branch(
        space, combination, recipe, axis_targets, *left_out, obstacle, old, positions
    ), absent


def slot_of(part: Part, dimension: int, positions: Sequence[tuple[int, ...]]) -> AxisTarget:
    """Where a part of an axis writes in a branch, whose positions have these values."""
    values = tuple([written(part, same[0]) for same in positions])
    return AxisTarget(part.axis, dimension, part.path, values, part)


def _linked(part: Part, recipe: Recipe) -> str | None:
    """Why an axis can't be compiled because of one of its values, or None."""
    values = [written(part, at) for at in range(len(part.axis.overrides))]
    if part.path == RUN_NAME and UNSET in values:
        return _OPEN_NAME
    brings = any(brings_mapping(recipe.scope, value, part.path) for value in values)
    return f"{part.axis.element} links to a mapping" if brings else None


def same_values(
    values: tuple[int, ...], parts: Sequence[Part], one_by_one: bool
) -> tuple[tuple[int, ...], ...]:
    """The values of a dimension in groups of equal ones, by the first of each.

    Args:
        values: The values.
        parts: What the axes of keys that take them write.
        one_by_one: Whether the branch is composed point by point, and no two values are equal.
    """
    if one_by_one:
        return tuple((value,) for value in values)
    same: dict[tuple[str, ...], list[int]] = {}
    for value in values:
        mark = tuple(canonical(written(part, value)) for part in parts)
        same.setdefault(mark, []).append(value)
    return tuple(tuple(group) for group in same.values())


def written(part: Part, value: int) -> Any:
    """What an axis writes at a key for one of its values."""
    found = part.axis.overrides[value].value
    if part.inside:
        found = lookup(found, part.inside)
        found = part.base if found is ABSENT else found
    return expand_shell_links(found)


def _has_link(value: Any) -> bool:
    return any(map(_has_link, value)) if isinstance(value, list) else contains_link(value)


def put(tree: dict[str, Any], path: KeyPath, value: Any) -> None:
    """Sets the value at a key that is there."""
    node: Any = tree
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = copy.copy(value) if isinstance(value, list) else value
