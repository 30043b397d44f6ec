"""Limits on the size of an override, which keep Hydra's parser fast and Python's stack shallow.

Files have the same limits on depth and digits, so what is composed can be read back.
"""

from __future__ import annotations

import re
from typing import Any

from hydra_recipes.documents.document import MAX_DEPTH
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.grammar import NotUtf8Override, OverrideTooLarge
from hydra_recipes.numbers import MAX_DIGITS
from hydra_recipes.origin import OverrideOrigin

MAX_CHARACTERS = 64_000
MAX_VALUES = 4_000  # the time that Hydra's parser takes grows with their square
MAX_SWEPT = 100_000  # values of a range, however short it is to type

_DIGITS = re.compile(rf"(?:\d_?){{{MAX_DIGITS + 1}}}")


def check_size(text: str, typed: str) -> None:
    """Raise for an override that would take too long to parse.

    Args:
        text: The override in Hydra's grammar.
        typed: What the user typed.

    Raises:
        OverrideError: If it is too long, has too many values or digits, or half a character.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise OverrideError(NotUtf8Override(override=typed), OverrideOrigin(typed)) from None
    if len(text) > MAX_CHARACTERS:
        raise too_large(typed, f"{MAX_CHARACTERS:,} characters")
    if text.count(",") >= MAX_VALUES:
        raise too_large(typed, f"{MAX_VALUES:,} values")
    if _DIGITS.search(text):
        raise too_large(typed, f"{MAX_DIGITS:,} digits in a number")


def check_depth(key: str, value: Any, typed: str) -> None:
    """Raise for an override that would nest a recipe deeper than a file may be.

    Args:
        key: The group, its package included, or the key.
        value: Its value.
        typed: What the user typed.

    Raises:
        OverrideError: If it would.
    """
    if key.count(".") + _depth(value) > MAX_DEPTH:
        raise too_deep(typed)


def _depth(value: Any) -> int:
    """Return how many levels a value has, 1 for a scalar."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, items), default=0)


def too_deep(typed: str) -> OverrideError:
    """Return the error about an override that is nested too deep."""
    return too_large(typed, f"{MAX_DEPTH} levels")


def too_large(typed: str, limit: str) -> OverrideError:
    """Return the error about an override that has more than a limit allows."""
    return OverrideError(OverrideTooLarge(override=typed, limit=limit), OverrideOrigin(typed))
