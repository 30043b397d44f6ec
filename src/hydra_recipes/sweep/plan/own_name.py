"""Own name: the run name that a point of a sweep is composed with, and what depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from hydra_recipes.tree import ABSENT, leaves, lookup


def takes_name(tree: Mapping[str, Any]) -> bool:
    """Whether a recipe's tree has a run name, so that it can be given another."""
    return lookup(tree, RUN_NAME) is not ABSENT


def name_of(scope: Scope) -> Any:
    """The run name as it is written into a recipe, of any type; None if there is none."""
    try:
        return escape(scope.value(RUN_NAME))
    except (KeyError, LinkProblem):
        found = lookup(scope.recipe, RUN_NAME)
        return None if found is ABSENT else found


def told_name(scope: Scope) -> str:
    """The run name as text that may stand elsewhere too.

    In place of what was read from the environment it has the name of the variable.
    """
    told = name_of(replace(scope, environment=masked(scope.environment)))
    return "" if told is None else str(told)


def reads_name(branch: Branch, path: KeyPath, seen: frozenset[KeyPath] = frozenset()) -> bool:
    """Whether the value at a key may be made of the run name, for some values of the axes."""
    if path in seen:
        return False
    assert branch.recipe is not None
    for leaf, value in branch.leaves:
        if leaf[: len(path)] != path and path[: len(leaf)] != leaf:
            continue
        axis_target = branch.slot_at.get(leaf)
        for text in _links(axis_target.values if axis_target else [value]):
            try:
                found = targets(branch.recipe.scope, text, leaf)
            except DynamicLinkError:
                return True
            for target in found:
                if not target.inside:
                    if any(contains_link(v) for _, v in leaves(branch.recipe.scope.beside)):
                        return True
                elif _meets(target.path) or reads_name(branch, target.path, seen | {path}):
                    return True
    return False


def _meets(path: KeyPath) -> bool:
    """Whether a key is the run name, or holds it, or would stand in it."""
    shared = min(len(path), len(RUN_NAME))
    return path[:shared] == RUN_NAME[:shared]


def _links(node: Any) -> Iterator[str]:
    """The texts with links in a value."""
    if isinstance(node, list | tuple):
        for one in node:
            yield from _links(one)
    elif contains_link(node):
        yield node


def with_name(node: Any, mark: str, name: str) -> Any:
    """A value with a run name in place of its mark."""
    if isinstance(node, str):
        return node.replace(mark, name)
    if isinstance(node, list):
        return [with_name(one, mark, name) for one in node]
    if isinstance(node, dict):
        return {key: with_name(one, mark, name) for key, one in node.items()}
    return node
