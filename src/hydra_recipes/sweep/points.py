"""Points: what is written of each point of a plan, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hydra_recipes.emit import header, scalar, to_yaml
from hydra_recipes.sweep.branch import Branch
from hydra_recipes.sweep.build import Assignment, Builder, Column, Extra, Format, Gap, json_text
from hydra_recipes.sweep.grid import Compiled, OneByOne
from hydra_recipes.sweep.naming import Template, clean, read_template, tells_apart
from hydra_recipes.sweep.plan import Plan
from hydra_recipes.sweep.space import Axis

FileOf = Callable[[int, str], str]
"""The file of a point, from its index and run name."""


@dataclass(frozen=True)
class Written:
    """A point as it is written.

    Attributes:
        index: Its place among the points.
        id: The recipe's id.
        file: The file that holds it.
        text: The recipe: YAML with its first line, or JSON on one line.
        manifest: Its manifest line.
        axes: Gives axis to value.
    """

    index: int
    id: str
    file: str
    text: str
    manifest: str
    axes: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Rendering:
    """How the points of a plan are rendered.

    Attributes:
        plan: The plan.
        as_yaml: Whether as YAML; otherwise as JSON.
        file_of: The file of each point.
        validate: Whether to run the family's whole model over every point.
    """

    plan: Plan
    as_yaml: bool
    file_of: FileOf
    validate: bool = False

    def points(
        self, skip: int = 0, known: frozenset[str] = frozenset(), first: int = 0
    ) -> Iterator[Written]:
        """The points in order, of this shard.

        Args:
            skip: How many to leave out at the beginning.
            known: Ids to leave out.
            first: The index of the first.
        """
        part = self.plan.part
        index = first
        for place, (at, assignment) in enumerate(self.plan.located()):
            if part is not None and place % part[1] != part[0]:
                continue
            if known and self._renderer(at).id(assignment) in known:
                continue
            if index >= first + skip:
                yield self._renderer(at).written(index, assignment)
            index += 1

    @cached_property
    def template(self) -> Template:
        """The template of run names."""
        axes = [field_of(axis) for axis in self.plan.space.axes]
        recipes = (grid.branch.recipe for grid in self.plan.grids)
        groups = dict.fromkeys(group for r in recipes if r for group in r.choices)
        template = read_template(self.plan.space.wishes.name, ["name", "id", *groups, *axes])
        varying = {
            field_of(axis): [clean(str(o.value)) for o in axis.overrides]
            for axis in self.plan.space.axes
            if len(axis.overrides) > 1
        }
        if tells_apart(template, varying):
            return template
        return Template(template.parts, appends_id=True)

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


_INDEX, _ID, _NAME, _BARE_NAME, _FILE, _JOINT = range(6)
"""What is worked out for each point, in this order; from ``_JOINT`` on, the joint columns."""


class _Built:
    """Renders the points of a branch that compiles."""

    def __init__(self, builder: Builder, rendering: Rendering) -> None:
        self.builder = builder
        self.branch = builder.branch
        self.file_of = rendering.file_of
        self.template = rendering.template
        self.validate = builder.validator() if rendering.validate else None
        self.id = builder.id
        self.as_yaml = rendering.as_yaml
        pieces, render = builder.pieces(as_yaml=rendering.as_yaml)
        self.render = render
        self.joint: list[Column] = []
        self.recipe = Format([*self._first_line(), *(self._piece(piece) for piece in pieces)])
        self.line = Format(self._line())
        self.name_parts = self._name_parts()
        self.constant_name = None if self._name_varies else builder.name(self._start)

    @property
    def _start(self) -> Assignment:
        return tuple(0 for _ in self.branch.positions)

    @property
    def _name_varies(self) -> bool:
        return bool(self.branch.dimensions_of(("run", "name")))

    def written(self, index: int, assignment: Assignment) -> Written:
        """One point."""
        recipe_id = self.id(assignment)
        name = self._name(assignment, recipe_id)
        if self.validate:
            self.validate(assignment, name)
        file = self.file_of(index, name)
        extras = [str(index), recipe_id, self._shown(name), name, f'"{file}"']
        for column in self.joint:
            own = tuple([assignment[d] for d in column.dimensions])
            extras.append(self.render(column.value(own, name), column.path))
        return Written(
            index,
            recipe_id,
            file,
            self.recipe.fill(assignment, extras),
            self.line.fill(assignment, extras),
            lambda: self.branch.axes(self.branch.index(assignment)),
        )

    def _shown(self, name: str) -> str:
        return f" {scalar(name)}" if self.as_yaml else f'"{name}"'

    def _name(self, assignment: Assignment, recipe_id: str) -> str:
        own = self.builder.name(assignment) if self.constant_name is None else self.constant_name
        if not self.builder.has_name:
            return own
        values = {
            field: found if isinstance(found, str) else found.texts[assignment[found.dimension]]
            for field, found in self.name_parts.items()
        }
        values["name"] = own
        return self.template.name(values, recipe_id)

    def _name_parts(self) -> dict[str, str | Gap]:
        """What the template's fields stand for in this branch."""
        assert self.branch.recipe is not None
        parts: dict[str, str | Gap] = {g: clean(o) for g, o in self.branch.recipe.choices.items()}
        parts |= {field_of(axis): "" for axis in self.branch.inactive}
        parts |= fields(self.branch)
        return {field: parts[field] for field in self.template.fields if field in parts}

    def _piece(self, piece: str | Gap | Column) -> str | Gap | Extra:
        if not isinstance(piece, Column):
            return piece
        if piece.path == ("run", "name"):
            return Extra(_NAME)
        if piece not in self.joint:
            self.joint.append(piece)
        return Extra(_JOINT + self.joint.index(piece))

    def _first_line(self) -> list[str | Gap | Extra]:
        """The first line of a YAML file: the command that gives the recipe."""
        if not self.as_yaml:
            return []
        pieces: list[str | Gap | Extra] = ["# recipe compose"]
        for word in self._overrides(comment_word):
            pieces += [" ", word]
        if self.builder.has_name:
            pieces += [" run.name=", Extra(_BARE_NAME)]
        return [*pieces, "\n"]

    def _line(self) -> list[str | Gap | Extra]:
        """The manifest line."""
        assert self.branch.recipe is not None
        choices = json_text(self.branch.recipe.choices)
        pieces: list[str | Gap | Extra] = ['{"index":', Extra(_INDEX), ',"id":"', Extra(_ID)]
        pieces += [f'","choices":{choices},"axes":{{']
        for at, (key, gap) in enumerate(self._axes()):
            pieces += [f"{',' if at else ''}{json_text(key)}:", gap]
        pieces += ['},"overrides":[']
        words = self._overrides(json_text)
        for at, word in enumerate(words):
            pieces += [",", word] if at else [word]
        if self.builder.has_name:
            pieces += [f'{"," if words else ""}"run.name=', Extra(_BARE_NAME), '"']
        return [*pieces, '],"file":', Extra(_FILE), "}"]

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
        self.ids = {at: recipe_id for at, _, recipe_id in grid.verdicts}

    def id(self, assignment: Assignment) -> str:
        """The id of a point's recipe."""
        return self.ids[assignment]

    def written(self, index: int, assignment: Assignment) -> Written:
        """One point."""
        from hydra_recipes.composing import compose

        asked = self.branch.index(assignment)
        overrides = self.branch.overrides(asked)
        recipe = compose(overrides)
        name = ""
        if recipe.get("run.name") is not None:
            values = {group: clean(option) for group, option in recipe.choices.items()}
            values |= {field_of(axis): "" for axis in self.branch.inactive}
            for field, gap in fields(self.branch).items():
                values[field] = gap.texts[assignment[gap.dimension]]
            values["name"] = str(recipe["run.name"])
            name = self.rendering.template.name(values, recipe.id)
            overrides = (*overrides, f"run.name={name}")
            recipe = compose(overrides)
        file = self.rendering.file_of(index, name)
        line = {
            "index": index,
            "id": self.id(assignment),
            "choices": recipe.choices,
            "axes": self.branch.axes(asked),
            "overrides": list(overrides),
            "file": file,
        }
        tree = recipe.resolved()
        text = header(overrides) + to_yaml(tree) if self.rendering.as_yaml else json_text(tree)
        return Written(
            index, self.id(assignment), file, text, json_text(line), lambda: self.branch.axes(asked)
        )


def fields(branch: Branch) -> dict[str, Gap]:
    """What a template's fields for axes stand for in a branch."""
    return {
        field_of(axis): Gap(at, [clean(str(axis.overrides[same[0]].value)) for same in positions])
        for at, (dimension, positions) in enumerate(
            zip(branch.space.dimensions, branch.positions, strict=True)
        )
        for axis in dimension.axes
    }


def field_of(axis: Axis) -> str:
    """How a template names an axis: by its last key, ``lr`` for ``optim.lr``."""
    return axis.key.split(".")[-1]


def comment_word(text: str) -> str:
    """An override as it stands in a file's first line."""
    return header([text]).removeprefix("# recipe compose ").removesuffix("\n")
