"""Decimals: arithmetic on numbers as a person wrote them, where ``0.1 + 0.2`` is ``0.3``.

A float stands for the shortest decimal that reads as that float, which is the one that was typed.
Sums and products of those are exact, and become the nearest float only at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal

Number = int | float | Decimal

_EXACT = Context(prec=2_000)  # more than a product of the smallest and the largest float has


def as_typed(number: Number) -> Decimal:
    """A number as the decimal that was written for it."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def total(numbers: tuple[int | float, ...]) -> int | float:
    """The sum of numbers; whole if all of them are.

    Raises:
        ArithmeticError: If it has none, such as that of both infinities.
    """
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    found = Decimal(0)
    for number in numbers:
        found = _EXACT.add(found, as_typed(number))
    return float(found)


def product(one: float, other: float) -> int | float:
    """The product of two numbers; whole if both are.

    Raises:
        ArithmeticError: If it has none, such as that of 0 and infinity.
    """
    if isinstance(one, int) and isinstance(other, int):
        return one * other
    return float(_EXACT.multiply(as_typed(one), as_typed(other)))


@dataclass(frozen=True)
class Progression:
    """The numbers ``start``, ``start + step``, ... before ``stop``.

    Attributes:
        start: The first, if there is one.
        stop: What none of them reaches.
        step: How far one is from the next; below 0 they descend.
    """

    start: Number
    stop: Number
    step: Number

    @property
    def is_whole(self) -> bool:
        """Whether its numbers are of type ``int``: all that tells it is."""
        return all(isinstance(n, int) for n in (self.start, self.stop, self.step))

    @property
    def size(self) -> int:
        """How many numbers it has.

        Raises:
            ArithmeticError: If nobody can say: the step is 0, or there is no end of them.
            ValueError: If something isn't a number.
        """
        step = as_typed(self.step)
        way = _EXACT.subtract(as_typed(self.stop), as_typed(self.start))
        whole = int(_EXACT.divide_int(way, step))
        rest = _EXACT.remainder(way, step)
        return max(0, whole + bool(rest) if way.is_signed() == step.is_signed() else 0)

    def __iter__(self) -> Iterator[int | float]:
        """The numbers, one at a time; raises as ``size`` does."""
        start, step = as_typed(self.start), as_typed(self.step)
        as_number = int if self.is_whole else float
        for at in range(self.size):
            yield as_number(_EXACT.fma(step, Decimal(at), start))

    @property
    def backwards(self) -> Progression:
        """The same numbers, the last first."""
        start, step = as_typed(self.start), as_typed(self.step)
        last = _EXACT.fma(step, Decimal(self.size - 1), start)
        beyond = _EXACT.subtract(start, step)
        as_number = int if self.is_whole else Decimal
        return Progression(as_number(last), as_number(beyond), as_number(_EXACT.minus(step)))
