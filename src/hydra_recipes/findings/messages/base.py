"""What all messages are made with: their form, and words that many of them have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hydra_recipes.text import Bare, one_of

Data = Mapping[str, Any]
_MOST_KEYS = 3
"""Of several keys so many are named."""


class Text(NamedTuple):
    """A message: what is wrong, and what to type instead (or None)."""

    message: str
    hint: str | None = None


def hops(d: Data) -> str:
    """The chain of links that led to a problem."""
    return " -> ".join(f"{key}: {text}" for key, text in d["hops"])


def some_keys(keys: Sequence[str]) -> str:
    """The first of some keys, and how many more there are."""
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    return f"{', '.join(keys[:_MOST_KEYS])}{more}"


def reason(d: Data) -> str:
    """What a library said, in one line."""
    return " ".join(str(d["reason"]).split())


def candidates(d: Data) -> str:
    """The keys that a short one may stand for."""
    return one_of([Bare(name) for name in d["candidates"]])
