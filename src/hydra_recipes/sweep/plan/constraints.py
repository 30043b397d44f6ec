"""Constraints: the limits, rules, links and conditions of a branch as checks over its dimensions.

Each becomes a check over the dimensions it depends on. The value of a simple axis is read directly;
what goes through a link is judged by resolving the recipe and calling the functions that ``check``
calls.

Take axes for ``lr`` and ``epochs``. A limit on ``lr`` is a check over one dimension, with a verdict
for each position. A rule ``lr * epochs < 1`` is a check over two. If ``epochs`` were a link to
``steps``, the rule would depend on the dimension of ``steps``, and resolve the recipe.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from hydra_recipes.checking.missing_values import open_keys
from hydra_recipes.checking.structure import check_structure
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.evaluation import (
    ActiveRules,
    BoundRule,
    KeyLimit,
    active_rules,
    evaluate,
    holds,
)
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sweep.plan.branch import AxisTarget, Branch, put
from hydra_recipes.sweep.solve.check import Check
from hydra_recipes.sweep.solve.comparison import Named, compatible_values
from hydra_recipes.sweep.space.condition import Condition
from hydra_recipes.tree import meets_any, value_at, within

Values = tuple[int, ...]
_KEPT = 10_000
"""How many states are kept: enough to share work, little to keep."""
_LINK_REASONS = (
    "link-cycle",
    "link-missing",
    "link-syntax",
    "link-failed",
    "link-resolver",
    "link-environment",
)


def checks_of(
    branch: Branch, book: RuleBook, conditions: Sequence[Condition], shared: dict[object, Check]
) -> list[Check]:
    """Return the checks of an offered branch without an obstacle.

    Args:
        branch: The branch.
        book: The rules.
        conditions: The conditions that its points have to satisfy.
        shared: Expressions on equal values in other branches, by what they are about; new ones are
            added, as to evaluate one for all pairs of values takes long.
    """
    return list(_Constraints(branch, book, conditions, shared).checks())


@dataclass(frozen=True)
class _State:
    """A recipe with some positions set.

    Attributes:
        resolved: The recipe with plain values.
        link_problems: The keys whose link has no value, with the kind of problem.
        wrong: The keys that are wrong in structure or type, with the kind of finding.
        skip: All of these keys and those left open: limits and rules don't judge them.
    """

    resolved: Mapping[str, Any]
    link_problems: Mapping[KeyPath, str]
    wrong: tuple[tuple[KeyPath, str], ...]
    skip: frozenset[KeyPath]


@dataclass
class _Constraints:
    """A factory of the checks of one branch."""

    branch: Branch
    book: RuleBook
    conditions: Sequence[Condition]
    shared: dict[object, Check]

    def __post_init__(self) -> None:
        assert self.branch.recipe is not None
        self.recipe = self.branch.recipe
        self.family = self.book.family_of(self.recipe.choices) or ""
        self.state_at = lru_cache(_KEPT)(self._state)

    def checks(self) -> Iterator[Check]:
        """Yield all checks."""
        if not self.family:
            yield Check("family", "structure", (), lambda _: False, "family")
            return
        yield from self.shape()
        yield from self.values()
        active = self.active
        for limit in active.limits:
            if limit.limit.severity == "error":
                yield self.limit(limit)
        for required in active.required:
            if required.limit.severity == "error":
                only = ActiveRules((), (required,), ())
                dimensions = self.dimensions(required.path)
                mark = ("required", required.limit.id, required.path)
                yield self.slow(required.limit.id, "limit", dimensions, only, mark)
        for rule in active.rules:
            if rule.rule.severity == "error":
                yield self.rule(rule)
        for condition in self.conditions:
            yield self.where(condition)

    @cached_property
    def active(self) -> ActiveRules:
        """Return the limits and rules that hold for the branch's choices."""
        return active_rules(self.book, self.recipe.choices, self.family)

    @cached_property
    def gone(self) -> frozenset[KeyPath]:
        """Return the keys that limits forbid: what is in them doesn't matter, they have to go."""
        state = self.state((), ())
        errors = (bound for bound in self.active.limits if bound.limit.severity == "error")
        only = ActiveRules(tuple(bound for bound in errors if bound.schema is False), (), ())
        findings = evaluate(only, state.resolved, state.skip, self.family)
        return frozenset(path for path, _ in findings if path is not None)

    def is_gone(self, path: KeyPath) -> bool:
        """Return whether a key is inside one that has to go."""
        return within(path[:-1], self.gone)

    def shape(self) -> Iterator[Check]:
        """Yield checks of what no axis changes: which keys there are, and constant values."""
        state = self.state((), ())
        for path, reason in state.wrong:
            if self.is_gone(path):
                continue
            if reason != "type" or not self.branch.dimensions_of(path):
                yield self.of_key(reason, path)
        for path, reason in state.link_problems.items():
            if reason != "link-unset" and not self.branch.dimensions_of(path):
                yield self.of_key(reason, path)

    def values(self) -> Iterator[Check]:
        """Yield checks that values that depend on axes have the right type, and links a value."""
        for path, _ in self.branch.leaves:
            dimensions = self.dimensions(path)
            if not dimensions:
                continue
            axis_target = self.branch.axis_target_at.get(path)
            if axis_target is not None and axis_target.is_simple:
                if self.is_gone(path):
                    continue
                yield self.of_key("type", path, dimensions, self.fits(axis_target))
                continue
            for reason in _LINK_REASONS:
                yield self.of_key(reason, path, dimensions, self.linked(reason, path, dimensions))
            yield self.of_key("type", path, dimensions, self.typed(path, dimensions))

    def of_key(
        self,
        reason: str,
        path: KeyPath,
        dimensions: Values = (),
        passes: Callable[[Values], bool] = lambda _: False,
    ) -> Check:
        """Return the check of one finding about a key's structure or link; it fails by default."""
        kind = "link" if reason.startswith("link-") else "structure"
        return Check(reason, kind, dimensions, passes, (reason, path), path=path)

    def fits(self, axis_target: AxisTarget) -> Callable[[Values], bool]:
        """Return whether the values of a simple axis have the right type, as a function."""
        good = self.good_types[axis_target.path]
        return lambda values: good[values[0]]

    def typed(self, path: KeyPath, dimensions: Values) -> Callable[[Values], bool]:
        """Return whether a key's resolved value has the right type, as a function."""

        def passes(values: Values) -> bool:
            wrong = self.state(dimensions, values).wrong
            return not any(
                reason == "type" and key[: len(path)] == path and not self.is_gone(key)
                for key, reason in wrong
            )

        return passes

    def linked(self, reason: str, path: KeyPath, dimensions: Values) -> Callable[[Values], bool]:
        """Return whether a key's links are free of one kind of problem, as a function."""

        def passes(values: Values) -> bool:
            problems = self.state(dimensions, values).link_problems
            return not any(
                kind == reason and key[: len(path)] == path for key, kind in problems.items()
            )

        return passes

    def limit(self, bound: KeyLimit) -> Check:
        """Return the check of a limit on one key."""
        dimensions = self.dimensions(bound.path)
        axis_target = self.branch.axis_target_at.get(bound.path)
        mark = ("limit", bound.limit.id, bound.path)
        if axis_target is None or not axis_target.is_simple or bound.schema is False:
            only = ActiveRules((bound,), (), ())
            return self.slow(bound.limit.id, "limit", dimensions, only, mark)
        good = self.good_types[axis_target.path]
        verdicts = [
            not good[position] or satisfies(value, bound.schema)
            for position, value in enumerate(axis_target.values)
        ]
        return Check(bound.limit.id, "limit", dimensions, lambda values: verdicts[values[0]], mark)

    def rule(self, bound: BoundRule) -> Check:
        """Return the check of a rule."""
        dimensions = self.dimensions(*(path for _, path in bound.paths))
        mark = ("rule", bound.rule.id)
        readers = self.readers([(name, path) for name, path in bound.paths], dimensions)
        if readers is None:
            only = ActiveRules((), (), (bound,))
            return self.slow(bound.rule.id, "rule", dimensions, only, mark)

        def passes(values: Values) -> bool:
            given: dict[str, Any] = {}
            for name, _, reader in readers:
                known, given[name] = reader(values)
                if not known:
                    return True
            return holds(bound, given)

        compatible = self.compatible(bound.rule.require, dimensions, readers, passes)
        return self.once(
            Check(bound.rule.id, "rule", dimensions, passes, mark, compatible), bound.paths
        )

    def where(self, condition: Condition) -> Check:
        """Return the check of a ``--where``."""
        paths = condition.paths(self.recipe)
        dimensions = self.dimensions(*(path for path in paths.values() if path))
        choices = tuple(self.recipe.choices.get(group) for group in condition.groups)
        mark = ("where", condition.source, choices)

        def passes_resolved(values: Values) -> bool:
            state = self.state(dimensions, values)
            return condition.holds(self.recipe.choices, paths, state.resolved, state.skip)

        readers = self.readers([(name, path) for name, path in paths.items() if path], dimensions)
        if readers is None:
            return Check(condition.source, "where", dimensions, passes_resolved, mark)

        def passes(values: Values) -> bool:
            readings = {name: reader(values) for name, _, reader in readers}
            given = {name: value if known else None for name, (known, value) in readings.items()}
            return condition.holds_for(self.recipe.choices, given)

        compatible = self.compatible(condition.source, dimensions, readers, passes)
        return self.once(
            Check(condition.source, "where", dimensions, passes, mark, compatible), paths.items()
        )

    def once(self, check: Check, names: Iterable[tuple[str, KeyPath | None]]) -> Check:
        """Return an expression's check, of those that read equal values the first."""
        base = self.state((), ())
        read: list[object] = []
        for name, path in names:
            target = self.branch.axis_target_at.get(path) if path else None
            if target is not None:
                read.append((name, target.dimension, target.values, self.good_types[target.path]))
            elif path:
                known = not meets_any(path, base.skip)
                read.append((name, known, value_at(base.resolved, path, None)))
        # As text, which tells 1 from 1.0 and from true.
        return self.shared.setdefault((check.mark, check.dimensions, repr(read)), check)

    def compatible(
        self,
        source: str,
        dimensions: Values,
        readers: Sequence[Named],
        passes: Callable[[Values], bool],
    ) -> Callable[[int], int] | None:
        """Return ``compatible_values`` of an expression; None if it isn't over two dimensions."""
        if len(dimensions) != 2:  # noqa: PLR2004 - a pair
            return None
        first, second = (len(self.branch.positions[dimension]) for dimension in dimensions)
        return compatible_values(source, dimensions, (first, second), readers, passes)

    def readers(
        self, names: Sequence[tuple[str, KeyPath]], dimensions: Values
    ) -> list[Named] | None:
        """Return how to read each name without resolving the recipe; None if one needs a link."""
        base = self.state((), ())
        readers: list[Named] = []
        for name, path in names:
            axis_target = self.branch.axis_target_at.get(path)
            if axis_target is not None and axis_target.is_simple:
                reader = self.reader(axis_target, dimensions.index(axis_target.dimension))
                readers.append((name, (axis_target.dimension,), reader))
            elif self.branch.dimensions_of(path):
                return None
            else:
                value = value_at(base.resolved, path, None)
                known = not meets_any(path, base.skip)
                readers.append((name, (), lambda _, k=known, v=value: (k, v)))  # type: ignore[misc]
        return readers

    def reader(self, axis_target: AxisTarget, place: int) -> Callable[[Values], tuple[bool, Any]]:
        """Return a function from positions, of which one is the axis's, to (right type, value)."""
        good = self.good_types[axis_target.path]
        return lambda values: (good[values[place]], axis_target.values[values[place]])

    def slow(
        self, reason: str, kind: str, dimensions: Values, only: ActiveRules, mark: object
    ) -> Check:
        """Return a check that resolves the recipe and evaluates some limits or rules on it."""

        def passes(values: Values) -> bool:
            state = self.state(dimensions, values)
            return next(evaluate(only, state.resolved, state.skip, self.family), None) is None

        return Check(reason, kind, dimensions, passes, mark)

    def dimensions(self, *paths: KeyPath) -> Values:
        """Return the dimensions that any of the keys depends on, ascending."""
        found: set[int] = set()
        for path in paths:
            found |= self.branch.dimensions_of(path)
        return tuple(sorted(found))

    @cached_property
    def good_types(self) -> dict[KeyPath, list[bool]]:
        """Return for each key that a simple axis sets, per position, whether the type is right."""
        good: dict[KeyPath, list[bool]] = {}
        for axis_target in self.branch.axis_targets:
            if axis_target.is_simple:
                good[axis_target.path] = [
                    self.has_type(axis_target.path, value) for value in axis_target.values
                ]
        return good

    def has_type(self, path: KeyPath, value: Any) -> bool:
        """Return whether a value that is no link has the right type for a key."""
        if families.outline(self.family).accepts(path, value):
            return True
        tree, others = self.resolved_base
        put(tree, path, value)
        wrong = check_structure(tree, self.family, others - {path})
        return not any(
            finding.rule == "type" and key[: len(path)] == path for key, finding in wrong
        )

    @cached_property
    def resolved_base(self) -> tuple[dict[str, Any], frozenset[KeyPath]]:
        """Return a copy of the resolved recipe to put values in, and the keys not to judge."""
        state = self.state((), ())
        unjudged = {*state.link_problems, *open_keys(state.resolved)}
        return copy.deepcopy(dict(state.resolved)), frozenset(unjudged)

    def state(self, dimensions: Values, values: Values) -> _State:
        """Return the recipe with some positions set, the others at their first."""
        # Position 0 is the first anyhow: without it, more calls share a state.
        return self.state_at(
            tuple(pair for pair in zip(dimensions, values, strict=True) if pair[1])
        )

    def _state(self, pairs: tuple[tuple[int, int], ...]) -> _State:
        """Return the same for pairs of dimension and position."""
        positions = dict(pairs)
        tree = self.recipe.tree
        for axis_target in self.branch.axis_targets:
            put(tree, axis_target.path, axis_target.values[positions.get(axis_target.dimension, 0)])
        resolved, problems = replace(self.recipe.scope, recipe=tree).resolve()
        skip = {*problems, *open_keys(resolved)}
        structural = list(check_structure(resolved, self.family, frozenset(skip)))
        return _State(
            resolved,
            {path: problem.detail.kind for path, problem in problems.items()},
            tuple((path, finding.rule) for path, finding in structural),
            frozenset(skip | {path for path, _ in structural}),
        )
