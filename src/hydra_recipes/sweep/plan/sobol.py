"""Sobol: points drawn from a space that may have intervals, spread evenly over all of it.

The points are those of a Sobol sequence, one coordinate for each dimension of the space, scrambled
by the seed: linearly and with a digital shift, as SciPy does it. Only that what is random is a hash
of our own, so that a seed draws the same points with any version of SciPy and NumPy.

What was drawn is a space again, with one dimension in which all axes are zipped and of which each
point is one value. It is planned as any other: so points are valid by the same law, and counted in
the same ledger.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from hydra_recipes.checking.structure import check_structure
from hydra_recipes.extras import extra
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sweep.plan.branch import Branch, branches, put, same_values, slot_of
from hydra_recipes.sweep.plan.grid import PointResult
from hydra_recipes.sweep.plan.plan import Plan, conditions_of, plan_branches
from hydra_recipes.sweep.plan.random_stream import WORD, numbers
from hydra_recipes.sweep.space.condition import Condition
from hydra_recipes.sweep.space.interval import BITS
from hydra_recipes.sweep.space.space import Axis, Dimension, Space, axis_overrides

TRIES = 256
"""How many points are drawn at most for each one that was asked for."""


def drawn(space: Space, libraries: Libraries) -> Plan:
    """Draws as many different valid points as the space's wishes say.

    With one seed, fewer points are the first of more.

    Returns:
        The plan of all points drawn, so that its ledger says what became of them. Without a valid
        point if none was found.

    Raises:
        OverrideError: If the space makes no sense, or too few valid points were found.
        RecipeError: If SciPy isn't there.
    """
    size = space.wishes.sample
    assert size is not None
    drawing = Drawing(space, libraries)
    count = 1 << (size - 1).bit_length()
    while True:
        plan = drawing.plan(count)
        found = list(itertools.islice(plan.located(), size))
        if len(found) == size:
            at, assignment = found[-1]
            (last,) = plan.grids[at].branch.index(assignment)
            return drawing.plan(last + 1)
        if count >= TRIES * size:
            break
        count *= 2
    if not found:
        return plan
    worst = [(reason.rule, reason.forbids) for reason in plan.ledger.reasons[:1]]
    raise OverrideError("too-few-drawn", drawn=count, there=len(found), asked=size, worst=worst)


def coordinates(dimensions: int, count: int, seed: int) -> list[tuple[int, ...]]:
    """The first points of the sequence, scrambled; coordinates are below ``2 ** BITS``."""
    qmc = extra("scipy.stats.qmc", "sobol")
    sequence = qmc.Sobol(dimensions, scramble=False, bits=BITS)
    units = sequence.random_base2((count - 1).bit_length())[:count].T.tolist()
    source = numbers(seed)
    return list(zip(*(_scrambled(axis, source) for axis in units), strict=True))


def _scrambled(units: Sequence[float], source: Iterator[int]) -> list[int]:
    """The coordinates on one axis, each below 1, multiplied by a random matrix of bits and shifted.

    The matrix is lower triangular with ones on the diagonal: what a bit becomes depends on it and
    on those above it, so halves, quarters and so on stay as evenly filled as they are.
    """
    shift, *columns = (next(source) >> (WORD - BITS) for _ in range(BITS + 1))
    columns = [1 << at | column & ((1 << at) - 1) for at, column in enumerate(columns)]
    out = []
    for unit in units:
        bits, found = int(unit * (1 << BITS)), shift
        for column in columns:
            if bits & 1:
                found ^= column
            bits >>= 1
        out.append(found)
    return out


@dataclass(frozen=True)
class Drawing:
    """A space with the branches that its points belong to.

    Attributes:
        space: The space.
        libraries: The libraries it was read by.
    """

    space: Space
    libraries: Libraries

    def plan(self, count: int) -> Plan:
        """The plan of the first so many points."""
        points = coordinates(len(self.space.dimensions), count, self.space.wishes.seed or 0)
        places = [tuple(map(_place, self.space.dimensions, point)) for point in points]
        axes = {
            id(axis): self._axis(axis, [point[d] for point in points], [at[d] for at in places])
            for d, dimension in enumerate(self.space.dimensions)
            for axis in dimension.axes
        }
        items = tuple(axes.get(id(item), item) for item in self.space.items)
        dimension = Dimension(tuple(item for item in items if isinstance(item, Axis)))
        space = replace(self.space, items=items, dimensions=(dimension,), drawn_from=self.space)
        members: dict[tuple[tuple[int, ...], ...], list[int]] = {}
        for number, at in enumerate(places):
            combination = tuple(same[value] for same, value in zip(self._same, at, strict=True))
            members.setdefault(combination, []).append(number)
        own = {branch.combination: branch for branch in self.branches}
        found = [  # in the order of their first points
            _with_points(own[combination], space, axes, tuple(numbers))
            for combination, numbers in members.items()
        ]
        return plan_branches(space, found, self.conditions, self.libraries, self._known)

    def _axis(self, axis: Axis, point: Sequence[int], places: Sequence[int]) -> Axis:
        """An axis with a value for each point."""
        if axis.interval is None:
            return replace(axis, overrides=tuple([axis.overrides[at] for at in places]))
        values = map(self.number_of(axis), point)
        return replace(axis, overrides=axis_overrides(axis.element, values), interval=None)

    def number_of(self, axis: Axis) -> Callable[[int], int | float]:
        """What gives the number at a coordinate on an axis that is an interval."""
        assert axis.interval is not None
        return axis.interval.whole_number if id(axis) in self._whole else axis.interval.number

    @cached_property
    def branches(self) -> list[Branch]:
        """The branches of the space, with intervals at their start."""
        return list(branches(self.space, self.libraries))

    @cached_property
    def conditions(self) -> list[Condition]:
        """What its points have to satisfy."""
        return conditions_of(self.space, self.branches, self.libraries)

    @cached_property
    def _known(self) -> dict[tuple[str, ...], PointResult]:
        return {}

    @cached_property
    def _same(self) -> list[dict[int, tuple[int, ...]]]:
        """For each dimension and value, the values that agree in their group options."""
        ways = zip(*(branch.combination for branch in self.branches), strict=True)
        return [{value: same for same in way for value in same} for way in ways]

    @cached_property
    def _whole(self) -> frozenset[int]:
        """The axes whose interval gives whole numbers: it asks for them, or its key does.

        Raises:
            OverrideError: If there is none in an interval.
        """
        found = set()
        for axis in self.space.axes:
            if axis.interval is None or not (axis.interval.is_whole or self._needs_whole(axis)):
                continue
            low, high = axis.interval.whole_ends
            if low > high:
                text = f"{axis.element}=interval({axis.interval.start},{axis.interval.end})"
                raise OverrideError("bad-interval", text=text, reason="whole")
            found.add(id(axis))
        return frozenset(found)

    def _needs_whole(self, axis: Axis) -> bool:
        """Whether the key of an axis takes whole numbers only."""
        return any(
            not _takes_fractions(branch, axis_target.path, self.libraries)
            for branch in self.branches
            for axis_target in branch.axis_targets
            if axis_target.axis is axis
        )


def _place(dimension: Dimension, coordinate: int) -> int:
    """The value of a dimension at a coordinate: each is as likely."""
    return coordinate * dimension.size >> BITS


def _with_points(
    branch: Branch, space: Space, axes: Mapping[int, Axis], points: tuple[int, ...]
) -> Branch:
    """A branch with the points drawn that belong to it, in a space of all points drawn."""
    if branch.recipe is None:
        return Branch(space, (points,), None)
    own = [
        axis_target.part._replace(axis=axes[id(axis_target.axis)])
        for axis_target in branch.axis_targets
    ]
    positions = same_values(points, own, branch.obstacle is not None)
    axis_targets = tuple(slot_of(part, 0, positions) for part in own)
    inactive = tuple(axes[id(axis)] for axis in branch.inactive)
    return replace(
        branch,
        space=space,
        combination=(points,),
        axis_targets=axis_targets,
        inactive=inactive,
        positions=(positions,),
    )


def _takes_fractions(branch: Branch, path: KeyPath, libraries: Libraries) -> bool:
    """Whether a key may be a number that isn't whole, as far as its family says."""
    assert branch.recipe is not None
    family = rule_book(libraries).family_of(branch.recipe.choices)
    tree, problems = branch.recipe.scope.resolve()
    try:
        put(tree, path, 0.5)
    except (KeyError, IndexError, TypeError):  # no key of the recipe
        return True
    found = check_structure(tree, family, frozenset(problems)) if family else ()
    return not any(f.rule == "type" and at == path for at, f in found)
