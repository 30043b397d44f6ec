"""How large an override may be: what would take Hydra's parser long, or Python's stack too deep.

A file has the same limits on its depth and its numbers, so what is composed can be read back.
"""

from __future__ import annotations

import re
from typing import Any

from hydra_recipes.documents.reader import MAX_DEPTH
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.numbers import MAX_DIGITS
from hydra_recipes.origin import OverrideOrigin

MAX_CHARACTERS = 64_000
MAX_VALUES = 4_000  # Hydra's parser takes time in their square
MAX_SWEPT = 100_000  # of a range, which is short to type

_DIGITS = re.compile(rf"(?:\d_?){{{MAX_DIGITS + 1}}}")


def check_size(text: str, typed: str) -> None:
    """Refuses an override that can't be parsed soon.

    Args:
        text: The override in Hydra's grammar.
        typed: What the user typed.

    Raises:
        OverrideError: If it is too long, has too many values or digits, or half a character.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise OverrideError("not-utf8-override", OverrideOrigin(typed), text=typed) from None
    if len(text) > MAX_CHARACTERS:
        raise too_large(typed, f"{MAX_CHARACTERS:,} characters")
    if text.count(",") >= MAX_VALUES:
        raise too_large(typed, f"{MAX_VALUES:,} values")
    if _DIGITS.search(text):
        raise too_large(typed, f"{MAX_DIGITS:,} digits in a number")


def check_depth(key: str, value: Any, typed: str) -> None:
    """Refuses an override that would nest a recipe deeper than a file may be.

    Args:
        key: The group, its package included, or the key.
        value: Its value.
        typed: What the user typed.

    Raises:
        OverrideError: If it does.
    """
    if key.count(".") + _depth(value) > MAX_DEPTH:
        raise too_deep(typed)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def too_deep(typed: str) -> OverrideError:
    """The error for an override that is nested too deep."""
    return too_large(typed, f"{MAX_DEPTH} levels")


def too_large(typed: str, limit: str) -> OverrideError:
    """The error for an override that has more than a limit allows."""
    return OverrideError("override-too-large", OverrideOrigin(typed), text=typed, limit=limit)
