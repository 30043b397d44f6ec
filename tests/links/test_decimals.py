"""Decimals: what a person wrote is what is computed with."""

from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes.links.arithmetic import RESOLVERS
from hydra_recipes.links.decimals import Progression, as_typed, product, total

DECIMALS = st.integers(-(10**6), 10**6).map(lambda n: n / 1000) | st.integers(-1000, 1000)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(-(10**9), 10**9)


def exact(number):
    return Fraction(repr(number))


@given(DECIMALS, DECIMALS, DECIMALS.filter(bool))
def test_a_progression_has_the_numbers_between_its_ends_and_no_other(start, stop, step):
    numbers = Progression(start, stop, step)
    found = list(islice(numbers, 300))
    expected, at = [], exact(start)
    while (at < exact(stop) if step > 0 else at > exact(stop)) and len(expected) < 300:
        expected.append(at)
        at += exact(step)
    assert found == [float(n) for n in expected]
    whole = all(isinstance(n, int) for n in (start, stop, step))
    assert {type(n) for n in found} <= {int if whole else float}
    if len(found) < 300:
        assert numbers.size == len(found)
        if found:
            assert list(numbers.backwards) == found[::-1]


@given(NUMBERS, NUMBERS)
def test_sums_and_products_are_those_of_the_decimals(one, other):
    for found, right in (
        (total((one, other)), exact(one) + exact(other)),
        (product(one, other), exact(one) * exact(other)),
    ):
        assert found == (right if isinstance(found, int) else float(right))
        assert isinstance(found, int) is (isinstance(one, int) and isinstance(other, int))


def test_decimals_are_those_that_were_typed():
    assert RESOLVERS["add"](0.1, 0.2) == 0.3
    assert RESOLVERS["add"](0.1, 0.2, 0.3, -0.6) == 0
    assert RESOLVERS["multiply"](0.1, 3) == 0.3
    assert RESOLVERS["multiply"](1e-5, 1.1) == 1.1e-5
    assert str(as_typed(1e-5)) == "0.00001"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("add", (1e308, 1e308)),
        ("add", (float("inf"), float("-inf"))),
        ("add", (float("nan"), 1)),
        ("multiply", (float("inf"), 0)),
        ("multiply", (1e300, 1e300)),
        ("add", (10**400, 0.5)),
    ],
)
def test_what_is_no_number_of_a_recipe_is_refused(name, values):
    with pytest.raises(ArithmeticError):
        RESOLVERS[name](*values)


@pytest.mark.parametrize("step", [0, 0.0, float("nan")])
def test_a_progression_that_leads_nowhere_has_no_size(step):
    with pytest.raises((ArithmeticError, ValueError)):
        assert Progression(0, 1, step).size
