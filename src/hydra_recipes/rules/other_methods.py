"""Other methods: those whose recipes have a key that a recipe of this method can't have."""

from __future__ import annotations

from collections.abc import Mapping

from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.rules.offers import METHOD
from hydra_recipes.tree import matches

_OURS = "hydra_recipes."
"""The start of the import paths of families that may be imported to look for a key."""


def methods_with(
    path: KeyPath, book: RuleBook, choices: Mapping[str, str], *, is_short: bool = False
) -> tuple[str, ...]:
    """Return the methods, other than the recipe's, whose recipes have a key; imports families.

    A family in another package isn't imported for this.

    Args:
        path: The key.
        book: The rules, with the families.
        choices: The recipe's choices.
        is_short: Whether it may be the end of a key.
    """
    own_methods = book.kinds(choices).get(METHOD, ())
    having = (
        dict(family.when.groups).get(METHOD, ())
        for family in book.families
        if family.is_schema or family.model.startswith(_OURS)
        if not {*own_methods}.intersection(dict(family.when.groups).get(METHOD, ()))
        if path in families.descriptions(family.model)
        or (is_short and matches(path, families.keys(family.model)))
    )
    return tuple(dict.fromkeys(method for methods in having for method in methods))
