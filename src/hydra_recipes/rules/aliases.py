"""Aliases: find the key that is meant by a name it goes by elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.model import Alias, Choices, RuleBook
from hydra_recipes.tree import matches


def key_meant(
    book: RuleBook, path: KeyPath, kinds: Choices, keys: Iterable[KeyPath]
) -> tuple[KeyPath, Alias] | None:
    """Return the key that an unknown one means by a library's ``aliases``, and the alias.

    Return None if no alias fits, or the key it names is unknown or ambiguous. Where several parts
    of a recipe have the key, it is that of the part in which the unknown one stands.

    Args:
        book: The rules of all libraries; a later library's alias is tried first.
        path: The unknown key. Its case and ``-`` for ``_`` don't matter.
        kinds: The recipe's choices, each with the options it extends.
        keys: Every key that a recipe of the family may have.
    """
    family_keys = list(keys)
    names = [_plain(str(part)) for part in path]
    for alias in reversed(book.aliases):
        if alias.when.matches(kinds) and any(_ends_in(names, name) for name in alias.names):
            candidates = matches(tuple(alias.key.split(".")), family_keys)
            if len(candidates) > 1:  # of those in several parts, the one in the same part
                candidates = [key for key in candidates if key[: len(path) - 1] == path[:-1]]
            if len(candidates) == 1 and candidates[0] != path:
                return candidates[0], alias
    return None


def _ends_in(names: Sequence[str], alias: str) -> bool:
    """Return whether normalized key names end in the parts of a dotted alias."""
    parts = [_plain(part) for part in alias.split(".")]
    return names[-len(parts) :] == parts


def _plain(name: str) -> str:
    """Return a name in lower case with ``_`` for ``-``."""
    return name.lower().replace("-", "_")
