"""Trees: what is walked, changed and compared."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes.tree import (
    equal,
    flat,
    in_order,
    key_of,
    merged,
    named,
    path_of,
    scalars,
    unflat,
    walk,
    with_texts,
    with_value,
)

pytestmark = pytest.mark.quick

TREE = {"a": {"b": 1, "c": [2, {"d": 3}]}, "e": {}, "f": None}
PLAIN = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0, "1", "true"])
TREES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


def test_a_tree_is_walked_from_outside_or_from_inside():
    assert list(walk(TREE)) == [("a",), ("a", "b"), ("a", "c"), ("e",), ("f",)]
    inside = walk(TREE, inner_first=True)
    assert list(inside) == [("a", "b"), ("a", "c"), ("a",), ("e",), ("f",)]


@given(st.dictionaries(st.sampled_from("abc"), TREES))
def test_keys_are_found_by_their_last_name(tree):
    names = {"a", "c"}
    assert list(named(tree, names)) == [path for path in walk(tree) if path[-1] in names]


def test_scalars_are_found_in_lists_too():
    assert list(scalars(TREE)) == [
        (("a", "b"), 1),
        (("a", "c", 0), 2),
        (("a", "c", 1, "d"), 3),
        (("f",), None),
    ]
    assert list(scalars(1, ("x",))) == [(("x",), 1)]


@given(TREES)
def test_texts_are_changed_where_they_are(tree):
    changed = with_texts(tree, str.upper)
    assert list(scalars(changed)) == [
        (path, value.upper() if isinstance(value, str) else value) for path, value in scalars(tree)
    ]
    assert with_texts(("a", [1, "b"]), str.upper) == ("A", [1, "B"])


def test_what_is_flat_has_lists_and_their_items():
    values = flat(TREE)
    assert values == {
        ("a", "b"): 1,
        ("a", "c"): [2, {"d": 3}],
        ("a", "c", 0): 2,
        ("a", "c", 1, "d"): 3,
        ("e",): {},
        ("f",): None,
    }
    assert unflat(values) == TREE
    assert flat({}) == {(): {}}
    assert flat([]) == {(): []}


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (1, True), (0.0, -0.0), ("1", 1), ([1], [1, 1]), ({}, [])]
)
def test_values_of_other_types_are_not_equal(one, other):
    assert not equal(one, other)
    assert not equal({"a": one}, {"a": other})


def test_equal_values_have_their_keys_in_any_order():
    assert equal({"a": 1, "b": [math.nan]}, {"b": [math.nan], "a": 1})


@given(TREES, TREES)
def test_equal_values_have_equal_scalars(one, other):
    if equal(one, other):
        assert sorted(map(repr, scalars(one))) == sorted(map(repr, scalars(other)))


def test_keys_are_written_without_the_mount():
    assert path_of("recipes.run.lr") == path_of("run.lr") == ("run", "lr")
    assert key_of(("recipes", "run", "lr")) == key_of(("run", "lr")) == "run.lr"


def test_mappings_are_merged_key_by_key_and_all_else_is_replaced():
    assert merged({"a": {"b": 1, "c": [1]}, "d": 2}, {"a": {"c": [2]}, "d": {"e": 3}}) == {
        "a": {"b": 1, "c": [2]},
        "d": {"e": 3},
    }
    assert merged({"a": 1}, None) is None


def test_keys_are_put_in_order_and_unknown_ones_stay_behind_as_they_are():
    tree = {"z": 1, "y": 2, "a": {"c": 3, "b": 4}, "b": 5}
    ordered = in_order(tree, [("b",), ("a",), ("a", "b"), ("a", "c")])
    assert ordered == tree
    assert [*walk(ordered)] == [("b",), ("a",), ("a", "b"), ("a", "c"), ("z",), ("y",)]


def test_a_value_is_put_into_a_copy_with_the_mappings_that_hold_it():
    tree = {"a": {"b": 1, "c": [2, {"d": 3}]}}
    assert with_value(tree, ("a", "c", 1, "d"), 4) == {"a": {"b": 1, "c": [2, {"d": 4}]}}
    assert with_value(tree, ("e", "f"), 5) == {**tree, "e": {"f": 5}}
    assert tree == {"a": {"b": 1, "c": [2, {"d": 3}]}}
