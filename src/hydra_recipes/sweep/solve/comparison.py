"""Comparison: ``a < b`` over two dimensions, judged without looking at every pair of values.

The values of the second dimension are sorted, so that those compatible with one of the first are
the start or the end, found by bisection. Values that Python and CEL may compare differently, or
that aren't known, are judged pair by pair.

Take a in (30, 60) and b in (50, 40, 70) with ``a < b``. Sorted, b is 40, 50, 70, at positions 1, 0,
2. All of it is above 30, so the first a has the mask 0b111; only 70 is above 60, so the second a
has 0b100.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

Values = tuple[int, ...]
Named = tuple[str, Values, Callable[[Values], tuple[bool, Any]]]
"""A name, the dimensions it depends on, and a function that reads its value.

The function takes the positions of both dimensions and returns whether the value is known, and it.
"""

_COMPARISON = re.compile(r"\s*([\w.]+)\s*(<=|>=|<|>)\s*([\w.]+)\s*")
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EXACT = 2**53
"""Whole numbers below this are exact as doubles, so that Python and CEL compare them alike."""


def compatible_values(
    source: str,
    dimensions: Values,
    sizes: tuple[int, int],
    named: Sequence[Named],
    passes: Callable[[Values], bool],
) -> Callable[[int], int] | None:
    """Return a function from a value of the first axis to a bit mask of compatible second values.

    Args:
        source: The expression.
        dimensions: The two dimensions it depends on.
        sizes: The number of values of each.
        named: What its names stand for.
        passes: Judges one pair of positions; called where a value is no number or isn't known.

    Returns:
        A function from a position to a bit mask of positions, or None if the expression isn't a
        comparison of two names, each of one dimension.
    """
    match = _COMPARISON.fullmatch(source)
    if match is None:
        return None
    left, operator, right = match.groups()
    owner = {name: (own, reader) for name, own, reader in named}
    if left in owner and owner[left][0] == dimensions[1:]:
        left, operator, right = right, _SWAPPED[operator], left
    sides = []
    for name, dimension, size in zip((left, right), dimensions, sizes, strict=True):
        own, reader = owner.get(name, ((), None))
        if own != (dimension,) or reader is None:
            return None
        # Only the position of its own dimension is read, so the other may be any.
        sides.append([_number(*reader((position, position))) for position in range(size)])
    return _by_bisection(sides[0], operator, sides[1], passes)


def _number(is_known: bool, value: Any) -> float | None:
    """Return a known number which Python and CEL compare alike; None for anything else."""
    if not is_known or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    exact = abs(value) < _EXACT if isinstance(value, int) else not math.isnan(value)
    return value if exact else None


def _by_bisection(
    lefts: Sequence[float | None],
    operator: str,
    rights: Sequence[float | None],
    passes: Callable[[Values], bool],
) -> Callable[[int], int]:
    """Return a function from a position on the left to a bit mask of those on the right."""
    ordered = sorted((number, at) for at, number in enumerate(rights) if number is not None)
    numbers = [number for number, _ in ordered]
    lowest = [0]  # at index n, a bit mask of the positions of the n lowest numbers
    for _, at in ordered:
        lowest.append(lowest[-1] | 1 << at)
    others = [at for at, number in enumerate(rights) if number is None]
    # An equal number on the right is below the cut for < and >=, above it for <= and >.
    bisect = bisect_right if operator in ("<", ">=") else bisect_left
    takes_upper = operator in ("<", "<=")

    def compatible(first: int) -> int:
        number = lefts[first]
        if number is None:
            return sum(1 << second for second in range(len(rights)) if passes((first, second)))
        lower = lowest[bisect(numbers, number)]
        judged = sum(1 << second for second in others if passes((first, second)))
        return (lowest[-1] ^ lower if takes_upper else lower) | judged

    return compatible
