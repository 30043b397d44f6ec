"""Solver: the assignments of a branch's axes that satisfy its checks, counted or walked in order.

A dimension is one axis, or several that are zipped; an assignment has one position for each, and a
dimension's mask has a bit for each position still allowed. Checks over one dimension narrow its
mask. Checks over two become tables of masks, so that binding a value removes at once what it rules
out later (forward checking). Checks over more run when their last dimension is bound.

Take a in (1, 2, 3), b in (1, 2) and c in (1, 2, 3, 4), with a != 2 and a + b < 4. The first check
leaves a the mask 0b101. The second gives b the mask 0b11 after a = 1 and 0b00 after a = 3, which is
therefore skipped. So (a, b) has two assignments; no check connects c, so they count four times
each: 8. Counts of equal remainders are kept, so that counting doesn't walk what it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import or_

from hydra_recipes.sweep.solve.check import Check
from hydra_recipes.sweep.solve.check_cache import bits, mask_of

PAIR_LIMIT = 250_000
"""The most pairs of values that are tabled ahead; the check of more runs when it meets them."""

_FEW, _KEPT = 10_000, 50
"""The most points of the last dimensions that are listed together; for how many masks."""

Bound = tuple[int, ...]
"""The positions of the first dimensions."""

Row = tuple[tuple[int, ...], Sequence[int]]
"""Assignments that differ in the last dimension only: the positions before it, and its own."""


@dataclass(frozen=True)
class Solver:
    """The assignments that satisfy some checks.

    Attributes:
        weights: For each dimension, for each position, how many asked values it stands for.
        checks: The checks that assignments have to satisfy.
    """

    weights: Sequence[Sequence[int]]
    checks: Sequence[Check]
    _memo: dict[tuple[object, ...], int] = field(default_factory=dict, repr=False)

    def count(self) -> int:
        """Return the number of asked assignments that satisfy all checks."""
        if not self._constant_checks_pass:
            return 0
        total = 1
        for component in self._components:
            total *= self._count(
                component, 0, tuple(self._masks[member] for member in component), ()
            )
            if not total:
                return 0
        return total

    def supported(self, dimension: int, value: int) -> bool:
        """Return whether some satisfying assignment has this position in a dimension."""
        return bool(self.supports[dimension] >> value & 1)

    @cached_property
    def supports(self) -> tuple[int, ...]:
        """Return, for each dimension, a bit mask of the positions that assignments counted have."""
        masks = [0] * len(self.weights)
        for component in self._components:
            bare = tuple(self._masks[member] & self._weighing[member] for member in component)
            found = self._support(component, 0, bare, ())
            if not any(found) or not self._constant_checks_pass:
                return (0,) * len(masks)
            for member, mask in zip(component, found, strict=True):
                masks[member] = mask
        return tuple(masks)

    def rows(self) -> Iterator[Row]:
        """Yield the satisfying assignments in order, the last dimension's positions together."""
        if not self._constant_checks_pass:
            return
        if not self.weights:
            yield (), [0]
            return
        yield from self._walk((), self._masks)

    def places(self, bound: Bound = ()) -> tuple[Sequence[int], Sequence[int]]:
        """Return the possible next positions, and how many assignments precede each.

        ``[0, 2], [0, 3, 7]``: three satisfying assignments go on with 0, and four with 2.

        Args:
            bound: Positions of the first dimensions, which some satisfying assignment has.

        Returns:
            The positions, ascending; and for each the number of satisfying assignments with a
            lower one, with the number of all at the end.
        """
        masks = self._narrowed(bound)
        key = (masks[len(bound) :], tuple(bound[earlier] for earlier in self._needed[len(bound)]))
        if key not in self._known_places:
            if len(self._known_places) >= _KEPT:
                self._known_places.clear()
            self._known_places[key] = self._places(bound, masks)
        return self._known_places[key]

    def _places(self, bound: Bound, masks: Sequence[int]) -> tuple[list[int], list[int]]:
        dimension, others = len(bound), 1
        component: tuple[int, ...] = ()
        for other in self._components:
            if dimension in other:
                component = other
                continue
            depth = sum(member < dimension for member in other)
            pairs = tuple((member, bound[member]) for member in other[:depth])
            rest_masks = tuple(masks[member] for member in other[depth:])
            others *= self._count(other, depth, rest_masks, pairs)
        depth = component.index(dimension)
        pairs = tuple((member, bound[member]) for member in component[:depth])
        later = component[depth + 1 :]
        values, before = [], [0]
        for value in bits(self._passing(dimension, masks[dimension], bound)):
            rest = self._restricted(dimension, value, [masks[member] for member in later])
            if rest is None:
                continue
            count = self._count(component, depth + 1, rest, (*pairs, (dimension, value)))
            count *= others * self.weights[dimension][value]
            if count:
                values.append(value)
                before.append(before[-1] + count)
        return values, before

    def _narrowed(self, bound: Bound) -> tuple[int, ...]:
        """Return the masks of all dimensions once the first ones are bound."""
        masks = list(self._masks)
        for dimension, value in enumerate(bound):
            for second, table in self._after[dimension]:
                masks[second] &= table[value]
        return tuple(masks)

    @cached_property
    def _known_places(self) -> dict[object, tuple[Sequence[int], Sequence[int]]]:
        return {}

    @cached_property
    def _constant_checks_pass(self) -> bool:
        return all(check.passes(()) for check in self.checks if not check.dimensions)

    @cached_property
    def _masks(self) -> tuple[int, ...]:
        """Return for each dimension a bit mask of the positions that its own checks let pass."""
        masks = [(1 << len(weights)) - 1 for weights in self.weights]
        for check in self.checks:
            if len(check.dimensions) == 1:
                masks[check.dimensions[0]] &= check.row((), self.weights)
        return tuple(masks)

    @cached_property
    def _weighing(self) -> tuple[int, ...]:
        """Return for each dimension a bit mask of the positions with a weight."""
        others = (mask_of(at for at, one in enumerate(row) if not one) for row in self.weights)
        return tuple(
            (1 << len(row)) - 1 ^ other for row, other in zip(self.weights, others, strict=True)
        )

    @cached_property
    def _pairs(self) -> dict[tuple[int, int], list[int]]:
        """Return for two dimensions a table: per position of the first, a mask of the second."""
        tables: dict[tuple[int, int], list[int]] = {}
        for check in self.checks:
            if not self._is_tabled(check):
                continue
            first, second = check.dimensions
            table = tables.setdefault(
                (first, second), [self._masks[second]] * len(self.weights[first])
            )
            for value in bits(self._masks[first]):
                if check.compatible is not None:
                    table[value] &= check.compatible(value)
                    continue
                table[value] &= check.row((value,), self.weights)
        return tables

    @cached_property
    def _late(self) -> dict[int, list[Check]]:
        """Return for a dimension the checks that run when it is bound, as their last one."""
        late: dict[int, list[Check]] = {}
        for check in self.checks:
            if len(check.dimensions) > 1 and not self._is_tabled(check):
                late.setdefault(check.dimensions[-1], []).append(check)
        return late

    @cached_property
    def _after(self) -> list[list[tuple[int, list[int]]]]:
        """Return for each dimension the later ones it restricts, with the tables."""
        after: list[list[tuple[int, list[int]]]] = [[] for _ in self.weights]
        for (first, second), table in self._pairs.items():
            after[first].append((second, table))
        return after

    @cached_property
    def _needed(self) -> list[tuple[int, ...]]:
        """Return for each dimension the earlier ones that checks of it or later ones still read."""
        needed = []
        for dimension in range(len(self.weights) + 1):
            still_read: set[int] = set()
            for last, checks in self._late.items():
                if last >= dimension:
                    read = {earlier for check in checks for earlier in check.dimensions}
                    still_read |= {earlier for earlier in read if earlier < dimension}
            needed.append(tuple(sorted(still_read)))
        return needed

    @cached_property
    def _components(self) -> list[tuple[int, ...]]:
        """Return the dimensions in groups that no check connects, by union-find."""
        parent = list(range(len(self.weights)))

        def root(dimension: int) -> int:
            while parent[dimension] != dimension:
                dimension = parent[dimension]
            return dimension

        for check in self.checks:
            for dimension in check.dimensions[1:]:
                parent[root(dimension)] = root(check.dimensions[0])
        groups: dict[int, list[int]] = {}
        for dimension in range(len(self.weights)):
            groups.setdefault(root(dimension), []).append(dimension)
        return [tuple(group) for group in groups.values()]

    def _is_tabled(self, check: Check) -> bool:
        if len(check.dimensions) != 2:  # noqa: PLR2004 - a pair
            return False
        first, second = check.dimensions
        if check.compatible is not None:
            return True
        return len(self.weights[first]) * len(self.weights[second]) <= PAIR_LIMIT

    def _count(
        self,
        component: tuple[int, ...],
        depth: int,
        masks: tuple[int, ...],
        bound: tuple[tuple[int, int], ...],
    ) -> int:
        """Return the count of a component from a depth on; ``bound``: (dimension, position)."""
        if depth == len(component):
            return 1
        dimension = component[depth]
        needed = self._needed[dimension]
        kept = tuple((earlier, value) for earlier, value in bound if earlier in needed)
        key = (component, depth, masks, kept)
        if key in self._memo:
            return self._memo[key]
        weights = self.weights[dimension]
        mask = self._passing(dimension, masks[0], dict(kept))
        if depth == len(component) - 1:
            return self._total(dimension, mask)
        total = 0
        for value in bits(mask):
            rest = self._restricted(dimension, value, masks[1:])
            if rest is None:
                continue
            bound = (*kept, (dimension, value))
            total += weights[value] * self._count(component, depth + 1, rest, bound)
        self._memo[key] = total
        return total

    def _support(
        self,
        component: tuple[int, ...],
        depth: int,
        masks: tuple[int, ...],
        bound: tuple[tuple[int, int], ...],
    ) -> tuple[int, ...]:
        """Return the masks of the positions that satisfying assignments of a component have.

        They are those of the dimensions from a depth on, all 0 if there is no assignment.
        """
        dimension = component[depth]
        needed = self._needed[dimension]
        kept = tuple((earlier, value) for earlier, value in bound if earlier in needed)
        mask = self._passing(dimension, masks[0], dict(kept))
        if depth == len(component) - 1:
            return (mask,)
        key = (component, depth, masks, kept)
        if key in self._supports:
            return self._supports[key]
        own, found = [], [0] * (len(masks) - 1)
        for value in bits(mask):
            rest = self._restricted(dimension, value, masks[1:])
            if rest is None:
                continue
            later = self._support(component, depth + 1, rest, (*kept, (dimension, value)))
            if later[0]:
                own.append(value)
                found = list(map(or_, found, later))
        self._supports[key] = (mask_of(own), *found)
        return self._supports[key]

    @cached_property
    def _supports(self) -> dict[tuple[object, ...], tuple[int, ...]]:
        return {}

    def _total(self, dimension: int, mask: int) -> int:
        """Return the sum of the weights of a mask's positions."""
        weights = self.weights[dimension]
        if dimension in self._even:
            return weights[0] * mask.bit_count()
        return sum(weights[value] for value in bits(mask))

    @cached_property
    def _even(self) -> frozenset[int]:
        """Return the dimensions whose values all have the same weight."""
        return frozenset(
            dimension for dimension, weights in enumerate(self.weights) if len(set(weights)) == 1
        )

    def _restricted(
        self, dimension: int, value: int, masks: Sequence[int]
    ) -> tuple[int, ...] | None:
        """Return its component's later masks once a value is bound, or None if one is empty."""
        narrowed = list(masks)
        for place, table in self._later[dimension]:
            narrowed[place] &= table[value]
            if not narrowed[place]:
                return None
        return tuple(narrowed)

    @cached_property
    def _later(self) -> list[list[tuple[int, list[int]]]]:
        """Return the same as ``_after``, with places among the component's later dimensions."""
        later: list[list[tuple[int, list[int]]]] = [[] for _ in self.weights]
        for component in self._components:
            for depth, dimension in enumerate(component, start=1):
                for second, table in self._after[dimension]:
                    later[dimension].append((component.index(second) - depth, table))
        return later

    def _passing(self, dimension: int, mask: int, bound: Mapping[int, int] | Sequence[int]) -> int:
        """Return the part of a mask that the checks whose last dimension it is let pass."""
        for check in self._late.get(dimension, ()):
            mask &= check.row(
                tuple([bound[earlier] for earlier in check.dimensions[:-1]]), self.weights
            )
        return mask

    def _walk(self, prefix: tuple[int, ...], masks: Sequence[int]) -> Iterator[Row]:
        """Yield the rows that start with a prefix, which the masks take into account already."""
        if len(prefix) != self._tail:
            yield from self._step(prefix, masks)
            return
        for rest, values in self._rest(tuple(masks[self._tail :])):
            yield prefix + rest, values

    def _step(self, prefix: tuple[int, ...], masks: Sequence[int]) -> Iterator[Row]:
        """Yield the same rows, by binding one more dimension."""
        dimension = len(prefix)
        after = self._after[dimension]
        values = tuple(bits(self._passing(dimension, masks[dimension], prefix)))
        if dimension == len(self.weights) - 1:
            if values:
                yield prefix, values
            return
        for value in values:
            narrowed = masks
            if after:
                narrowed = list(masks)
                for second, table in after:
                    narrowed[second] &= table[value]
                if not all(narrowed):
                    continue
            yield from self._walk((*prefix, value), narrowed)

    @cached_property
    def _tail(self) -> int:
        """Return the first dimension from which on rows depend on masks alone, and are few."""
        start, points = len(self.weights), 1
        while start and start - 1 not in self._late:
            points *= len(self.weights[start - 1])
            if points > _FEW:
                break
            start -= 1
        return start

    @cached_property
    def _rest(self) -> Callable[[tuple[int, ...]], list[Row]]:
        """Return a function to the rows of the last dimensions from their masks."""

        @lru_cache(_KEPT)  # the same masks come up again
        def rest(masks: tuple[int, ...]) -> list[Row]:
            before = (1,) * self._tail  # any values and masks: the rest doesn't read them
            rows = self._step(before, (*before, *masks))
            return [(prefix[self._tail :], values) for prefix, values in rows]

        return rest
