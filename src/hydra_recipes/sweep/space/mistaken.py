"""A common mistake: a list where an axis was meant, ``lr=[1e-5,2e-5]`` for ``lr=1e-5,2e-5``."""

from __future__ import annotations

from collections.abc import Sequence

from hydra_recipes.checking.structure import check_structure
from hydra_recipes.composing.engine import spell_parsed
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.sweep import ListForAxis
from hydra_recipes.findings.messages.values import WrongType
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.dependencies import leading
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sweep.space.space import Axis, Space
from hydra_recipes.tree import find, path_of


def check_lists(space: Space, recipes: Sequence[Recipe], libraries: Libraries) -> None:
    """Check that no key that can't hold a list is given a list as its only value.

    Args:
        space: The space.
        recipes: The recipe of each of its branches.
        libraries: The libraries.

    Raises:
        OverrideError: If a key is.
    """
    for item in space.items:
        has_several_values = isinstance(item, Axis) and (item.is_group or len(item.overrides) > 1)
        override = item.overrides[0] if isinstance(item, Axis) else item
        if has_several_values or not isinstance(override.value, list) or not override.value:
            continue
        for recipe in recipes:
            _check(override, recipe, libraries)


def _check(override: ParsedOverride, recipe: Recipe, libraries: Libraries) -> None:
    """Raise if a recipe has the wrong type at the key that the override sets to a list."""
    paths = leading(find(path_of(override.key), recipe.tree), recipe.scope)
    family = rule_book(libraries).family_of(recipe.choices)
    if family is None or len(paths) != 1:
        return
    resolved, problems = recipe.scope.resolve()
    for path, finding in check_structure(resolved, family, frozenset(problems)):
        if path == paths[0] and isinstance(finding.detail, WrongType):
            raise OverrideError(
                ListForAxis(
                    override=override.text,
                    element=override.element,
                    expected=finding.detail.expected,
                    values=tuple(spell_parsed(value) for value in override.value),
                ),
                override.origin,
            )
