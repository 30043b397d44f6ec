"""Numbers of any size: an integer may have a thousand digits, which no double has room for.

Private: it may change in any release.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from fractions import Fraction  # an import that few values need

MAX_DIGITS = min(1_000, getattr(sys, "get_int_max_str_digits", int)() or 1_000)
"""Of a number in a file or an override. Python itself writes and reads no more than 4,300, or what
PYTHONINTMAXSTRDIGITS says, which may be less."""
_TOO_MANY = 10**MAX_DIGITS


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: Any) -> TypeGuard[float]:
    """Whether a value is a number, and neither an infinity nor ``nan``."""
    return is_number(value) and (isinstance(value, int) or math.isfinite(value))


def is_too_long(value: Any) -> bool:
    """Whether a value is an integer of more than ``MAX_DIGITS``."""
    return isinstance(value, int) and abs(value) >= _TOO_MANY


def as_double(number: Fraction | float) -> float:
    """The double nearest to a number; an infinity for one that is beyond all of them."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def as_number(exact: Fraction) -> float:
    """An exact number as a double, or as an integer where there is no such double."""
    try:
        return float(exact)
    except OverflowError:
        return int(exact)
