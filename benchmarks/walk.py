"""Walk: finding the valid points of a large space, beside what else could find them.

The space is eight axes of ten values, 0 to 9. A point is valid if no two neighbours add up to more
than a bound; the bound sets the valid share. The same predicate is given to every side in the words
it has for it. What is too slow is run on a part, and what it took is scaled up by the points asked.
"""

from __future__ import annotations

import importlib
import itertools
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks import spaces
from hydra_recipes.sweep.solve.check import Check
from hydra_recipes.sweep.solve.solver import Solver

AXES = 8
VALUES = 10


@dataclass(frozen=True)
class Walk:
    """What a walk took.

    Attributes:
        seconds: CPU seconds for the whole space.
        part: The part of the space that was walked; the seconds are scaled up from it.
        valid: How many valid points the space has, if that was counted.
    """

    seconds: float
    part: float = 1.0
    valid: int = 0


def ours(bound: int, axes: int = AXES) -> Walk:
    """This project's solver."""

    def fits(pair: tuple[int, ...]) -> bool:
        return pair[0] + pair[1] <= bound

    start = time.process_time()
    checks = [Check(f"r{at}", "rule", (at, at + 1), fits) for at in range(axes - 1)]
    solver = Solver([[1] * VALUES] * axes, checks)
    valid = sum(len(values) for _, values in solver.rows())
    return Walk(time.process_time() - start, valid=valid)


def built(bound: int, axes: int = AXES) -> float:
    """CPU seconds a recipe to find and build those of a sweep of this space.

    The sweep is planned before, and what it has beyond the first 200,000 recipes is left.
    """
    from hydra_recipes.sweep.api import plan
    from hydra_recipes.sweep.write.points import Rendering

    some = spaces.EIGHT[:axes]
    overrides = [
        f"{key}={','.join(str(low + step * at) for at in range(VALUES))}" for key, low, step in some
    ]
    scaled = [f"(double({key}) - {low:.1f}) / {float(step)}" for key, low, step in some]
    where = [f"{one} + {other} <= {bound:.1f}" for one, other in itertools.pairwise(scaled)]
    planned = plan([*spaces.BASE, *overrides], where=where)
    points = Rendering(planned, as_yaml=False, file_of=lambda *_: "recipes.jsonl").points()
    next(points)  # with it, the first few hundred are built
    start = time.process_time()
    count = sum(1 for _ in itertools.islice(points, 200_000))
    return (time.process_time() - start) / max(count, 1)


def product(bound: int, *, quick: bool = False) -> Walk:
    """``itertools.product`` and the predicate, for some values of the first two axes, by chance."""
    pairs = list(itertools.product(range(VALUES), repeat=2))
    some = random.Random(1).sample(pairs, 2 if quick else 10)  # noqa: S311 - the same each time
    rest = [range(3 if quick else VALUES)] * (AXES - 2)
    asked = len(some) * len(rest[0]) ** (AXES - 2)
    start = time.process_time()
    for first, second in some:
        for point in itertools.product((first,), (second,), *rest):
            a, b, c, d, e, f, g, h = point
            _ = (
                a + b <= bound
                and b + c <= bound
                and c + d <= bound
                and d + e <= bound
                and e + f <= bound
                and f + g <= bound
                and g + h <= bound
            )
    return _scaled(start, asked)


def constraint(bound: int, *, quick: bool = False) -> Walk:
    """python-constraint2's default solver, on the whole space."""
    problem = importlib.import_module("constraint").Problem()
    names = [f"x{at}" for at in range(AXES)]
    values = 2 if quick else VALUES
    problem.addVariables(names, list(range(values)))
    for pair in itertools.pairwise(names):
        problem.addConstraint(lambda a, b: a + b <= bound, pair)
    start = time.process_time()
    problem.getSolutions()
    return _scaled(start, values**AXES)


def configspace(bound: int, *, quick: bool = False) -> Walk:
    """ConfigSpace's grid, on the first axes; each pair that doesn't fit is a forbidden clause."""
    module = importlib.import_module("ConfigSpace")
    grid = importlib.import_module("ConfigSpace.util").generate_grid
    axes = 2 if quick else 4
    names = [f"x{at}" for at in range(axes)]
    space = module.ConfigurationSpace(seed=0)
    keys = [module.OrdinalHyperparameter(name, list(range(VALUES))) for name in names]
    space.add(keys)
    forbidden = [
        module.ForbiddenAndConjunction(
            module.ForbiddenEqualsClause(one, a), module.ForbiddenEqualsClause(other, b)
        )
        for one, other in itertools.pairwise(keys)
        for a, b in itertools.product(range(VALUES), repeat=2)
        if a + b > bound
    ]
    space.add(forbidden)
    start = time.process_time()
    grid(space)
    return _scaled(start, VALUES**axes)


def _scaled(start: float, asked: int) -> Walk:
    part = asked / VALUES**AXES
    return Walk((time.process_time() - start) / part, part)


RIVALS: Mapping[str, tuple[str, Callable[..., Walk]]] = {
    "`itertools.product` and the predicate": ("itertools", product),
    "python-constraint2": ("constraint", constraint),
    "ConfigSpace's grid": ("ConfigSpace", configspace),
}
"""What else could find them: its module, and what measures it."""
