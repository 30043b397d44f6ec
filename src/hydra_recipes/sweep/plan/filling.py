"""Filling: the texts of many points from a rendering with gaps, and the points of a branch in rows.

The points with positions (0, 0), (0, 1), (1, 0) and (1, 1) are two rows, (0) and (1), with 0 and 1
in each. What depends on the prefix of a row alone is put together once for all points of the row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from typing import TypeVar

Assignment = tuple[int, ...]
_Member = TypeVar("_Member")


class Block:
    """Points of a branch, in rows that have their first positions in common.

    Attributes:
        prefixes: The first positions of each row.
        lengths: The number of points of each row.
        inner: For each other dimension the positions of all points.
    """

    def __init__(
        self,
        prefixes: Sequence[Assignment],
        lengths: Sequence[int],
        inner: Sequence[Sequence[int]],
    ) -> None:
        self.prefixes, self.lengths, self.inner = prefixes, lengths, inner

    @classmethod
    def of(cls, assignments: Sequence[Assignment]) -> Block:
        """Return a block of a single row, with these points."""
        return cls([()], [len(assignments)], tuple(zip(*assignments, strict=True)))

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[Assignment, Sequence[int]]]) -> Block:
        """Return a block of rows that differ in the last dimension only, or one with their points.

        It is the latter where rows are so short that to put together what they share doesn't pay.
        """
        lengths = [len(positions) for _, positions in rows]
        last = list(chain.from_iterable(positions for _, positions in rows))
        block = cls([prefix for prefix, _ in rows], lengths, (last,))
        return block if len(rows) * _SHORT <= len(last) else cls.of(block.assignments)

    def __len__(self) -> int:
        return sum(self.lengths)

    @cached_property
    def assignments(self) -> Sequence[Assignment]:
        """Return the position of each point in each dimension."""
        rests = zip(*self.inner, strict=True) if self.inner else repeat((), len(self))
        return [
            (*prefix, *rest) for prefix, rest in zip(self.spread(self.prefixes), rests, strict=True)
        ]

    @cached_property
    def outer(self) -> Sequence[Sequence[int]]:
        """Return the positions of the rows in each of the first dimensions."""
        return tuple(zip(*self.prefixes, strict=True))

    def spread(self, of_rows: Iterable[_Member]) -> Iterator[_Member]:
        """Yield, for each point, what its row has."""
        return chain.from_iterable(map(repeat, of_rows, self.lengths))


_SHORT = 3
"""How many points rows have at least, on average, for it to pay."""


@dataclass(frozen=True)
class Gap:
    """A gap in a rendering that one dimension fills, with the text for each position."""

    dimension: int
    texts: list[str]


@dataclass(frozen=True)
class Extra:
    """A gap whose text is computed for each point; ``at`` is its number, from 0, among those."""

    at: int


_MERGED = 100_000
"""How many characters of constant text are repeated at most to have one column less."""


class Format:
    """A rendering with gaps, filled for many points at a time.

    Args:
        pieces: Constant text and gaps, in order.
    """

    def __init__(self, pieces: Sequence[str | Gap | Extra]) -> None:
        self._pieces: list[str | Gap | Extra] = []
        for piece in pieces:
            before = self._pieces[-1] if self._pieces else None
            if isinstance(piece, str) and isinstance(before, str):
                self._pieces[-1] = before + piece
            elif (
                isinstance(piece, Gap)
                and isinstance(before, str)
                and len(before) * len(piece.texts) <= _MERGED
            ):
                self._pieces[-1] = Gap(piece.dimension, [before + text for text in piece.texts])
            else:
                self._pieces.append(piece)

    def fill(self, block: Block, extras: Sequence[Sequence[str]]) -> Iterator[str]:
        """Yield the texts of points; ``extras`` has, for each ``Extra``, its text per point."""
        return map("".join, self._filled(block, extras))

    def joined(self, block: Block, extras: Sequence[Sequence[str]], together: int) -> Iterator[str]:
        """Yield the same texts, so many at a time as one."""
        filled = self._filled(block, extras)
        while text := "".join(chain.from_iterable(itertools.islice(filled, together))):
            yield text

    def _filled(self, block: Block, extras: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
        """Yield the texts of all pieces, point by point.

        It goes column by column, so that no step of a point is more than a step of a ``zip``.
        """
        outer = len(block.outer)
        columns: list[Iterable[str]] = []
        shared: list[Iterable[str]] = []  # the columns of rows that are to be one
        for piece in self._pieces:
            if isinstance(piece, str):
                shared.append(repeat(piece, len(block.prefixes)))
            elif isinstance(piece, Gap) and piece.dimension < outer:
                shared.append(map(piece.texts.__getitem__, block.outer[piece.dimension]))
            else:
                columns += _as_one(shared, block)
                shared = []
                if isinstance(piece, Extra):
                    columns.append(extras[piece.at])
                else:
                    columns.append(
                        map(piece.texts.__getitem__, block.inner[piece.dimension - outer])
                    )
        columns += _as_one(shared, block)
        return zip(*columns, strict=True)


def _as_one(shared: Sequence[Iterable[str]], block: Block) -> Iterator[Iterator[str]]:
    """Yield one column of points for columns of rows, if there are any."""
    if shared:
        yield block.spread(map("".join, zip(*shared, strict=True)))
