"""The keys that a link reads, found in its text alone, without resolving it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, takewhile
from typing import Any

from hydra_recipes.links.grammar import LinkSyntaxError, contains_link, parse
from hydra_recipes.links.resolver import SELECT, Scope, Target
from hydra_recipes.links.syntax import Argument, Call, Element, Parts, Reference, plain_arguments
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import MOUNT, scalars, value_at

_FROM_MOUNT = re.compile(rf"(?:{MOUNT}|\[{MOUNT}\])(?=[.\[]|$)")


class DynamicLinkError(Exception):
    """Raised when the key that a link reads is itself read from another key."""


def targets(scope: Scope, text: str, path: KeyPath) -> list[Target]:
    """Return where the links in a value at ``path`` point; an empty list for a value without links.

    Raises:
        DynamicLinkError: If that depends on other values.
    """
    return _reached(scope, text, Target(path, inside=True), partly=False)


def leading(paths: list[KeyPath], scope: Scope) -> list[KeyPath]:
    """Return the one of these keys that all the others link to; all of them if there is none.

    It is what a short key means that they all end in: where ``training_config.replicas`` is
    ``${recipes.run.replicas}``, ``replicas`` means ``run.replicas``.
    """
    if len(paths) < 2:  # noqa: PLR2004 - the usual case
        return paths
    ends = {scope.way(value_at(scope.recipe, path, None), path)[1] for path in paths}
    end = ends.pop() if len(ends) == 1 else None
    return [end.path] if end and end.inside and end.path in paths else paths


def read_beside(scope: Scope) -> frozenset[KeyPath]:
    """Return the keys beside the recipe that its links read; each may hold a mapping.

    For a link whose key is itself read from another key, return every key it may lead to: for
    ``${catalogue.${run.name}}`` that is ``catalogue``, and the empty path if nothing is known.
    """
    keys_read: set[KeyPath] = set()
    waiting = list(_texts(scope.recipe, Target((), inside=True)))
    while waiting:
        text, place = waiting.pop()
        for target in _reached(scope, text, place, partly=True):
            if not target.inside and target.path not in keys_read:
                keys_read.add(target.path)
                # What was found may hold links itself, and so may a mapping that holds it.
                waiting += _on_the_way(scope.beside, target.path)
    return frozenset(keys_read)


def _on_the_way(beside: Any, path: KeyPath) -> Iterator[tuple[str, Target]]:
    """Yield the texts with links on the way to a key beside the recipe, and those it holds."""
    node = beside
    for length, key in enumerate(path):
        if not isinstance(node, Mapping):
            yield from _texts(node, Target(path[:length], inside=False))
            return
        node = node.get(key)
    yield from _texts(node, Target(path, inside=False))


def _texts(node: Any, place: Target) -> Iterator[tuple[str, Target]]:
    """Yield each text with links in a tree, with its place."""
    for path, value in scalars(node, place.path):
        if contains_link(value):
            yield value, replace(place, path=path)


def _reached(scope: Scope, text: str, place: Target, *, partly: bool) -> list[Target]:
    """Return where the links in ``text`` point; with ``partly``, as far as that is known."""
    try:
        parts = parse(text)
    except LinkSyntaxError:
        return []
    collector = _Collector(scope, place, partly, [])
    collector.parts(parts)
    return collector.targets


@dataclass(frozen=True)
class _Collector:
    """Collector of the targets of all links in one value.

    Attributes:
        scope: The recipe and what stands beside it.
        place: The place of the value.
        partly: Whether a key that is only partly known stands for all that it may be. If not,
            such a key raises DynamicLinkError.
        targets: The targets collected so far.
    """

    scope: Scope
    place: Target
    partly: bool
    targets: list[Target]

    def parts(self, parts: Parts) -> None:
        """Collect the targets of all links among the parts of a text."""
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
        """Collect the targets of all links in a resolver's argument."""
        for argument in plain_arguments(element):
            self.parts(argument.parts)

    def locate(self, key: Parts) -> None:
        """Collect the target of a key as a link has it, and of links inside that key."""
        known_words = list(takewhile(lambda part: isinstance(part, str), key))
        name = "".join(map(str, known_words))
        if len(known_words) < len(key):
            if not self.partly:
                raise DynamicLinkError
            self.parts(tuple(part for part in key if not isinstance(part, str)))
            name = name.rpartition(".")[0]
            if not name.strip("."):
                self.targets.append(Target((), inside=False))
                return
        try:
            self.targets.append(self.scope.locate(name, self.place))
        except (KeyError, IndexError):
            return  # it leads out of everything, whatever the values


def needs_mount(text: str, path: KeyPath) -> bool:
    """Return whether a link at ``path`` has a value only while its recipe stands under ``recipes``.

    Such a link names ``recipes`` itself, as ``${recipes.run.replicas}`` does, or its dots lead
    above the root of the recipe.
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
    """Yield the keys that links read, each up to the first link inside it."""
    for part in parts:
        if isinstance(part, Reference):
            yield _start(part.key)
            yield from _written(part.key)
        elif isinstance(part, Call):
            key = part.arguments[0] if part.arguments else None
            if part.name == SELECT and isinstance(key, Argument):
                yield _start(key.parts)
            for argument in chain.from_iterable(map(plain_arguments, part.arguments)):
                yield from _written(argument.parts)


def _start(key: Parts) -> str:
    """Return the plain text at the start of a key, up to the first link inside it."""
    pieces: list[str] = []
    for part in key:
        if not isinstance(part, str):
            break
        pieces.append(part)
    return "".join(pieces)
