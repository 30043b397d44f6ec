"""Verdicts: what a check said, kept as bits, so that it is asked once about the same values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

MOST = 2_000_000
"""For how many values of all dimensions but the last verdicts are kept; beyond, none is."""


@dataclass(frozen=True)
class CheckCache:
    """The verdicts of a check over two dimensions or more.

    Attributes:
        passes: The check.
        sizes: How many values each of its dimensions has.
    """

    passes: Callable[[tuple[int, ...]], bool]
    sizes: Sequence[int]

    def passing(self, before: tuple[int, ...]) -> int:
        """The values of the last dimension that pass beside values of the others, as bits."""
        if not self._are_kept:
            return self._asked(before)
        place = 0
        for value, size in zip(before, self.sizes, strict=False):
            place = place * size + value
        known = self._known[place]
        if known is None:
            known = self._known[place] = self._asked(before)
        return known

    def _asked(self, before: tuple[int, ...]) -> int:
        # A text of digits, for adding bit after bit to a large number is slow.
        digits = ["1" if self.passes((*before, at)) else "0" for at in range(self.sizes[-1])]
        return int("".join(reversed(digits)), 2)

    @cached_property
    def _are_kept(self) -> bool:
        return math.prod(self.sizes[:-1]) <= MOST

    @cached_property
    def _known(self) -> list[int | None]:
        return [None] * math.prod(self.sizes[:-1])
