"""Misplaced keys: what a file sets beside the recipe, where no link reads it."""

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
"""What Hydra has beside any config: settings of its own."""
_LINK = re.compile(r"\$\{([^{}$]*)")
_WORD = re.compile(r"[^\s:,'\"]+")


def homes(path: KeyPath, book: RuleBook, family: str | None = None) -> set[KeyPath]:
    """Where in a recipe a key belongs, or the longest beginning of it that belongs anywhere."""
    shapes = [family] if family else [one.model for one in book.families]
    keys = dict.fromkeys(key for shape in shapes for key in families.keys(shape))
    for length in range(len(path), 0, -1):
        homes = {key[:-length] for key in keys if key[-length:] == path[:length]}
        if homes:
            return homes
    return set()


def is_misplaced(path: KeyPath, package: KeyPath, book: RuleBook, libraries: Libraries) -> bool:
    """Whether a key of a file whose package is beside the recipe does nothing for it there.

    It is meant for the recipe, or a setting of Hydra's own.

    Args:
        path: The key in the file.
        package: The file's package.
        book: The rules, which tell what keys recipes have.
        libraries: The libraries, whose links may read it where it is.
    """
    whole = (*package, *path)
    meant = path[0] == MOUNT or bool(homes(path, book))
    return whole[0] == HYDRA or (meant and not read_somewhere(whole, libraries))


def read_somewhere(path: KeyPath, libraries: Libraries) -> bool:
    """Whether a link in some file of the libraries names a key, for other choices maybe."""
    name = dotted(path)
    for library in libraries.members:
        for file in library.files():
            for word in _words_in_links(str(file), stamp_of(str(file))):
                if name == word or name.startswith(word if word.endswith(".") else f"{word}."):
                    return True
    return False


@lru_cache(maxsize=4096)
def _words_in_links(file: str, _: Stamp) -> tuple[str, ...]:
    try:
        text: Any = content_of(file).decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(word for link in _LINK.findall(text) for word in _WORD.findall(link))
