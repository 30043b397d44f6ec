"""The launcher's resolvers: arithmetic in links, such as ``${multiply:${.replicas},8}``."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

from hydra_recipes.links.decimals import product, total

Number = int | float
_TOO_LARGE = 2**63


def _arithmetic(function: Callable[..., Number]) -> Callable[..., Number]:
    """Wrap a function so that it takes only numbers and returns only finite ones.

    Without a bound, a chain of links could make numbers of any size. The wrapper raises TypeError
    for a wrong count or type of arguments, and ArithmeticError for a result that is not finite or
    reaches 2**63.
    """
    count = function.__code__.co_argcount  # 0 for a function of *values: any number of them

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
    """Return the sum of any number of numbers, adding decimals exactly as they are written."""
    return total(values)


@_arithmetic
def divide_ceil(x: Number, y: Number) -> Number:
    """Return ``x / y``, rounded up."""
    return math.ceil(x / y)


@_arithmetic
def divide_floor(x: Number, y: Number) -> Number:
    """Return ``x / y``, rounded down."""
    return math.floor(x / y)


@_arithmetic
def multiply(x: Number, y: Number) -> Number:
    """Return ``x * y``, multiplying decimals exactly as they are written."""
    return product(x, y)


RESOLVERS: Mapping[str, Callable[..., Number]] = {
    function.__name__: function for function in (add, divide_ceil, divide_floor, multiply)
}
"""Resolver functions by name. ``resolver.py`` has ``oc.select`` and ``oc.env`` itself."""
