"""Masking: hide calls of resolvers from OmegaConf while it composes, so that none runs.

OmegaConf follows a link when it merges into it, adds to it or deletes it, and would run any
resolver that is registered in the process: one that reads the environment, or an app's own.
"""

from __future__ import annotations

from typing import Any

from hydra_recipes.links.grammar import LinkSyntaxError, contains_link, parse
from hydra_recipes.links.syntax import Call, Part
from hydra_recipes.tree import with_texts

_MASK = "\ue000{"  # a character for private use


def masked(node: Any) -> Any:
    """Return a tree, or a value, in which no text with a resolver's call is a link any more."""

    def hidden(text: str) -> str:
        return text.replace("${", _MASK) if contains_link(text) and resolvers_in(text) else text

    return with_texts(node, hidden)


def unmasked(node: Any) -> Any:
    """Return a masked tree, or value, with its links as they were."""
    return with_texts(node, lambda text: text.replace(_MASK, "${"))


def resolvers_in(text: str) -> list[str]:
    """Return the names of the resolvers that a text calls; none if its links can't be read."""
    try:
        return _called(parse(text))
    except LinkSyntaxError:
        return []


def _called(parts: tuple[Part, ...]) -> list[str]:
    """Return the names of the outermost calls only.

    A call inside another's arguments never runs while the outer one is hidden.
    """
    names: list[str] = []
    for part in parts:
        if isinstance(part, Call):
            names.append(part.name)
        elif not isinstance(part, str):
            names += _called(part.key)
    return names
