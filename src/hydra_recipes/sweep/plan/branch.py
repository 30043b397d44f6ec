"""Branch: one combination of a sweep's group options, composed by Hydra exactly once.

Inside a branch only keys differ from point to point. A branch knows where each axis writes, which
of its values write the same, and which keys depend on which axes through links.

In ``model=a,b lr=0.1,1e-1,0.2`` each model is a branch. The asked values of the branch of ``b``,
as indices for each dimension, are ``((1,), (0, 1, 2))``. 0.1 and 1e-1 write the same, so that its
positions are ``(((1,),), ((0, 1), (2,)))``. An assignment names one position for each dimension:
(0, 0) stands for two asked points and (0, 1) for one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

from hydra_recipes.composing.compose import compose_groups, recipe_of
from hydra_recipes.composing.parsed_override import ParsedOverride
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
from hydra_recipes.sweep.plan.placement import Placement, item_name
from hydra_recipes.sweep.space.condition import Condition, check_kinds, check_names, read_condition
from hydra_recipes.sweep.space.mappings import Part
from hydra_recipes.sweep.space.mistaken import check_lists
from hydra_recipes.sweep.space.obstacles import overlap_of
from hydra_recipes.sweep.space.space import Axis, Space
from hydra_recipes.tree import ABSENT, canonical, leaves, lookup, meet, scalars, value_at

RUN_NAME: KeyPath = ("run", "name")
_OPEN_NAME = "the run name is left open"
"""An obstacle: keys that repeat the run name have no value either while it is left open."""


@dataclass(frozen=True)
class AxisTarget:
    """A key of a branch that an axis writes.

    Attributes:
        axis: The axis.
        dimension: The number of its dimension, from 0.
        path: The key, in the recipe.
        values: What it writes, one value for each position of the dimension.
        part: The part of the axis that it writes there.
    """

    axis: Axis
    dimension: int
    path: KeyPath
    values: tuple[Any, ...]
    part: Part

    @cached_property
    def is_simple(self) -> bool:
        """Return whether each value is plain: no link, nothing left open."""
        return not any(_links(self.values, ())) and UNSET not in self.values


@dataclass(frozen=True)
class Branch:
    """A combination of group options.

    Attributes:
        space: The sweep it belongs to.
        combination: For each dimension, the asked values (indices from 0) that belong to it.
        recipe: Its recipe with each axis's first value; None if the combination isn't offered.
        axis_targets: The keys that its axes write.
        inactive: The axes whose key it doesn't have.
        missing: The overrides with one value whose key it doesn't have.
        obstacle: Why its points have to be composed one by one, or None.
        moved: The old names that were used for it, in overrides of keys and in files.
        positions: For each dimension, the asked values of the branch in groups that write the same.
        refused: The choices that aren't offered together; empty if they are.
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
    refused: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def asked(self) -> int:
        """Return the number of asked points that belong to the branch."""
        return prod(map(len, self.combination))

    @cached_property
    def weights(self) -> tuple[tuple[int, ...], ...]:
        """Return, for each dimension and position, the number of asked values it stands for."""
        return tuple(tuple(len(same) for same in positions) for positions in self.positions)

    def index(self, assignment: Sequence[int]) -> tuple[int, ...]:
        """Return, for each dimension, the first asked value at the position of an assignment."""
        return tuple(
            positions[position][0]
            for positions, position in zip(self.positions, assignment, strict=True)
        )

    def overrides(self, index: Sequence[int]) -> tuple[str, ...]:
        """Return the overrides of a point, given its asked values; those without a key left out."""
        texts = []
        for item in self.space.items:
            if not isinstance(item, Axis):
                if item not in self.missing:
                    texts.append(item.text)
            elif item not in self.inactive:
                texts.append(item.overrides[index[self.space.dimension_of(item)]].text)
        return tuple(texts)

    def axes(self, index: Sequence[int]) -> dict[str, Any]:
        """Return the values of a point's axes by key; axes without a key here are left out."""
        return {
            axis.key: axis.overrides[value].value
            for dimension, value in zip(self.space.dimensions, index, strict=True)
            for axis in dimension.axes
            if axis not in self.inactive
        }

    def tree(self, assignment: Sequence[int]) -> dict[str, Any]:
        """Return the recipe's tree, links unresolved, for the positions of an assignment."""
        assert self.recipe is not None
        tree = self.recipe.tree
        for axis_target in self.axis_targets:
            put(tree, axis_target.path, axis_target.values[assignment[axis_target.dimension]])
        return tree

    @cached_property
    def axis_target_at(self) -> dict[KeyPath, AxisTarget]:
        """Return the axis targets by key."""
        return {axis_target.path: axis_target for axis_target in self.axis_targets}

    @cached_property
    def leaves(self) -> tuple[tuple[KeyPath, Any], ...]:
        """Return every value of the recipe with its key, links unresolved."""
        assert self.recipe is not None
        return tuple(leaves(self.recipe.tree))

    def dimensions_of(self, path: KeyPath) -> frozenset[int]:
        """Return the dimensions that the value at a key depends on, directly or through links."""
        if path not in self._dimensions:
            keys = self.keys_read(path)
            self._dimensions[path] = frozenset(
                range(len(self.positions))
                if keys is None
                else (
                    self.axis_target_at[leaf].dimension
                    for key in (path, *keys)
                    for leaf, _ in self._leaves_at(key)
                    if leaf in self.axis_target_at
                )
            )
        return self._dimensions[path]

    def keys_read(self, path: KeyPath) -> set[KeyPath] | None:
        """Return the keys that the value at a key reads through links, for some values of the axes.

        Returns:
            The keys, each with those that it reads itself; None if it may read any key.
        """
        assert self.recipe is not None
        scope = self.recipe.scope
        keys: set[KeyPath] = set()
        waiting = [path]
        while waiting:
            for leaf, values in self._leaves_at(waiting.pop()):
                for place, text in _links(values, leaf):
                    try:
                        link_targets = targets(scope, text, place)
                    except DynamicLinkError:
                        return None
                    # What stands beside the recipe may link back into it.
                    if not all(target.inside for target in link_targets) and self._links_beside:
                        return None
                    new = {target.path for target in link_targets if target.inside} - keys
                    keys |= new
                    waiting += new
        return keys

    def _leaves_at(self, path: KeyPath) -> Iterator[tuple[KeyPath, tuple[Any, ...]]]:
        """Yield key and possible values of each leaf at a key, inside it, or that holds it."""
        for leaf, value in self.leaves:
            if meet(leaf, path):
                target = self.axis_target_at.get(leaf)
                yield leaf, target.values if target else (value,)

    @cached_property
    def _links_beside(self) -> bool:
        """Return whether there are links in what stands beside the recipe."""
        assert self.recipe is not None
        return any(contains_link(value) for _, value in leaves(self.recipe.scope.beside))

    @cached_property
    def _dimensions(self) -> dict[KeyPath, frozenset[int]]:
        return {}


def branches(space: Space, libraries: Libraries) -> Iterator[Branch]:
    """Yield the branches of a space, in the order of their first points.

    Raises:
        OverrideError: If a key is ambiguous in a branch, or no branch has it.
    """
    missing: dict[str, OverrideError] = {}
    present: set[str] = set()
    composed = False
    for combination in _combinations(space):
        given = _given(space, combination, libraries)
        groups = tuple(override for _, override, is_group in given if is_group)
        if refused := certainly_not_offered(groups, libraries):
            yield Branch(space, combination, None, refused=refused)
            continue
        branch, absent = _compose(space, combination, groups, libraries)
        composed = composed or branch.recipe is not None
        missing.update(absent)
        if branch.recipe is not None:
            present |= set(map(item_name, space.items)) - set(absent)
        yield branch
    for name, error in missing.items():
        if composed and name not in present:
            raise error


def count_branches(space: Space) -> int:
    """Return the number of branches of a space, offered or not."""
    return prod(map(len, _alike(space)))


def _combinations(space: Space) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Yield combinations: for each dimension, asked values that agree in their group options."""
    yield from product(*_alike(space))


def _alike(space: Space) -> Iterator[list[tuple[int, ...]]]:
    """Yield, for each dimension, its values in groups that agree in their group options."""
    for dimension in space.dimensions:
        by_options: dict[tuple[str, ...], list[int]] = {}
        for value in range(dimension.size):
            options = tuple(a.overrides[value].text for a in dimension.axes if a.is_group)
            by_options.setdefault(options, []).append(value)
        yield [tuple(values) for values in by_options.values()]


def _given(
    space: Space, combination: Sequence[Sequence[int]], libraries: Libraries
) -> Iterator[tuple[Axis | ParsedOverride, ParsedOverride, bool]]:
    """Yield each item with its override, of an axis the first, and whether it chooses an option."""
    for item in space.items:
        override = (
            item.overrides[combination[space.dimension_of(item)][0]]
            if isinstance(item, Axis)
            else item
        )
        is_group = libraries.is_group(override.key) and not isinstance(override.value, dict)
        yield item, override, is_group


def _compose(
    space: Space,
    combination: tuple[tuple[int, ...], ...],
    groups: tuple[ParsedOverride, ...],
    libraries: Libraries,
) -> tuple[Branch, dict[str, OverrideError]]:
    """Compose a branch with the first value of each axis, and find where the axes write.

    Returns:
        The branch; and for each axis and override whose key it lacks, by name, the error.
    """
    placement = Placement(compose_groups(groups, libraries), libraries)
    for item, override, is_group in _given(space, combination, libraries):
        if not is_group:
            placement.add(item, override)
    composition, parts, absent = placement.composition, placement.parts, placement.absent
    merged = {id(part.axis) for part in parts if part.inside}
    obstacle = placement.obstacle or overlap_of(placement.placed, merged)
    recipe = recipe_of(composition.tree, composition.choices, (), libraries)
    if not rule_book(libraries).is_offered(recipe.choices):
        return Branch(space, combination, None, refused=recipe.choices), absent
    if lookup(recipe.scope.recipe, RUN_NAME) == UNSET:
        obstacle = obstacle or _OPEN_NAME
    in_recipe: dict[int, list[Part]] = {}  # the parts of each dimension, with keys in the recipe
    for part in parts:
        inner = part._replace(path=part.path[1:])
        obstacle = obstacle or _link_obstacle(inner, recipe)
        in_recipe.setdefault(space.dimension_of(part.axis), []).append(inner)
    positions = tuple(
        same_values(values, in_recipe.get(dimension, ()), obstacle is not None)
        for dimension, values in enumerate(combination)
    )
    axis_targets = tuple(
        axis_target_of(part, dimension, positions[dimension])
        for dimension, members in in_recipe.items()
        for part in members
    )
    branch = Branch(
        space,
        combination,
        recipe,
        axis_targets,
        inactive=tuple(placement.inactive),
        missing=tuple(placement.missing),
        obstacle=obstacle,
        moved=tuple(dict.fromkeys(placement.moved)),
        positions=positions,
    )
    return branch, absent


def axis_target_of(part: Part, dimension: int, positions: Sequence[tuple[int, ...]]) -> AxisTarget:
    """Return the target of a part of an axis; ``positions`` are those of its dimension."""
    values = tuple([written(part, same[0]) for same in positions])
    return AxisTarget(part.axis, dimension, part.path, values, part)


def _link_obstacle(part: Part, recipe: Recipe) -> str | None:
    """Return why the values of an axis prevent compiling its branch, or None."""
    values = [written(part, value) for value in range(len(part.axis.overrides))]
    if part.path == RUN_NAME and UNSET in values:
        return _OPEN_NAME
    brings = any(brings_mapping(recipe.scope, value, part.path) for value in values)
    return f"{part.axis.element} links to a mapping" if brings else None


def same_values(
    values: tuple[int, ...], parts: Sequence[Part], one_by_one: bool
) -> tuple[tuple[int, ...], ...]:
    """Return the asked values of a dimension in groups that write the same, in order of the firsts.

    Args:
        values: The asked values, as indices from 0.
        parts: What the axes of the dimension write, key by key.
        one_by_one: Whether the branch is composed point by point: each value is then a group.
    """
    if one_by_one:
        return tuple((value,) for value in values)
    groups: dict[tuple[str, ...], list[int]] = {}
    for value in values:
        mark = tuple(canonical(written(part, value)) for part in parts)
        groups.setdefault(mark, []).append(value)
    return tuple(tuple(group) for group in groups.values())


def written(part: Part, value: int) -> Any:
    """Return what an axis writes at a key for its ``value``-th value, from 0."""
    node = part.axis.overrides[value].value
    if part.inside:
        node = lookup(node, part.inside)
        node = part.base if node is ABSENT else node
    return expand_shell_links(node)


def _links(values: Iterable[Any], path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts with links in the values that a key may have, with their places."""
    for value in values:
        yield from (pair for pair in scalars(value, path) if contains_link(pair[1]))


def put(tree: dict[str, Any], path: KeyPath, value: Any) -> None:
    """Set the value at a key that is there; a list is copied, so that trees don't share it."""
    value_at(tree, path[:-1])[path[-1]] = copy.copy(value) if isinstance(value, list) else value


def conditions_of(space: Space, found: Sequence[Branch], libraries: Libraries) -> list[Condition]:
    """Return the conditions on a space's points, checked against the keys of its branches.

    Raises:
        OverrideError: If one can't be used, or a list stands where an axis was meant.
    """
    conditions = [read_condition(source, libraries) for source in space.options.where]
    recipes = [branch.recipe for branch in found if branch.recipe is not None]
    check_lists(space, recipes, libraries)
    check_names(conditions, recipes)
    check_kinds(conditions, recipes, libraries)
    return conditions
