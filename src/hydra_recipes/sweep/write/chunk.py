"""Chunks: points that are put on disk together, with their recipes and manifest lines as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hydra_recipes.sweep.plan.branch import Branch
from hydra_recipes.sweep.plan.builder import Assignment

TOGETHER = 200
"""How many lines are made and written together: memory for larger texts is slow to get."""


class Written(NamedTuple):
    """A point as it is written.

    Attributes:
        index: The number of the point, from 0.
        id: The recipe's id.
        file: The file that holds the recipe.
        text: The recipe: YAML with its first line, or JSON on one line.
        manifest: The manifest line.
        branch: The branch of the point.
        assignment: The position of its value in each dimension, from 0.
    """

    index: int  # type: ignore[assignment]  # it hides tuple's own, which nobody needs here
    id: str
    file: str
    text: str
    manifest: str
    branch: Branch
    assignment: Assignment

    def axes(self) -> dict[str, Any]:
        """Return its axes, each with its value."""
        return self.branch.axes(self.branch.index(self.assignment))


class Chunk:
    """Points that are put on disk together.

    Attributes:
        points: The points, in order.
    """

    def __init__(self, points: Sequence[Written]) -> None:
        self.points = points

    def __len__(self) -> int:
        return len(self.points)

    def lines(self, together: int) -> Iterator[str]:
        """Yield the recipes as lines of a stream, objects of ``id`` and ``recipe``.

        Args:
            together: How many lines are one text.
        """
        for first in range(0, len(self.points), together):
            batch = self.points[first : first + together]
            yield "".join([f'{{"id":"{point.id}","recipe":{point.text}}}\n' for point in batch])

    def manifest(self) -> Iterator[bytes]:
        """Yield the manifest lines, each with its line break, some at a time."""
        for first in range(0, len(self.points), TOGETHER):
            batch = self.points[first : first + TOGETHER]
            yield "".join([f"{point.manifest}\n" for point in batch]).encode()
