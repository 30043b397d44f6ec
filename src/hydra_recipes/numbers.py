"""Numbers of any size: an integer may have a thousand digits, and so fit into no double.

Private: it may change in any release.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from fractions import Fraction  # slow to import, and few values need it

MAX_DIGITS = min(1_000, getattr(sys, "get_int_max_str_digits", int)() or 1_000)
"""The most digits of a number in a file or an override.

Python itself converts no more than 4,300 digits, or what PYTHONINTMAXSTRDIGITS sets.
"""
_INFINITE = float("inf")  # importing math would take longer than all of this file
_TOO_MANY = 10**MAX_DIGITS


def is_number(value: Any) -> TypeGuard[float]:
    """Return whether a value is an int or a float, and no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: Any) -> TypeGuard[float]:
    """Return whether a value is a number, and neither infinite nor ``nan``."""
    return is_number(value) and (isinstance(value, int) or abs(value) < _INFINITE)


def is_too_long(value: Any) -> bool:
    """Return whether a value is an integer of more than ``MAX_DIGITS`` digits."""
    return isinstance(value, int) and abs(value) >= _TOO_MANY


def as_double(number: Fraction | float) -> float:
    """Return the double nearest to a number; an infinity beyond the largest."""
    try:
        return float(number)
    except OverflowError:
        return _INFINITE if number > 0 else -_INFINITE


def as_number(exact: Fraction) -> float:
    """Return an exact number as a double, or cut to an integer if it is too large for one."""
    try:
        return float(exact)
    except OverflowError:
        return int(exact)
