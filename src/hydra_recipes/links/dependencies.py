"""Which keys of a recipe a link reads, as far as its text tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hydra_recipes.links.grammar import LinkSyntaxError, parse
from hydra_recipes.links.resolver import SELECT, Scope, Target
from hydra_recipes.links.syntax import Argument, Call, Element, Items, Parts, Reference
from hydra_recipes.mount import MOUNT
from hydra_recipes.origins import KeyPath

_FROM_MOUNT = re.compile(rf"(?:{MOUNT}|\[{MOUNT}\])(?=[.\[]|$)")


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


def needs_mount(text: str, path: KeyPath) -> bool:
    """Whether a link at ``path`` has a value only while its recipe stands under ``recipes``.

    That is one written from there, ``${recipes.run.replicas}``, or whose dots lead as high.
    """
    try:
        parts = parse(text)
    except LinkSyntaxError:
        return False
    for key in _written(parts):
        name = key.lstrip(".")
        dots = len(key) - len(name)
        if dots > len(path) or (not dots and _FROM_MOUNT.match(name)):
            return True
    return False


def _written(parts: Parts) -> Iterator[str]:
    """The keys that links read, each as far as it is written and not read itself."""
    for part in parts:
        if isinstance(part, Reference):
            yield _start(part.key)
            yield from _written(part.key)
        elif isinstance(part, Call):
            first = part.arguments[0] if part.arguments else None
            if part.name == SELECT and isinstance(first, Argument):
                yield _start(first.parts)
            for argument in part.arguments:
                yield from _written_in(argument)


def _written_in(element: Element) -> Iterator[str]:
    if isinstance(element, Argument):
        yield from _written(element.parts)
        return
    items = element.items if isinstance(element, Items) else [item for _, item in element.pairs]
    for item in items:
        yield from _written_in(item)


def _start(key: Parts) -> str:
    words: list[str] = []
    for part in key:
        if not isinstance(part, str):
            break
        words.append(part)
    return "".join(words)
