"""Plan: a space worked out into branches; how many points are valid, and which."""

from __future__ import annotations

import heapq
import itertools
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.moves import Moved
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sweep.plan.branch import Branch, branches
from hydra_recipes.sweep.plan.builder import Builder
from hydra_recipes.sweep.plan.grid import (
    Assignment,
    Compiled,
    Grid,
    Kept,
    NotOffered,
    OneByOne,
    PointResult,
    built,
)
from hydra_recipes.sweep.plan.ledger import Ledger, ledger_of
from hydra_recipes.sweep.plan.overlap import earlier, gives_first, union
from hydra_recipes.sweep.space.condition import Condition, check_kinds, check_names, read_condition
from hydra_recipes.sweep.space.mistaken import check_lists
from hydra_recipes.sweep.space.space import Space

_PARTS = 256
_TOGETHER = 500
"""How many ids are worked out together."""
Located = tuple[int, Assignment]
"""A point: the number of its grid, and the positions of its values."""
_Found = tuple[int, Assignment, str]
"""The same, and its recipe's id where that tells whether it is the first of equal ones."""


@dataclass(frozen=True)
class Point:
    """One valid point of a sweep.

    Attributes:
        index: Its place among the valid points, from 0.
        choices: Group to option.
        axes: Axis to value, for the axes that bear on it.
        overrides: What composes it.
    """

    index: int
    choices: Mapping[str, str]
    axes: Mapping[str, Any]
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Plan(Kept):
    """What a sweep comes to. Building one writes nothing.

    A plan can be pickled: its shards may go to other processes, which read the same libraries.

    ``len(plan)`` is the number of recipes: the valid points, of equal recipes only the first.
    Where there are more than Python's ``len`` can say, ``plan.size`` says it.

    Attributes:
        space: What was asked.
        grids: The branches with what they allow.
        libraries: The libraries it was planned from.
        part: ``(i, n)`` for the i-th of n shards, or None for the whole.
    """

    space: Space
    grids: tuple[Grid, ...]
    libraries: Libraries
    part: tuple[int, int] | None = None

    @property
    def book(self) -> RuleBook:
        """The rules it was planned by."""
        return rule_book(self.libraries)

    @cached_property
    def ledger(self) -> Ledger:
        """How many points are valid, and why the others are not."""
        return ledger_of(self.space, self.grids, self.distinct, self.libraries)

    @property
    def moved(self) -> tuple[Moved, ...]:
        """The old names that were used, in overrides and in files."""
        used = (*self.space.moved, *(one for grid in self.grids for one in grid.branch.moved))
        return tuple(dict.fromkeys(used))

    @cached_property
    def distinct(self) -> int:
        """How many different valid recipes the whole sweep has."""
        total = 0
        for members in self._groups.values():
            shapes = {grid.shape: grid for grid in members}
            total += union(list(shapes.values()))
        if self._by_id:
            total += sum(1 for _ in self._merged(sorted(self._by_id)))
        return total

    @property
    def taken(self) -> int:
        """How many of the different valid recipes are taken, in all shards together."""
        return self.distinct

    @property
    def size(self) -> int:
        """How many recipes this plan gives: those taken, or its shard of them."""
        i, n = self.part or (0, 1)
        return max(0, (self.taken - i + n - 1) // n)

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return self.size > 0

    def shard(self, i: int, n: int) -> Plan:
        """The i-th (from 0) of n disjoint slices, for running on several machines.

        A shard of a shard is a slice of that shard. The ledger of a shard is that of the whole.

        Raises:
            ValueError: If i isn't below n.
        """
        return Plan(self.space, self.grids, self.libraries, self._part(i, n))

    def _part(self, i: int, n: int) -> tuple[int, int]:
        if not 0 <= i < n:
            raise ValueError(f"there is no shard {i} of {n}")
        first, step = self.part or (0, 1)
        return first + step * i, step * n

    def points(self) -> Iterator[Point]:
        """The valid points in the order of the product of the axes, one at a time."""
        first, step = self.part or (0, 1)
        for place, (at, assignment) in enumerate(self.own()):
            yield self._point(first + step * place, at, assignment)

    def recipes(self) -> Iterator[Recipe]:
        """The recipes of the points, in the same order, one at a time."""
        for at, assignment in self.own():
            grid = self.grids[at]
            if isinstance(grid, OneByOne):
                yield grid.composed(grid.branch.overrides(grid.branch.index(assignment)))
            else:
                yield built(grid.branch, assignment, self.libraries)

    def own(self) -> Iterator[Located]:
        """The valid points of this shard, in order."""
        first, step = self.part or (0, 1)
        return itertools.islice(self.located(), first, None, step)

    def located(self) -> Iterator[Located]:
        """The valid points in order, of equal recipes the first; of all shards."""
        return self._merged(range(len(self.grids)))

    def _merged(self, grids: Iterable[int]) -> Iterator[Located]:
        """The points of some grids in order; of those told by their ids the first of equal ones."""
        streams = [self._stream(at) for at in grids]
        if self._groups_come_first:
            found: Iterator[_Found] = itertools.chain.from_iterable(streams)
        else:
            keyed = (
                ((self.grids[at].branch.index(one), at, one, id_) for at, one, id_ in stream)
                for stream in streams
            )
            found = ((at, one, id_) for _, at, one, id_ in heapq.merge(*keyed))
        if not self._by_id:
            return ((at, one) for at, one, _ in found)
        return _unseen(found)

    def _stream(self, at: int) -> Iterator[_Found]:
        """The points of one grid, without those that another gives first; or with their ids."""
        grid = self.grids[at]
        if isinstance(grid, OneByOne):
            yield from ((at, one, found) for one, errors, found in grid.verdicts if not errors)
        if not isinstance(grid, Compiled):
            return
        if at in self._by_id:
            assignments = grid.assignments()
            while chunk := list(itertools.islice(assignments, _TOGETHER)):
                yield from zip(itertools.repeat(at), chunk, grid.builder.ids(chunk))
            return
        rivals = [other for other in self._groups[grid.signature] if other is not grid]
        if any(other.shape == grid.shape and earlier(other, grid) for other in rivals):
            return
        rivals = [other for other in rivals if other.shape != grid.shape]
        if not rivals:
            yield from zip(itertools.repeat(at), grid.assignments(), itertools.repeat(""))
            return
        for assignment in grid.assignments():
            if not any(gives_first(other, grid, assignment) for other in rivals):
                yield at, assignment, ""

    @cached_property
    def countable(self) -> tuple[int, ...] | None:
        """The grids whose points are all taken, if none of the others' are; None if it isn't so."""
        taken = []
        for at, grid in enumerate(self.grids):
            if isinstance(grid, NotOffered):
                continue
            if not isinstance(grid, Compiled) or at in self._by_id:
                return None
            rivals = [other for other in self._groups[grid.signature] if other is not grid]
            if any(other.shape != grid.shape for other in rivals):
                return None
            if not any(earlier(other, grid) for other in rivals):
                taken.append(at)
        return tuple(taken)

    def builder(self, at: int) -> Builder:
        """What builds the points of a grid that compiles."""
        grid = self.grids[at]
        assert isinstance(grid, Compiled)
        return grid.builder

    @cached_property
    def _by_id(self) -> frozenset[int]:
        """The grids of which equal points, their own or of several, are told by their ids."""
        counted = {id(grid) for grids in self._groups.values() for grid in grids}
        return frozenset(
            at
            for at, grid in enumerate(self.grids)
            if not isinstance(grid, NotOffered) and id(grid) not in counted
        )

    @cached_property
    def _groups(self) -> dict[str, list[Compiled]]:
        """The grids that may give equal recipes: those that compose to the same."""
        groups: dict[str, list[Compiled]] = {}
        for grid in self.grids:
            if isinstance(grid, Compiled) and grid.is_injective:
                groups.setdefault(grid.signature, []).append(grid)
        return {
            signature: grids
            for signature, grids in groups.items()
            if len({grid.shape for grid in grids}) == 1 or not any(g.only_firsts for g in grids)
        }

    @cached_property
    def _groups_come_first(self) -> bool:
        """Whether all points of a grid come before those of the next."""
        chosen = [any(a.is_group for a in d.axes) for d in self.space.dimensions]
        zipped = any(  # a key tied to a group has several values for one option
            is_group and len(positions) > 1
            for grid in self.grids
            for is_group, positions in zip(chosen, grid.branch.positions, strict=False)
        )
        return not zipped and chosen == sorted(chosen, reverse=True)

    def _point(self, index: int, at: int, assignment: Assignment) -> Point:
        branch = self.grids[at].branch
        assert branch.recipe is not None
        values = branch.index(assignment)
        return Point(index, branch.recipe.choices, branch.axes(values), branch.overrides(values))


def plan_space(space: Space, libraries: Libraries) -> Plan:
    """Plans the whole of a space that is read already."""
    found = list(branches(space, libraries))
    return plan_branches(space, found, conditions_of(space, found, libraries), libraries)


def conditions_of(space: Space, found: Sequence[Branch], libraries: Libraries) -> list[Condition]:
    """The conditions on a space's points, whose names are those of keys in its branches.

    Raises:
        OverrideError: If one can't be used, or a list stands where an axis was meant.
    """
    conditions = [read_condition(source, libraries) for source in space.wishes.where]
    recipes = [branch.recipe for branch in found if branch.recipe is not None]
    check_lists(space, recipes, libraries)
    check_names(conditions, recipes)
    check_kinds(conditions, recipes, libraries)
    return conditions


def plan_branches(
    space: Space,
    found: Sequence[Branch],
    conditions: Sequence[Condition],
    libraries: Libraries,
    known: dict[tuple[str, ...], PointResult] | None = None,
) -> Plan:
    """Plans a space whose branches are composed already.

    Args:
        space: The space.
        found: Its branches.
        conditions: What its points have to satisfy.
        libraries: The libraries.
        known: Verdicts on points that have to be composed one by one; it is added to.
    """
    book = rule_book(libraries)
    known = {} if known is None else known
    grids: list[Grid] = []
    for branch in found:
        if branch.recipe is None:
            grids.append(NotOffered(branch))
        elif branch.obstacle:
            family = book.family_of(branch.recipe.choices)
            grids.append(OneByOne(branch, conditions, family, libraries, known))
        else:
            compiled = Compiled(branch, conditions, libraries)
            _ = compiled.checks  # what is wrong with a rule is told when it is planned
            grids.append(compiled)
    return Plan(space, tuple(grids), libraries)


def _unseen(found: Iterable[_Found]) -> Iterator[Located]:
    """Points without those whose id, if they have one, came before."""
    seen = IdSet()  # a set of a million would take 100 MiB
    for at, assignment, recipe_id in found:
        if recipe_id:
            number = int(recipe_id, 16)
            if number in seen:
                continue
            seen.add(number)
        yield at, assignment


class IdSet:
    """Whole numbers below 2^64, in eight bytes each; one that comes twice counts twice.

    They are kept in order, in parts by their last digits, so that little moves for each.
    """

    def __init__(self) -> None:
        self._parts = [array("Q") for _ in range(_PARTS)]

    def add(self, number: int) -> None:
        """Adds a number.

        Raises:
            OverflowError: If it is too large, or negative.
        """
        insort(self._parts[number % _PARTS], number)

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __contains__(self, number: int) -> bool:
        part = self._parts[number % _PARTS]
        at = bisect_left(part, number)
        return at < len(part) and part[at] == number
