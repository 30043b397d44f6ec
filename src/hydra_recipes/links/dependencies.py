"""Which keys of a recipe a link reads, as far as its text tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from hydra_recipes.links.grammar import LinkSyntaxError, contains_link, parse
from hydra_recipes.links.resolver import SELECT, Scope, Target
from hydra_recipes.links.syntax import Argument, Call, Element, Items, Parts, Reference
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import MOUNT

_FROM_MOUNT = re.compile(rf"(?:{MOUNT}|\[{MOUNT}\])(?=[.\[]|$)")


class DynamicLinkError(Exception):
    """The key that a link reads is itself read from another key."""


def targets(scope: Scope, text: str, path: KeyPath) -> list[Target]:
    """Where the links in a value at ``path`` point; one that isn't a link points nowhere.

    Raises:
        DynamicLinkError: If that depends on other values.
    """
    return _reached(scope, text, Target(path, inside=True), partly=False)


def read_beside(scope: Scope) -> frozenset[KeyPath]:
    """What the links of a recipe read beside it: keys, each of which may be a mapping.

    Of a link whose key is itself read from another key, all that it may lead to.
    """
    found: set[KeyPath] = set()
    waiting = list(_texts(scope.recipe, Target((), inside=True)))
    while waiting:
        text, at = waiting.pop()
        for target in _reached(scope, text, at, partly=True):
            if not target.inside and target.path not in found:
                found.add(target.path)
                waiting += _on_the_way(scope.beside, target.path)
    return frozenset(found)


def _on_the_way(beside: Any, path: KeyPath) -> Iterator[tuple[str, Target]]:
    """The texts with links at a key beside the recipe, in what it holds, and in what holds it."""
    node = beside
    for length, key in enumerate(path):
        if not isinstance(node, Mapping):
            yield from _texts(node, Target(path[:length], inside=False))
            return
        node = node.get(key)
    yield from _texts(node, Target(path, inside=False))


def _texts(node: Any, at: Target) -> Iterator[tuple[str, Target]]:
    if contains_link(node):
        yield node, at
    elif isinstance(node, Mapping | list | tuple):
        items = node.items() if isinstance(node, Mapping) else enumerate(node)
        for key, item in items:
            yield from _texts(item, replace(at, path=(*at.path, key)))


def _reached(scope: Scope, text: str, at: Target, *, partly: bool) -> list[Target]:
    try:
        parts = parse(text)
    except LinkSyntaxError:
        return []
    collector = _Collector(scope, at, partly, [])
    collector.parts(parts)
    return collector.found


@dataclass(frozen=True)
class _Collector:
    """Collects where links point that stand at a place.

    Attributes:
        scope: The recipe.
        at: The place.
        partly: Whether a key that is only partly known stands for all that it may be.
        found: Where they point.
    """

    scope: Scope
    at: Target
    partly: bool
    found: list[Target]

    def parts(self, parts: Parts) -> None:
        for part in parts:
            if isinstance(part, Reference):
                self.locate(part.key)
            elif isinstance(part, Call):
                arguments = list(part.arguments)
                if part.name == SELECT and arguments:
                    key = arguments.pop(0)
                    if isinstance(key, Argument):
                        self.locate(key.parts)
                    elif not self.partly:
                        raise DynamicLinkError
                for argument in arguments:
                    self.element(argument)

    def element(self, element: Element) -> None:
        if isinstance(element, Argument):
            self.parts(element.parts)
            return
        items = element.items if isinstance(element, Items) else [item for _, item in element.pairs]
        for item in items:
            self.element(item)

    def locate(self, key: Parts) -> None:
        words = list(takewhile(lambda part: isinstance(part, str), key))
        name = "".join(map(str, words))
        if len(words) < len(key):
            if not self.partly:
                raise DynamicLinkError
            self.parts(tuple(part for part in key if not isinstance(part, str)))
            name = name.rpartition(".")[0]
            if not name.strip("."):
                self.found.append(Target((), inside=False))
                return
        try:
            self.found.append(self.scope.locate(name, self.at))
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
