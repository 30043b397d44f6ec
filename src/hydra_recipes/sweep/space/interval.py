"""Interval: an axis without an end of values, which sampling takes some from.

What it gives is worked out in decimal arithmetic, where logarithms are rounded the same on every
machine; a processor's own may differ in the last digit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from typing import Any

from hydra_recipes.composing.hydra_bridge import ParsedOverride
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.origin import OverrideOrigin

BITS = 30
"""Coordinates are whole numbers below ``2 ** BITS``: how far along an axis a point is."""
LOG = "log"
_DIGITS = 6
_ARITHMETIC = Context(prec=34)


@dataclass(frozen=True)
class Interval:
    """All numbers between two.

    Attributes:
        start: The smallest; whole numbers only are asked for if both ends are of type ``int``.
        end: The largest.
        log: Whether each order of magnitude is as likely, instead of each part of the same width.
    """

    start: int | float
    end: int | float
    log: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether whole numbers only were asked for: ``int(interval(1,8))``."""
        return isinstance(self.start, int)

    @property
    def whole_ends(self) -> tuple[int, int]:
        """The smallest and the largest whole number; the largest is smaller if there is none."""
        return math.ceil(self.start), math.floor(self.end)

    def number(self, coordinate: int) -> float:
        """The number at a coordinate, to six digits, or more for an interval far from zero."""
        with localcontext(_ARITHMETIC):
            low, high = Decimal(repr(self.start)), Decimal(repr(self.end))
            found = self._between(low, high, coordinate)
            largest = max(abs(low), abs(high))
            more = largest.adjusted() - (high - low).adjusted() - 1
            found = Context(prec=_DIGITS + max(more, 0)).plus(found)
            return float(min(max(found, low), high))

    def whole_number(self, coordinate: int) -> int:
        """The whole number at a coordinate; without ``log`` each is as likely."""
        low, high = self.whole_ends
        with localcontext(_ARITHMETIC):
            found = self._between(Decimal(low), Decimal(high + 1), coordinate)
            return min(max(math.floor(found), low), high)

    def _between(self, low: Decimal, high: Decimal, coordinate: int) -> Decimal:
        share = Decimal(coordinate) / (1 << BITS)
        if not self.log:
            return low + (high - low) * share
        start = low.ln()
        return (start + (high.ln() - start) * share).exp()

    def __contains__(self, value: Any) -> bool:
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and self.start <= value <= self.end
        )


def read_interval(override: ParsedOverride) -> Interval:
    """Reads ``interval(a,b)``, ``int(interval(a,b))`` or ``tag(log,interval(a,b))``.

    Raises:
        OverrideError: If there are no numbers in it, or it has another tag.
    """
    sweep: Any = override.parsed.value()
    text = override.text
    for tag in sorted(sweep.tags - {LOG}):
        raise OverrideError("unknown-tag", OverrideOrigin(text), text=text, tag=tag)
    interval = Interval(sweep.start, sweep.end, LOG in sweep.tags)
    width = interval.end - interval.start
    if not (width > 0 and math.isfinite(width)):
        raise OverrideError("bad-interval", OverrideOrigin(text), text=text, reason="ends")
    if interval.log and interval.start <= 0:
        raise OverrideError("bad-interval", OverrideOrigin(text), text=text, reason="log")
    return interval
