"""Solver: the assignments of a branch's axes that satisfy its checks, counted or walked in order.

A dimension is one axis, or several that are zipped. Checks over one dimension prune its values;
checks over two become tables of compatible values, so that a value is dropped as soon as a choice
before it rules it out (forward checking); checks over more run as soon as their last dimension is
bound. Counting shares the work of equal remainders, so it doesn't walk what it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from hydra_recipes.origin import KeyPath
from hydra_recipes.sweep.solve.check_cache import CheckCache

PAIR_LIMIT = 250_000
"""A table of two dimensions larger than this isn't worked out ahead; its entries are, when met."""

_FEW, _KEPT = 10_000, 50
"""How many points of the last dimensions are worked out together, and for how many masks kept."""

Bound = tuple[int, ...]
"""The values of the first dimensions."""

Row = tuple[tuple[int, ...], Sequence[int]]
"""Assignments that differ in the last dimension only: the values before it, and its own."""


@dataclass(frozen=True)
class Check:
    """Something that assignments must satisfy.

    Attributes:
        reason: The id of the limit, rule, offer or condition behind it.
        kind: ``limit``, ``rule``, ``where``, ``structure`` or ``link``.
        dimensions: The dimensions it depends on, ascending.
        passes: Whether values (positions, one for each of ``dimensions``) satisfy it.
        mark: Equal for checks that are the same in two branches.
        compatible: Of two dimensions: for a value of the first, those of the second that satisfy it
            as bits, where that can be told quicker than pair by pair.
        path: The key it is about, if no limit or rule is behind it.
    """

    reason: str
    kind: str
    dimensions: tuple[int, ...]
    passes: Callable[[tuple[int, ...]], bool]
    mark: object = None
    compatible: Callable[[int], int] | None = None
    path: KeyPath | None = None
    _verdicts: list[CheckCache] = field(default_factory=list, init=False, repr=False, compare=False)

    def row(self, before: tuple[int, ...], weights: Sequence[Sequence[int]]) -> int:
        """The values of its last dimension that pass beside those of the others, as bits.

        Whichever solver asks, of all that have dimensions of the same sizes, it is worked out once.
        """
        if not self._verdicts:
            sizes = [len(weights[dimension]) for dimension in self.dimensions]
            self._verdicts.append(CheckCache(self.passes, sizes))
        return self._verdicts[0].passing(before)


@dataclass(frozen=True)
class Solver:
    """The assignments that satisfy some checks.

    Attributes:
        weights: For each dimension, for each of its values, how many asked values it stands for.
        checks: What has to hold.
    """

    weights: Sequence[Sequence[int]]
    checks: Sequence[Check]
    _memo: dict[tuple[object, ...], int] = field(default_factory=dict, repr=False)

    def without_checks(self) -> int:
        """How many asked assignments there are, satisfying or not."""
        total = 1
        for weights in self.weights:
            total *= sum(weights)
        return total

    def count(self) -> int:
        """How many asked assignments satisfy all checks."""
        if not self._constant_checks_pass:
            return 0
        total = 1
        for component in self._components:
            total *= self._count(component, 0, tuple(self._masks[d] for d in component), ())
            if not total:
                return 0
        return total

    def supported(self, dimension: int, value: int) -> bool:
        """Whether some satisfying assignment has this value."""
        if not self._constant_checks_pass or not self._masks[dimension] >> value & 1:
            return False
        for component in self._components:
            masks = tuple(1 << value if d == dimension else self._masks[d] for d in component)
            if not self._count(component, 0, masks, (), one_will_do=True):
                return False
        return True

    def satisfies(self, assignment: Sequence[int]) -> bool:
        """Whether one assignment satisfies all checks."""
        return all(
            check.passes(tuple(assignment[d] for d in check.dimensions)) for check in self.checks
        )

    def rows(self) -> Iterator[Row]:
        """The satisfying assignments in order, the last dimension's values together.

        Yields:
            The values of all dimensions but the last, and the values of the last.
        """
        if not self._constant_checks_pass:
            return
        if not self.weights:
            yield (), [0]
            return
        yield from self._walk((), self._masks)

    def places(self, bound: Bound = ()) -> tuple[Sequence[int], Sequence[int]]:
        """What may come next once the first dimensions are bound, and how many lie before each.

        Args:
            bound: Values of the first dimensions that some satisfying assignment has.

        Returns:
            The values of the next dimension that some have, ascending; and for each of them how
            many satisfying assignments have a lower one, with the number of all at the end.
        """
        masks = self._narrowed(bound)
        key = (masks[len(bound) :], tuple(bound[d] for d in self._needed[len(bound)]))
        if key not in self._known_places:
            if len(self._known_places) >= _KEPT:
                self._known_places.clear()
            self._known_places[key] = self._places(bound, masks)
        return self._known_places[key]

    def _places(self, bound: Bound, masks: Sequence[int]) -> tuple[list[int], list[int]]:
        dimension, others = len(bound), 1
        component: tuple[int, ...] = ()
        for one in self._components:
            if dimension in one:
                component = one
                continue
            depth = sum(d < dimension for d in one)
            known = tuple((d, bound[d]) for d in one[:depth])
            others *= self._count(one, depth, tuple(masks[d] for d in one[depth:]), known)
        depth = component.index(dimension)
        known = tuple((d, bound[d]) for d in component[:depth])
        later = component[depth + 1 :]
        values, before = [], [0]
        for value in bits(self._passing(dimension, masks[dimension], bound)):
            rest = self._restricted(dimension, value, later, [masks[d] for d in later])
            if rest is None:
                continue
            found = self._count(component, depth + 1, rest, (*known, (dimension, value)))
            found *= others * self.weights[dimension][value]
            if found:
                values.append(value)
                before.append(before[-1] + found)
        return values, before

    def _narrowed(self, bound: Bound) -> tuple[int, ...]:
        """The masks once the first dimensions are bound."""
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
        """For each dimension the values that satisfy its own checks, as bits."""
        masks = []
        for dimension, weights in enumerate(self.weights):
            own = [c.passes for c in self.checks if c.dimensions == (dimension,)]
            mask = 0
            for value in range(len(weights)):
                if all(passes((value,)) for passes in own):
                    mask |= 1 << value
            masks.append(mask)
        return tuple(masks)

    @cached_property
    def _pairs(self) -> dict[tuple[int, int], list[int]]:
        """For two dimensions, for each value of the first the compatible ones of the second."""
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
        """The checks that run when a dimension is bound, their last one."""
        late: dict[int, list[Check]] = {}
        for check in self.checks:
            if len(check.dimensions) > 1 and not self._is_tabled(check):
                late.setdefault(check.dimensions[-1], []).append(check)
        return late

    @cached_property
    def _after(self) -> list[list[tuple[int, list[int]]]]:
        """For each dimension, the later ones it restricts, with the tables."""
        after: list[list[tuple[int, list[int]]]] = [[] for _ in self.weights]
        for (first, second), table in self._pairs.items():
            after[first].append((second, table))
        return after

    @cached_property
    def _needed(self) -> list[tuple[int, ...]]:
        """For each dimension, the earlier ones whose values later checks still read."""
        needed = []
        for dimension in range(len(self.weights) + 1):
            waiting: set[int] = set()
            for last, checks in self._late.items():
                if last >= dimension:
                    waiting |= {d for c in checks for d in c.dimensions if d < dimension}
            needed.append(tuple(sorted(waiting)))
        return needed

    @cached_property
    def _components(self) -> list[tuple[int, ...]]:
        """The dimensions in groups that no check connects."""
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
        one_will_do: bool = False,
    ) -> int:
        """Counts from a depth on, or only whether there are any; equal remainders once."""
        if depth == len(component):
            return 1
        dimension = component[depth]
        needed = self._needed[dimension]
        kept = tuple((d, v) for d, v in bound if d in needed)
        key = (component, depth, masks, kept, one_will_do)
        if key in self._memo:
            return self._memo[key]
        weights = self.weights[dimension]
        mask = self._passing(dimension, masks[0], dict(kept))
        if depth == len(component) - 1:
            return self._total(dimension, mask)
        total = 0
        for value in bits(mask):
            rest = self._restricted(dimension, value, component[depth + 1 :], masks[1:])
            if rest is None:
                continue
            bound = (*kept, (dimension, value))
            total += weights[value] * self._count(component, depth + 1, rest, bound, one_will_do)
            if one_will_do and total:
                break
        self._memo[key] = total
        return total

    def _total(self, dimension: int, mask: int) -> int:
        """The weights of a dimension's values together."""
        weights = self.weights[dimension]
        if dimension in self._even:
            return weights[0] * mask.bit_count()
        return sum(weights[value] for value in bits(mask))

    @cached_property
    def _even(self) -> frozenset[int]:
        """The dimensions whose values all have the same weight."""
        return frozenset(d for d, weights in enumerate(self.weights) if len(set(weights)) == 1)

    def _restricted(
        self, dimension: int, value: int, later: Sequence[int], masks: Sequence[int]
    ) -> tuple[int, ...] | None:
        """The later dimensions' masks once a value is bound, or None if one is empty."""
        out = dict(zip(later, masks, strict=True))
        for second, table in self._after[dimension]:
            out[second] &= table[value]
            if not out[second]:
                return None
        return tuple(out[d] for d in later)

    def _passing(self, dimension: int, mask: int, bound: Mapping[int, int] | Sequence[int]) -> int:
        """Those of a dimension's values that the checks which end there let pass."""
        for check in self._late.get(dimension, ()):
            mask &= check.row(tuple([bound[d] for d in check.dimensions[:-1]]), self.weights)
        return mask

    def _walk(self, prefix: tuple[int, ...], masks: Sequence[int]) -> Iterator[Row]:
        """The rows behind a prefix, whose dimensions have restricted the masks already."""
        if len(prefix) != self._tail:
            yield from self._step(prefix, masks)
            return
        for rest, values in self._rest(tuple(masks[self._tail :])):
            yield prefix + rest, values

    def _step(self, prefix: tuple[int, ...], masks: Sequence[int]) -> Iterator[Row]:
        """The same, by binding one more dimension."""
        dimension = len(prefix)
        after = self._after[dimension]
        found = tuple(bits(self._passing(dimension, masks[dimension], prefix)))
        if dimension == len(self.weights) - 1:
            if found:
                yield prefix, found
            return
        for value in found:
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
        """The dimension from which on points depend on the masks alone, and are few."""
        start, points = len(self.weights), 1
        while start and start - 1 not in self._late:
            points *= len(self.weights[start - 1])
            if points > _FEW:
                break
            start -= 1
        return start

    def _rest(self, masks: tuple[int, ...]) -> list[Row]:
        """The rows of the last dimensions; kept, for the same masks come again and again."""
        if masks not in self._kept:
            before = (1,) * self._tail  # any values and masks: the rest doesn't read them
            rows = [
                (prefix[self._tail :], values)
                for prefix, values in self._step(before, (*before, *masks))
            ]
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[masks] = rows
        return self._kept[masks]

    @cached_property
    def _kept(self) -> dict[tuple[int, ...], list[Row]]:
        return {}


def bits(mask: int) -> Iterator[int]:
    """The positions of a mask's set bits, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
