"""Builder: a branch compiled once, so that each of its points takes microseconds.

A branch's recipe is rendered once, with marks where its points differ; a point's text, id and
manifest line are that rendering with the values filled in: points with ``lr: 0.1`` and ``lr: 0.2``
share the text ``lr:``, before a gap with the texts `` 0.1`` and `` 0.2``. Values that depend on
several axes at once, through links, are computed once for each combination.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import repeat
from math import prod
from typing import Any

from hydra_recipes.composing.recipe import ids_of_sums, leaf_hash, may_repeat_name
from hydra_recipes.documents.emitter import to_yaml, with_points
from hydra_recipes.links.rewriting import rewrite
from hydra_recipes.literals import scalar
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.family_check import family_check
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sweep.plan.branch import RUN_NAME, Branch, put
from hydra_recipes.sweep.plan.filling import Assignment, Block, Gap
from hydra_recipes.sweep.plan.own_name import name_of, reads_name, takes_name, told_name, with_name
from hydra_recipes.tree import leaves, value_at

KEPT = 20_000
"""How many values of combinations are kept: enough to share work, with memory bounded."""
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"  # private-use characters, which no recipe has
_MARK = re.compile(f' ?"{_OPEN}([0-9]+){_CLOSE}"')
NAME_MARK = "hydra-recipes-run-name"
"""A placeholder for the run name where a point's own isn't known yet."""


@dataclass(frozen=True)
class Column:
    """A value that differs from point to point.

    Attributes:
        path: Its key.
        dimensions: The dimensions it depends on; none if it depends on the run name only.
        value: Returns it for the positions of those dimensions and a run name; a run name that
            isn't text has to be the point's own.
        named: Whether it depends on the run name.
    """

    path: KeyPath
    dimensions: tuple[int, ...]
    value: Callable[[Assignment, Any], Any]
    named: bool

    @property
    def is_plain(self) -> bool:
        """Return whether it depends on one dimension alone."""
        return len(self.dimensions) == 1 and not self.named


Render = Callable[[Any, KeyPath], str]
"""A function that returns the text of the value at a key."""


class Builder:
    """A builder of the points of one branch.

    Attributes:
        branch: The branch.
        scope: The scope of its recipe.
        base: Its recipe with plain values, for the first position of each dimension.
        columns: The values that differ between its points.
    """

    def __init__(self, branch: Branch) -> None:
        assert branch.recipe is not None
        self.branch = branch
        self.scope = branch.recipe.scope
        start = tuple(0 for _ in branch.positions)
        self.base = self._resolved(start, None)
        self._takes_name = takes_name(branch.tree(start))
        self._name_dimensions = tuple(sorted(branch.dimensions_of(RUN_NAME)))
        self._name = lru_cache(KEPT)(self._name_at)
        named = {path for path, _ in leaves(self.base) if self._is_named(path)}
        self.columns = tuple(
            self._column(path, path in named)
            for path, _ in leaves(self.base)
            if path in named or branch.dimensions_of(path)
        )
        self._sums = self._hash_tables()
        self._joint = [
            (c, self._hashed(c)) for c in self.columns if len(c.dimensions) > 1 or _indirect(c)
        ]

    def name(self, assignment: Assignment) -> Any:
        """Return the run name a point is composed with, of any type; None if it has none."""
        return self._name(self._name_positions(assignment))[0]

    def told_name(self, assignment: Assignment) -> str:
        """Return the same as text to show: a variable's name for what the environment holds."""
        return self._name(self._name_positions(assignment))[1]

    def _name_positions(self, assignment: Assignment) -> Assignment:
        return tuple([assignment[dimension] for dimension in self._name_dimensions])

    def _name_at(self, name_positions: Assignment) -> tuple[Any, str]:
        """Return the run name, and the text to show, for positions that it depends on."""
        tree = self.branch.tree(self.whole(self._name_dimensions, name_positions))
        scope = replace(self.scope, recipe=tree)
        return name_of(scope), told_name(scope)

    def whole(self, dimensions: Sequence[int], positions: Assignment) -> Assignment:
        """Return the assignment with these positions, and the first of every other dimension."""
        position_of = dict(zip(dimensions, positions, strict=True))
        return tuple(
            position_of.get(dimension, 0) for dimension in range(len(self.branch.positions))
        )

    @cached_property
    def all_named(self) -> bool:
        """Return whether each point gets a run name; False too where that takes long to tell."""
        sizes = [len(self.branch.positions[dimension]) for dimension in self._name_dimensions]
        if not self._takes_name or prod(sizes) > KEPT:
            return False
        names = map(self._name, itertools.product(*map(range, sizes)))
        return all(isinstance(name, str) for name, _ in names)

    def gets_name(self, assignment: Assignment) -> bool:
        """Return whether a point gets a run name; one that isn't text is left as it is."""
        return self._takes_name and isinstance(self.name(assignment), str)

    def _is_named(self, path: KeyPath) -> bool:
        """Return whether the value at a key may depend on the run name."""
        if not self._takes_name:
            return False
        repeats = bool(self._name_dimensions) and may_repeat_name(path)
        return path == RUN_NAME or repeats or reads_name(self.branch, path)

    def ids(self, block: Block) -> list[str]:
        """Return the recipe ids of points."""
        return ids_of_sums(self.sums(block))

    def terms(self) -> Iterator[set[int]]:
        """Yield, for each term of the sum that an id is made from, the dimensions it depends on."""
        for column in self.columns:
            if column.path != RUN_NAME:
                yield {*column.dimensions, *(self._name_dimensions if column.named else ())}

    def sums(self, block: Block) -> Iterator[int]:
        """Return the sums that the recipe ids of points are made from, one per point."""
        constant, tables = self._sums
        outer: list[Iterable[int]] = [repeat(constant, len(block.prefixes))]
        outer += _looked_up(tables, block.outer)
        terms: list[Iterable[int]] = [block.spread(map(sum, zip(*outer, strict=True)))]
        terms += _looked_up(tables[len(block.outer) :], block.inner)
        if self._joint:
            terms.append(map(self._joint_sum, block.assignments))
        return map(sum, zip(*terms, strict=True))

    def _joint_sum(self, assignment: Assignment) -> int:
        """Return the sum of the terms that one dimension alone doesn't determine."""
        name_positions = self._name_positions(assignment)
        return sum(
            hashed(
                tuple([assignment[dimension] for dimension in column.dimensions]), name_positions
            )
            for column, hashed in self._joint
        )

    def _hashed(self, column: Column) -> Callable[[Assignment, Assignment], int]:
        """Return a function from positions of a column and of the run name to a term of the sum."""

        @lru_cache(KEPT)
        def hashed(positions: Assignment, name_positions: Assignment) -> int:
            name, _ = self._name(name_positions)
            return leaf_hash(column.path, column.value(positions, name), name)

        return hashed

    def pieces(self, *, as_yaml: bool) -> tuple[list[str | Gap | Column], Render]:
        """Return the recipe's rendering in pieces, and the function that renders a value.

        A column among the pieces is a gap whose text has to be computed for each point.
        """
        render = _yaml_text if as_yaml else _json_text
        tree = _plain_copy(self.base)
        for column_number, column in enumerate(self.columns):
            put(tree, column.path, f"{_OPEN}{column_number}{_CLOSE}")
        text, *rest = _MARK.split(to_yaml(tree) if as_yaml else json_text(tree))
        pieces: list[str | Gap | Column] = [text]
        for number, text in zip(rest[::2], rest[1::2], strict=True):
            column = self.columns[int(number)]
            pieces.append(self._gap(column, render) if column.is_plain else column)
            pieces.append(text)
        return pieces, render

    def _gap(self, column: Column, render: Render) -> Gap:
        texts = [render(value, column.path) for value in self._values(column)]
        return Gap(column.dimensions[0], texts)

    def validator(self, book: RuleBook) -> Callable[[Assignment, Any], None]:
        """Return a function that validates a point, with a run name, by its family's model.

        The function raises pydantic's ``ValidationError`` if the point isn't valid.

        Args:
            book: The rules, which tell the family.
        """
        assert self.branch.recipe is not None
        family = book.family_of(self.branch.recipe.choices)
        assert family is not None
        check = family_check(family)
        tree = _plain_copy(self.base)  # one tree serves all points: only what differs is set anew
        setters = [(value_at(tree, c.path[:-1]), str(c.path[-1]), c) for c in self.columns]
        plain = [
            (parent, key, c.dimensions[0], self._values(c))
            for parent, key, c in setters
            if c.is_plain
        ]
        others = [(parent, key, c) for parent, key, c in setters if not c.is_plain]

        def run(assignment: Assignment, name: Any) -> None:
            for parent, key, dimension, values in plain:
                parent[key] = values[assignment[dimension]]
            for parent, key, column in others:
                positions = tuple([assignment[dimension] for dimension in column.dimensions])
                parent[key] = column.value(positions, name)
            check(tree)

        return run

    def _values(self, column: Column) -> list[Any]:
        """Return the values of a column that depends on one dimension alone, per position."""
        size = len(self.branch.positions[column.dimensions[0]])
        return [column.value((position,), "") for position in range(size)]

    def _resolved(self, assignment: Assignment, name: str | None) -> dict[str, Any]:
        tree = self.branch.tree(assignment)
        if name is not None:
            put(tree, RUN_NAME, name)
        return rewrite(replace(self.scope, recipe=tree), "resolved")

    def _column(self, path: KeyPath, named: bool) -> Column:
        if named and path == RUN_NAME:
            return Column(path, (), lambda _, name: name, named=True)
        of_path = self.branch.dimensions_of(path)
        dimensions = tuple(sorted({*of_path, *(self._name_dimensions if named else ())}))
        target = self.branch.axis_target_at.get(path)
        if target is not None and target.is_simple:
            place = dimensions.index(target.dimension)
            return Column(path, dimensions, lambda own, _: target.values[own[place]], named)

        @lru_cache(KEPT)
        def resolved(positions: Assignment, name: str | None) -> Any:
            tree = self._resolved(self.whole(dimensions, positions), name)
            return value_at(tree, path, None)

        def value(positions: Assignment, name: Any) -> Any:
            # A name is filled in afterwards, so that points that differ in name share the work.
            if named and isinstance(name, str):
                return with_name(resolved(positions, NAME_MARK), NAME_MARK, name)
            return resolved(positions, None)

        return Column(path, dimensions, value, named)

    def _hash_tables(self) -> tuple[int, list[list[int] | None]]:
        """Return the sum over constant values; and per dimension, per position, what it adds."""
        name = value_at(self.base, RUN_NAME, None)
        differing = {column.path for column in self.columns}
        name_only = {c.path for c in self.columns if c.named and not c.dimensions}
        constant = sum(
            leaf_hash(path, value, name)
            for path, value in leaves(self.base)
            if path not in differing or path in name_only
        )
        tables: list[list[int] | None] = [None] * len(self.branch.positions)
        for column in self.columns:
            if len(column.dimensions) == 1 and not _indirect(column):
                dimension = column.dimensions[0]
                table = tables[dimension] or [0] * len(self.branch.positions[dimension])
                tables[dimension] = [
                    so_far + leaf_hash(column.path, column.value((position,), name), name)
                    for position, so_far in enumerate(table)
                ]
        return constant, tables


def _looked_up(
    tables: Sequence[list[int] | None], columns: Sequence[Sequence[int]]
) -> Iterator[Iterable[int]]:
    """Yield what the positions of some dimensions add to the sums, for those that add any."""
    for table, positions in zip(tables, columns, strict=False):
        if table:
            yield map(table.__getitem__, positions)


def _json_text(value: Any, _: KeyPath) -> str:
    return json_text(value)


def json_text(value: Any) -> str:
    """Return a value as JSON."""
    return with_points(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _yaml_text(value: Any, path: KeyPath) -> str:
    """Return a value as YAML: all that comes after its key's colon."""
    if isinstance(value, list) and value:
        _, *lines = to_yaml({"key": value}).splitlines()
        return "".join(f"\n{'  ' * (len(path) - 1)}{line}" for line in lines)
    return f" {scalar(value)}"


def _indirect(column: Column) -> bool:
    """Return whether a value depends on both the run name and an axis."""
    return column.named and bool(column.dimensions)


def _plain_copy(node: Any) -> Any:
    """Return a tree as plain dicts of its own; its lists are shared, as no point changes one."""
    if not isinstance(node, Mapping):
        return node
    return {key: _plain_copy(value) for key, value in node.items()}
