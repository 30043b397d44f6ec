"""Composing: overrides in, a recipe out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hydra_recipes import families, hydra_bridge
from hydra_recipes.library import Libraries, libraries
from hydra_recipes.links.grammar import braces_in
from hydra_recipes.links.resolver import MOUNT
from hydra_recipes.origins import KeyPath
from hydra_recipes.overrides import KeyFinder, Request, read_overrides
from hydra_recipes.recipe import Recipe
from hydra_recipes.rules.loading import rule_book


def compose(overrides: Iterable[str] = ()) -> Recipe:
    """Composes a recipe.

    Re-entrant and thread-safe; neither reads nor changes Hydra's global state.

    Args:
        overrides: Overrides in Hydra's grammar: ``model=nova-lite``, ``lr=2e-6``, ``+key=value``,
            ``~key``. A key may be any dotted suffix that is unique in the recipe.

    Returns:
        The recipe. It may be invalid; ``check`` says.

    Raises:
        RecipeError: If the overrides can't be understood.
    """
    texts = tuple(overrides)
    return compose_request(read_overrides(texts, libraries()), texts, libraries())


def compose_request(request: Request, texts: tuple[str, ...], shelf: Libraries) -> Recipe:
    """Composes from overrides that are parsed already."""
    composition = hydra_bridge.compose_groups(shelf.search_path, request.groups)
    choices = chosen(composition.choices, shelf)
    family = rule_book(shelf).family_of(choices)
    set_by: dict[KeyPath, str] = {}
    for override in request.keys:
        tree = composition.tree()
        finder = KeyFinder(
            recipe=tree[MOUNT],
            beside={key: value for key, value in tree.items() if key != MOUNT},
            family_keys=lambda: families.keys(family) if family else (),
            groups=shelf.groups(),
        )
        placed = finder.place(override)
        hydra_bridge.apply(composition, placed)
        if placed.key.startswith(f"{MOUNT}."):
            set_by[tuple(placed.key.split(".")[1:])] = override.text
    tree = braces_in(composition.tree())
    recipe = tree.pop(MOUNT)
    if family:
        recipe = families.ordered(recipe, family)
    return Recipe(choices, texts, set_by, recipe, tree)


def chosen(choices: Mapping[str, str], shelf: Libraries) -> dict[str, str]:
    """The choices without the groups whose option is worked out from other groups."""
    derived = {group for group, option in shelf.defaults().items() if "${" in str(option)}
    return {
        group: option
        for group, option in choices.items()
        if group.split("/")[0] not in derived and "@" not in group
    }
