"""Problems for the solver: weights, and tables of the values that pass."""

import itertools

from hypothesis import strategies as st

from hydra_recipes.sweep.solve.check import Check


def table(dimensions, good):
    """A check that holds for some values."""
    return Check("some", "rule", dimensions, good.__contains__)


@st.composite
def problems(draw):
    """Weights, and checks of nothing to four dimensions, each a table of the values that pass."""
    sizes = draw(st.lists(st.integers(1, 4), max_size=5))
    weights = [draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)) for n in sizes]
    checks = []
    for _ in range(draw(st.integers(0, 5))):
        some = st.integers(0, len(sizes) - 1) if sizes else st.just(0)
        of = draw(st.sets(some, max_size=min(4, len(sizes))))
        dimensions = tuple(sorted(of))
        cells = list(itertools.product(*(range(sizes[d]) for d in dimensions)))
        verdicts = draw(st.lists(st.integers(0, 3), min_size=len(cells), max_size=len(cells)))
        good = {cell for cell, verdict in zip(cells, verdicts, strict=True) if verdict}
        checks.append(table(dimensions, good))
    return weights, checks
