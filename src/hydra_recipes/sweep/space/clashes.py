"""Mistakes in a condition: a number compared with a text, a list position that does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from hydra_recipes.findings.messages.sweep import NoOrder, NoPosition
from hydra_recipes.numbers import is_number

Kind = Literal["number", "text"]

_OPERAND = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d[\w.]*(?:e[+-]?\d+)?|[A-Za-z_][\w.]*)"""
_COMPARISON = re.compile(
    rf"(?<![\w.)\]]){_OPERAND}\s*(?:<=|>=|==|!=|<|>)\s*{_OPERAND}(?![\w.]|\s*[\[(.])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_POSITION = re.compile(r"([A-Za-z_][\w.]*)\[(\d+)\]")
_QUOTES = "'\""


def clash(source: str, kind_of: Callable[[str], Kind | None]) -> NoOrder | None:
    """Find the first comparison of a number with a text in a CEL expression.

    CEL calls the two unequal or refuses to compare them.

    Args:
        source: The expression.
        kind_of: A function from a name to its kind; None for a name of neither kind, or of both.

    Returns:
        The two operands, and the corrected expression if there is one; None if nothing clashes.
    """
    for comparison in _COMPARISON.finditer(source):
        kinds = [_kind(operand, kind_of) for operand in comparison.groups()]
        if set(kinds) == {"number", "text"}:
            number_group = kinds.index("number") + 1
            return NoOrder(
                number=comparison[number_group],
                string=comparison[3 - number_group],
                instead=_instead(source, comparison, number_group),
            )
    return None


def _instead(source: str, comparison: re.Match[str], number_group: int) -> str | None:
    """Return the expression with one literal of the comparison corrected.

    A quoted number loses its quotes (``steps > '5'``), a bare number gets them (``model == 5``).
    Return None if neither would help.

    Args:
        source: The expression.
        comparison: The match of the comparison, its operands in groups 1 and 2.
        number_group: The group of the operand that is a number.
    """
    text_group = 3 - number_group
    if comparison[text_group][0] in _QUOTES:
        literal_group, corrected = text_group, comparison[text_group][1:-1]
        helps = bool(
            _NUMBER.fullmatch(corrected) and not _NUMBER.fullmatch(comparison[number_group])
        )
    else:
        literal_group, corrected = number_group, f"'{comparison[number_group]}'"
        helps = bool(_NUMBER.fullmatch(comparison[number_group]))
    start, end = comparison.span(literal_group)
    return source[:start] + corrected + source[end:] if helps else None


def past_the_end(source: str, values: Mapping[str, Any]) -> NoPosition | None:
    """Return the first position in an expression that its list lacks."""
    for access in _POSITION.finditer(source):
        value = values.get(access[1])
        if isinstance(value, list) and int(access[2]) >= len(value):
            return NoPosition(list=access[1], position=access[0], length=len(value))
    return None


def kind_of_value(value: Any) -> Kind | None:
    """Return whether a value is a number or a text; None for any other, booleans included."""
    if is_number(value):
        return "number"
    return "text" if isinstance(value, str) else None


def _kind(operand: str, kind_of: Callable[[str], Kind | None]) -> Kind | None:
    """Return the kind of an operand, which is a literal or a name."""
    if operand[0] in _QUOTES:
        return "text"
    return "number" if _NUMBER.fullmatch(operand) else kind_of(operand)
