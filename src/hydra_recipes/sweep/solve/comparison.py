"""Comparison: expressions over two dimensions, judged without looking at every pair of values.

``warmup_steps * 3 < max_steps || max_epochs == null`` is split at ``||`` and ``&&``. A part that
depends on one dimension is evaluated once for each of its values. For a part that compares one
dimension with the other, each side is evaluated once per value and the second side is sorted, so
that the compatible values are its start or its end, found by bisection. Values for which a part
has no plain answer, such as an error, are judged pair by pair.

Take ``a * 3 < b`` with a in (10, 20) and b in (50, 40, 70). The left side is 30 and 60; the sorted
right side is 40, 50, 70, at positions 1, 0, 2. All of it is above 30, so the first a has the mask
0b111; only 70 is above 60, so the second a has 0b100.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hydra_recipes.rules.cel import CelRuntimeError, CelSyntaxError, compile_expression
from hydra_recipes.rules.evaluation import nested

Values = tuple[int, ...]
Named = tuple[str, Values, Callable[[Values], tuple[bool, Any]]]
"""A name, the dimensions it depends on, and a function that reads its value.

The function takes the positions of both dimensions and returns whether the value is known, and it.
"""

# Inside texts, conditionals, lists and maps an operator doesn't separate parts.
_NOT_SPLIT = re.compile(r"""['"?{}\[\]]|\bin\b""")
_COMPARISON = re.compile(r"([^<>=!]+)(<=|>=|<|>)([^<>=!]+)")
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EXACT = 2**53
"""Whole numbers below this are exact as doubles, so that Python and CEL compare them alike."""


@dataclass(frozen=True)
class _Part:
    """A part of an expression.

    Attributes:
        mask: Returns, for a position of the first dimension, a bit mask of those of the second for
            which the part holds.
        undecided: For each dimension, a bit mask of the positions without a plain answer.
    """

    mask: Callable[[int], int]
    undecided: tuple[int, int]


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
        passes: Judges one pair of positions; called where a part has no plain answer.

    Returns:
        A function from a position to a bit mask of positions, or None if the expression can't be
        split into parts that are evaluated by themselves.
    """
    if _NOT_SPLIT.search(source):
        return None
    part = _Reader(dimensions, sizes, named).read(source)
    if part is None:
        return None
    undecided_firsts, undecided_seconds = part.undecided
    to_judge = [second for second in range(sizes[1]) if undecided_seconds >> second & 1]

    def compatible(first: int) -> int:
        if undecided_firsts >> first & 1:
            return sum(1 << second for second in range(sizes[1]) if passes((first, second)))
        judged = sum(1 << second for second in to_judge if passes((first, second)))
        return part.mask(first) & ~undecided_seconds | judged

    return compatible


@dataclass(frozen=True)
class _Reader:
    """A reader of expressions over two dimensions."""

    dimensions: Values
    sizes: tuple[int, int]
    named: Sequence[Named]

    def read(self, source: str) -> _Part | None:
        """Return an expression as one part; None if a piece of it can't be evaluated by itself."""
        for operator in ("||", "&&"):
            pieces = _split(source, operator)
            if pieces is None:
                return None
            if len(pieces) > 1:
                parts = [part for part in map(self.read, pieces) if part is not None]
                return _joined(parts, operator) if len(parts) == len(pieces) else None
        bare = source.strip()
        if bare.startswith("(") and _split(bare[1:-1], "||") is not None and bare.endswith(")"):
            return self.read(bare[1:-1])
        used = self.used(source)
        if len(used) < 2:  # noqa: PLR2004 - both dimensions
            return self.single(source, 1 if used == {self.dimensions[1]} else 0)
        return self.comparison(source)

    def used(self, source: str) -> set[int]:
        """Return the dimensions that an expression depends on."""
        return {dimension for _, dimensions, _ in self.within(source) for dimension in dimensions}

    def within(self, source: str) -> list[Named]:
        """Return the names that stand in an expression."""
        return [n for n in self.named if re.search(rf"(?<![\w.]){re.escape(n[0])}(?!\w)", source)]

    def single(self, source: str, side: int) -> _Part | None:
        """Return a part that depends on one dimension, the first (0) or the second (1)."""
        outcomes = self.outcomes(source, side)
        if outcomes is None:
            return None
        holding = sum(1 << at for at, outcome in enumerate(outcomes) if outcome is True)
        undecided = sum(
            1 << at for at, outcome in enumerate(outcomes) if not isinstance(outcome, bool)
        )
        if side == 1:
            return _Part(lambda _: holding, (0, undecided))
        everything = (1 << self.sizes[1]) - 1
        return _Part(lambda first: everything if holding >> first & 1 else 0, (undecided, 0))

    def comparison(self, source: str) -> _Part | None:
        """Return a part that compares the two dimensions, or None if it isn't one comparison."""
        match = _COMPARISON.fullmatch(source)
        if match is None:
            return None
        left, operator, right = match.groups()
        if self.used(left) == {self.dimensions[1]}:
            left, operator, right = right, _SWAPPED[operator], left
        if self.used(left) != {self.dimensions[0]} or self.used(right) != {self.dimensions[1]}:
            return None
        outcomes = (self.outcomes(left, 0), self.outcomes(right, 1))
        if outcomes[0] is None or outcomes[1] is None:
            return None
        return _by_bisection(
            list(map(_number, outcomes[0])), list(map(_number, outcomes[1])), operator
        )

    def outcomes(self, source: str, side: int) -> list[Any] | None:
        """Return what an expression evaluates to for each value of a dimension.

        Returns:
            One outcome per position, None where a value isn't known or the evaluation fails; or
            None if the expression isn't CEL.
        """
        try:
            expression = compile_expression(source)
        except CelSyntaxError:
            return None
        names = self.within(source)
        outcomes: list[Any] = []
        for position in range(self.sizes[side]):
            # Only the position of its own dimension is read, so the other may be any.
            readings = {name: reader((position, position)) for name, _, reader in names}
            try:
                all_known = all(is_known for is_known, _ in readings.values())
                values = {name: value for name, (_, value) in readings.items()}
                outcomes.append(expression.run(nested(values)) if all_known else None)
            except CelRuntimeError:
                outcomes.append(None)
        return outcomes


def _split(source: str, operator: str) -> list[str] | None:
    """Return the pieces between an operator outside brackets, or None if brackets don't match."""
    pieces, depth, start = [], 0, 0
    for at, character in enumerate(source):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return None
        if not depth and source.startswith(operator, at):
            pieces.append(source[start:at])
            start = at + len(operator)
    return None if depth else [*pieces, source[start:]]


def _joined(parts: Sequence[_Part], operator: str) -> _Part:
    """Return the part that joins others by ``||`` or ``&&``; undecided wherever one of them is."""

    def any_holds(first: int) -> int:
        return _fold(int.__or__, (part.mask(first) for part in parts))

    def all_hold(first: int) -> int:
        return _fold(int.__and__, (part.mask(first) for part in parts))

    undecided = [_fold(int.__or__, (part.undecided[side] for part in parts)) for side in (0, 1)]
    return _Part(any_holds if operator == "||" else all_hold, (undecided[0], undecided[1]))


def _fold(join: Callable[[int, int], int], masks: Iterator[int]) -> int:
    result = next(masks)
    for mask in masks:
        result = join(result, mask)
    return result


def _number(outcome: Any) -> float | None:
    """Return an outcome that is a number which Python and CEL compare alike, or else None."""
    if isinstance(outcome, bool) or not isinstance(outcome, int | float):
        return None
    exact = abs(outcome) < _EXACT if isinstance(outcome, int) else not math.isnan(outcome)
    return outcome if exact else None


def _by_bisection(
    lefts: Sequence[float | None], rights: Sequence[float | None], operator: str
) -> _Part:
    """Return the part that compares numbers, one per position; None is undecided."""
    ordered = sorted((number, at) for at, number in enumerate(rights) if number is not None)
    numbers = [number for number, _ in ordered]
    lowest = [0]  # at index n, a bit mask of the positions of the n lowest numbers
    for _, at in ordered:
        lowest.append(lowest[-1] | 1 << at)
    # An equal number on the right is below the cut for < and >=, above it for <= and >.
    bisect = bisect_right if operator in ("<", ">=") else bisect_left
    takes_upper = operator in ("<", "<=")

    def mask(first: int) -> int:
        number = lefts[first]
        if number is None:
            return 0
        lower = lowest[bisect(numbers, number)]
        return lowest[-1] ^ lower if takes_upper else lower

    undecided = [sum(1 << at for at, n in enumerate(side) if n is None) for side in (lefts, rights)]
    return _Part(mask, (undecided[0], undecided[1]))
