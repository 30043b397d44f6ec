"""Repeats: keys that a file writes twice, and the file with each written once."""

from __future__ import annotations

import copy
from collections.abc import Collection

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.editing.change import Change, apply
from hydra_recipes.documents.editing.splice import cut
from hydra_recipes.findings.messages.yaml import DuplicateKey
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import equal, value_at

_MOST = 100
"""So many keys are taken out; with more the file is hardly meant to be a recipe."""


def repeats(document: Document) -> dict[KeyPath, bool]:
    """Return the keys that are written twice, and whether with the same value each time."""
    found: dict[KeyPath, bool] = {}
    for trouble in document.troubles:
        if isinstance(trouble.detail, DuplicateKey):
            found[trouble.path] = found.get(trouble.path, True) and trouble.detail.same
    return found


def without_repeats(
    document: Document, first: Collection[KeyPath] = (), *, doubtful: bool = True
) -> Document:
    """Return the file with what it says twice said once, as far as its text can be spliced there.

    Of two values the last counts, as for most readers of YAML, and stays.

    Args:
        document: The file.
        first: The keys of which the first value stays.
        doubtful: Whether one of two different values is left out too.
    """
    stuck = {path for path, same in repeats(document).items() if not (same or doubtful)}
    for _ in range(_MOST):
        found = ((path, same) for path, same in repeats(document).items() if path not in stuck)
        path, same = next(found, ((), False))
        if not path:
            break
        left = cut(document, path, -1 if same or path in first else 0)
        wanted = copy.deepcopy(document.tree)
        if path in first and left is not None:
            apply(wanted, Change("change", path, value_at(left.tree, path)))
        fewer = left is not None and len(left.troubles) < len(document.troubles)
        if left is not None and fewer and equal(left.tree, wanted):
            document = left
        else:
            stuck.add(path)
    return document
