"""Masking: calls of resolvers are hidden from OmegaConf while it composes, so that none runs.

OmegaConf follows a link when it merges into it, adds to it or deletes it, and would run whatever
resolver is registered in the process: one that reads the environment, or an app's own.
"""

from __future__ import annotations

from typing import Any

from hydra_recipes.links.grammar import LinkSyntaxError, contains_link, parse
from hydra_recipes.links.syntax import Call, Part

_MASK = "\ue000{"  # a character for private use


def masked(node: Any) -> Any:
    """A tree, or a value, whose texts with a call of a resolver are no links any more."""
    if isinstance(node, dict):
        return {key: masked(value) for key, value in node.items()}
    if isinstance(node, list):
        return [masked(value) for value in node]
    return node.replace("${", _MASK) if contains_link(node) and resolvers_in(node) else node


def unmasked(node: Any) -> Any:
    """The same with its links as they were."""
    if isinstance(node, dict):
        return {key: unmasked(value) for key, value in node.items()}
    if isinstance(node, list):
        return [unmasked(value) for value in node]
    return node.replace(_MASK, "${") if isinstance(node, str) else node


def resolvers_in(text: str) -> list[str]:
    """The resolvers that a text with links calls; none if the links can't be read."""
    try:
        return _called(parse(text))
    except LinkSyntaxError:
        return []


def _called(parts: tuple[Part, ...]) -> list[str]:
    """The outermost calls; what is in their arguments is called only if they are."""
    names: list[str] = []
    for part in parts:
        if isinstance(part, Call):
            names.append(part.name)
        elif not isinstance(part, str):
            names += _called(part.key)
    return names
