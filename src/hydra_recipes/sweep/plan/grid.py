"""Grid: a branch with what its points have to satisfy; its valid points, counted and walked."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property, partial
from typing import Any, Protocol

from hydra_recipes.checking.composed import check_composed
from hydra_recipes.checking.structure import check_structure
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.provenance import Provenance
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.environment import allowing
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import dotted
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.offers import OFFER
from hydra_recipes.sweep.plan.branch import Branch, put
from hydra_recipes.sweep.plan.builder import Builder
from hydra_recipes.sweep.plan.constraints import checks_of
from hydra_recipes.sweep.plan.first_of_equals import canonical_only, tells
from hydra_recipes.sweep.solve.solver import Check, Solver
from hydra_recipes.sweep.space.condition import Condition, open_keys
from hydra_recipes.tree import canonical

Assignment = tuple[int, ...]
PointResult = tuple[frozenset[str], str]
"""What forbids a point, and its recipe's id."""


class Kept:
    """A frozen dataclass of which a pickle has the fields only; the rest is worked out anew."""

    def __getstate__(self) -> dict[str, Any]:
        assert is_dataclass(self)
        return {one.name: getattr(self, one.name) for one in fields(self)}


class Grid(Protocol):
    """What a plan asks of a branch's grid."""

    @property
    def branch(self) -> Branch:
        """The branch."""

    @property
    def kinds(self) -> dict[str, str]:
        """Every reason that may forbid a point, with its kind."""

    def count(self, reasons: Iterable[str] | None = None) -> int:
        """How many asked points satisfy these reasons; all of them if left out."""

    def possible(self, reasons: Iterable[str], dimension: int, value: int) -> bool:
        """Whether a point with an asked value satisfies these reasons."""

    def keys(self, reason: str) -> Iterable[str]:
        """The keys, dotted, that forbid points for a reason which no library gives."""

    def assignments(self) -> Iterator[Assignment]:
        """The valid points in order, of equal ones the first."""


@dataclass(frozen=True)
class NotOffered:
    """The grid of a branch that isn't offered: no valid point, and one reason."""

    branch: Branch

    @property
    def kinds(self) -> dict[str, str]:
        """Every reason that may forbid a point, with its kind."""
        return {OFFER: OFFER}

    def count(self, reasons: Iterable[str] | None = None) -> int:
        """How many asked points satisfy these reasons; all of them if left out."""
        return 0 if reasons is None or OFFER in reasons else self.branch.asked

    def possible(self, reasons: Iterable[str], dimension: int, value: int) -> bool:
        """Whether a point with an asked value satisfies these reasons."""
        return OFFER not in reasons and value in self.branch.combination[dimension]

    def keys(self, reason: str) -> Iterable[str]:  # noqa: ARG002 - an offer is a library's
        """None."""
        return ()

    def assignments(self) -> Iterator[Assignment]:
        """The valid points in order, of equal ones the first."""
        return iter(())


@dataclass(frozen=True)
class Compiled(Kept):
    """The grid of a branch whose points are told valid without composing them."""

    branch: Branch
    conditions: Sequence[Condition]
    libraries: Libraries

    @cached_property
    def checks(self) -> list[Check]:
        """What its points have to satisfy."""
        return checks_of(self.branch, rule_book(self.libraries), self.conditions)

    @cached_property
    def solver(self) -> Solver:
        """All checks."""
        return Solver(self.branch.weights, self.checks)

    @cached_property
    def ranked(self) -> Solver:
        """All checks, for assignments that count once, however many asked points are the same.

        Where it can be said without walking them, of equal recipes only the first counts.
        """
        firsts = self.only_firsts or ()
        if not firsts and all(weight == 1 for some in self.branch.weights for weight in some):
            return self.solver
        weights = [[1] * len(weights) for weights in self.branch.weights]
        return Solver(weights, [*self.checks, *firsts])

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Every reason that may forbid a point, with its kind."""
        return {check.reason: check.kind for check in self.checks}

    def count(self, reasons: Iterable[str] | None = None) -> int:
        """How many asked points satisfy these reasons; all of them if left out."""
        return self.solver.count() if reasons is None else self._only(reasons).count()

    def possible(self, reasons: Iterable[str], dimension: int, value: int) -> bool:
        """Whether a point with an asked value satisfies these reasons."""
        at = self.positions[dimension].get(value)
        return at is not None and self._only(reasons).supported(dimension, at)

    def keys(self, reason: str) -> Iterable[str]:
        """The keys, dotted, that forbid points for a reason which no library gives."""
        for check in self.checks:
            if (
                check.reason == reason
                and check.path is not None
                and Solver(self.branch.weights, [check]).count() < self.branch.asked
            ):
                yield dotted(check.path)

    @cached_property
    def positions(self) -> tuple[dict[int, int], ...]:
        """For each dimension, the position of each asked value."""
        return tuple(
            {value: at for at, same in enumerate(positions) for value in same}
            for positions in self.branch.positions
        )

    @cached_property
    def firsts(self) -> tuple[tuple[int, ...], ...]:
        """For each dimension and position, the first asked value that is the same; ascending."""
        return tuple(tuple(same[0] for same in positions) for positions in self.branch.positions)

    def assignments(self) -> Iterator[Assignment]:
        """The valid points in order, of equal ones the first."""
        rows = self.ranked.rows()
        if not self.branch.positions:
            return iter([() for _ in rows])
        return itertools.chain.from_iterable(
            [(*prefix, value) for value in values] for prefix, values in rows
        )

    def _only(self, reasons: Iterable[str]) -> Solver:
        wanted = frozenset(reasons)
        if wanted not in self._solvers:
            checks = [one for one in self.checks if one.reason in wanted]
            self._solvers[wanted] = Solver(self.branch.weights, checks)
        return self._solvers[wanted]

    @cached_property
    def _solvers(self) -> dict[frozenset[str], Solver]:
        return {}

    @cached_property
    def marks(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """For each dimension and position, what the axes write: the same where that is equal."""
        return tuple(
            tuple(
                tuple(canonical(s.values[at]) for s in self.branch.axis_targets if s.dimension == d)
                for at in range(len(positions))
            )
            for d, positions in enumerate(self.branch.positions)
        )

    @cached_property
    def is_injective(self) -> bool:
        """Whether all of ``assignments`` have different ids for certain.

        Points drawn are so few that this is told by their ids, whichever branch they are in.
        """
        return self.only_firsts is not None

    @cached_property
    def only_firsts(self) -> list[Check] | None:
        """What keeps the first of equal assignments only; None if they are told by their ids."""
        if self.branch.space.drawn_from is not None:
            return None
        if all(tells(axis_target) for axis_target in self.branch.axis_targets):
            return []
        return canonical_only(self.branch, self.builder, self.checks)

    @cached_property
    def builder(self) -> Builder:
        """What builds its points."""
        return Builder(self.branch)

    @cached_property
    def signature(self) -> str:
        """The same for branches that compose to the same but for what the axes write."""
        assert self.branch.recipe is not None
        tree = self.branch.recipe.tree
        for axis_target in self.branch.axis_targets:
            put(tree, axis_target.path, f"<{axis_target.dimension}>")
        paths = sorted((list(map(str, s.path)), s.dimension) for s in self.branch.axis_targets)
        return canonical([tree, self.branch.recipe.scope.beside, paths])

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """The same for branches of one signature whose valid points are the same."""
        return self.marks, frozenset(check.mark for check in self.checks)


@dataclass(frozen=True)
class OneByOne(Kept):
    """The grid of a branch whose points have to be composed one by one."""

    branch: Branch
    conditions: Sequence[Condition]
    family: str | None
    libraries: Libraries
    known: dict[tuple[str, ...], PointResult] = field(default_factory=dict, repr=False)
    """The verdicts there are already, by overrides: of what was drawn, more is drawn again."""

    def composed(self, overrides: tuple[str, ...]) -> Recipe:
        """The recipe of a point; links read what they might when it was planned."""
        assert self.branch.recipe is not None
        return composed(overrides, self.libraries, self.branch.recipe.scope.environment)

    @cached_property
    def verdicts(self) -> list[tuple[Assignment, frozenset[str], str]]:
        """For each asked point: the positions, what forbids it, and its recipe's id."""
        found = []
        for at in itertools.product(*map(range, map(len, self.branch.positions))):
            overrides = self.branch.overrides(self.branch.index(at))
            if overrides not in self.known:
                self.known[overrides] = self._verdict(overrides)
            found.append((at, *self.known[overrides]))
        return found

    def _verdict(self, overrides: tuple[str, ...]) -> PointResult:
        recipe = self.composed(overrides)
        findings = check_composed(recipe, self.libraries).findings
        errors = {finding.rule for finding in findings if finding.severity == "error"}
        errors.update(unmet(recipe, self.conditions, self.family))
        return frozenset(errors), recipe.id

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Every reason that may forbid a point, with its kind."""
        book = rule_book(self.libraries)
        told = dict.fromkeys((limit.id for limit in book.limits), "limit")
        told |= dict.fromkeys((rule.id for rule in book.rules), "rule")
        told |= dict.fromkeys((condition.source for condition in self.conditions), "where")
        reasons = {reason for _, errors, _ in self.verdicts for reason in errors}
        return {
            reason: told.get(reason, "link" if reason.startswith("link-") else "structure")
            for reason in reasons
        }

    def count(self, reasons: Iterable[str] | None = None) -> int:
        """How many asked points satisfy these reasons; all of them if left out."""
        wanted = set(self.kinds if reasons is None else reasons)
        return sum(not errors & wanted for _, errors, _ in self.verdicts)

    def possible(self, reasons: Iterable[str], dimension: int, value: int) -> bool:
        """Whether a point with an asked value satisfies these reasons."""
        wanted = set(reasons)
        return any(
            self.branch.index(at)[dimension] == value and not errors & wanted
            for at, errors, _ in self.verdicts
        )

    def keys(self, reason: str) -> Iterable[str]:
        """The keys, dotted, that forbid the first point for a reason."""
        for at, errors, _ in self.verdicts:
            if reason in errors:
                recipe = self.composed(self.branch.overrides(self.branch.index(at)))
                findings = check_composed(recipe, self.libraries).findings
                return [f.key for f in findings if f.rule == reason and f.key is not None]
        return ()

    def assignments(self) -> Iterator[Assignment]:
        """The valid points in order, of equal ones the first."""
        return (at for at, errors, _ in self.verdicts if not errors)


def composed(
    overrides: tuple[str, ...], libraries: Libraries, allowed: Iterable[str] = ()
) -> Recipe:
    """The recipe of a point; its links may read the environment's variables that are allowed."""
    with allowing(allowed):
        return compose_request(read_overrides(overrides, libraries), overrides, libraries)


def built(branch: Branch, assignment: Assignment, libraries: Libraries) -> Recipe:
    """The recipe of a point of a branch that compiles, equal to the composed one.

    How it was made is composed once somebody asks.
    """
    assert branch.recipe is not None
    scope = branch.recipe.scope
    overrides = branch.overrides(branch.index(assignment))
    provenance = partial(_making_of, overrides, libraries, tuple(scope.environment))
    tree = branch.tree(assignment)
    return Recipe(
        branch.recipe.choices, overrides, tree, scope.beside, provenance, scope.environment
    )


def _making_of(
    overrides: tuple[str, ...], libraries: Libraries, allowed: tuple[str, ...]
) -> Provenance:
    return composed(overrides, libraries, allowed).provenance


def unmet(recipe: Recipe, conditions: Sequence[Condition], family: str | None) -> Iterator[str]:
    """The conditions that a recipe of an offered combination doesn't satisfy."""
    resolved, problems = recipe.scope.resolve()
    unusable = {*problems, *open_keys(resolved)}
    if family is not None:
        unusable |= {path for path, _ in check_structure(resolved, family, frozenset(unusable))}
    for condition in conditions:
        if not condition.holds(recipe.choices, condition.paths(recipe), resolved, unusable):
            yield condition.source
