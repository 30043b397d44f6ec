"""Syntax tree of a text with links, as the grammar reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reference:
    """A reference to a key: ``${a.b}`` or ``${..b}``.

    Attributes:
        start: Its position in the text, from 0.
        stop: The position after its end.
        key: What stands between the braces, in pieces: leading dots, names, separators, and the
            links that give a name, as in ``${a.${b}}``.
    """

    start: int
    stop: int
    key: tuple[str | Reference | Call, ...]


@dataclass(frozen=True)
class Argument:
    """An argument of a resolver that isn't a list or a mapping.

    Attributes:
        start: Its position in the text, from 0.
        stop: The position after its end.
        parts: Its text, unescaped, and its links.
        quoted: Whether it stands in quotes, so that it is text even if it looks like a number.
    """

    start: int
    stop: int
    parts: Parts
    quoted: bool


@dataclass(frozen=True)
class Items:
    """A list as an argument."""

    items: tuple[Element, ...]


@dataclass(frozen=True)
class Pairs:
    """A mapping as an argument."""

    pairs: tuple[tuple[Any, Element], ...]


@dataclass(frozen=True)
class Call:
    """A resolver's call: ``${name:argument,…}``."""

    start: int
    stop: int
    name: str
    arguments: tuple[Element, ...]


Part = str | Reference | Call
Parts = tuple[Part, ...]
Element = Argument | Items | Pairs


def plain_arguments(element: Element) -> Iterator[Argument]:
    """Yield an argument itself, or those in the list or mapping that it is, in order."""
    if isinstance(element, Argument):
        yield element
        return
    items = element.items if isinstance(element, Items) else [item for _, item in element.pairs]
    for item in items:
        yield from plain_arguments(item)
