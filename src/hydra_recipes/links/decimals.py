"""Decimal arithmetic on numbers as a person wrote them, where ``0.1 + 0.2`` is ``0.3``.

A float stands for the shortest decimal that reads as that float, which is the one that was typed.
Sums and products of those decimals are exact; only the result is rounded to the nearest float.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal

Number = int | float | Decimal

_EXACT = Context(prec=2_000)  # more than a product of the smallest and the largest float has


def as_typed(number: Number) -> Decimal:
    """Return a number as the decimal that was written for it."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def total(numbers: tuple[int | float, ...]) -> int | float:
    """Return the sum of numbers: an int if all of them are ints, a float otherwise.

    Raises:
        ArithmeticError: If there is no sum, such as that of both infinities.
    """
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    exact = Decimal(0)
    for number in numbers:
        exact = _EXACT.add(exact, as_typed(number))
    return float(exact)


def product(one: float, other: float) -> int | float:
    """Return the product of two numbers: an int if both are ints, a float otherwise.

    Raises:
        ArithmeticError: If there is no product, such as that of 0 and infinity.
    """
    if isinstance(one, int) and isinstance(other, int):
        return one * other
    return float(_EXACT.multiply(as_typed(one), as_typed(other)))


@dataclass(frozen=True)
class Progression:
    """Numbers ``start``, ``start + step``, and so on, all before ``stop``.

    Attributes:
        start: The first number, if the progression has any.
        stop: The bound that no number reaches.
        step: The difference between two neighbors; negative for a descending progression.
    """

    start: Number
    stop: Number
    step: Number

    @property
    def is_whole(self) -> bool:
        """Return whether the numbers are ints, as start, stop and step all are."""
        return all(isinstance(number, int) for number in (self.start, self.stop, self.step))

    @property
    def size(self) -> int:
        """Return how many numbers there are.

        Raises:
            ArithmeticError: If there is no answer: the step is 0, or the numbers never end.
            ValueError: If start, stop or step isn't a number.
        """
        step = as_typed(self.step)
        distance = _EXACT.subtract(as_typed(self.stop), as_typed(self.start))
        whole_steps = int(_EXACT.divide_int(distance, step))
        rest = _EXACT.remainder(distance, step)
        return max(0, whole_steps + bool(rest) if distance.is_signed() == step.is_signed() else 0)

    def __iter__(self) -> Iterator[int | float]:
        """Yield the numbers in order; raise what ``size`` raises."""
        start, step = as_typed(self.start), as_typed(self.step)
        as_number = int if self.is_whole else float
        for index in range(self.size):
            yield as_number(_EXACT.fma(step, Decimal(index), start))

    @property
    def backwards(self) -> Progression:
        """Return the same numbers in reverse order."""
        start, step = as_typed(self.start), as_typed(self.step)
        last = _EXACT.fma(step, Decimal(self.size - 1), start)
        beyond = _EXACT.subtract(start, step)
        as_number = int if self.is_whole else Decimal
        return Progression(as_number(last), as_number(beyond), as_number(_EXACT.minus(step)))
