"""Conditions: the ``--where`` expressions of a sweep."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hydra_recipes.checking.structure import check_structure
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.overrides import AmbiguousKey, UnknownKey
from hydra_recipes.findings.messages.sweep import BadWhere
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.moves import NO_MOVES, Moves
from hydra_recipes.links.dependencies import leading
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules.book import moves_of, rule_book
from hydra_recipes.rules.cel import CelRuntimeError, CelSyntaxError, Expression, compile_expression
from hydra_recipes.rules.evaluation import nested
from hydra_recipes.sweep.space.clashes import Kind, clash, kind_of_value, past_the_end
from hydra_recipes.tree import matches, meets_any, near_keys, path_of, value_at, walk


@dataclass(frozen=True)
class Condition:
    """A CEL expression over short keys and groups.

    The name of a group stands for the chosen option; any other name stands for a key of the recipe.
    A key is ``null`` where the recipe lacks it, or where its value is left open (``???``), of the
    wrong type or a broken link.

    Attributes:
        source: The expression as text.
        expression: The compiled expression.
        groups: The names in it that are groups.
        keys: The names in it that are keys.
        moves: The renamed keys of the libraries, so that old names work too.
    """

    source: str
    expression: Expression
    groups: tuple[str, ...]
    keys: tuple[str, ...]
    moves: Moves = NO_MOVES

    def paths(self, recipe: Recipe) -> dict[str, KeyPath | None]:
        """Return the key path in the recipe for each name in ``keys``; None where there is none.

        Raises:
            OverrideError: If a name stands for more than one key.
        """
        present = list(walk(recipe.tree))
        paths: dict[str, KeyPath | None] = {}
        for name in self.keys:
            key = path_of(name)
            candidates = matches(key, present) or matches(self.moves.key(key) or key, present)
            candidates = leading(candidates, recipe.scope)
            if len(candidates) > 1:
                dotted_keys = tuple(map(dotted, candidates))
                raise OverrideError(
                    AmbiguousKey(override=self.source, key=name, candidates=dotted_keys)
                )
            paths[name] = candidates[0] if candidates else None
        return paths

    def kind_of(self, name: str, recipes: Sequence[Recipe], libraries: Libraries) -> Kind | None:
        """Return whether a name stands for a number or a text in these recipes.

        None if it stands for neither, or may stand for both.
        """
        if name in self.groups:
            return "text"
        if name not in self.keys:
            return None
        paths = [(recipe, self.paths(recipe)[name]) for recipe in recipes]
        kinds = {kind for recipe, path in paths if path for kind in _kinds(recipe, path, libraries)}
        return kinds.pop() if len(kinds) == 1 else None

    def holds(
        self,
        choices: Mapping[str, str],
        paths: Mapping[str, KeyPath | None],
        resolved: Mapping[str, Any],
        unusable: Collection[KeyPath],
    ) -> bool:
        """Return whether a recipe satisfies the condition.

        Args:
            choices: Group to option.
            paths: What ``paths`` returns for the recipe.
            resolved: The recipe's tree, links resolved.
            unusable: The key paths whose values can't be used; they count as ``null``.
        """
        given = {
            name: None if meets_any(path, unusable) else value_at(resolved, path, None)
            for name, path in paths.items()
            if path
        }
        return self.holds_for(choices, given)

    def holds_for(self, choices: Mapping[str, str], given: Mapping[str, Any]) -> bool:
        """Return whether values by name satisfy the condition.

        An operation that fails because a value is ``null`` counts as not satisfied.

        Args:
            choices: Group to option.
            given: Key name to value; a name left out is ``null``.

        Raises:
            OverrideError: If the expression fails, or gives something other than true or false.
        """
        values = {
            **{name: given.get(name) for name in self.keys},
            **{name: choices.get(name) for name in self.groups},
        }
        try:
            outcome = self.expression.run(nested(values))
        except CelRuntimeError as error:
            if any(value is None for value in values.values()):
                return False
            why = clash(self.source, lambda name: kind_of_value(values.get(name)))
            reason = why or past_the_end(self.source, values) or str(error)
            raise OverrideError(BadWhere(expression=self.source, reason=reason)) from None
        if not isinstance(outcome, bool):
            not_true_or_false = "it doesn't give true or false"
            raise OverrideError(BadWhere(expression=self.source, reason=not_true_or_false))
        return outcome


def read_condition(source: str, libraries: Libraries) -> Condition:
    """Compile an expression.

    Raises:
        OverrideError: If it isn't valid CEL.
    """
    try:
        expression = compile_expression(source)
    except CelSyntaxError as error:
        raise OverrideError(BadWhere(expression=source, reason=str(error))) from None
    groups = tuple(name for name in expression.names if libraries.is_group(name))
    keys = tuple(name for name in expression.names if name not in groups)
    return Condition(source, expression, groups, keys, moves_of(libraries))


def check_names(conditions: Sequence[Condition], recipes: Sequence[Recipe]) -> None:
    """Check that each key that a condition names is in at least one of the recipes.

    Raises:
        OverrideError: If a key is in none.
    """
    for condition in conditions:
        present_names: set[str] = set()
        for recipe in recipes:
            present_names |= {name for name, path in condition.paths(recipe).items() if path}
        for name in condition.keys:
            if recipes and name not in present_names:
                similar_keys = near_keys(tuple(name.split(".")), list(walk(recipes[0].tree)))
                raise OverrideError(
                    UnknownKey(override=condition.source, key=name, nearest=similar_keys)
                )


def check_kinds(
    conditions: Sequence[Condition], recipes: Sequence[Recipe], libraries: Libraries
) -> None:
    """Check that no condition compares a number with a text.

    Raises:
        OverrideError: If one does, whatever value its key may take.
    """
    for condition in conditions:
        kind_of = partial(condition.kind_of, recipes=recipes, libraries=libraries)
        why = clash(condition.source, kind_of)
        if why:
            raise OverrideError(BadWhere(expression=condition.source, reason=why))


def _kinds(recipe: Recipe, path: KeyPath, libraries: Libraries) -> Iterator[Kind | None]:
    """Yield the kinds that the value of a key may have.

    These are the kind of its present value and, as far as the recipe family's types allow it, of a
    number and of a text tried in its place. None stands for a value that is neither.
    """
    tree, problems = recipe.scope.resolve()
    tree = copy.deepcopy(tree)
    yield kind_of_value(value_at(tree, path, None))
    family = rule_book(libraries).family_of(recipe.choices)
    for value in (1, "text") if family else (None,):
        node = value_at(tree, path[:-1], None)
        if family is None or not isinstance(node, dict):
            yield None
            continue
        node[path[-1]] = value
        findings = check_structure(tree, family, frozenset(problems) - {path})
        if not any(
            finding.rule == "type" and finding_path[: len(path)] == path
            for finding_path, finding in findings
        ):
            yield kind_of_value(value)
