"""Conditions: the ``--where`` expressions of a sweep."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra_recipes.errors import OverrideError
from hydra_recipes.keys import matches, near_keys, walk
from hydra_recipes.libraries.moves import NO_MOVES, Moves, moves_of
from hydra_recipes.library import Libraries
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.origins import KeyPath, dotted
from hydra_recipes.recipe import Recipe
from hydra_recipes.rules.cel import CelRuntimeError, CelSyntaxError, Expression, compile_expression
from hydra_recipes.rules.evaluation import nested


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
            raise OverrideError("bad-where", text=self.source, reason=str(error)) from None
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
