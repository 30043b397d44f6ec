"""Trees: what is walked, changed and compared."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes.tree import equal, flat, key_of, path_of, scalars, unflat, walk, with_texts

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
