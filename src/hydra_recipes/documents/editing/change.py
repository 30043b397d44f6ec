"""Change: one change of a recipe's key, and making it in a tree."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import leaves, value_at


@dataclass(frozen=True)
class Change:
    """One change of a recipe.

    Attributes:
        kind: Whether it sets a key that is there, adds one, or deletes one; an item that is added
            to a list is put in.
        path: The key.
        value: What it sets, as it is written: links unresolved.
    """

    kind: Literal["change", "add", "delete"]
    path: KeyPath
    value: Any = None

    @property
    def weight(self) -> int:
        """Return the number of values that it writes; 1 for a deletion."""
        return len(list(leaves(self.value))) if isinstance(self.value, Mapping) else 1


def applied(tree: Any, changes: Iterable[Change]) -> Any:
    """Return a copy of a tree of plain dicts and lists in which changes are made in order."""
    changed = copy.deepcopy(tree)
    for change in changes:
        apply(changed, change)
    return changed


def apply(tree: dict[str, Any], change: Change) -> None:
    """Make a change in a tree of plain dicts and lists."""
    parent = value_at(tree, change.path[:-1])
    if change.kind == "delete":
        del parent[change.path[-1]]
    elif change.kind == "add" and isinstance(parent, list):
        parent.insert(int(change.path[-1]), copy.deepcopy(change.value))
    else:
        parent[change.path[-1]] = copy.deepcopy(change.value)
