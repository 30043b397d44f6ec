"""The parts of a link, as the grammar reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reference:
    """``${a.b}`` or ``${..b}``.

    Attributes:
        start: Where it begins in the text.
        stop: Where it ends, exclusive.
        key: What stands between the braces; for a key that is itself a link, that link.
    """

    start: int
    stop: int
    key: tuple[str | Reference | Call, ...]


@dataclass(frozen=True)
class Argument:
    """One argument of a resolver that isn't a list or a mapping.

    Attributes:
        start: Where it begins in the text.
        stop: Where it ends, exclusive.
        parts: Its text, unescaped, and its links.
        quoted: Whether it is text whatever it looks like.
    """

    start: int
    stop: int
    parts: Parts
    quoted: bool


@dataclass(frozen=True)
class Items:
    """An argument that is a list."""

    items: tuple[Element, ...]


@dataclass(frozen=True)
class Pairs:
    """An argument that is a mapping."""

    pairs: tuple[tuple[Any, Element], ...]


@dataclass(frozen=True)
class Call:
    """``${name:argument,…}``."""

    start: int
    stop: int
    name: str
    arguments: tuple[Element, ...]


Part = str | Reference | Call
Parts = tuple[Part, ...]
Element = Argument | Items | Pairs
