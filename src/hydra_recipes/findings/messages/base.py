"""Basis of all messages: their form, and words that many share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hydra_recipes.text import Bare, one_of

Data = Mapping[str, Any]
_MOST_KEYS = 3
"""How many of several keys a message names."""


class Text(NamedTuple):
    """A message: what is wrong, and what to type instead, or None."""

    message: str
    hint: str | None = None


def hops(data: Data) -> str:
    """Return the chain of links that led to a problem."""
    return " -> ".join(f"{key}: {text}" for key, text in data["hops"])


def some_keys(keys: Sequence[str]) -> str:
    """Return the first few keys, and how many more there are."""
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    return f"{', '.join(keys[:_MOST_KEYS])}{more}"


def reason(data: Data) -> str:
    """Return the reason that another program or package gave, in one line."""
    return " ".join(str(data["reason"]).split())


def candidates(data: Data) -> str:
    """Return the keys that a short one may stand for."""
    return one_of([Bare(name) for name in data["candidates"]])
