"""The launcher's resolvers: arithmetic in links, ``${multiply:${.replicas},8}``."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

from hydra_recipes.links.decimals import product, total

Number = int | float
_TOO_LARGE = 2**63


def _arithmetic(function: Callable[..., Number]) -> Callable[..., Number]:
    """Takes numbers only and gives finite ones only, so that no chain of links grows out of bounds.

    The function raises TypeError or ArithmeticError otherwise.
    """
    count = function.__code__.co_argcount  # none of its own: any number

    @functools.wraps(function)
    def checked(*values: Any) -> Number:
        if count and len(values) != count:
            raise TypeError(f"it takes {count} numbers, not {len(values)}")
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{str(value)[:40]!r} is not a number")
        result = function(*values)
        if not math.isfinite(result) or (isinstance(result, int) and abs(result) >= _TOO_LARGE):
            raise OverflowError("the result is too large")
        return result

    return checked


@_arithmetic
def add(*values: Number) -> Number:
    """The sum of any number of numbers, of decimals as they are written."""
    return total(values)


@_arithmetic
def divide_ceil(x: Number, y: Number) -> Number:
    """``x / y``, rounded up."""
    return math.ceil(x / y)


@_arithmetic
def divide_floor(x: Number, y: Number) -> Number:
    """``x / y``, rounded down."""
    return math.floor(x / y)


@_arithmetic
def multiply(x: Number, y: Number) -> Number:
    """``x * y``, of decimals as they are written."""
    return product(x, y)


RESOLVERS: Mapping[str, Callable[..., Number]] = {
    function.__name__: function for function in (add, divide_ceil, divide_floor, multiply)
}
"""The resolvers by name. ``oc.select`` is built into the lookup of keys."""
