"""Comparison: expressions over two dimensions, judged without looking at every pair of values.

``warmup_steps * 3 < max_steps || max_epochs == null`` is taken apart at ``||`` and ``&&``. A part
that depends on one dimension is worked out once for each of its values; for a part that compares
one dimension with the other, the values of both sides are worked out once and sorted, and what is
compatible is found by halving. Values for which a part has no plain answer are judged pair by pair.
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
"""A name, the dimensions it depends on, and what reads its value from positions of both."""

_NOT_TAKEN_APART = re.compile(r"""['"?{}\[\]]|\bin\b""")
_COMPARISON = re.compile(r"([^<>=!]+)(<=|>=|<|>)([^<>=!]+)")
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EXACT = 2**53
"""Whole numbers below this are the same as doubles, so that all ways of comparing agree."""


@dataclass(frozen=True)
class _Part:
    """A part of an expression.

    Attributes:
        mask: For a value of the first dimension, those of the second for which it holds, as bits.
        odd: For each dimension, the values for which it has no plain answer, as bits.
    """

    mask: Callable[[int], int]
    odd: tuple[int, int]


def compatible_values(
    source: str,
    dimensions: Values,
    sizes: tuple[int, int],
    named: Sequence[Named],
    passes: Callable[[Values], bool],
) -> Callable[[int], int] | None:
    """What tells, for a value of the first of two dimensions, the compatible ones of the second.

    Args:
        source: The expression.
        dimensions: The two dimensions it depends on.
        sizes: How many values each of them has.
        named: What its names stand for.
        passes: Judges one pair; asked where a part has no plain answer.

    Returns:
        A function from a position to positions as bits, or None if it can't be taken apart.
    """
    if _NOT_TAKEN_APART.search(source):
        return None
    part = _Reader(dimensions, sizes, named).read(source)
    if part is None:
        return None
    firsts, seconds = part.odd
    odd = [at for at in range(sizes[1]) if seconds >> at & 1]

    def compatible(value: int) -> int:
        if firsts >> value & 1:
            return sum(1 << at for at in range(sizes[1]) if passes((value, at)))
        judged = sum(1 << at for at in odd if passes((value, at)))
        return part.mask(value) & ~seconds | judged

    return compatible


@dataclass(frozen=True)
class _Reader:
    """Takes an expression over two dimensions apart."""

    dimensions: Values
    sizes: tuple[int, int]
    named: Sequence[Named]

    def read(self, source: str) -> _Part | None:
        """An expression in parts, or None if one of them can't be worked out by itself."""
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
        """The dimensions that an expression depends on."""
        return {d for _, of, _ in self.within(source) for d in of}

    def within(self, source: str) -> list[Named]:
        """The names that stand in an expression."""
        return [n for n in self.named if re.search(rf"(?<![\w.]){re.escape(n[0])}(?!\w)", source)]

    def single(self, source: str, place: int) -> _Part | None:
        """A part that depends on one dimension."""
        outcomes = self.outcomes(source, place)
        if outcomes is None:
            return None
        holding = sum(1 << at for at, one in enumerate(outcomes) if one is True)
        odd = sum(1 << at for at, one in enumerate(outcomes) if not isinstance(one, bool))
        if place == 1:
            return _Part(lambda _: holding, (0, odd))
        everything = (1 << self.sizes[1]) - 1
        return _Part(lambda value: everything if holding >> value & 1 else 0, (odd, 0))

    def comparison(self, source: str) -> _Part | None:
        """A part that compares one dimension with the other."""
        found = _COMPARISON.fullmatch(source)
        if found is None:
            return None
        left, operator, right = found.groups()
        if self.used(left) == {self.dimensions[1]}:
            left, operator, right = right, _SWAPPED[operator], left
        if self.used(left) != {self.dimensions[0]} or self.used(right) != {self.dimensions[1]}:
            return None
        outcomes = (self.outcomes(left, 0), self.outcomes(right, 1))
        if outcomes[0] is None or outcomes[1] is None:
            return None
        return _by_halving(
            list(map(_number, outcomes[0])), list(map(_number, outcomes[1])), operator
        )

    def outcomes(self, source: str, place: int) -> list[Any] | None:
        """What an expression comes to for each value of a dimension; None where nothing does."""
        try:
            expression = compile_expression(source)
        except CelSyntaxError:
            return None
        names = self.within(source)
        found: list[Any] = []
        for value in range(self.sizes[place]):
            read = {name: reader((value, value)) for name, _, reader in names}
            try:
                known = all(is_known for is_known, _ in read.values())
                values = {name: one for name, (_, one) in read.items()}
                found.append(expression.run(nested(values)) if known else None)
            except CelRuntimeError:
                found.append(None)
        return found


def _split(source: str, operator: str) -> list[str] | None:
    """The pieces between an operator outside brackets, or None if brackets don't match."""
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
    def either(value: int) -> int:
        return _fold(int.__or__, (part.mask(value) for part in parts))

    def both(value: int) -> int:
        return _fold(int.__and__, (part.mask(value) for part in parts))

    odd = [_fold(int.__or__, (part.odd[place] for part in parts)) for place in (0, 1)]
    return _Part(either if operator == "||" else both, (odd[0], odd[1]))


def _fold(join: Callable[[int, int], int], masks: Iterator[int]) -> int:
    result = next(masks)
    for mask in masks:
        result = join(result, mask)
    return result


def _number(outcome: Any) -> float | None:
    """A number that compares the same everywhere, or None."""
    if isinstance(outcome, bool) or not isinstance(outcome, int | float):
        return None
    exact = abs(outcome) < _EXACT if isinstance(outcome, int) else not math.isnan(outcome)
    return outcome if exact else None


def _by_halving(
    first: Sequence[float | None], second: Sequence[float | None], operator: str
) -> _Part:
    ordered = sorted((number, at) for at, number in enumerate(second) if number is not None)
    numbers = [number for number, _ in ordered]
    up_to = [0]  # the positions of the first so many numbers, as bits
    for _, at in ordered:
        up_to.append(up_to[-1] | 1 << at)
    halve = bisect_right if operator in ("<", ">=") else bisect_left
    upper = operator in ("<", "<=")

    def mask(value: int) -> int:
        number = first[value]
        if number is None:
            return 0
        lower = up_to[halve(numbers, number)]
        return up_to[-1] ^ lower if upper else lower

    odd = [sum(1 << at for at, n in enumerate(side) if n is None) for side in (first, second)]
    return _Part(mask, (odd[0], odd[1]))
