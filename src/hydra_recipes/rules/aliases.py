"""Other names of keys: the key that is meant by a name that people know it by elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.model import Alias, Choices, RuleBook
from hydra_recipes.tree import matches


def key_meant(
    book: RuleBook, path: KeyPath, kinds: Choices, keys: Iterable[KeyPath]
) -> tuple[KeyPath, Alias] | None:
    """Return the key that an unknown one means by a library's ``aliases``, and the alias.

    Args:
        book: The rules of all libraries; a later library's alias counts first.
        path: The unknown key. Neither case nor ``-`` for ``_`` makes another name of it.
        kinds: The recipe's choices, each with what it extends.
        keys: Every key that a recipe of the family may have.
    """
    known = list(keys)
    names = [_plain(str(part)) for part in path]
    for alias in reversed(book.aliases):
        if alias.when.matches(kinds) and any(_ends_in(names, name) for name in alias.names):
            found = matches(tuple(alias.key.split(".")), known)
            if len(found) == 1 and found[0] != path:
                return found[0], alias
    return None


def _ends_in(names: Sequence[str], alias: str) -> bool:
    parts = [_plain(part) for part in alias.split(".")]
    return names[-len(parts) :] == parts


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
