"""Recipe files: checking one, with the file and line of everything that is found."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from hydra_recipes.candidates import Placed
from hydra_recipes.checking import check_tree
from hydra_recipes.composing import chosen
from hydra_recipes.documents import Document, Trouble, place, read_document
from hydra_recipes.errors import RecipeError
from hydra_recipes.findings import Finding, Report
from hydra_recipes.hydra_bridge import compose_groups
from hydra_recipes.library import Libraries, libraries
from hydra_recipes.mount import MOUNT, recipe_in
from hydra_recipes.origins import KeyPath, dotted
from hydra_recipes.overrides import read_overrides

_OPTIONS_WITH_VALUE = ("--links", "--schema")
"""The options of ``recipe compose`` that a first line names and that have a value."""


def check_file(path: Path, name: str | None = None) -> Report:
    """Checks a recipe file: one that was composed, written by hand, or published by others.

    Raises:
        DocumentError: If the file can't be read as a recipe at all.
    """
    document = read_document(path, name)
    shelf = libraries()
    return check_document(document, choices_in_header(document.text, shelf), shelf)


def check_document(document: Document, hints: Mapping[str, str], shelf: Libraries) -> Report:
    """Checks a recipe file that was read; ``hints`` are choices that are known beside it.

    Raises:
        DocumentError: If it holds no mapping.
    """
    tree, beside = recipe_in(document)
    mount: KeyPath = (MOUNT,) if tree is not document.tree else ()
    troubles = [_trouble_finding(document, mount, trouble) for trouble in document.troubles]
    return check_tree(
        document.file,
        tree,
        beside,
        hints,
        lambda path, key: document.origin((*mount, *path), key=key),
        troubles,
        shelf,
    )


def _trouble_finding(document: Document, mount: KeyPath, trouble: Trouble) -> Placed:
    path = trouble.path
    inner = path[len(mount) :] if path[: len(mount)] == mount else path
    origin = place(document.file, document.text, trouble.mark)
    finding = Finding(
        "error", trouble.kind, trouble.kind, dotted(inner), origin=origin, data=trouble.data
    )
    return inner, finding


def overrides_in_header(text: str) -> tuple[str, ...] | None:
    """The overrides of the command that a recipe file's first line gives; None if it gives none."""
    command = re.match(r"# recipe compose(?!\S)(.*)", text)
    if command is None:
        return None
    try:
        words = iter(shlex.split(command[1]))
    except ValueError:
        return None  # somebody changed the line
    overrides: list[str] = []
    for word in words:
        if word in _OPTIONS_WITH_VALUE:
            next(words, None)
        elif not word.startswith("--"):
            overrides.append(word)
    return tuple(overrides)


def choices_in_header(text: str, shelf: Libraries) -> Mapping[str, str]:
    """The choices of the command that a recipe file's first line gives."""
    overrides = overrides_in_header(text)
    if overrides is None:
        return {}
    try:
        request = read_overrides(overrides, shelf)
        return _choices(shelf, tuple(group.text for group in request.groups))
    except RecipeError:
        return {}  # somebody changed the line; the recipe may be good all the same


@lru_cache(maxsize=1024)
def _choices(shelf: Libraries, texts: tuple[str, ...]) -> Mapping[str, str]:
    """What is chosen by overrides of groups; the files of one sweep mostly have the same."""
    request = read_overrides(texts, shelf)
    return chosen(compose_groups(shelf.search_path, request.groups).choices, shelf)
