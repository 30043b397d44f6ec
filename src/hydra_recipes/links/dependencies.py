"""Which keys of a recipe a link reads, as far as its text tells."""

from __future__ import annotations

from hydra_recipes.links.grammar import LinkSyntaxError, parse
from hydra_recipes.links.resolver import SELECT, Scope, Target
from hydra_recipes.links.syntax import Argument, Call, Element, Items, Parts, Reference
from hydra_recipes.origins import KeyPath


class DynamicLinkError(Exception):
    """The key that a link reads is itself read from another key."""


def targets(scope: Scope, text: str, path: KeyPath) -> list[Target]:
    """Where the links in a value at ``path`` point; one that isn't a link points nowhere.

    Raises:
        DynamicLinkError: If that depends on other values.
    """
    try:
        parts = parse(text)
    except LinkSyntaxError:
        return []
    found: list[Target] = []
    _collect(scope, parts, path, found)
    return found


def _collect(scope: Scope, parts: Parts, path: KeyPath, found: list[Target]) -> None:
    for part in parts:
        if isinstance(part, Reference):
            _locate(scope, part.key, path, found)
        elif isinstance(part, Call):
            arguments = list(part.arguments)
            if part.name == SELECT and arguments:
                key = arguments.pop(0)
                if not isinstance(key, Argument):
                    raise DynamicLinkError
                _locate(scope, key.parts, path, found)
            for argument in arguments:
                _element(scope, argument, path, found)


def _element(scope: Scope, element: Element, path: KeyPath, found: list[Target]) -> None:
    if isinstance(element, Argument):
        _collect(scope, element.parts, path, found)
        return
    items = element.items if isinstance(element, Items) else [item for _, item in element.pairs]
    for item in items:
        _element(scope, item, path, found)


def _locate(scope: Scope, key: Parts, path: KeyPath, found: list[Target]) -> None:
    words = [part for part in key if isinstance(part, str)]
    if len(words) < len(key):
        raise DynamicLinkError
    try:
        found.append(scope.locate("".join(words), Target(path, inside=True)))
    except (KeyError, IndexError):
        return  # it leads out of everything, whatever the values
