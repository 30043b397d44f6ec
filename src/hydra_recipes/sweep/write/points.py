"""Points: what is written of each point of a plan, in order."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, NamedTuple

from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.documents.header import header
from hydra_recipes.environment import as_options
from hydra_recipes.sweep.plan.branch import RUN_NAME, Branch
from hydra_recipes.sweep.plan.builder import (
    NAME_MARK,
    Assignment,
    Builder,
    Column,
    Extra,
    Format,
    Gap,
    json_text,
    keep,
)
from hydra_recipes.sweep.plan.grid import Compiled, OneByOne
from hydra_recipes.sweep.plan.own_name import name_of, takes_name, told_name
from hydra_recipes.sweep.plan.plan import Located, Plan
from hydra_recipes.sweep.space.space import Axis
from hydra_recipes.sweep.write.naming import Template, clean, field_of, fields, template_of

FileOf = Callable[[int, str], str]
"""The file of a point, from its index and what the template gives it."""

_TOGETHER = 500
"""How many points are rendered together."""


class Written(NamedTuple):
    """A point as it is written.

    Attributes:
        index: Its place among the points.
        id: The recipe's id.
        file: The file that holds it.
        text: The recipe: YAML with its first line, or JSON on one line.
        manifest: Its manifest line.
        branch: Its branch.
        assignment: The positions of its axes' values.
    """

    index: int  # type: ignore[assignment]  # it hides tuple's own, which nobody needs here
    id: str
    file: str
    text: str
    manifest: str
    branch: Branch
    assignment: Assignment

    def axes(self) -> dict[str, Any]:
        """Axis to value."""
        return self.branch.axes(self.branch.index(self.assignment))


@dataclass(frozen=True)
class Rendering:
    """How the points of a plan are rendered.

    Attributes:
        plan: The plan.
        as_yaml: Whether as YAML; otherwise as JSON.
        file_of: The file of each point.
        validate: Whether to run the family's whole model over every point.
        lock: The digest of the lock that the first lines name, if they do.
    """

    plan: Plan
    as_yaml: bool
    file_of: FileOf
    validate: bool = False
    lock: str | None = None

    def points(
        self, skip: int = 0, known: Container[str] = frozenset(), first: int = 0
    ) -> Iterator[Written]:
        """The points in order, of this shard.

        Args:
            skip: How many to leave out at the beginning.
            known: Ids to leave out.
            first: The index of the first.
        """
        located = self.plan.own()
        index, start = first, first + skip
        while chunk := list(itertools.islice(located, _TOGETHER)):
            if known:
                ids = self._ids(chunk)
                chunk = [one for one, found in zip(chunk, ids, strict=True) if found not in known]
            passed = min(start - index, len(chunk)) if index < start else 0
            yield from self._written(index + passed, chunk[passed:])
            index += len(chunk)

    def _ids(self, chunk: Sequence[Located]) -> list[str]:
        """The recipe ids of points."""
        ids = [""] * len(chunk)
        for at, places in _by_grid(chunk).items():
            found = self._renderer(at).ids([chunk[place][1] for place in places])
            for place, recipe_id in zip(places, found, strict=True):
                ids[place] = recipe_id
        return ids

    def _written(self, index: int, chunk: Sequence[Located]) -> Iterator[Written]:
        """Points, from an index on."""
        if len({at for at, _ in chunk}) == 1:
            at = chunk[0][0]
            indices = range(index, index + len(chunk))
            return self._renderer(at).points(indices, [assignment for _, assignment in chunk])
        streams = (
            self._renderer(at).points(
                [index + place for place in places], [chunk[place][1] for place in places]
            )
            for at, places in _by_grid(chunk).items()
        )
        return iter(sorted(itertools.chain.from_iterable(streams), key=_index))

    @property
    def options(self) -> list[str]:
        """The options of the command in a first line."""
        lock = ["--lock", self.lock] if self.lock else []
        return [*self.plan.libraries.as_options(), *as_options(), *lock]

    @cached_property
    def template(self) -> Template:
        """The template of run names."""
        return template_of(self.plan)

    def _renderer(self, at: int) -> _Built | _Composed:
        if at not in self._renderers:
            grid = self.plan.grids[at]
            if isinstance(grid, OneByOne):
                self._renderers[at] = _Composed(grid, self)
            else:
                assert isinstance(grid, Compiled)
                self._renderers[at] = _Built(self.plan.builder(at), self)
        return self._renderers[at]

    @cached_property
    def _renderers(self) -> dict[int, _Built | _Composed]:
        return {}


_INDEX, _ID, _LABEL, _FILE, _SHOWN_NAME, _IN_COMMAND, _IN_LINE, _JOINT = range(8)
"""What is worked out for each point, in this order; from ``_JOINT`` on, the joint columns."""


_index = operator.itemgetter(0)


def _by_grid(chunk: Sequence[Located]) -> dict[int, list[int]]:
    """The places of a chunk's points, by their grid."""
    places: dict[int, list[int]] = {}
    for place, (at, _) in enumerate(chunk):
        places.setdefault(at, []).append(place)
    return places


class _Built:
    """Renders the points of a branch that compiles, many at a time."""

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
        recipe = [*self._first_line(), *(one for piece in pieces for one in self._piece(piece))]
        self.recipe = Format(recipe)
        self.words = self._overrides(json_text)
        self.line = Format(self._line())
        self.name_parts = self._name_parts()
        self.head_dimensions = self._head_dimensions()
        self.heads: dict[Assignment, str] = {}

    def points(
        self, indices: Sequence[int], assignments: Sequence[Assignment]
    ) -> Iterator[Written]:
        """Points with their indices."""
        ids = self.ids(assignments)
        labels = self._labels(assignments, ids)
        names = labels if self.builder.all_named else self._names(assignments, labels)
        if self.validate:
            for assignment, name in zip(assignments, names, strict=True):
                self.validate(assignment, name)
        files = list(map(self.file_of, indices, labels))
        extras: list[Sequence[str]] = [list(map(str, indices)), ids, labels, files]
        extras += [[], [], []] if self.builder.all_named else self._each(assignments, names)
        extras += [self._joint_texts(column, assignments, names) for column in self.joint]
        texts = self.recipe.fill(assignments, extras)
        lines = self.line.fill(assignments, extras)
        columns = (indices, ids, files, texts, lines, repeat(self.branch), assignments)
        # Written(…) for each, but quicker: a named tuple's own constructor is a Python function.
        return map(tuple.__new__, repeat(Written), zip(*columns, strict=False))

    def _names(self, assignments: Sequence[Assignment], labels: Sequence[str]) -> list[Any]:
        """The run names of points, of which some keep their own, for it isn't text."""
        own, gets = self.builder.name, self.builder.gets_name
        each = zip(assignments, labels, strict=True)
        return [label if gets(assignment) else own(assignment) for assignment, label in each]

    def _each(self, assignments: Sequence[Assignment], names: Sequence[Any]) -> list[list[str]]:
        """Each run name as its recipe, first line and manifest line have it, where not all do."""
        each = zip(names, map(self.builder.gets_name, assignments), strict=True)
        words = [f"run.name={name}" if gets else "" for name, gets in each]
        in_line = [word and f'{"," if self.words else ""}"{word}"' for word in words]
        shown = [self.render(name, RUN_NAME) for name in names]
        return [shown, [word and f" {word}" for word in words], in_line]

    def _joint_texts(
        self, column: Column, assignments: Sequence[Assignment], names: Sequence[Any]
    ) -> list[str]:
        owns = [tuple([one[d] for d in column.dimensions]) for one in assignments]
        each = zip(owns, names, strict=True)
        return [self.render(column.value(own, name), column.path) for own, name in each]

    def _labels(self, assignments: Sequence[Assignment], ids: Sequence[str]) -> list[str]:
        """What the template gives points: their files' names, and their run names."""
        if self.template.head_reads_id:
            return [
                self.template.name(self._name_values(assignment), recipe_id)
                for assignment, recipe_id in zip(assignments, ids, strict=True)
            ]
        if not self.head_dimensions:
            heads: Iterable[str] = repeat(self._head(assignments[0]), len(ids))
        else:
            heads = map(self._head, assignments)
        if self.template.ends_with_id:
            return [f"{head}-{recipe_id}" for head, recipe_id in zip(heads, ids, strict=True)]
        return list(heads)

    def _head(self, assignment: Assignment) -> str:
        """What a point's run name is before its id."""
        own = tuple([assignment[d] for d in self.head_dimensions])
        if own not in self.heads:
            keep(self.heads, own, self.template.head(self._name_values(assignment), "0" * 12))
        return self.heads[own]

    def _name_values(self, assignment: Assignment) -> dict[str, str]:
        values = {
            field: found if isinstance(found, str) else found.texts[assignment[found.dimension]]
            for field, found in self.name_parts.items()
        }
        values["name"] = self.builder.told_name(assignment)
        return values

    def _head_dimensions(self) -> tuple[int, ...]:
        """The dimensions that bear on names other than by the id."""
        found: set[int] = set()
        for field in self.template.head_fields:
            part = self.name_parts.get(field)
            if isinstance(part, Gap):
                found.add(part.dimension)
            if field == "name":
                found |= self.branch.dimensions_of(RUN_NAME)
        return tuple(sorted(found))

    def _name_parts(self) -> dict[str, str | Gap]:
        """What the template's fields stand for in this branch."""
        assert self.branch.recipe is not None
        parts: dict[str, str | Gap] = {g: clean(o) for g, o in self.branch.recipe.choices.items()}
        parts |= {field_of(axis): "" for axis in self.branch.inactive}
        parts |= fields(self.branch)
        return {field: parts[field] for field in self.template.fields if field in parts}

    def _piece(self, piece: str | Gap | Column) -> list[str | Gap | Extra]:
        if not isinstance(piece, Column):
            return [piece]
        whole = self.builder.all_named
        if piece.named and piece.path == RUN_NAME:
            if not whole:
                return [Extra(_SHOWN_NAME)]
            return [" ", Extra(_LABEL)] if self.as_yaml else ['"', Extra(_LABEL), '"']
        if whole and piece.named and not piece.dimensions and self.template.ends_with_id:
            # A name that ends with the id is written as any other, so its place is enough.
            first, *rest = self.render(piece.value((), NAME_MARK), piece.path).split(NAME_MARK)
            return [first, *(one for text in rest for one in (Extra(_LABEL), text))]
        if piece not in self.joint:
            self.joint.append(piece)
        return [Extra(_JOINT + self.joint.index(piece))]

    def _first_line(self) -> list[str | Gap | Extra]:
        """The first line of a YAML file: the command that gives the recipe."""
        if not self.as_yaml:
            return []
        pieces: list[str | Gap | Extra] = [header(self.options).removesuffix("\n")]
        for word in self._overrides(comment_word):
            pieces += [" ", word]
        if self.builder.all_named:
            return [*pieces, " run.name=", Extra(_LABEL), "\n"]
        return [*pieces, Extra(_IN_COMMAND), "\n"]

    def _line(self) -> list[str | Gap | Extra]:
        """The manifest line."""
        assert self.branch.recipe is not None
        choices = json_text(self.branch.recipe.choices)
        pieces: list[str | Gap | Extra] = ['{"index":', Extra(_INDEX), ',"id":"', Extra(_ID)]
        pieces += [f'","choices":{choices},"axes":{{']
        for at, (key, gap) in enumerate(self._axes()):
            pieces += [f"{',' if at else ''}{json_text(key)}:", gap]
        pieces += ['},"overrides":[']
        for at, word in enumerate(self.words):
            pieces += [",", word] if at else [word]
        if self.builder.all_named:
            pieces += [f'{"," if self.words else ""}"run.name=', Extra(_LABEL), '"']
        else:
            pieces.append(Extra(_IN_LINE))
        return [*pieces, '],"file":"', Extra(_FILE), '"}']

    def _axes(self) -> Iterator[tuple[str, Gap]]:
        for at, dimension in enumerate(self.branch.space.dimensions):
            for axis in dimension.axes:
                if axis not in self.branch.inactive:
                    firsts = [same[0] for same in self.branch.positions[at]]
                    yield axis.key, Gap(at, [json_text(axis.overrides[i].value) for i in firsts])

    def _overrides(self, render: Callable[[str], str]) -> list[str | Gap]:
        """The overrides of the points, in the order given."""
        space = self.branch.space
        at = {
            id(axis): d for d, dimension in enumerate(space.dimensions) for axis in dimension.axes
        }
        words: list[str | Gap] = []
        for item in space.items:
            if not isinstance(item, Axis):
                if item not in self.branch.missing:
                    words.append(render(item.text))
            elif item not in self.branch.inactive:
                dimension = at[id(item)]
                firsts = [same[0] for same in self.branch.positions[dimension]]
                words.append(Gap(dimension, [render(item.overrides[i].text) for i in firsts]))
        return words


class _Composed:
    """Renders the points of a branch that has to be composed point by point."""

    def __init__(self, grid: OneByOne, rendering: Rendering) -> None:
        self.grid = grid
        self.branch = grid.branch
        self.rendering = rendering
        self.verdicts = {at: recipe_id for at, _, recipe_id in grid.verdicts}

    def ids(self, assignments: Sequence[Assignment]) -> list[str]:
        """The recipe ids of points."""
        return [self.verdicts[assignment] for assignment in assignments]

    def points(
        self, indices: Sequence[int], assignments: Sequence[Assignment]
    ) -> Iterator[Written]:
        """Points with their indices."""
        return map(self._written, indices, assignments)

    def _written(self, index: int, assignment: Assignment) -> Written:
        asked = self.branch.index(assignment)
        overrides = self.branch.overrides(asked)
        recipe = self.grid.composed(overrides)
        values = {group: clean(option) for group, option in recipe.choices.items()}
        values |= {field_of(axis): "" for axis in self.branch.inactive}
        for field, gap in fields(self.branch).items():
            values[field] = gap.texts[assignment[gap.dimension]]
        values["name"] = told_name(recipe.scope)
        label = self.rendering.template.name(values, recipe.id)
        if takes_name(recipe.tree) and isinstance(name_of(recipe.scope), str):
            overrides = (*overrides, f"run.name={label}")
            recipe = self.grid.composed(overrides)
        file = self.rendering.file_of(index, label)
        line = {
            "index": index,
            "id": self.verdicts[assignment],
            "choices": recipe.choices,
            "axes": self.branch.axes(asked),
            "overrides": list(overrides),
            "file": file,
        }
        tree = recipe.resolved()
        first = header([*self.rendering.options, *overrides])
        text = first + to_yaml(tree) if self.rendering.as_yaml else json_text(tree)
        recipe_id = self.verdicts[assignment]
        return Written(index, recipe_id, file, text, json_text(line), self.branch, assignment)


def comment_word(text: str) -> str:
    """An override as it stands in a file's first line."""
    return header([text]).removeprefix("# recipe compose ").removesuffix("\n")
