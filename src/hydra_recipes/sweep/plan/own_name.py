"""Own name: the run name that a point of a sweep is composed with, and what depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import escape
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.sweep.plan.branch import RUN_NAME, Branch
from hydra_recipes.tree import ABSENT, lookup, meet, with_texts

NAMING = f"{dotted(RUN_NAME)}="
"""The beginning of the override that gives a recipe its run name."""


def takes_name(tree: Mapping[str, Any]) -> bool:
    """Return whether a recipe's tree has a run name, so that it can be given another."""
    return lookup(tree, RUN_NAME) is not ABSENT


def name_of(scope: Scope) -> Any:
    """Return the run name as it is written into a recipe, of any type; None if there is none.

    A link without a value is returned as it is.
    """
    try:
        return escape(scope.value(RUN_NAME))
    except (KeyError, LinkProblem):
        name = lookup(scope.recipe, RUN_NAME)
        return None if name is ABSENT else name


def told_name(scope: Scope) -> str:
    """Return the run name as text to show, empty if there is none.

    In place of what was read from the environment it has the name of the variable.
    """
    name = name_of(scope.masked)
    return "" if name is None else str(name)


def reads_name(branch: Branch, path: KeyPath) -> bool:
    """Return whether the value at a key may contain the run name, for some values of the axes."""
    keys = branch.keys_read(path)
    return keys is None or any(meet(key, RUN_NAME) for key in keys)


def with_name(node: Any, mark: str, name: str) -> Any:
    """Return a value with a run name in place of its mark."""
    return with_texts(node, lambda text: text.replace(mark, name))
