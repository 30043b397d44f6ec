"""Build: a branch compiled once, then microseconds a point.

A branch's recipe is rendered once, with marks where its points differ; a point's text, id and
manifest line are that rendering with the values filled in. What depends on several axes at once,
through links, is worked out for each combination and kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, TypeVar

from hydra_recipes.emit import scalar, to_yaml
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import rewrite
from hydra_recipes.origins import KeyPath
from hydra_recipes.recipe import id_of_sum, leaf_hash, leaves
from hydra_recipes.sweep.branch import RUN_NAME, Branch, put

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
        value: Gives it for the positions of those dimensions and a run name.
        named: Whether it depends on the run name.
    """

    path: KeyPath
    dimensions: tuple[int, ...]
    value: Callable[[Assignment, str], Any]
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
        self.beside = branch.recipe.scope.beside
        start = tuple(0 for _ in branch.positions)
        self.base = self._resolved(start, None)
        self.has_name = isinstance(_at(self.base, RUN_NAME), str)
        other = self._resolved(start, NAME_MARK) if self.has_name else self.base
        named = {path for path, value in leaves(other) if value != _at(self.base, path)}
        self.columns = tuple(
            self._column(path, path in named)
            for path, _ in leaves(self.base)
            if path in named or branch.dimensions_of(path)
        )
        self._name_dimensions = tuple(sorted(branch.dimensions_of(RUN_NAME)))
        self._names: dict[Assignment, str] = {}
        self._sums = self._hash_tables()
        self._joint: list[tuple[Column, dict[Assignment, int]]] = [
            (c, {}) for c in self.columns if len(c.dimensions) > 1 or _indirect(c)
        ]

    def resolved(self, assignment: Assignment, name: str | None = None) -> dict[str, Any]:
        """A point's recipe as plain values; with its own run name if none is given."""
        return self._resolved(assignment, name)

    def name(self, assignment: Assignment) -> str:
        """The run name a point is composed with."""
        own = tuple([assignment[d] for d in self._name_dimensions])
        if own not in self._names:
            tree = self.resolved(assignment) if own else self.base
            keep(self._names, own, str(_at(tree, RUN_NAME)))
        return self._names[own]

    def id(self, assignment: Assignment) -> str:
        """A point's recipe id."""
        return self.ids(assignment[:-1], assignment[-1:] or (0,))[0]

    def ids(self, prefix: Assignment, values: Sequence[int]) -> list[str]:
        """The ids of the points that differ in the last dimension only."""
        total, tables = self._sums
        for position, table in zip(prefix, tables, strict=False):  # the last has no position
            if table:
                total += table[position]
        last = tables[len(prefix)] if len(prefix) < len(tables) else None
        sums = [total + last[value] for value in values] if last else [total] * len(values)
        if self._joint:
            for place, value in enumerate(values):
                sums[place] += self._joint_sum((*prefix, value))
        return [id_of_sum(one) for one in sums]

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

    def validator(self) -> Callable[[Assignment, str], None]:
        """Runs the family's whole model over a point; for one that isn't valid it raises.

        One tree serves all points: only what differs is set anew.
        """
        from hydra_recipes import families
        from hydra_recipes.library import libraries
        from hydra_recipes.rules.loading import rule_book

        assert self.branch.recipe is not None
        family = rule_book(libraries()).family_of(self.branch.recipe.choices)
        assert family is not None
        validate = families.model(family).__pydantic_validator__.validate_python
        tree = _plain_copy(self.base)
        setters = [(_parent(tree, c.path), str(c.path[-1]), c) for c in self.columns]
        plain = [(parent, key, c.dimensions[0], c) for parent, key, c in setters if c.is_plain]
        others = [(parent, key, c) for parent, key, c in setters if not c.is_plain]
        now: dict[int, int] = {}

        def run(assignment: Assignment, name: str) -> None:
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
        return rewrite(Scope(tree, self.beside), "resolved")

    def _column(self, path: KeyPath, named: bool) -> Column:
        dimensions = tuple(sorted(self.branch.dimensions_of(path)))
        if path == RUN_NAME:
            return Column(path, (), lambda _, name: name, named=True)
        slot = self.branch.slot_at.get(path)
        if slot is not None and slot.is_simple:
            return Column(path, dimensions, lambda own, _: slot.values[own[0]], named=False)
        known: dict[Assignment, Any] = {}

        def value(own: Assignment, name: str) -> Any:
            if own not in known:
                at = dict(zip(dimensions, own, strict=True))
                whole = tuple(at.get(d, 0) for d in range(len(self.branch.positions)))
                tree = self._resolved(whole, NAME_MARK if named else None)
                keep(known, own, _at(tree, path))
            found = known[own]
            return found.replace(NAME_MARK, name) if named and isinstance(found, str) else found

        return Column(path, dimensions, value, named)

    def _hash_tables(self) -> tuple[int, list[list[int] | None]]:
        """The sum over what is constant, and for each dimension what each position adds, if any."""
        name = _at(self.base, RUN_NAME)
        differing = {column.path for column in self.columns}
        own_name = {c.path for c in self.columns if c.named and not c.dimensions}
        constant = sum(
            leaf_hash(path, value, name)
            for path, value in leaves(self.base)
            if path not in differing
            or (path in own_name and not self.branch.dimensions_of(RUN_NAME))
        )
        tables: list[list[int] | None] = [None] * len(self.branch.positions)
        for column in self.columns:
            if len(column.dimensions) == 1 and not _indirect(column):
                dimension = column.dimensions[0]
                table = tables[dimension] or [0] * len(self.branch.positions[dimension])
                tables[dimension] = [
                    so_far + leaf_hash(column.path, column.value((place,), str(name)), name)
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


class Format:
    """A rendering with gaps, filled a row at a time: for points that differ in one dimension.

    What the other dimensions tell is put in its place when it changes; what is left is filled in
    a fraction of a microsecond a point.

    Args:
        pieces: Constant text and gaps, in order.
        last: The dimension that differs within a row.
    """

    def __init__(self, pieces: Sequence[str | Gap | Extra], last: int) -> None:
        # Texts that hold for a row, and between them columns of texts, one for each point.
        self._runs: list[list[str]] = [[]]
        self._gaps: dict[int, list[tuple[int, int, list[str]]]] = {}
        self._columns: list[tuple[int, list[str] | None]] = []
        for piece in pieces:
            run = self._runs[-1]
            if isinstance(piece, str):
                run.append(piece)
            elif isinstance(piece, Extra):
                self._columns.append((piece.at, None))
                self._runs.append([])
            elif piece.dimension == last:
                self._columns.append((last, piece.texts))
                self._runs.append([])
            else:
                place = (len(self._runs) - 1, len(run), piece.texts)
                self._gaps.setdefault(piece.dimension, []).append(place)
                run.append("")
        self._prefix: Assignment | None = None
        self._texts = ["".join(run) for run in self._runs]

    def fill(
        self, prefix: Assignment, values: Sequence[int], extras: Sequence[Sequence[str]]
    ) -> Iterator[str]:
        """The texts of a row.

        Args:
            prefix: The positions of all dimensions before the last.
            values: The positions of the last.
            extras: What was worked out for the points, by its number.
        """
        if prefix != self._prefix:
            self._set(prefix)
        columns: list[Iterable[str]] = [repeat(self._texts[0], len(values))]
        for (at, texts), text in zip(self._columns, self._texts[1:], strict=True):
            columns.append(extras[at] if texts is None else [texts[value] for value in values])
            columns.append(repeat(text))
        return map("".join, zip(*columns, strict=False))

    def _set(self, prefix: Assignment) -> None:
        before, self._prefix = self._prefix, prefix
        changed: set[int] = set()
        for dimension, gaps in self._gaps.items():
            at = prefix[dimension]
            if before is None or before[dimension] != at:
                for run, place, texts in gaps:
                    self._runs[run][place] = texts[at]
                    changed.add(run)
        for run in changed:
            self._texts[run] = "".join(self._runs[run])


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
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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
