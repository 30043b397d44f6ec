"""Plan: a space split into branches; how many of its points are valid, and which.

Several branches may give equal recipes, of which a plan takes the first. Grids that compose to the
same but for what their axes write (one ``signature``) give the same recipes if their values and
checks are the same, and the first of them gives them all; otherwise points are walked and told
apart by the ids of their recipes.
"""

from __future__ import annotations

import heapq
import itertools
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.moves import Moved
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sweep.plan.branch import Branch, branches, conditions_of, count_branches
from hydra_recipes.sweep.plan.builder import Builder
from hydra_recipes.sweep.plan.duplicates import IdSet
from hydra_recipes.sweep.plan.filling import Block
from hydra_recipes.sweep.plan.grid import (
    Assignment,
    Compiled,
    Grid,
    Kept,
    NotOffered,
    OneByOne,
    PointResult,
    Progressed,
    built,
    count_of_overlapping,
    untold,
)
from hydra_recipes.sweep.plan.ledger import Ledger, ledger_of
from hydra_recipes.sweep.solve.check import Check
from hydra_recipes.sweep.solve.solver import Row
from hydra_recipes.sweep.space.condition import Condition
from hydra_recipes.sweep.space.space import Space

_TOGETHER = 500
"""How many ids are computed in one call."""
Located = tuple[int, Assignment]
"""A point: the number of its grid, from 0, and its position in each dimension."""
_Identified = tuple[int, Assignment, str]
"""The same with the recipe's id; empty where no id is needed to tell the first of equal recipes."""


@dataclass(frozen=True)
class Point:
    """One valid point of a sweep.

    Attributes:
        index: Its place among the valid points, from 0.
        choices: The chosen option of each group.
        axes: The value of each axis by key; axes whose key it lacks are left out.
        overrides: The overrides that compose it.
    """

    index: int
    choices: Mapping[str, str]
    axes: Mapping[str, Any]
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Plan(Kept):
    """The valid points of a sweep. Building one writes nothing.

    A plan can be pickled: its shards may go to other processes, which read the same libraries.

    ``len(plan)`` is the number of recipes: the valid points, of equal recipes only the first.
    ``plan.size`` is the same, for plans that are larger than Python's ``len`` allows.

    Attributes:
        space: The space that was asked for.
        grids: The branches with their checks.
        libraries: The libraries it was planned from.
        part: ``(i, n)`` for the i-th (from 0) of n shards, or None for the whole.
    """

    space: Space
    grids: tuple[Grid, ...]
    libraries: Libraries
    part: tuple[int, int] | None = None

    @property
    def book(self) -> RuleBook:
        """Return the rules it was planned by."""
        return rule_book(self.libraries)

    @cached_property
    def ledger(self) -> Ledger:
        """Return how many points are valid, and why the others are not."""
        return ledger_of(self.space, self.grids, self.distinct, self.libraries)

    @property
    def moved(self) -> tuple[Moved, ...]:
        """Return the old names that were used, in overrides and in files, each once."""
        used = (*self.space.moved, *(name for grid in self.grids for name in grid.branch.moved))
        return tuple(dict.fromkeys(used))

    @cached_property
    def distinct(self) -> int:
        """Return the number of different valid recipes of the whole sweep."""
        return self._distinct(untold)

    def count(self, progressed: Progressed) -> None:
        """Count its points and the reasons that forbid others, which is done later if not now.

        Args:
            progressed: Told of points whose ids are looked at.
        """
        if "distinct" not in vars(self):
            vars(self)["distinct"] = self._distinct(progressed)
        _ = self.ledger

    def _distinct(self, progressed: Progressed) -> int:
        total = sum(grid.ranked.count() for grid in self._counted.values())
        walked = set(self._by_id)
        for grids in self._by_signature.values():
            count = count_of_overlapping(list(grids.values())) if walked & grids.keys() else None
            if count is not None:
                total += count
                walked -= grids.keys()
        if walked:
            left = sum(self.grids[number].count() for number in walked)
            progressed(0, left)
            points = self._merged(sorted(walked))
            while chunk := sum(1 for _ in itertools.islice(points, _TOGETHER)):
                progressed(chunk, 0)
                total += chunk
                left -= chunk
            progressed(left, 0)  # those whose recipe an earlier one gives
        return total

    @property
    def taken(self) -> int:
        """Return how many of the different valid recipes are taken, in all shards together."""
        return self.distinct

    @property
    def size(self) -> int:
        """Return the number of recipes of this plan: those taken, or its shard of them."""
        i, n = self.part or (0, 1)
        return max(0, (self.taken - i + n - 1) // n)

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return self.size > 0

    def shard(self, i: int, n: int) -> Plan:
        """Return the i-th (from 0) of n disjoint slices, for running on several machines.

        A shard of a shard is a slice of that shard. The ledger of a shard is that of the whole.

        Raises:
            ValueError: If i is negative, or not below n.
        """
        return Plan(self.space, self.grids, self.libraries, self._part(i, n))

    def _part(self, i: int, n: int) -> tuple[int, int]:
        """Return the first index and the step of a shard among all points taken."""
        if not 0 <= i < n:
            raise ValueError(f"there is no shard {i} of {n}")
        first, step = self.part or (0, 1)
        return first + step * i, step * n

    def points(self) -> Iterator[Point]:
        """Yield the valid points in the order of the product of the axes."""
        first, step = self.part or (0, 1)
        for place, (grid_number, assignment) in enumerate(self.own()):
            yield self._point(first + step * place, grid_number, assignment)

    def recipes(self) -> Iterator[Recipe]:
        """Yield the recipes of the points, in the same order."""
        for grid_number, assignment in self.own():
            grid = self.grids[grid_number]
            if isinstance(grid, OneByOne):
                yield grid.composed(grid.branch.overrides(grid.branch.index(assignment)))
            else:
                yield built(grid.branch, assignment, self.libraries)

    def own(self) -> Iterator[Located]:
        """Yield the valid points of this shard, in order."""
        first, step = self.part or (0, 1)
        return itertools.islice(self.located(), first, None, step)

    def rows(self) -> Iterator[tuple[int, Row]] | None:
        """Return the same points in rows with their grid's number; None if ids tell the first."""
        one_by_one = self.part or self._by_id or not self._groups_come_first
        if one_by_one or not self.space.dimensions:
            return None
        return (
            (number, row) for number, grid in self._counted.items() for row in grid.ranked.rows()
        )

    def located(self) -> Iterator[Located]:
        """Yield the valid points of all shards in order, of equal recipes the first."""
        return self._merged(range(len(self.grids)))

    def _merged(self, grid_numbers: Iterable[int]) -> Iterator[Located]:
        """Yield the points of these grids in sweep order, each recipe once.

        A point is skipped if its recipe has been yielded already.
        """
        streams = [self._stream(number) for number in grid_numbers]
        if self._groups_come_first:
            points: Iterator[_Identified] = itertools.chain.from_iterable(streams)
        else:
            keyed = (
                (
                    (self.grids[number].branch.index(point), number, point, id_)
                    for number, point, id_ in stream
                )
                for stream in streams
            )
            points = ((number, point, id_) for _, number, point, id_ in heapq.merge(*keyed))
        seen = IdSet()  # a set of a million would take 100 MiB
        for number, point, id_ in points:
            if id_:
                if int(id_, 16) in seen:
                    continue
                seen.add(int(id_, 16))
            yield number, point

    def _stream(self, number: int) -> Iterator[_Identified]:
        """Yield a grid's points: with their ids, or without those that another gives first."""
        grid = self.grids[number]
        if isinstance(grid, OneByOne):
            yield from ((number, point, id_) for point, errors, id_ in grid.verdicts if not errors)
        if not isinstance(grid, Compiled):
            return
        if number in self._by_id:
            assignments = grid.assignments()
            while chunk := list(itertools.islice(assignments, _TOGETHER)):
                yield from zip(itertools.repeat(number), chunk, grid.builder.ids(Block.of(chunk)))
            return
        if number in self._counted:
            yield from zip(itertools.repeat(number), grid.assignments(), itertools.repeat(""))

    @property
    def countable(self) -> Mapping[int, Compiled] | None:
        """Return the grids all of whose points are taken, by number; None if ids tell others."""
        return None if self._by_id else self._counted

    def builder(self, at: int) -> Builder:
        """Return the builder of the grid with this number, which has to be a compiled one."""
        grid = self.grids[at]
        assert isinstance(grid, Compiled)
        return grid.builder

    @cached_property
    def _by_id(self) -> frozenset[int]:
        """Return the numbers of the grids whose equal points are told by their recipes' ids."""
        alike = {number for grids in self._alike for number in grids}
        return frozenset(
            number
            for number, grid in enumerate(self.grids)
            if not isinstance(grid, NotOffered) and number not in alike
        )

    @cached_property
    def _counted(self) -> dict[int, Compiled]:
        """Return the grids that give all of their points, by number, ascending."""
        first_grids = (
            min(grids.items(), key=lambda numbered: numbered[1].start) for grids in self._alike
        )
        return dict(sorted(first_grids, key=operator.itemgetter(0)))

    @cached_property
    def _alike(self) -> list[dict[int, Compiled]]:
        """Return the grids whose equal points are told without ids, by number.

        Grids that stand together give the same recipes. Those of one signature with other values or
        checks may share only some, which their ids tell.
        """
        return [
            grids
            for grids in self._by_signature.values()
            if all(grid.canonical_only is not None for grid in grids.values())
            and (len(grids) == 1 or len({grid.shape for grid in grids.values()}) == 1)
        ]

    @cached_property
    def _by_signature(self) -> dict[str, dict[int, Compiled]]:
        """Return the compiled grids by signature and number."""
        by_signature: dict[str, dict[int, Compiled]] = {}
        for number, grid in enumerate(self.grids):
            if isinstance(grid, Compiled):
                by_signature.setdefault(grid.signature, {})[number] = grid
        return by_signature

    @cached_property
    def _groups_come_first(self) -> bool:
        """Return whether all points of a grid come before those of the next."""
        has_group = [
            any(axis.is_group for axis in dimension.axes) for dimension in self.space.dimensions
        ]
        zipped = any(  # a key tied to a group has several values for one option
            is_group and len(positions) > 1
            for grid in self.grids
            for is_group, positions in zip(has_group, grid.branch.positions, strict=False)
        )
        return not zipped and has_group == sorted(has_group, reverse=True)

    def _point(self, index: int, grid_number: int, assignment: Assignment) -> Point:
        branch = self.grids[grid_number].branch
        assert branch.recipe is not None
        values = branch.index(assignment)
        return Point(index, branch.recipe.choices, branch.axes(values), branch.overrides(values))


def plan_space(space: Space, libraries: Libraries, progressed: Progressed | None = None) -> Plan:
    """Plan the whole of a space.

    Args:
        space: The space.
        libraries: The libraries.
        progressed: Told of each branch that is composed, and of points that are composed one by
            one; without it, those are composed once somebody asks for them.

    Raises:
        OverrideError: If a key is ambiguous or unknown, or a condition can't be used.
    """
    composed = compose_branches(space, libraries, progressed)
    conditions = conditions_of(space, composed, libraries)
    return plan_branches(space, composed, conditions, libraries, progressed=progressed)


def compose_branches(
    space: Space, libraries: Libraries, progressed: Progressed | None
) -> list[Branch]:
    """Return the branches of a space.

    Raises:
        OverrideError: If a key is ambiguous in a branch, or no branch has it.
    """
    told = progressed or untold
    told(0, count_branches(space))
    composed = []
    for branch in branches(space, libraries):
        composed.append(branch)
        told(1, 0)
    return composed


def plan_branches(
    space: Space,
    found: Sequence[Branch],
    conditions: Sequence[Condition],
    libraries: Libraries,
    known: dict[tuple[str, ...], PointResult] | None = None,
    progressed: Progressed | None = None,
) -> Plan:
    """Plan a space whose branches are composed already.

    Args:
        space: The space.
        found: Its branches.
        conditions: The conditions that its points have to satisfy.
        libraries: The libraries.
        known: The verdicts there are on points that are composed one by one, by overrides; new
            ones are added.
        progressed: Told of points that are composed one by one; without it, that is done later.
    """
    book = rule_book(libraries)
    known = {} if known is None else known
    grids: list[Grid] = []
    shared: dict[object, Check] = {}
    for branch in found:
        if branch.recipe is None:
            grids.append(NotOffered(branch))
        elif branch.obstacle:
            family = book.family_of(branch.recipe.choices)
            grids.append(OneByOne(branch, conditions, family, libraries, known))
        else:
            compiled = Compiled(branch, conditions, libraries)
            compiled.find_checks(shared)  # so that a rule that is wrong raises here and not later
            grids.append(compiled)
    if progressed is not None:
        slow = [grid for grid in grids if isinstance(grid, OneByOne)]
        progressed(0, sum(grid.branch.asked for grid in slow))
        for grid in slow:
            grid.judge(progressed)
    return Plan(space, tuple(grids), libraries)
