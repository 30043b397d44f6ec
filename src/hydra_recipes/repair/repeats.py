"""Repeats: keys that a file writes twice, and the file with each written once."""

from __future__ import annotations

import copy
from collections.abc import Collection

from hydra_recipes.changes import Change, apply
from hydra_recipes.documents import Document
from hydra_recipes.keys import value_at
from hydra_recipes.origins import KeyPath
from hydra_recipes.recipe import canonical
from hydra_recipes.repair.splice import cut


def repeats(document: Document) -> dict[KeyPath, bool]:
    """The keys that are written twice, and whether with the same value each time."""
    found: dict[KeyPath, bool] = {}
    for trouble in document.troubles:
        if trouble.kind == "duplicate-key":
            found[trouble.path] = found.get(trouble.path, True) and trouble.data["same"]
    return found


def without_repeats(document: Document, first: Collection[KeyPath] = ()) -> Document:
    """The file with what it says twice said once, as far as its text can be spliced there.

    Of two values the last counts, as for most readers of YAML, and stays.

    Args:
        document: The file.
        first: The keys of which the first value stays.
    """
    for path, same in repeats(document).items():
        left = cut(document, path, -1 if same or path in first else 0)
        if left is None or len(left.troubles) >= len(document.troubles):
            continue
        wanted = copy.deepcopy(document.tree)
        if path in first:
            apply(wanted, Change("change", path, value_at(left.tree, path)))
        if canonical(left.tree) == canonical(wanted):
            return without_repeats(left, first)
    return document
