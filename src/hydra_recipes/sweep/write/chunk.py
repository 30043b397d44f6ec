"""Chunks: points that are put on disk together, with their recipes and manifest lines as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import repeat
from typing import Any, NamedTuple

from hydra_recipes.sweep.plan.branch import Branch
from hydra_recipes.sweep.plan.filling import Assignment, Block, Extra, Format, Gap

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


class Made(NamedTuple):
    """A chunk as a format makes it, of which the rest is to be written in order.

    Attributes:
        count: How many points it has.
        pieces: The bytes to append to the format's stream, if it is one.
        size: The size of what is in the format's folder already, in bytes.
        kept: How many of the recipes in there had been there before.
        manifest: The bytes to append to the manifest.
    """

    count: int  # type: ignore[assignment]  # it hides tuple's own, which nobody needs here
    pieces: Iterable[bytes | memoryview]
    size: int
    kept: int
    manifest: Iterable[bytes | memoryview]


class Texts(NamedTuple):
    """The texts of a compiled branch's points.

    Attributes:
        branch: The branch.
        recipe: The recipe.
        recipe_line: The same in a line of a stream, with JSON.
        manifest: The manifest line.
        manifest_line: The same with its line break.
    """

    branch: Branch
    recipe: Format
    recipe_line: Format
    manifest: Format
    manifest_line: Format

    @classmethod
    def of(
        cls,
        branch: Branch,
        recipe: Sequence[str | Gap | Extra],
        manifest: Sequence[str | Gap | Extra],
        own_id: Extra,
    ) -> Texts:
        """Return the texts of a branch from the pieces of its recipe and its manifest line."""
        line = ['{"id":"', own_id, '","recipe":', *recipe, "}\n"]
        forms = map(Format, (recipe, line, manifest, [*manifest, "\n"]))
        return cls(branch, *forms)


class Filled(Chunk):
    """Points of a compiled branch: as lines, without an object for each of them.

    Args:
        texts: The texts of the branch.
        indices: The numbers of the points.
        ids: The ids of their recipes.
        files: The files that hold these.
        block: The positions of their values in each dimension.
        extras: For each ``Extra`` of the texts, what stands there.
    """

    def __init__(
        self,
        texts: Texts,
        indices: Sequence[int],
        ids: Sequence[str],
        files: Sequence[str],
        block: Block,
        extras: Sequence[Sequence[str]],
    ) -> None:
        self.texts, self.block, self.extras = texts, block, extras
        self.indices, self.ids, self.files = indices, ids, files

    def __len__(self) -> int:
        return len(self.indices)

    @cached_property
    def points(self) -> list[Written]:  # type: ignore[override]  # made when first asked for
        """Return the points, in order."""
        recipes = self.texts.recipe.fill(self.block, self.extras)
        lines = self.texts.manifest.fill(self.block, self.extras)
        branches, own = repeat(self.texts.branch), self.block.assignments
        columns = (self.indices, self.ids, self.files, recipes, lines, branches, own)
        # Written(…) for each, but quicker: a named tuple's own constructor is a Python function.
        return list(map(tuple.__new__, repeat(Written), zip(*columns, strict=False)))

    def lines(self, together: int) -> Iterator[str]:
        """Yield the recipes as lines of a stream."""
        return self.texts.recipe_line.joined(self.block, self.extras, together)

    def manifest(self) -> Iterator[bytes]:
        """Yield the manifest lines, some at a time."""
        lines = self.texts.manifest_line.joined(self.block, self.extras, TOGETHER)
        return map(str.encode, lines)
