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
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.moves import NO_MOVES, Moves
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules.book import moves_of, rule_book
from hydra_recipes.rules.cel import CelRuntimeError, CelSyntaxError, Expression, compile_expression
from hydra_recipes.rules.evaluation import nested
from hydra_recipes.sweep.space.clashes import Kind, clash, kind_of_value, past_the_end
from hydra_recipes.tree import matches, near_keys, walk


@dataclass(frozen=True)
class Condition:
    """A CEL expression over short keys and groups.

    A name of a group is the option chosen; any other is a key of the recipe, ``null`` where the
    recipe doesn't have it or what it has is open, of the wrong type or a broken link.

    Attributes:
        source: The expression.
        expression: The same, compiled.
        groups: The names that are groups.
        keys: The names that are keys.
        moves: The old names there are.
    """

    source: str
    expression: Expression
    groups: tuple[str, ...]
    keys: tuple[str, ...]
    moves: Moves = NO_MOVES

    def paths(self, recipe: Recipe) -> dict[str, KeyPath | None]:
        """The key of the recipe that each name stands for, or None.

        Raises:
            OverrideError: If a name stands for more than one.
        """
        present = list(walk(recipe.tree))
        out: dict[str, KeyPath | None] = {}
        for name in self.keys:
            key = tuple(name.removeprefix("recipes.").split("."))
            found = matches(key, present) or matches(self.moves.key(key) or key, present)
            if len(found) > 1:
                candidates = tuple(map(dotted, found))
                raise OverrideError(
                    "ambiguous-key", text=self.source, key=name, candidates=candidates
                )
            out[name] = found[0] if found else None
        return out

    def kind_of(self, name: str, recipes: Sequence[Recipe], libraries: Libraries) -> Kind | None:
        """Whether a name stands for a number or a text; None if for neither, or it may for both."""
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
        """Whether a resolved recipe, of which some keys' values can't be used, satisfies it."""
        given = {
            name: None if touched(path, unusable) else value_of(resolved, path)
            for name, path in paths.items()
            if path
        }
        return self.holds_for(choices, given)

    def holds_for(self, choices: Mapping[str, str], given: Mapping[str, Any]) -> bool:
        """Whether values by name satisfy it; an operation on a ``null`` doesn't.

        Raises:
            OverrideError: If it has no answer, or one other than true or false.
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
            why = why or past_the_end(self.source, values) or {}
            raise OverrideError("bad-where", text=self.source, reason=str(error), **why) from None
        if not isinstance(outcome, bool):
            reason = "it doesn't give true or false"
            raise OverrideError("bad-where", text=self.source, reason=reason)
        return outcome


def read_condition(source: str, libraries: Libraries) -> Condition:
    """Compiles an expression.

    Raises:
        OverrideError: If it isn't CEL.
    """
    try:
        expression = compile_expression(source)
    except CelSyntaxError as error:
        raise OverrideError("bad-where", text=source, reason=str(error)) from None
    groups = tuple(name for name in expression.names if libraries.is_group(name))
    keys = tuple(name for name in expression.names if name not in groups)
    return Condition(source, expression, groups, keys, moves_of(libraries))


def check_names(conditions: Sequence[Condition], recipes: Sequence[Recipe]) -> None:
    """Sees to it that some recipe has each key that a condition names.

    Raises:
        OverrideError: If none has.
    """
    for condition in conditions:
        found: set[str] = set()
        for recipe in recipes:
            found |= {name for name, path in condition.paths(recipe).items() if path}
        for name in condition.keys:
            if recipes and name not in found:
                near = near_keys(tuple(name.split(".")), list(walk(recipes[0].tree)))
                raise OverrideError("unknown-key", text=condition.source, key=name, nearest=near)


def check_kinds(
    conditions: Sequence[Condition], recipes: Sequence[Recipe], libraries: Libraries
) -> None:
    """Sees to it that no condition compares a number with a text, which is never the same.

    Raises:
        OverrideError: If one does, whatever value of its type the key has.
    """
    for condition in conditions:
        kind_of = partial(condition.kind_of, recipes=recipes, libraries=libraries)
        why = clash(condition.source, kind_of)
        if why:
            raise OverrideError("bad-where", text=condition.source, reason="", **why)


def _kinds(recipe: Recipe, path: KeyPath, libraries: Libraries) -> Iterator[Kind | None]:
    """Whether a key may be a number, and whether it may be a text."""
    tree, problems = recipe.scope.resolve()
    tree = copy.deepcopy(tree)
    yield kind_of_value(value_of(tree, path))
    family = rule_book(libraries).family_of(recipe.choices)
    for value in (1, "text") if family else (None,):
        node = value_of(tree, path[:-1])
        if family is None or not isinstance(node, dict):
            yield None
            continue
        node[path[-1]] = value
        wrong = check_structure(tree, family, frozenset(problems) - {path})
        if not any(f.rule == "type" and at[: len(path)] == path for at, f in wrong):
            yield kind_of_value(value)


def value_of(tree: Any, path: KeyPath) -> Any:
    """The value at a key, or None."""
    for key in path:
        if not isinstance(tree, Mapping) or key not in tree:
            return None
        tree = tree[key]
    return tree


def touched(path: KeyPath, others: Collection[KeyPath]) -> bool:
    """Whether a key is, holds or is inside one of the others."""
    return any(path[: len(other)] == other or other[: len(path)] == path for other in others)


def open_keys(node: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The keys whose value is left open (``???``)."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from open_keys(value, (*path, key))
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from open_keys(value, (*path, at))
    elif node == UNSET:
        yield path
