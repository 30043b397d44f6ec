"""Intervals: axes such as ``lr=interval(1e-6,1e-4)``, from which a sampler draws values.

Values are computed in decimal arithmetic, whose logarithms are rounded the same on every machine;
a processor's own logarithms may differ in the last digit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from typing import Any

from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.sweep import BadInterval, UnknownTag
from hydra_recipes.numbers import is_number
from hydra_recipes.origin import OverrideOrigin

BITS = 30
"""Coordinates, how far along an axis a point is, are whole numbers below ``2 ** BITS``."""
LOG = "log"
_DIGITS = 6
_ARITHMETIC = Context(prec=34)


@dataclass(frozen=True)
class Interval:
    """A continuous interval, ends included.

    Attributes:
        start: The smallest number.
        end: The largest number. If both ends are of type ``int``, only whole numbers are drawn.
        log: Whether each order of magnitude is equally likely, rather than each equally wide part.
    """

    start: int | float
    end: int | float
    log: bool = False

    @property
    def is_whole(self) -> bool:
        """Return whether only whole numbers are asked for: ``int(interval(1,8))``."""
        return isinstance(self.start, int)

    @property
    def whole_ends(self) -> tuple[int, int]:
        """Return the smallest and the largest whole number in the interval.

        If it contains none, the largest is below the smallest.
        """
        return math.ceil(self.start), math.floor(self.end)

    def number(self, coordinate: int) -> float:
        """Return the number at a coordinate; 0 is at ``start``.

        It has six significant digits, or more where the ends have more in common: six digits would
        leave only the two ends of ``interval(1000000,1000001)``.
        """
        with localcontext(_ARITHMETIC):
            low, high = Decimal(repr(self.start)), Decimal(repr(self.end))
            number = self._between(low, high, coordinate)
            largest = max(abs(low), abs(high))
            extra_digits = largest.adjusted() - (high - low).adjusted() - 1
            number = Context(prec=_DIGITS + max(extra_digits, 0)).plus(number)
            return float(min(max(number, low), high))

    def whole_number(self, coordinate: int) -> int:
        """Return the whole number at a coordinate.

        Each is equally likely unless ``log`` is set.
        """
        low, high = self.whole_ends
        with localcontext(_ARITHMETIC):
            number = self._between(Decimal(low), Decimal(high + 1), coordinate)
            return min(max(math.floor(number), low), high)

    def _between(self, low: Decimal, high: Decimal, coordinate: int) -> Decimal:
        """Return what lies between two numbers at a coordinate, on a linear or log scale."""
        share = Decimal(coordinate) / (1 << BITS)
        if not self.log:
            return low + (high - low) * share
        log_low = low.ln()
        return (log_low + (high.ln() - log_low) * share).exp()

    def __contains__(self, value: Any) -> bool:
        return is_number(value) and self.start <= value <= self.end


def read_interval(override: ParsedOverride) -> Interval:
    """Read ``interval(a,b)``, ``int(interval(a,b))`` or ``tag(log,interval(a,b))``.

    Raises:
        OverrideError: If the interval is empty or infinite, has the tag ``log`` and starts at 0 or
            below, or has another tag.
    """
    sweep: Any = override.parsed.value()
    text = override.text
    for tag in sorted(sweep.tags - {LOG}):
        raise OverrideError(UnknownTag(override=text, tag=tag), OverrideOrigin(text))
    interval = Interval(sweep.start, sweep.end, LOG in sweep.tags)
    width = interval.end - interval.start
    if not (width > 0 and math.isfinite(width)):
        raise OverrideError(BadInterval(override=text, reason="ends"), OverrideOrigin(text))
    if interval.log and interval.start <= 0:
        raise OverrideError(BadInterval(override=text, reason="log"), OverrideOrigin(text))
    return interval
