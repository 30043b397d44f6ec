"""Grid: a branch with the checks its points have to satisfy; its valid points, counted and walked.

There is one class for each way to tell what is valid: ``NotOffered`` has no valid point,
``Compiled`` has a solver, and ``OneByOne`` composes and checks each point.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, cached_property, partial
from typing import Any, Protocol

from hydra_recipes.checking.composed import check_composed
from hydra_recipes.checking.missing_values import open_keys
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
from hydra_recipes.sweep.plan.duplicates import canonical_only, count_of_any
from hydra_recipes.sweep.solve.check import Check
from hydra_recipes.sweep.solve.check_cache import bits, mask_of
from hydra_recipes.sweep.solve.solver import Solver
from hydra_recipes.sweep.space.condition import Condition
from hydra_recipes.tree import canonical

Assignment = tuple[int, ...]
Progressed = Callable[[int, int], None]
"""Is told how many steps were done, and how many more were found, since it was last called."""
PointResult = tuple[frozenset[str], str]
"""The reasons that forbid a point, and its recipe's id."""


def untold(_done: int, _found: int, /) -> None:
    """Do nothing when told of progress."""


class Kept:
    """A base of frozen dataclasses whose pickles hold the fields only, not what is cached."""

    def __getstate__(self) -> dict[str, Any]:
        assert is_dataclass(self)
        return {member.name: getattr(self, member.name) for member in fields(self)}


class Grid(Protocol):
    """The grid of a branch, as plans and ledgers use it."""

    @property
    def branch(self) -> Branch:
        """Return the branch."""

    @property
    def kinds(self) -> dict[str, str]:
        """Return the kind of each reason that may forbid a point."""

    def count(self, reasons: Iterable[str] | None = None) -> int:
        """Return how many asked points none of these reasons forbids; of all reasons if None."""

    def possible(self, reasons: Iterable[str], dimension: int) -> int:
        """Return a bit mask of the asked values of points left if only these reasons forbid."""

    def keys(self, reason: str) -> Iterable[str]:
        """Return the keys, dotted, that forbid points for a reason that no library gives."""

    def assignments(self) -> Iterator[Assignment]:
        """Return the valid points in order."""


@dataclass(frozen=True)
class NotOffered:
    """The grid of a branch that isn't offered: no valid point, and one reason."""

    branch: Branch

    @property
    def kinds(self) -> dict[str, str]:
        """Return the kind of each reason that may forbid a point."""
        return {OFFER: OFFER}

    def count(self, reasons: Iterable[str] | None = None) -> int:
        """Return how many asked points none of these reasons forbids; of all reasons if None."""
        return 0 if reasons is None or OFFER in reasons else self.branch.asked

    def possible(self, reasons: Iterable[str], dimension: int) -> int:
        """Return a bit mask of the asked values of points left if only these reasons forbid."""
        return 0 if OFFER in reasons else mask_of(self.branch.combination[dimension])

    def keys(self, reason: str) -> Iterable[str]:  # noqa: ARG002 - an offer is a library's
        """Return no key: an offer is given by a library."""
        return ()

    def assignments(self) -> Iterator[Assignment]:
        """Return no point."""
        return iter(())


@dataclass(frozen=True)
class Compiled(Kept):
    """The grid of a branch whose points are judged without composing them."""

    branch: Branch
    conditions: Sequence[Condition]
    libraries: Libraries

    @cached_property
    def checks(self) -> list[Check]:
        """Return the checks that its points have to satisfy."""
        return checks_of(self.branch, rule_book(self.libraries), self.conditions, {})

    def find_checks(self, shared: dict[object, Check]) -> None:
        """Find the checks now, together with other branches, which ``checks_of`` says more of."""
        book = rule_book(self.libraries)
        vars(self)["checks"] = checks_of(self.branch, book, self.conditions, shared)

    @cached_property
    def solver(self) -> Solver:
        """Return the solver of all checks, which counts asked points."""
        return Solver(self.branch.weights, self.checks)

    @cached_property
    def ranked(self) -> Solver:
        """Return the solver that counts an assignment once, not once per asked point.

        Of equal recipes it counts the first only, unless they are told by their ids.
        """
        canonical_checks = self.canonical_only or ()
        if not canonical_checks and all(
            weight == 1 for row in self.branch.weights for weight in row
        ):
            return self.solver
        weights = [[1] * len(weights) for weights in self.branch.weights]
        return Solver(weights, [*self.checks, *canonical_checks])

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Return the kind of each reason that may forbid a point."""
        return {check.reason: check.kind for check in self.checks}

    def count(self, reasons: Iterable[str] | None = None) -> int:
        """Return how many asked points none of these reasons forbids; of all reasons if None."""
        return self.solver.count() if reasons is None else self._only(reasons).count()

    def possible(self, reasons: Iterable[str], dimension: int) -> int:
        """Return a bit mask of the asked values of points left if only these reasons forbid."""
        positions, asked = self.branch.positions[dimension], self.branch.combination[dimension]
        supported = self._only(reasons).supports[dimension]
        if len(positions) == len(asked) == asked[-1] - asked[0] + 1:
            return supported << asked[0]  # each position is one asked value, and none is left out
        return mask_of(value for at in bits(supported) for value in positions[at])

    def keys(self, reason: str) -> Iterable[str]:
        """Yield the keys, dotted, that forbid points for a reason that no library gives."""
        for check in self.checks:
            if (
                check.reason == reason
                and check.path is not None
                and Solver(self.branch.weights, [check]).count() < self.branch.asked
            ):
                yield dotted(check.path)

    @cached_property
    def first_values(self) -> tuple[tuple[int, ...], ...]:
        """Return, for each dimension and position, its first asked value; ascending."""
        return tuple(tuple(same[0] for same in positions) for positions in self.branch.positions)

    @property
    def start(self) -> tuple[int, ...]:
        """Return the asked values of the first assignment."""
        return tuple(values[0] for values in self.first_values)

    def assignments(self) -> Iterator[Assignment]:
        """Return the valid points in order; of equal ones the first, unless ids have to tell."""
        rows = self.ranked.rows()
        if not self.branch.positions:
            return iter([() for _ in rows])
        return itertools.chain.from_iterable(
            [(*prefix, value) for value in values] for prefix, values in rows
        )

    def _only(self, reasons: Iterable[str]) -> Solver:
        """Return the solver of the checks with these reasons."""
        return self._solver_of(frozenset(reasons))

    @cached_property
    def _solver_of(self) -> Callable[[frozenset[str]], Solver]:
        return cache(
            lambda reasons: Solver(
                self.branch.weights, [check for check in self.checks if check.reason in reasons]
            )
        )

    @cached_property
    def marks(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """Return, for each dimension and position, what the axes write, as comparable texts."""
        targets = self.branch.axis_targets
        return tuple(
            tuple(
                tuple(
                    canonical(target.values[position])
                    for target in targets
                    if target.dimension == dimension
                )
                for position in range(len(positions))
            )
            for dimension, positions in enumerate(self.branch.positions)
        )

    @cached_property
    def canonical_only(self) -> list[Check] | None:
        """Return checks that only the first of equal points passes; None if ids have to tell."""
        if self.branch.space.drawn_from is not None:  # few enough for ids
            return None
        return canonical_only(self.branch, lambda: self.builder, self.checks)

    @cached_property
    def builder(self) -> Builder:
        """Return the builder of its points."""
        return Builder(self.branch)

    @cached_property
    def signature(self) -> str:
        """Return a text that is equal for branches that differ only in what their axes write."""
        assert self.branch.recipe is not None
        tree = self.branch.recipe.tree
        for axis_target in self.branch.axis_targets:
            put(tree, axis_target.path, f"<{axis_target.dimension}>")
        paths = sorted((list(map(str, t.path)), t.dimension) for t in self.branch.axis_targets)
        return canonical([tree, self.branch.recipe.scope.beside, paths])

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """Return what is equal for branches of one signature whose valid points are the same."""
        # A check that no axis bears on and that passes makes no difference.
        checks = (c for c in self.checks if c.dimensions or not c.passes(()))
        return self.marks, frozenset(check.mark for check in checks)


@dataclass(frozen=True)
class OneByOne(Kept):
    """The grid of a branch whose points have to be composed one by one."""

    branch: Branch
    conditions: Sequence[Condition]
    family: str | None
    libraries: Libraries
    known: dict[tuple[str, ...], PointResult] = field(default_factory=dict, repr=False)
    """The verdicts there are already, by overrides: drawing more points draws these again."""

    def composed(self, overrides: tuple[str, ...]) -> Recipe:
        """Return the recipe of a point; its links may read the variables allowed when planning."""
        assert self.branch.recipe is not None
        return composed(overrides, self.libraries, self.branch.recipe.scope.environment)

    @cached_property
    def verdicts(self) -> list[tuple[Assignment, frozenset[str], str]]:
        """Return each asked point's positions, the reasons that forbid it and its recipe's id."""
        return [(assignment, *result) for assignment, result in self._judged()]

    def judge(self, progressed: Progressed) -> None:
        """Compose and check each point, which is done later if it isn't done now."""
        for _ in self._judged():
            progressed(1, 0)

    def _judged(self) -> Iterator[tuple[Assignment, PointResult]]:
        """Yield each asked point's positions and what was found of it."""
        for assignment in itertools.product(*map(range, map(len, self.branch.positions))):
            overrides = self.branch.overrides(self.branch.index(assignment))
            if overrides not in self.known:
                self.known[overrides] = self._verdict(overrides)
            yield assignment, self.known[overrides]

    def _verdict(self, overrides: tuple[str, ...]) -> PointResult:
        recipe = self.composed(overrides)
        findings = check_composed(recipe, self.libraries).findings
        errors = {finding.rule for finding in findings if finding.severity == "error"}
        errors.update(unmet(recipe, self.conditions, self.family))
        return frozenset(errors), recipe.id

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Return the kind of each reason that forbids a point."""
        book = rule_book(self.libraries)
        kinds = dict.fromkeys((limit.id for limit in book.limits), "limit")
        kinds |= dict.fromkeys((rule.id for rule in book.rules), "rule")
        kinds |= dict.fromkeys((condition.source for condition in self.conditions), "where")
        reasons = {reason for _, errors, _ in self.verdicts for reason in errors}
        return {
            reason: kinds.get(reason, "link" if reason.startswith("link-") else "structure")
            for reason in reasons
        }

    def count(self, reasons: Iterable[str] | None = None) -> int:
        """Return how many asked points none of these reasons forbids; of all reasons if None."""
        wanted = set(self.kinds if reasons is None else reasons)
        return sum(not errors & wanted for _, errors, _ in self.verdicts)

    def possible(self, reasons: Iterable[str], dimension: int) -> int:
        """Return a bit mask of the asked values of points left if only these reasons forbid."""
        wanted = set(reasons)
        return mask_of(
            self.branch.index(assignment)[dimension]
            for assignment, errors, _ in self.verdicts
            if not errors & wanted
        )

    def keys(self, reason: str) -> Iterable[str]:
        """Return the keys, dotted, for which a reason forbids the first point that it forbids."""
        for assignment, errors, _ in self.verdicts:
            if reason in errors:
                recipe = self.composed(self.branch.overrides(self.branch.index(assignment)))
                findings = check_composed(recipe, self.libraries).findings
                return [f.key for f in findings if f.rule == reason and f.key is not None]
        return ()

    def assignments(self) -> Iterator[Assignment]:
        """Return the valid points in order, equal ones too."""
        return (assignment for assignment, errors, _ in self.verdicts if not errors)


def composed(
    overrides: tuple[str, ...], libraries: Libraries, allowed: Iterable[str] = ()
) -> Recipe:
    """Return the composed recipe of a point, whose links may read the variables in ``allowed``."""
    with allowing(allowed):
        return compose_request(read_overrides(overrides, libraries), overrides, libraries)


def built(branch: Branch, assignment: Assignment, libraries: Libraries) -> Recipe:
    """Return the recipe of a point of a compiled branch, equal to the composed one.

    Its provenance is composed when first read.
    """
    assert branch.recipe is not None
    scope = branch.recipe.scope
    overrides = branch.overrides(branch.index(assignment))
    provenance = partial(_provenance, overrides, libraries, tuple(scope.environment))
    tree = branch.tree(assignment)
    return Recipe(
        branch.recipe.choices, overrides, tree, scope.beside, provenance, scope.environment
    )


def _provenance(
    overrides: tuple[str, ...], libraries: Libraries, allowed: tuple[str, ...]
) -> Provenance:
    return composed(overrides, libraries, allowed).provenance


def unmet(recipe: Recipe, conditions: Sequence[Condition], family: str | None) -> Iterator[str]:
    """Yield the expressions of the conditions that a recipe, which is offered, doesn't satisfy."""
    resolved, problems = recipe.scope.resolve()
    unusable = {*problems, *open_keys(resolved)}
    if family is not None:
        unusable |= {path for path, _ in check_structure(resolved, family, frozenset(unusable))}
    for condition in conditions:
        if not condition.holds(recipe.choices, condition.paths(recipe), resolved, unusable):
            yield condition.source


def count_of_overlapping(grids: Sequence[Compiled]) -> int | None:
    """Return how many different points grids of one signature have; None if ids have to tell.

    They have the same points but for their checks: options of hardware with other limits, say.
    """
    if len({grid.marks for grid in grids}) > 1 or any(grid.canonical_only != [] for grid in grids):
        return None
    return count_of_any([grid.checks for grid in grids], [len(row) for row in grids[0].marks])
