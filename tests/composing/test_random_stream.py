"""Random stream: a seed gives the same numbers everywhere, each as likely."""

import itertools

import pytest

from hydra_recipes.composing.random_stream import draw, shuffled


@pytest.mark.parametrize("total", [1000, 2**64, 2**64 + 1, 10**40])
def test_numbers_are_drawn_from_all_of_a_range(total):
    drawn = draw(total, 200, 1)
    assert len(drawn) == 200
    assert all(0 <= number < total for number in drawn)
    parts = {number * 4 // total for number in drawn}
    assert parts == {0, 1, 2, 3}


def test_a_seed_draws_the_same_points_as_ever():
    assert sorted(draw(1_011_000, 4, 7)) == [97396, 248737, 329489, 807593]


@pytest.mark.parametrize("total", [20, 10**12])
def test_more_points_begin_with_the_fewer_ones(total):
    longest = draw(total, 20, 3)
    assert len(set(longest)) == 20
    assert all(draw(total, size, 3) == longest[:size] for size in range(20))


def test_a_seed_gives_the_same_order_as_ever():
    assert shuffled(range(10), 7) == [6, 4, 3, 8, 2, 9, 5, 0, 1, 7]
    assert shuffled("a", 7) == ["a"]
    assert shuffled((), 7) == []


def test_all_orders_are_about_as_likely():
    orders = [tuple(shuffled("abc", seed)) for seed in range(600)]
    assert {orders.count(order) for order in itertools.permutations("abc")} <= set(range(70, 130))
