"""Misplaced keys: keys that a file sets beside the recipe, where no link reads them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from hydra_recipes.files import Stamp, content_of, stamp_of
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.tree import MOUNT

HYDRA = "hydra"
"""The key of Hydra's own settings, which stand beside any config."""
_LINK = re.compile(r"\$\{([^{}$]*)")
_WORD = re.compile(r"[^\s:,'\"]+")


def homes(path: KeyPath, book: RuleBook, family: str | None = None) -> set[KeyPath]:
    """Return the mappings of a recipe that a key may stand in, as key paths; an empty set for none.

    If the whole path is a key of no family, look for the longest beginning of it that is.
    """
    shapes = [family] if family else [entry.model for entry in book.families]
    keys = dict.fromkeys(key for shape in shapes for key in families.keys(shape))
    for length in range(len(path), 0, -1):
        homes = {key[:-length] for key in keys if key[-length:] == path[:length]}
        if homes:
            return homes
    return set()


def is_misplaced(path: KeyPath, package: KeyPath, book: RuleBook, libraries: Libraries) -> bool:
    """Return whether a key of a file whose package is beside the recipe has no effect there.

    That is so if it is a setting of Hydra's own, or a key of a recipe that no link reads.

    Args:
        path: The key in the file.
        package: The file's package.
        book: The rules, which tell which keys recipes have.
        libraries: The libraries whose links may read the key where it is.
    """
    whole = (*package, *path)
    meant = path[0] == MOUNT or bool(homes(path, book))
    return whole[0] == HYDRA or (meant and not read_somewhere(whole, libraries))


def read_somewhere(path: KeyPath, libraries: Libraries) -> bool:
    """Return whether a link in any file of the libraries may read a key, for any choices."""
    name = dotted(path)
    for library in libraries.members:
        for file in library.files():
            for word in _words_in_links(str(file), stamp_of(file)):
                # A link to a mapping around the key reads it too; after "a." comes another link.
                if name == word or name.startswith(word if word.endswith(".") else f"{word}."):
                    return True
    return False


@lru_cache(maxsize=4096)
def _words_in_links(file: str, _: Stamp) -> tuple[str, ...]:
    """Return the words inside ``${…}`` in a file; its stamp is for the cache only."""
    try:
        text: Any = content_of(file).decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(word for link in _LINK.findall(text) for word in _WORD.findall(link))
