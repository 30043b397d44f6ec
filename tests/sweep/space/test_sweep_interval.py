"""Intervals: what they give at a coordinate, and which make no sense."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.space.interval import BITS, Interval
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space

END = (1 << BITS) - 1
HALF = 1 << (BITS - 1)
COORDINATES = st.integers(0, END)
NUMBERS = st.floats(-1e12, 1e12, allow_subnormal=False)


def read(text):
    """The interval of an axis."""
    (axis,) = read_space([text], SweepOptions(sample=1, sampler="sobol"), active_libraries()).axes
    return axis.interval


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lr=interval(1e-6,1e-4)", Interval(1e-6, 1e-4)),
        ("lr=interval(start=0,end=1)", Interval(0.0, 1.0)),
        ("lr=tag(log,interval(1e-6,1e-4))", Interval(1e-6, 1e-4, log=True)),
        ("warmup_steps=int(interval(1,20))", Interval(1, 20)),
        ("warmup_steps=tag(log,int(interval(1,20)))", Interval(1, 20, log=True)),
        ("warmup_steps=int(tag(log,interval(1.5,20)))", Interval(1, 20, log=True)),
    ],
)
def test_an_interval_is_written_in_hydras_grammar(text, expected):
    found = read(text)
    assert found == expected
    assert found.is_whole is expected.is_whole


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("bad-interval", "lr=interval(1,1)"),
        ("bad-interval", "lr=interval(2,1)"),
        ("bad-interval", "lr=interval(0,inf)"),
        ("bad-interval", "lr=interval(nan,1)"),
        ("bad-interval", "lr=tag(log,interval(0,1))"),
        ("bad-interval", "lr=tag(log,interval(-1,1))"),
        ("unknown-tag", "lr=tag(logarithmic,interval(1e-6,1e-4))"),
        ("interval-group", "model=interval(0,1)"),
        ("bad-override", "lr=shuffle(interval(0,1))"),
    ],
)
def test_what_is_no_interval_is_refused(kind, text):
    with pytest.raises(OverrideError) as caught:
        read(text)
    assert caught.value.kind == kind


def test_numbers_go_from_end_to_end():
    interval = Interval(-1.0, 3.0)
    assert [interval.number(at) for at in (0, HALF // 2, HALF, END)] == [-1.0, 0.0, 1.0, 3.0]


def test_a_logarithmic_scale_has_as_much_of_each_order_of_magnitude():
    interval = Interval(1e-6, 1e-2, log=True)
    quarters = [interval.number(at * HALF // 2) for at in range(4)]
    assert quarters == [1e-6, 1e-5, 1e-4, 1e-3]
    assert interval.number(END) == 1e-2


def test_numbers_have_six_digits_and_more_only_far_from_zero():
    third = (1 << BITS) // 3
    assert Interval(0.0, 1.0).number(third) == 0.333333
    assert Interval(1e-6, 1e-4, log=True).number(third) == 4.64159e-06
    assert Interval(1000.0, 1001.0).number(third) == 1000.3333
    assert Interval(0.123456489, 0.5).number(0) == 0.123456489  # and none below the start


def test_each_whole_number_is_as_likely_the_ends_too():
    found = [Interval(1, 8).whole_number(at << (BITS - 6)) for at in range(64)]
    assert Counter(found) == dict.fromkeys(range(1, 9), 8)
    found = [Interval(0.5, 4.2).whole_number(at << (BITS - 6)) for at in range(64)]
    assert Counter(found) == dict.fromkeys(range(1, 5), 16)


def test_whole_numbers_on_a_logarithmic_scale():
    interval = Interval(1, 1023, log=True)
    found = [interval.whole_number(at * (1 << BITS) // 10 + 1) for at in range(10)]
    assert found == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert interval.whole_number(END) == 1023


@given(NUMBERS, NUMBERS, COORDINATES, st.booleans())
def test_a_number_is_in_its_interval(one, other, coordinate, log):
    start, end = sorted((abs(one) + 1e-9, abs(other) + 1e-9) if log else (one, other))
    interval = Interval(start, end, log)
    if start < end:
        assert interval.number(coordinate) in interval
    low, high = interval.whole_ends
    if low <= high and (low > 0 or not log):
        found = interval.whole_number(coordinate)
        assert type(found) is int
        assert low <= found <= high


@given(COORDINATES, COORDINATES, st.booleans())
def test_further_along_is_never_less(one, other, log):
    interval = Interval(3e-7, 0.9, log)
    low, high = sorted((one, other))
    assert interval.number(low) <= interval.number(high)


def test_truth_and_text_are_in_no_interval():
    assert 1 in Interval(0.0, 2.0)
    assert all(value not in Interval(0.0, 2.0) for value in (True, "1", None, 2.1))
