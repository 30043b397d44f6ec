"""Sobol: points drawn from a space that may have intervals, spread evenly over all of it.

The points are those of a Sobol sequence, one coordinate for each dimension of the space, scrambled
by the seed: linearly and with a digital shift, as SciPy does it. The random bits come from a hash
and not from SciPy, so that a seed draws the same points with any version of SciPy and NumPy.

The points drawn are planned as a space of their own, with one dimension in which all axes are
zipped: points (lr 0.3, seed 2) and (lr 0.7, seed 1) are ``lr=0.3,0.7`` zipped with ``seed=2,1``.
So the same checks judge them, and the same ledger counts them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from hydra_recipes.checking.structure import check_structure
from hydra_recipes.composing.random_stream import WORD, numbers
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.sweep import BadInterval, TooFewDrawn
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sweep.extras import extra
from hydra_recipes.sweep.plan.branch import Branch, axis_target_of, conditions_of, put, same_values
from hydra_recipes.sweep.plan.grid import PointResult, Progressed
from hydra_recipes.sweep.plan.plan import Plan, compose_branches, plan_branches
from hydra_recipes.sweep.space.condition import Condition
from hydra_recipes.sweep.space.interval import BITS
from hydra_recipes.sweep.space.space import Axis, Dimension, Space, axis_overrides

TRIES = 256
"""About how many points are drawn at most for each one that was asked for."""


def drawn(space: Space, libraries: Libraries, progressed: Progressed | None = None) -> Plan:
    """Draw as many different valid points as the space's options ask for.

    With the same seed, a smaller sample is the start of a larger one.

    Args:
        space: The space.
        libraries: The libraries.
        progressed: Told of branches that are composed, and of points that are drawn or composed.

    Returns:
        The plan of all points drawn, valid or not, so that its ledger accounts for them. It has no
        valid point if none was found.

    Raises:
        OverrideError: If the space makes no sense, or some valid points were found, but too few.
        RecipeError: If SciPy isn't installed.
    """
    size = space.options.sample
    assert size is not None
    drawing = Drawing(space, libraries, progressed)
    count = 1 << (size - 1).bit_length()
    while True:
        plan = drawing.plan(count)
        valid = list(itertools.islice(plan.located(), size))
        if len(valid) == size:
            grid_number, assignment = valid[-1]
            (last,) = plan.grids[grid_number].branch.index(assignment)
            return drawing.plan(last + 1)
        if count >= TRIES * size:
            break
        count *= 2
    if not valid:
        return plan
    worst = [(reason.rule, reason.forbids) for reason in plan.ledger.reasons[:1]]
    raise OverrideError(TooFewDrawn(drawn=count, there=len(valid), asked=size, worst=worst))


def coordinates(dimensions: int, count: int, seed: int) -> list[tuple[int, ...]]:
    """Return the first ``count`` points of the scrambled sequence.

    Returns:
        One tuple per point, with one whole number below ``2 ** BITS`` per dimension.
    """
    qmc = extra("scipy.stats.qmc", "sobol")
    sequence = qmc.Sobol(dimensions, scramble=False, bits=BITS)
    units = sequence.random_base2((count - 1).bit_length())[:count].T.tolist()
    source = numbers(seed)
    return list(zip(*(_scrambled(axis, source) for axis in units), strict=True))


def _scrambled(units: Sequence[float], source: Iterator[int]) -> list[int]:
    """Return the coordinates on one axis, scrambled, as whole numbers below ``2 ** BITS``.

    The bits of each, from a number below 1, are multiplied by a random matrix and shifted (XOR).
    The matrix is lower triangular with ones on the diagonal: what a bit becomes depends on it and
    on those above it, so halves, quarters and so on stay as evenly filled as they are.
    """
    shift, *columns = (next(source) >> (WORD - BITS) for _ in range(BITS + 1))
    columns = [1 << bit | column & ((1 << bit) - 1) for bit, column in enumerate(columns)]
    scrambled = []
    for unit in units:
        bits, coordinate = int(unit * (1 << BITS)), shift
        for column in columns:
            if bits & 1:
                coordinate ^= column
            bits >>= 1
        scrambled.append(coordinate)
    return scrambled


@dataclass(frozen=True)
class Drawing:
    """A space with the branches that its points belong to.

    Attributes:
        space: The space.
        libraries: The libraries it was read by.
        progressed: Told of what drawing takes, in steps; or None.
    """

    space: Space
    libraries: Libraries
    progressed: Progressed | None = None

    def plan(self, count: int) -> Plan:
        """Return the plan of the first ``count`` points of the sequence."""
        points = coordinates(len(self.space.dimensions), count, self.space.options.seed or 0)
        asked = [tuple(map(_value_at, self.space.dimensions, point)) for point in points]
        axes = {
            id(axis): self._axis(
                axis, [point[index] for point in points], [values[index] for values in asked]
            )
            for index, dimension in enumerate(self.space.dimensions)
            for axis in dimension.axes
        }
        items = tuple(axes.get(id(item), item) for item in self.space.items)
        dimension = Dimension(tuple(item for item in items if isinstance(item, Axis)))
        space = replace(self.space, items=items, dimensions=(dimension,), drawn_from=self.space)
        members: dict[tuple[tuple[int, ...], ...], list[int]] = {}
        for point_number, values in enumerate(asked):
            combination = tuple(same[value] for same, value in zip(self._same, values, strict=True))
            members.setdefault(combination, []).append(point_number)
        branch_of = {branch.combination: branch for branch in self.branches}
        with_points = [  # in the order of their first points
            _with_points(branch_of[combination], space, axes, tuple(point_numbers))
            for combination, point_numbers in members.items()
        ]
        if self.progressed is not None:
            self.progressed(count, count)
        known, progressed = self._known, self.progressed
        return plan_branches(space, with_points, self.conditions, self.libraries, known, progressed)

    def _axis(self, axis: Axis, on_axis: Sequence[int], values: Sequence[int]) -> Axis:
        """Return an axis with one value per point drawn.

        Args:
            axis: The axis.
            on_axis: The coordinate of each point on it, which an interval takes its number from.
            values: The asked value of each point, as an index from 0, for any other axis.
        """
        if axis.interval is None:
            return replace(axis, overrides=tuple([axis.overrides[value] for value in values]))
        drawn_numbers = map(self.number_of(axis), on_axis)
        return replace(axis, overrides=axis_overrides(axis.element, drawn_numbers), interval=None)

    def number_of(self, axis: Axis) -> Callable[[int], int | float]:
        """Return a function from a coordinate to the number there, on an interval."""
        assert axis.interval is not None
        return axis.interval.whole_number if id(axis) in self._whole else axis.interval.number

    @cached_property
    def branches(self) -> list[Branch]:
        """Return the branches of the space, with intervals at their start."""
        return compose_branches(self.space, self.libraries, self.progressed)

    @cached_property
    def conditions(self) -> list[Condition]:
        """Return the conditions that its points have to satisfy."""
        return conditions_of(self.space, self.branches, self.libraries)

    @cached_property
    def _known(self) -> dict[tuple[str, ...], PointResult]:
        return {}

    @cached_property
    def _same(self) -> list[dict[int, tuple[int, ...]]]:
        """Return, for each dimension and value, the values that agree in their group options."""
        per_dimension = zip(*(branch.combination for branch in self.branches), strict=True)
        return [{value: same for same in groups for value in same} for groups in per_dimension]

    @cached_property
    def _whole(self) -> frozenset[int]:
        """Return the ids of the axes whose interval gives whole numbers: it or its key wants them.

        Raises:
            OverrideError: If there is no whole number in such an interval.
        """
        whole = set()
        for axis in self.space.axes:
            if axis.interval is None or not (axis.interval.is_whole or self._needs_whole(axis)):
                continue
            low, high = axis.interval.whole_ends
            if low > high:
                text = f"{axis.element}=interval({axis.interval.start},{axis.interval.end})"
                raise OverrideError(BadInterval(override=text, reason="whole"))
            whole.add(id(axis))
        return frozenset(whole)

    def _needs_whole(self, axis: Axis) -> bool:
        """Return whether the key of an axis takes whole numbers only, in some branch."""
        return any(
            not _takes_fractions(branch, axis_target.path, self.libraries)
            for branch in self.branches
            for axis_target in branch.axis_targets
            if axis_target.axis is axis
        )


def _value_at(dimension: Dimension, coordinate: int) -> int:
    """Return the value of a dimension, as an index, at a coordinate; each is equally likely."""
    return coordinate * dimension.size >> BITS


def _with_points(
    branch: Branch, space: Space, axes: Mapping[int, Axis], points: tuple[int, ...]
) -> Branch:
    """Return a branch in the space of all points drawn, with those that belong to it.

    Args:
        branch: The branch in the space that was asked for.
        space: The space of all points drawn.
        axes: The id of each axis asked for to its axis in that space.
        points: The numbers of the points that belong to the branch, from 0.
    """
    if branch.recipe is None:
        return Branch(space, (points,), None)
    parts = [
        axis_target.part._replace(axis=axes[id(axis_target.axis)])
        for axis_target in branch.axis_targets
    ]
    positions = same_values(points, parts, branch.obstacle is not None)
    axis_targets = tuple(axis_target_of(part, 0, positions) for part in parts)
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
    """Return whether a key may be a number that isn't whole, as far as its family says."""
    assert branch.recipe is not None
    family = rule_book(libraries).family_of(branch.recipe.choices)
    tree, problems = branch.recipe.scope.resolve()
    try:
        put(tree, path, 0.5)
    except (KeyError, IndexError, TypeError):  # no key of the recipe
        return True
    wrong = check_structure(tree, family, frozenset(problems)) if family else ()
    return not any(finding.rule == "type" and key == path for key, finding in wrong)
