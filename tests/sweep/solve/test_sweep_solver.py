"""Solver: it counts, walks and supports what filtering the whole product would, without that."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes.rules.cel import CelRuntimeError, compile_expression
from hydra_recipes.sweep.solve import check_cache as verdicts
from hydra_recipes.sweep.solve import solver as room
from hydra_recipes.sweep.solve.check import Check
from hydra_recipes.sweep.solve.comparison import compatible_values
from hydra_recipes.sweep.solve.solver import PAIR_LIMIT, Solver
from support.solver_problems import problems, table

pytestmark = pytest.mark.quick

compile_expression("true")  # one CEL library raises the recursion limit, once


@pytest.mark.parametrize("limit", [0, 6, room.PAIR_LIMIT], ids=["no-tables", "some", "all"])
@given(problem=problems())
def test_it_answers_as_filtering_the_product_does(limit, problem):
    weights, checks = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "PAIR_LIMIT", limit)
        solver = Solver(weights, checks)
        everything = list(itertools.product(*(range(len(w)) for w in weights)))
        wanted = [
            point
            for point in everything
            if all(c.passes(tuple(point[d] for d in c.dimensions)) for c in checks)
        ]

        def weight(points):
            total = 0
            for point in points:
                share = 1
                for d, value in enumerate(point):
                    share *= weights[d][value]
                total += share
            return total

        assert solver.count() == weight(wanted)
        walked = [(*head, value) for head, values in solver.rows() for value in values]
        assert (walked if weights else [()] * len(walked)) == wanted
        for d, own in enumerate(weights):
            for value, times in enumerate(own):
                found = solver.supported(d, value)
                assert found == bool(weight(p for p in wanted if p[d] == value)), (d, value, times)


class Counted:
    """A predicate that knows how often it was asked."""

    def __init__(self, holds):
        self.holds = holds
        self.asked = 0

    def __call__(self, values):
        self.asked += 1
        return self.holds(*values)


def chain(size, length, holds):
    counted = Counted(holds)
    checks = [Check("pair", "rule", (d, d + 1), counted) for d in range(length - 1)]
    return Solver([[1] * size] * length, checks), counted


def test_a_chain_of_pairs_is_counted_without_enumerating():
    # 10^8 points, of which about 10^-4 are valid: a path of eight steps that never goes down
    solver, asked = chain(10, 8, lambda a, b: b in (a, a + 1))
    paths = [1] * 10
    for _ in range(7):
        paths = [paths[a] + (paths[a + 1] if a < 9 else 0) for a in range(10)]
    assert solver.count() == sum(paths)
    assert asked.asked <= 7 * 100
    assert sum(len(values) for _, values in solver.rows()) == sum(paths)
    assert asked.asked <= 7 * 100


def test_a_connected_space_with_a_million_million_solutions_is_counted_at_once():
    solver, asked = chain(20, 11, lambda a, b: (a + b) % 20 < 16)
    assert solver.count() == 20 * 16**10 > 10**12
    assert asked.asked <= 10 * 400


def test_a_check_of_three_is_asked_for_its_own_values_only():
    counted = Counted(lambda a, b, c: a + b + c < 40)
    solver = Solver([[1] * 20] * 6, [Check("sum", "rule", (1, 2, 4), counted)])
    triples = sum(a + b + c < 40 for a in range(20) for b in range(20) for c in range(20))
    assert solver.count() == triples * 20**3
    assert counted.asked <= 20**3 * 20


def test_a_value_that_weighs_nothing_supports_nothing():
    assert not Solver([[0, 1]], []).supported(0, 0)
    assert Solver([[0, 1]], []).supported(0, 1)


def test_no_dimension_is_one_point_unless_a_check_forbids_it():
    assert Solver([], []).count() == 1
    assert list(Solver([], []).rows()) == [((), [0])]
    never = [Check("never", "structure", (), lambda _: False)]
    assert Solver([], never).count() == 0
    assert list(Solver([], never).rows()) == []


CELLS = st.lists(
    st.sampled_from([0, 1, 2, 3, 1.5, 2.0, None, "x", True, 2**60, math.nan]),
    min_size=1,
    max_size=5,
)


@given(
    operator=st.sampled_from(["<", "<=", ">", ">="]),
    swapped=st.booleans(),
    first=CELLS,
    second=CELLS,
    unknown=st.sets(st.integers(0, 4)),
)
def test_a_comparison_judges_each_pair_as_cel_does(operator, swapped, first, second, unknown):
    source = f"b {operator} a" if swapped else f"a{operator}b"
    expression = compile_expression(source)
    named = [
        ("a", (3,), lambda at: (at[0] not in unknown, first[at[0]])),
        ("b", (5,), lambda at: (True, second[at[1]])),
    ]

    def passes(at):
        read = {name: reader(at) for name, _, reader in named}
        if not all(known for known, _ in read.values()):
            return True
        try:
            return expression.run({name: value for name, (_, value) in read.items()}) is True
        except CelRuntimeError:
            return False

    quick = compatible_values(source, (3, 5), (len(first), len(second)), named, passes)
    for at in range(len(first)):
        for other in range(len(second)):
            assert bool(quick(at) >> other & 1) == passes((at, other)), (at, other)


@pytest.mark.parametrize("source", ["a == b", "a < b + 1", "a < b || b == 0", "a < c", "a < 2"])
def test_other_expressions_are_judged_pair_by_pair(source):
    named = [
        (name, own, lambda _: (True, 1)) for name, own in (("a", (0,)), ("b", (1,)), ("c", ()))
    ]
    assert compatible_values(source, (0, 1), (2, 2), named, lambda _: True) is None


def test_a_comparison_of_two_large_axes_is_judged_without_its_pairs():
    asked = Counted(lambda *_: True)
    named = [("a", (0,), lambda at: (True, at[0])), ("b", (1,), lambda at: (True, at[1]))]
    quick = compatible_values("a < b", (0, 1), (1000, 1000), named, asked)
    check = Check("rule", "rule", (0, 1), asked, compatible=quick)
    solver = Solver([[1] * 1000] * 2, [check])
    assert solver.count() == sum(range(1000))
    assert solver.supported(1, 1)
    assert not solver.supported(1, 0)
    assert asked.asked == 0


@pytest.mark.parametrize("limit", [PAIR_LIMIT, 0], ids=["tables", "no-tables"])
@pytest.mark.parametrize("dimensions", [(0, 2), (0, 1, 2)])
def test_a_check_is_asked_once_about_the_same_values_whichever_solvers_ask(
    monkeypatch, dimensions, limit
):
    monkeypatch.setattr(room, "PAIR_LIMIT", limit)
    counted = Counted(lambda *values: sum(values) % 3 != 1)
    check = Check("sum", "rule", dimensions, counted)
    others = [Check("pair", "rule", (1, 2), lambda values: values[0] <= values[1])]
    weights = [[1] * size for size in (5, 6, 7)]
    for checks in ([check], [check, *others]):
        solver = Solver(weights, checks)
        points = sum(len(values) for _, values in solver.rows())
        assert solver.count() == points > 0
        assert solver.supported(2, 3)
    assert counted.asked == math.prod(len(weights[d]) for d in dimensions)


def test_beyond_a_number_of_values_verdicts_are_not_kept(monkeypatch):
    monkeypatch.setattr(verdicts, "MOST", 29)
    solver = Solver([[1] * 5, [1] * 6, [1] * 7], [table((0, 1, 2), {(1, 2, 3), (1, 2, 6)})])
    assert list(solver.rows()) == [((1, 2), (3, 6))]
    assert solver.count() == 2
