"""Clashes: where a condition compares a number with a text, which CEL calls unequal or refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

Kind = Literal["number", "text"]

_OPERAND = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d[\w.]*(?:e[+-]?\d+)?|[A-Za-z_][\w.]*)"""
_COMPARISON = re.compile(
    rf"(?<![\w.)\]]){_OPERAND}\s*(?:<=|>=|==|!=|<|>)\s*{_OPERAND}(?![\w.]|\s*[\[(.])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_POSITION = re.compile(r"([A-Za-z_][\w.]*)\[(\d+)\]")
_QUOTES = "'\""


def clash(source: str, kind_of: Callable[[str], Kind | None]) -> dict[str, Any] | None:
    """The first comparison of a number with a text in an expression, as data for a message.

    Args:
        source: The expression.
        kind_of: Whether a name stands for a number or a text; None if for neither, or for both.
    """
    for found in _COMPARISON.finditer(source):
        kinds = [_kind(operand, kind_of) for operand in found.groups()]
        if set(kinds) == {"number", "text"}:
            at = kinds.index("number") + 1
            return {"number": found[at], "string": found[3 - at], **_instead(source, found, at)}
    return None


def _instead(source: str, found: re.Match[str], number: int) -> dict[str, str]:
    """The expression with the literal in a comparison written as what it is compared with."""
    text = 3 - number
    if found[text][0] in _QUOTES:
        at, right = text, found[text][1:-1]
        fits = bool(_NUMBER.fullmatch(right) and not _NUMBER.fullmatch(found[number]))
    else:
        at, right = number, f"'{found[number]}'"
        fits = bool(_NUMBER.fullmatch(found[number]))
    start, end = found.span(at)
    return {"instead": source[:start] + right + source[end:]} if fits else {}


def past_the_end(source: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The first position in an expression that a list doesn't have, as data for a message."""
    for found in _POSITION.finditer(source):
        value = values.get(found[1])
        if isinstance(value, list) and int(found[2]) >= len(value):
            return {"list": found[1], "position": found[0], "length": len(value)}
    return None


def kind_of_value(value: Any) -> Kind | None:
    """Whether a value is a number or a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return "text" if isinstance(value, str) else "number"


def _kind(operand: str, kind_of: Callable[[str], Kind | None]) -> Kind | None:
    if operand[0] in _QUOTES:
        return "text"
    return "number" if _NUMBER.fullmatch(operand) else kind_of(operand)
