"""Check cache: a check's verdicts, kept as bit masks so that it runs once for the same values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

MOST = 2_000_000
"""The most combinations of all dimensions but the last: of a check with more, nothing is kept."""


@dataclass(frozen=True)
class CheckCache:
    """The verdicts of a check over two dimensions or more.

    Attributes:
        passes: The check, called with one position per dimension.
        sizes: The number of values of each dimension.
    """

    passes: Callable[[tuple[int, ...]], bool]
    sizes: Sequence[int]

    def passing(self, before: tuple[int, ...]) -> int:
        """Return a bit mask of the last dimension's positions that pass after these."""
        if not self._are_kept:
            return self._computed(before)
        entry = 0  # the positions as digits of a number with the sizes as bases
        for position, size in zip(before, self.sizes, strict=False):
            entry = entry * size + position
        mask = self._masks[entry]
        if mask is None:
            mask = self._masks[entry] = self._computed(before)
        return mask

    def _computed(self, before: tuple[int, ...]) -> int:
        positions = range(self.sizes[-1])
        return mask_of(position for position in positions if self.passes((*before, position)))

    @cached_property
    def _are_kept(self) -> bool:
        return math.prod(self.sizes[:-1]) <= MOST

    @cached_property
    def _masks(self) -> list[int | None]:
        return [None] * math.prod(self.sizes[:-1])


def bits(mask: int) -> Iterator[int]:
    """Yield the positions of a mask's set bits, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def mask_of(positions: Iterable[int]) -> int:
    """Return the mask with these bits set."""
    # Through bytes, since setting a large number's bits one by one copies it each time.
    found = bytearray()
    for position in positions:
        place, bit = divmod(position, 8)
        found.extend(bytes(max(0, place + 1 - len(found))))
        found[place] |= 1 << bit
    return int.from_bytes(found, "little")
