"""The builder: a branch compiled once, then microseconds a point.

A branch's recipe is rendered once, with marks where its points differ; a point's text, id and
manifest line are that rendering with the values filled in. What depends on several axes at once,
through links, is worked out for each combination and kept.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import repeat
from math import prod
from typing import Any, TypeVar

from hydra_recipes.composing.recipe import ids_of_sums, leaf_hash, may_repeat_name
from hydra_recipes.documents.emitter import to_yaml, with_points
from hydra_recipes.links.rewriting import rewrite
from hydra_recipes.literals import scalar
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sweep.plan.branch import RUN_NAME, Branch, put
from hydra_recipes.sweep.plan.own_name import name_of, reads_name, takes_name, told_name, with_name
from hydra_recipes.tree import leaves

Assignment = tuple[int, ...]
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"  # private-use characters, which no recipe has
_MARK = re.compile(f' ?"{_OPEN}([0-9]+){_CLOSE}"')
NAME_MARK = "hydra-recipes-run-name"
"""Stands for the run name where a point's own isn't known yet."""


@dataclass(frozen=True)
class Column:
    """A value that differs from point to point.

    Attributes:
        path: Its key.
        dimensions: The dimensions it depends on; none for one that depends on the run name only.
        value: Gives it for the positions of those dimensions and a run name; one that isn't text
            has to be the point's own.
        named: Whether it depends on the run name.
    """

    path: KeyPath
    dimensions: tuple[int, ...]
    value: Callable[[Assignment, Any], Any]
    named: bool

    @property
    def is_plain(self) -> bool:
        """Whether one dimension alone tells it."""
        return len(self.dimensions) == 1 and not self.named


Render = Callable[[Any, KeyPath], str]
"""Renders the value at a key."""


class Builder:
    """Builds the points of one branch.

    Attributes:
        branch: The branch.
        columns: What differs between its points.
    """

    def __init__(self, branch: Branch) -> None:
        assert branch.recipe is not None
        self.branch = branch
        self.scope = branch.recipe.scope
        start = tuple(0 for _ in branch.positions)
        self.base = self._resolved(start, None)
        self._takes_name = takes_name(branch.tree(start))
        self._name_dimensions = tuple(sorted(branch.dimensions_of(RUN_NAME)))
        self._names: dict[Assignment, tuple[Any, str]] = {}
        named = {path for path, _ in leaves(self.base) if self._is_named(path)}
        self.columns = tuple(
            self._column(path, path in named)
            for path, _ in leaves(self.base)
            if path in named or branch.dimensions_of(path)
        )
        self._sums = self._hash_tables()
        self._joint: list[tuple[Column, dict[Assignment, int]]] = [
            (c, {}) for c in self.columns if len(c.dimensions) > 1 or _indirect(c)
        ]

    def resolved(self, assignment: Assignment, name: str | None = None) -> dict[str, Any]:
        """A point's recipe as plain values; with its own run name if none is given."""
        return self._resolved(assignment, name)

    def name(self, assignment: Assignment) -> Any:
        """The run name a point is composed with, which needn't be text; None if it has none."""
        return self._name(assignment)[0]

    def told_name(self, assignment: Assignment) -> str:
        """The same as text that may stand elsewhere: without what the environment holds."""
        return self._name(assignment)[1]

    def _name(self, assignment: Assignment) -> tuple[Any, str]:
        own = tuple([assignment[d] for d in self._name_dimensions])
        if own not in self._names:
            scope = replace(self.scope, recipe=self.branch.tree(assignment))
            keep(self._names, own, (name_of(scope), told_name(scope)))
        return self._names[own]

    @cached_property
    def all_named(self) -> bool:
        """Whether each point gets a run name: it has one, and that is text."""
        sizes = [len(self.branch.positions[d]) for d in self._name_dimensions]
        if not self._takes_name or prod(sizes) > _KEPT:
            return False
        at = [0] * len(self.branch.positions)
        for own in itertools.product(*map(range, sizes)):
            for dimension, place in zip(self._name_dimensions, own, strict=True):
                at[dimension] = place
            if not isinstance(self.name(tuple(at)), str):
                return False
        return True

    def gets_name(self, assignment: Assignment) -> bool:
        """Whether a point gets a run name; one that isn't text is left as it is."""
        return self._takes_name and isinstance(self.name(assignment), str)

    def _is_named(self, path: KeyPath) -> bool:
        """Whether the value at a key may depend on the run name."""
        if not self._takes_name:
            return False
        repeats = bool(self._name_dimensions) and may_repeat_name(path)
        return path == RUN_NAME or repeats or reads_name(self.branch, path)

    def id(self, assignment: Assignment) -> str:
        """A point's recipe id."""
        return self.ids([assignment])[0]

    def ids(self, assignments: Sequence[Assignment]) -> list[str]:
        """The recipe ids of points."""
        return ids_of_sums(self.sums(assignments))

    def terms(self) -> Iterator[set[int]]:
        """The dimensions that bear on each term of the sum which a point's id is made from."""
        for column in self.columns:
            if column.path != RUN_NAME:
                yield {*column.dimensions, *(self._name_dimensions if column.named else ())}

    def sums(self, assignments: Sequence[Assignment]) -> Iterator[int]:
        """The sums which the recipe ids of points are made from."""
        constant, tables = self._sums
        terms: list[Iterable[int]] = [repeat(constant, len(assignments))]
        for table, positions in zip(tables, zip(*assignments, strict=True), strict=False):
            if table:
                terms.append(map(table.__getitem__, positions))
        if self._joint:
            terms.append(map(self._joint_sum, assignments))
        return map(sum, zip(*terms, strict=True))

    def _joint_sum(self, assignment: Assignment) -> int:
        """What the values that depend on several dimensions, or on the name too, add to the sum."""
        total = 0
        for column, known in self._joint:
            own = tuple([assignment[d] for d in column.dimensions])
            key = (*own, *(assignment[d] for d in self._name_dimensions))
            if key not in known:
                name = self.name(assignment)
                keep(known, key, leaf_hash(column.path, column.value(own, name), name))
            total += known[key]
        return total

    def pieces(self, *, as_yaml: bool) -> tuple[list[str | Gap | Column], Render]:
        """The recipe's rendering in pieces, and how a value is rendered.

        A column in it stands for a gap that has to be worked out for each point.
        """
        render = _yaml_text if as_yaml else _json_text
        tree = _plain_copy(self.base)
        for at, column in enumerate(self.columns):
            put(tree, column.path, f"{_OPEN}{at}{_CLOSE}")
        text, *rest = _MARK.split(to_yaml(tree) if as_yaml else json_text(tree))
        pieces: list[str | Gap | Column] = [text]
        for number, text in zip(rest[::2], rest[1::2], strict=True):
            column = self.columns[int(number)]
            pieces.append(self._gap(column, render) if column.is_plain else column)
            pieces.append(text)
        return pieces, render

    def _gap(self, column: Column, render: Render) -> Gap:
        dimension = column.dimensions[0]
        size = len(self.branch.positions[dimension])
        texts = [render(column.value((at,), ""), column.path) for at in range(size)]
        return Gap(dimension, texts)

    def validator(self, book: RuleBook) -> Callable[[Assignment, Any], None]:
        """Runs the family's whole model over a point; for one that isn't valid it raises.

        One tree serves all points: only what differs is set anew.

        Args:
            book: The rules, which tell the family.
        """
        assert self.branch.recipe is not None
        family = book.family_of(self.branch.recipe.choices)
        assert family is not None
        validate = families.model(family).__pydantic_validator__.validate_python
        tree = _plain_copy(self.base)
        setters = [(_parent(tree, c.path), str(c.path[-1]), c) for c in self.columns]
        plain = [(parent, key, c.dimensions[0], c) for parent, key, c in setters if c.is_plain]
        others = [(parent, key, c) for parent, key, c in setters if not c.is_plain]
        now: dict[int, int] = {}

        def run(assignment: Assignment, name: Any) -> None:
            changed = {d for d, at in enumerate(assignment) if now.get(d) != at}
            for parent, key, dimension, column in plain:
                if dimension in changed:
                    now[dimension] = assignment[dimension]
                    parent[key] = column.value((assignment[dimension],), name)
            for parent, key, column in others:
                own = tuple([assignment[d] for d in column.dimensions])
                parent[key] = column.value(own, name)
            validate(tree)

        return run

    def _resolved(self, assignment: Assignment, name: str | None) -> dict[str, Any]:
        tree = self.branch.tree(assignment)
        if name is not None:
            put(tree, RUN_NAME, name)
        return rewrite(replace(self.scope, recipe=tree), "resolved")

    def _column(self, path: KeyPath, named: bool) -> Column:
        if named and path == RUN_NAME:
            return Column(path, (), lambda _, name: name, named=True)
        found = self.branch.dimensions_of(path)
        dimensions = tuple(sorted({*found, *(self._name_dimensions if named else ())}))
        axis_target = self.branch.slot_at.get(path)
        if axis_target is not None and axis_target.is_simple:
            at = dimensions.index(axis_target.dimension)
            return Column(path, dimensions, lambda own, _: axis_target.values[own[at]], named)
        known: dict[Assignment, Any] = {}

        def value(own: Assignment, name: Any) -> Any:
            marked = named and isinstance(name, str)
            key = (*own, int(marked))
            if key not in known:
                at = dict(zip(dimensions, own, strict=True))
                whole = tuple(at.get(d, 0) for d in range(len(self.branch.positions)))
                tree = self._resolved(whole, NAME_MARK if marked else None)
                keep(known, key, _at(tree, path))
            return with_name(known[key], NAME_MARK, name) if marked else known[key]

        return Column(path, dimensions, value, named)

    def _hash_tables(self) -> tuple[int, list[list[int] | None]]:
        """The sum over what is constant, and for each dimension what each position adds, if any."""
        name = _at(self.base, RUN_NAME)
        differing = {column.path for column in self.columns}
        own_name = {c.path for c in self.columns if c.named and not c.dimensions}
        constant = sum(
            leaf_hash(path, value, name)
            for path, value in leaves(self.base)
            if path not in differing or path in own_name
        )
        tables: list[list[int] | None] = [None] * len(self.branch.positions)
        for column in self.columns:
            if len(column.dimensions) == 1 and not _indirect(column):
                dimension = column.dimensions[0]
                table = tables[dimension] or [0] * len(self.branch.positions[dimension])
                tables[dimension] = [
                    so_far + leaf_hash(column.path, column.value((place,), name), name)
                    for place, so_far in enumerate(table)
                ]
        return constant, tables


@dataclass(frozen=True)
class Gap:
    """A gap in a rendering that one dimension fills: its text for each position."""

    dimension: int
    texts: list[str]


@dataclass(frozen=True)
class Extra:
    """A gap that is filled by what is worked out for each point: its number among those."""

    at: int


_MERGED = 100_000
"""How much constant text is repeated at most so as to have one column less."""


class Format:
    """A rendering with gaps, filled for many points at a time.

    Args:
        pieces: Constant text and gaps, in order.
    """

    def __init__(self, pieces: Sequence[str | Gap | Extra]) -> None:
        self._pieces: list[str | Gap | Extra] = []
        for piece in pieces:
            before = self._pieces[-1] if self._pieces else None
            if isinstance(piece, str) and isinstance(before, str):
                self._pieces[-1] = before + piece
            elif (
                isinstance(piece, Gap)
                and isinstance(before, str)
                and len(before) * len(piece.texts) <= _MERGED
            ):
                self._pieces[-1] = Gap(piece.dimension, [before + text for text in piece.texts])
            else:
                self._pieces.append(piece)

    def fill(
        self, assignments: Sequence[Assignment], extras: Sequence[Sequence[str]]
    ) -> Iterator[str]:
        """The texts for points, and what was worked out for them, by its number.

        It goes column by column, so that no step of a point is more than a step of a ``zip``.
        """
        positions = tuple(zip(*assignments, strict=True))
        columns: list[Iterable[str]] = []
        for piece in self._pieces:
            if isinstance(piece, str):
                columns.append(repeat(piece, len(assignments)))
            elif isinstance(piece, Extra):
                columns.append(extras[piece.at])
            else:
                columns.append(map(piece.texts.__getitem__, positions[piece.dimension]))
        return map("".join, zip(*columns, strict=True))


_KEPT = 20_000
"""How many values of combinations are kept: enough to share work, and flat in memory."""

_Value = TypeVar("_Value")


def keep(known: dict[Assignment, _Value], key: Assignment, value: _Value) -> None:
    """Keeps a value for later, and forgets the others if they are too many."""
    if len(known) >= _KEPT:
        known.clear()
    known[key] = value


def _json_text(value: Any, _: KeyPath) -> str:
    return json_text(value)


def json_text(value: Any) -> str:
    """A value as JSON."""
    return with_points(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _yaml_text(value: Any, path: KeyPath) -> str:
    """A value as YAML, all that stands behind its key's colon."""
    if isinstance(value, list) and value:
        _, *lines = to_yaml({"key": value}).splitlines()
        return "".join(f"\n{'  ' * (len(path) - 1)}{line}" for line in lines)
    return f" {scalar(value)}"


def _indirect(column: Column) -> bool:
    """Whether positions alone can't tell the id: the value depends on the name and an axis."""
    return column.named and bool(column.dimensions)


def _parent(tree: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    node: Any = tree
    for key in path[:-1]:
        node = node[key]
    assert isinstance(node, dict)
    return node


def _plain_copy(node: Any) -> Any:
    return {k: _plain_copy(v) for k, v in node.items()} if isinstance(node, Mapping) else node


def _at(tree: Any, path: KeyPath) -> Any:
    for key in path:
        if not isinstance(tree, Mapping) or key not in tree:
            return None
        tree = tree[key]
    return tree
