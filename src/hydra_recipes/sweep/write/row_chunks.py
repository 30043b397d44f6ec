"""Row chunks: the rows of a plan's points, cut where a chunk of what is written ends.

With chunks of four points, the rows ``a: 0 1 2`` and ``b: 0 1 2`` are a chunk of ``a: 0 1 2`` and
``b: 0``, and another of ``b: 1 2``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydra_recipes.sweep.plan.plan import Located
from hydra_recipes.sweep.solve.solver import Row


@dataclass
class RowChunk:
    """The points of a chunk, in rows.

    Attributes:
        index: The index of the first point.
        size: How many points there are.
        rows: The rows, each with the number of its grid.
    """

    index: int
    size: int
    rows: list[tuple[int, Row]]

    @property
    def points(self) -> Sequence[Located]:
        """Return the points one by one."""
        return [
            (number, (*prefix, position))
            for number, (prefix, positions) in self.rows
            for position in positions
        ]


def row_chunks(
    rows: Iterator[tuple[int, Row]], size: int, index: int, skip: int
) -> Iterator[RowChunk]:
    """Yield rows in chunks that end where the index is a multiple of a size.

    Args:
        rows: The rows.
        size: The size.
        index: The index of the first point.
        skip: How many points to leave out at the beginning.
    """
    chunk = RowChunk(index, 0, [])
    room = size - index % size
    for number, (prefix, positions) in rows:
        if skip >= len(positions):
            skip -= len(positions)
            continue
        left = positions[skip:] if skip else positions
        skip = 0
        while len(left) >= room:
            chunk.rows.append((number, (prefix, left[:room])))
            chunk.size += room
            yield chunk
            chunk = RowChunk(chunk.index + chunk.size, 0, [])
            left, room = left[room:], size
        if left:
            chunk.rows.append((number, (prefix, left)))
            chunk.size += len(left)
            room -= len(left)
    if chunk.rows:
        yield chunk
