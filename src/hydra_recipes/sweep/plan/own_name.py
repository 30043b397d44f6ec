"""Own name: the run name that a point of a sweep is composed with, and what depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hydra_recipes.environment import masked
from hydra_recipes.links.dependencies import DynamicLinkError, targets
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import escape
from hydra_recipes.origin import KeyPath
from hydra_recipes.sweep.plan.branch import RUN_NAME, Branch
from hydra_recipes.tree import ABSENT, leaves, lookup, map_scalars, scalars


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
    name = name_of(replace(scope, environment=masked(scope.environment)))
    return "" if name is None else str(name)


def reads_name(branch: Branch, path: KeyPath, seen: frozenset[KeyPath] = frozenset()) -> bool:
    """Return whether the value at a key may contain the run name, for some values of the axes.

    Args:
        branch: The branch.
        path: The key.
        seen: The keys whose links led here, so that a cycle ends.
    """
    if path in seen:
        return False
    assert branch.recipe is not None
    for leaf, value in branch.leaves:
        if leaf[: len(path)] != path and path[: len(leaf)] != leaf:
            continue
        axis_target = branch.slot_at.get(leaf)
        texts = (text for _, text in scalars(axis_target.values if axis_target else value))
        for text in filter(contains_link, texts):
            try:
                link_targets = targets(branch.recipe.scope, text, leaf)
            except DynamicLinkError:
                return True
            for target in link_targets:
                if not target.inside:  # what stands beside the recipe may link back into it
                    if any(contains_link(v) for _, v in leaves(branch.recipe.scope.beside)):
                        return True
                elif _meets(target.path) or reads_name(branch, target.path, seen | {path}):
                    return True
    return False


def _meets(path: KeyPath) -> bool:
    """Return whether a key is the run name, holds it or would be inside it."""
    shared = min(len(path), len(RUN_NAME))
    return path[:shared] == RUN_NAME[:shared]


def with_name(node: Any, mark: str, name: str) -> Any:
    """Return a value with a run name in place of its mark."""
    return map_scalars(lambda v: v.replace(mark, name) if isinstance(v, str) else v, node)
