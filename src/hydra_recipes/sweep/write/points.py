"""What is written of each point of a plan, in order: its recipe and its manifest line."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.documents.header import comment_word, header
from hydra_recipes.environment import as_options
from hydra_recipes.sweep.plan.branch import RUN_NAME
from hydra_recipes.sweep.plan.builder import KEPT, NAME_MARK, Builder, Column, json_text
from hydra_recipes.sweep.plan.filling import Assignment, Block, Extra, Gap
from hydra_recipes.sweep.plan.grid import OneByOne, Progressed, untold
from hydra_recipes.sweep.plan.own_name import NAMING, name_of, takes_name, told_name
from hydra_recipes.sweep.plan.plan import Located, Plan
from hydra_recipes.sweep.space.space import Axis
from hydra_recipes.sweep.write.chunk import Chunk, Filled, Texts, Written
from hydra_recipes.sweep.write.naming import Template, clean, field_of, fields, template_of
from hydra_recipes.sweep.write.row_chunks import RowChunk, row_chunks

FileOf = Callable[[int, str], str]
"""The file of a point, from its index and what the template gives it."""

_TOGETHER = 500
"""How many points are rendered together."""


@dataclass(frozen=True)
class Rendering:
    """The way the points of a plan are rendered.

    Attributes:
        plan: The plan.
        as_yaml: Whether recipes are YAML; otherwise JSON.
        file_of: A function from the index and run name of a point to its file.
        validate: Whether to run the family's whole model over every point.
        lock: The digest of the lock for the first lines, or None.
    """

    plan: Plan
    as_yaml: bool
    file_of: FileOf
    validate: bool = False
    lock: str | None = None

    def points(
        self, skip: int = 0, known: Container[str] = (), first: int = 0, told: Progressed = untold
    ) -> Iterator[Written]:
        """Yield the points of this shard, in order.

        Args:
            skip: How many points to leave out at the beginning, after those in ``known``.
            known: The ids of recipes to leave out.
            first: The index of the first point.
            told: Told of the points that were looked at, those left out too.
        """
        chunks = self.chunks(_TOGETHER, skip, known, first, told)
        return itertools.chain.from_iterable(chunk.points for chunk in chunks)

    def chunks(
        self,
        size: int,
        skip: int = 0,
        known: Container[str] = (),
        first: int = 0,
        told: Progressed = untold,
        part: tuple[int, int] = (0, 1),
    ) -> Iterator[Chunk]:
        """Yield the same points in chunks that end where the index is a multiple of ``size``.

        With a part (i, n), yield the i-th, from 0, of each n chunks.
        """
        rows = None if known else self.plan.rows()
        if rows is not None:
            for number, chunk in enumerate(row_chunks(rows, size, first + skip, skip)):
                told(chunk.size, 0)
                if number % part[1] == part[0]:
                    yield self._of_rows(chunk)
            return
        located = itertools.chain.from_iterable(self._unknown(known, told))
        index = first + skip
        for number in itertools.count():
            points = list(itertools.islice(located, skip, skip + size - index % size))
            if not points:
                return
            if number % part[1] == part[0]:
                yield self._rendered(index, points)
            index, skip = index + len(points), 0

    def _unknown(self, known: Container[str], told: Progressed) -> Iterator[Sequence[Located]]:
        """Yield the points whose ids aren't known, some at a time."""
        located = self.plan.own()
        while points := list(itertools.islice(located, _TOGETHER)):
            told(len(points), 0)
            if known:
                ids = self._ids(points)
                points = [point for point, id_ in zip(points, ids, strict=True) if id_ not in known]
            yield points

    def _ids(self, chunk: Sequence[Located]) -> list[str]:
        """Return the recipe ids of points."""
        ids = [""] * len(chunk)
        for grid_number, places in _by_grid(chunk).items():
            grid_ids = self._renderer(grid_number).ids(
                Block.of([chunk[place][1] for place in places])
            )
            for place, recipe_id in zip(places, grid_ids, strict=True):
                ids[place] = recipe_id
        return ids

    def _of_rows(self, chunk: RowChunk) -> Chunk:
        """Return the points of rows."""
        grid_numbers = {number for number, _ in chunk.rows}
        if len(grid_numbers) > 1:
            return self._rendered(chunk.index, chunk.points)
        indices = range(chunk.index, chunk.index + chunk.size)
        block = Block.of_rows([row for _, row in chunk.rows])
        return self._renderer(grid_numbers.pop()).rendered(indices, block)

    def _rendered(self, index: int, points: Sequence[Located]) -> Chunk:
        """Return points, numbered from an index on."""
        by_grid = [
            self._renderer(grid_number).rendered(
                [index + place for place in places],
                Block.of([points[place][1] for place in places]),
            )
            for grid_number, places in _by_grid(points).items()
        ]
        if len(by_grid) == 1:
            return by_grid[0]
        written = itertools.chain.from_iterable(chunk.points for chunk in by_grid)
        return Chunk(sorted(written, key=operator.itemgetter(0)))

    @property
    def options(self) -> list[str]:
        """Return the options of the command in a first line."""
        lock = ["--lock", self.lock] if self.lock else []
        return [*self.plan.libraries.as_options(), *as_options(), *lock]

    @cached_property
    def template(self) -> Template:
        """Return the template of run names."""
        return template_of(self.plan)

    @cached_property
    def _renderer(self) -> Callable[[int], _Built | _Composed]:
        """Return a function from the number of a grid to its renderer, made on first use."""

        @cache
        def renderer(grid_number: int) -> _Built | _Composed:
            grid = self.plan.grids[grid_number]
            if isinstance(grid, OneByOne):
                return _Composed(grid, self)
            return _Built(self.plan.builder(grid_number), self)

        return renderer


_INDEX, _ID, _LABEL, _FILE, _SHOWN_NAME, _IN_COMMAND, _IN_LINE, _JOINT = range(8)
"""Numbers of the extras, as in ``_Built.rendered``. No enum: columns follow ``_JOINT``."""


def _by_grid(chunk: Sequence[Located]) -> dict[int, list[int]]:
    """Return the indices in ``chunk`` of the points of each grid, by the grid's number."""
    places: dict[int, list[int]] = {}
    for place, (grid_number, _) in enumerate(chunk):
        places.setdefault(grid_number, []).append(place)
    return places


class _Built:
    """Renders the points of a compiled branch, many at a time."""

    def __init__(self, builder: Builder, rendering: Rendering) -> None:
        self.builder = builder
        self.branch = builder.branch
        self.file_of = rendering.file_of
        self.template = rendering.template
        self.validate = builder.validator(rendering.plan.book) if rendering.validate else None
        self.ids = builder.ids
        self.as_yaml = rendering.as_yaml
        self.options = rendering.options
        pieces, self.render = builder.pieces(as_yaml=rendering.as_yaml)
        self.joint: list[Column] = []
        recipe = [*self._first_line(), *(own for piece in pieces for own in self._piece(piece))]
        self.words = self._overrides(json_text)
        self.texts = Texts.of(self.branch, recipe, self._line(), Extra(_ID))
        self.name_parts = self._name_parts()
        self.head_dimensions = self._head_dimensions()
        self.head_at = lru_cache(KEPT)(self._head_at)

    def rendered(self, indices: Sequence[int], block: Block) -> Chunk:
        """Return points with these indices."""
        ids = self.ids(block)
        labels = self._labels(block, ids)
        all_named = self.builder.all_named
        names = labels if all_named else self._names(block.assignments, labels)
        if self.validate:
            for assignment, name in zip(block.assignments, names, strict=True):
                self.validate(assignment, name)
        files = list(map(self.file_of, indices, labels))
        extras: list[Sequence[str]] = [list(map(str, indices)), ids, labels, files]
        extras += [[], [], []] if all_named else self._each(block.assignments, names)
        extras += [self._joint_texts(column, block.assignments, names) for column in self.joint]
        return Filled(self.texts, indices, ids, files, block, extras)

    def _names(self, assignments: Sequence[Assignment], labels: Sequence[str]) -> list[Any]:
        """Return the run names of points; those that aren't text stay as they are."""
        own, gets = self.builder.name, self.builder.gets_name
        pairs = zip(assignments, labels, strict=True)
        return [label if gets(assignment) else own(assignment) for assignment, label in pairs]

    def _each(self, assignments: Sequence[Assignment], names: Sequence[Any]) -> list[list[str]]:
        """Return run names as recipes, first lines and manifest lines show them."""
        each = zip(names, map(self.builder.gets_name, assignments), strict=True)
        words = [f"{NAMING}{name}" if gets else "" for name, gets in each]
        in_line = [word and f'{"," if self.words else ""}"{word}"' for word in words]
        shown = [self.render(name, RUN_NAME) for name in names]
        return [shown, [word and f" {word}" for word in words], in_line]

    def _joint_texts(
        self, column: Column, assignments: Sequence[Assignment], names: Sequence[Any]
    ) -> list[str]:
        owns = [
            tuple([point[dimension] for dimension in column.dimensions]) for point in assignments
        ]
        pairs = zip(owns, names, strict=True)
        return [self.render(column.value(own, name), column.path) for own, name in pairs]

    def _labels(self, block: Block, ids: Sequence[str]) -> list[str]:
        """Return what the template gives points: the names of files, and the run names."""
        if self.template.head_reads_id:
            return [
                self.template.name(self._name_values(assignment), recipe_id)
                for assignment, recipe_id in zip(block.assignments, ids, strict=True)
            ]
        if self.head_dimensions:
            heads: Iterable[str] = map(self._head, block.assignments)
        else:
            heads = itertools.repeat(self.head_at(()), len(ids))
        if self.template.ends_with_id:
            return [f"{head}-{recipe_id}" for head, recipe_id in zip(heads, ids, strict=True)]
        return list(heads)

    def _head(self, assignment: Assignment) -> str:
        """Return the run name of a point without its id."""
        return self.head_at(tuple([assignment[dimension] for dimension in self.head_dimensions]))

    def _head_at(self, positions: Assignment) -> str:
        assignment = self.builder.whole(self.head_dimensions, positions)
        return self.template.head(self._name_values(assignment), "0" * 12)

    def _name_values(self, assignment: Assignment) -> dict[str, str]:
        """Return the text of each template field for a point."""
        values = {
            field: part if isinstance(part, str) else part.texts[assignment[part.dimension]]
            for field, part in self.name_parts.items()
        }
        values["name"] = self.builder.told_name(assignment)
        return values

    def _head_dimensions(self) -> tuple[int, ...]:
        """Return the dimensions that run names depend on, other than by the id."""
        dimensions: set[int] = set()
        for field in self.template.head_fields:
            part = self.name_parts.get(field)
            if isinstance(part, Gap):
                dimensions.add(part.dimension)
            if field == "name":
                dimensions |= self.branch.dimensions_of(RUN_NAME)
        return tuple(sorted(dimensions))

    def _name_parts(self) -> dict[str, str | Gap]:
        """Return what the template's fields stand for in this branch."""
        assert self.branch.recipe is not None
        parts: dict[str, str | Gap] = {g: clean(o) for g, o in self.branch.recipe.choices.items()}
        parts |= {field_of(axis): "" for axis in self.branch.inactive}
        parts |= fields(self.branch)
        return {field: parts[field] for field in self.template.fields if field in parts}

    def _piece(self, piece: str | Gap | Column) -> list[str | Gap | Extra]:
        """Return the pieces that stand for a piece of the builder's rendering."""
        if not isinstance(piece, Column):
            return [piece]
        all_named = self.builder.all_named
        if piece.named and piece.path == RUN_NAME:
            if not all_named:
                return [Extra(_SHOWN_NAME)]
            return [" ", Extra(_LABEL)] if self.as_yaml else ['"', Extra(_LABEL), '"']
        if all_named and piece.named and not piece.dimensions and self.template.ends_with_id:
            # All names that end with an id are quoted alike, so the text is rendered only once.
            first, *rest = self.render(piece.value((), NAME_MARK), piece.path).split(NAME_MARK)
            return [first, *(part for text in rest for part in (Extra(_LABEL), text))]
        if piece not in self.joint:
            self.joint.append(piece)
        return [Extra(_JOINT + self.joint.index(piece))]

    def _first_line(self) -> list[str | Gap | Extra]:
        """Return the first line of a YAML file: the command that gives the recipe."""
        if not self.as_yaml:
            return []
        pieces: list[str | Gap | Extra] = [header(self.options).removesuffix("\n")]
        for word in self._overrides(comment_word):
            pieces += [" ", word]
        if self.builder.all_named:
            return [*pieces, f" {NAMING}", Extra(_LABEL), "\n"]
        return [*pieces, Extra(_IN_COMMAND), "\n"]

    def _line(self) -> list[str | Gap | Extra]:
        """Return the manifest line."""
        assert self.branch.recipe is not None
        pieces: list[str | Gap | Extra] = ['{"index":', Extra(_INDEX), ',"id":"', Extra(_ID)]
        pieces += [f'","choices":{json_text(self.branch.recipe.choices)},"axes":{{']
        for index, (key, gap) in enumerate(self._axes()):
            pieces += [f"{',' if index else ''}{json_text(key)}:", gap]
        pieces += ['},"overrides":[']
        for index, word in enumerate(self.words):
            pieces += [",", word] if index else [word]
        if self.builder.all_named:
            pieces += [f'{"," if self.words else ""}"{NAMING}', Extra(_LABEL), '"']
        else:
            pieces.append(Extra(_IN_LINE))
        return [*pieces, '],"file":"', Extra(_FILE), '"}']

    def _axes(self) -> Iterator[tuple[str, Gap]]:
        """Yield the key of each axis, and its values as JSON."""
        for index, dimension in enumerate(self.branch.space.dimensions):
            for axis in dimension.axes:
                if axis not in self.branch.inactive:
                    firsts = [same[0] for same in self.branch.positions[index]]
                    yield axis.key, Gap(index, [json_text(axis.overrides[i].value) for i in firsts])

    def _overrides(self, render: Callable[[str], str]) -> list[str | Gap]:
        """Return the overrides of the points, in the order given."""
        space = self.branch.space
        words: list[str | Gap] = []
        for item in space.items:
            if not isinstance(item, Axis):
                if item not in self.branch.missing:
                    words.append(render(item.text))
            elif item not in self.branch.inactive:
                dimension = space.dimension_of(item)
                firsts = [same[0] for same in self.branch.positions[dimension]]
                words.append(Gap(dimension, [render(item.overrides[i].text) for i in firsts]))
        return words


class _Composed:
    """Renders the points of a branch that has to be composed point by point.

    ``_Built`` does it by templates, for speed; ``tests/laws/test_sweep_points.py`` holds both to
    what the overrides of a point compose.
    """

    def __init__(self, grid: OneByOne, rendering: Rendering) -> None:
        self.grid = grid
        self.branch = grid.branch
        self.rendering = rendering
        self.verdicts = {assignment: recipe_id for assignment, _, recipe_id in grid.verdicts}

    def ids(self, block: Block) -> list[str]:
        """Return the recipe ids of points."""
        return [self.verdicts[assignment] for assignment in block.assignments]

    def rendered(self, indices: Sequence[int], block: Block) -> Chunk:
        """Return points with these indices."""
        return Chunk(list(map(self._written, indices, block.assignments)))

    def _written(self, index: int, assignment: Assignment) -> Written:
        """Compose a point, a second time if it gets a run name."""
        recipe_id, value_indices = self.verdicts[assignment], self.branch.index(assignment)
        overrides = self.branch.overrides(value_indices)
        recipe = self.grid.composed(overrides)
        values = {group: clean(option) for group, option in recipe.choices.items()}
        values |= {field_of(axis): "" for axis in self.branch.inactive}
        for field, gap in fields(self.branch).items():
            values[field] = gap.texts[assignment[gap.dimension]]
        values["name"] = told_name(recipe.scope)
        label = self.rendering.template.name(values, recipe.id)
        if takes_name(recipe.tree) and isinstance(name_of(recipe.scope), str):
            overrides = (*overrides, f"{NAMING}{label}")
            recipe = self.grid.composed(overrides)
        file = self.rendering.file_of(index, label)
        line = {
            "index": index,
            "id": recipe_id,
            "choices": recipe.choices,
            "axes": self.branch.axes(value_indices),
            "overrides": list(overrides),
            "file": file,
        }
        tree = recipe.resolved()
        first_line = header([*self.rendering.options, *overrides])
        text = first_line + to_yaml(tree) if self.rendering.as_yaml else json_text(tree)
        return Written(index, recipe_id, file, text, json_text(line), self.branch, assignment)
