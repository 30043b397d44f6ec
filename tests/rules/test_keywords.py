"""The keywords of limits: they mean what JSON Schema says they mean, and can be said in words."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hydra_recipes.rules.allowed import allowed, blanks, nearest
from hydra_recipes.rules.keywords import (
    number_pattern,
    satisfies,
    unknown_keywords,
    unusable_keywords,
)
from hydra_recipes.text import spell

pytestmark = pytest.mark.quick

halves = st.integers(-40, 40).map(lambda number: number / 2)
numbers = st.integers(-20, 20) | halves
texts = st.text("ab-1 .é", max_size=6)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts.filter(bool), inner, max_size=2)
    ),
    max_leaves=5,
)
counts = st.integers(0, 4)
flat = {
    "const": values,
    "enum": st.lists(values, min_size=1, max_size=4),
    "minimum": numbers,
    "maximum": numbers,
    "exclusiveMinimum": numbers,
    "exclusiveMaximum": numbers,
    "multipleOf": st.integers(1, 8) | st.sampled_from([0.5, 1.5]),
    "pattern": st.sampled_from(["^a", "b$", "^[a-z]*$", "^a|b$", r"\.", "[$]", r"\$", "^.{2,3}$"]),
    "minLength": counts,
    "maxLength": counts,
    "minItems": counts,
    "maxItems": counts,
    "description": texts,
}


def some_of(keywords):
    return st.fixed_dictionaries({}, optional=keywords).flatmap(
        lambda full: st.sets(st.sampled_from(sorted(full) or [""]), max_size=3).map(
            lambda kept: {word: full[word] for word in kept if word in full}
        )
    )


schemas = st.recursive(
    some_of(flat),
    lambda inner: some_of(
        {
            "items": inner | st.booleans(),
            "additionalProperties": inner | st.booleans(),
            "not": inner | st.booleans(),
            "anyOf": st.lists(inner | st.booleans(), min_size=1, max_size=3),
            **flat,
        }
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(values, schemas | st.booleans())
def test_a_value_satisfies_a_schema_exactly_if_the_jsonschema_library_says_so(value, schema):
    assert satisfies(value, schema) is Draft202012Validator(schema).is_valid(value)


@settings(deadline=None)
@given(schemas | st.booleans())
def test_a_schema_of_known_keywords_can_be_used_and_said(schema):
    assert unknown_keywords(schema) == ()
    assert unusable_keywords(schema) == ()
    assert isinstance(allowed(schema), str)


@settings(deadline=None)
@given(values | st.sampled_from([math.nan, math.inf, 10**400, -(10**400)]), schemas)
def test_the_nearest_value_is_an_allowed_one(value, schema):
    near = nearest(value, schema)
    assert near is None or satisfies(near, schema)


@settings(deadline=None)
@given(numbers, st.integers(-20, 20), st.integers(-20, 20))
def test_no_whole_number_in_a_range_is_nearer_than_the_nearest(value, one, other):
    low, high = sorted((one, other))
    near = nearest(value, {"minimum": low, "maximum": high})
    assert abs(near - value) == min(abs(n - value) for n in (low, high, min(max(value, low), high)))


@pytest.mark.parametrize(
    ("value", "schema", "near"),
    [
        (5, {"enum": [6, 12, 24]}, 6),
        (9, {"enum": [6, 12, 24]}, 6),
        (10, {"enum": [6, 12, 24]}, 12),
        (10**400, {"enum": [0.5, 12]}, 12),
        ("6", {"enum": [6, 12, 24]}, None),
        (math.nan, {"enum": [6, 12, 24]}, None),
        (50, {"minimum": 1, "maximum": 20}, 20),
        (-3, {"minimum": 1, "maximum": 20}, 1),
        (10**400, {"minimum": 1024, "maximum": 65536, "multipleOf": 1024}, 65536),
        (1500, {"minimum": 1024, "maximum": 65536, "multipleOf": 1024}, 1024),
        (1600, {"minimum": 1024, "maximum": 65536, "multipleOf": 1024}, 2048),
        (1, {"minimum": 1100, "multipleOf": 1024}, 2048),
        (0.34, {"multipleOf": 0.1}, 0.3),
        (10**400, {"multipleOf": 0.5}, 10**400),
        (0, {"exclusiveMinimum": 0, "maximum": 1}, None),
        (2, {"exclusiveMinimum": 0, "maximum": 1}, 1),
        ("adam", {"const": "distributed_fused_adam"}, "distributed_fused_adam"),
        ("x", {"anyOf": [{"const": "nova-lite/prod"}, {"pattern": "^s3:"}]}, "nova-lite/prod"),
        (8, {"anyOf": [{"const": -1}, {"minimum": 1, "maximum": 5}]}, 5),
        (3, False, None),
    ],
)
def test_the_nearest_value(value, schema, near):
    assert nearest(value, schema) == near


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"enum": [6, 12, 24]}, "6, 12 or 24"),
        ({"enum": [1]}, "1"),
        ({"const": None}, "null"),
        ({"const": "null"}, '"null"'),
        ({"enum": [True, 1.0e-6, "a"]}, "true, 1e-06 or a"),
        ({"minimum": 1, "maximum": 20}, "1 to 20"),
        ({"minimum": 0}, "at least 0"),
        ({"maximum": 0.2}, "at most 0.2"),
        ({"exclusiveMinimum": 0, "maximum": 1}, "above 0 and at most 1"),
        ({"exclusiveMaximum": 1}, "below 1"),
        ({"minimum": 2, "exclusiveMinimum": 0}, "at least 2 and above 0"),
        (
            {"minimum": 1024, "maximum": 65536, "multipleOf": 1024},
            "1024 to 65536 and a multiple of 1024",
        ),
        ({"minLength": 1}, "not empty"),
        ({"maxLength": 0}, "empty"),
        ({"maxLength": 34}, "at most 34 characters"),
        ({"minLength": 3, "maxLength": 63}, "3 to 63 characters"),
        (
            {"minItems": 2, "maxItems": 2, "items": {"minimum": 0, "maximum": 1}},
            "2 values and each 0 to 1",
        ),
        ({"pattern": "^s3://"}, "text like ^s3://"),
        ({"pattern": "^s3://", "description": "a path on S3"}, "a path on S3"),
        ({"anyOf": [{"const": -1}, {"minimum": 1}]}, "-1 or at least 1"),
        ({"not": {"const": -1}}, "not -1"),
        ({}, "anything"),
        (True, "anything"),
        (False, "left out"),
    ],
)
def test_what_a_schema_allows_is_said_in_words(schema, text):
    assert allowed(schema) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (False, "false"),
        ("", '""'),
        ("True", '"True"'),
        ("a", "a"),
        (1.0e-6, "1e-06"),
        ([0.9, None], "[0.9, null]"),
        ({"a": {"b": ""}}, '{a: {b: ""}}'),
    ],
)
def test_a_value_is_spelled_as_a_person_would_type_it(value, text):
    assert spell(value) == text


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("run\n", {"pattern": "^[a-z]+$"}),
        ("a$b\n", {"pattern": r"^a\$b$"}),
        (True, {"const": 1}),
        (1, {"enum": [True]}),
        ([1], {"const": [True]}),
        (math.nan, {"minimum": 0}),
        (math.nan, {"multipleOf": 2}),
        (math.inf, {"multipleOf": 2}),
        (None, False),
    ],
)
def test_a_value_that_only_looks_right_does_not_satisfy(value, schema):
    assert not satisfies(value, schema)


@pytest.mark.parametrize(
    ("schema", "unknown"),
    [
        ({"minimum": 0, "maxmium": 1}, ("maxmium",)),
        ({"anyOf": [{"const": 1}, {"type": "string"}]}, ("type",)),
        ({"not": {"format": "uri"}}, ("format",)),
        ({"items": {"not": {"anyOf": [{"enums": [1]}]}}}, ("enums",)),
        ({1: 2}, ("1",)),
        ({"not": [1]}, ("[1]",)),
        ([1, 2], ("[1, 2]",)),
        (None, ("None",)),
    ],
)
def test_unknown_keywords_are_found_wherever_they_stand(schema, unknown):
    assert unknown_keywords(schema) == unknown


@pytest.mark.parametrize(
    ("schema", "unusable"),
    [
        ({"enum": 5}, ("enum",)),
        ({"enum": []}, ("enum",)),
        ({"minimum": "1"}, ("minimum",)),
        ({"maximum": True}, ("maximum",)),
        ({"maximum": math.nan}, ("maximum",)),
        ({"multipleOf": 0}, ("multipleOf",)),
        ({"pattern": "["}, ("pattern",)),
        ({"pattern": 5}, ("pattern",)),
        ({"minLength": -1}, ("minLength",)),
        ({"anyOf": {"const": 1}}, ("anyOf",)),
        ({"description": None}, ("description",)),
        ({"items": {"anyOf": [{"maxItems": 1.5}]}}, ("maxItems",)),
    ],
)
def test_keywords_with_a_value_of_no_use_are_found_wherever_they_stand(schema, unusable):
    assert unknown_keywords(schema) == ()
    assert unusable_keywords(schema) == unusable


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        ({"a": 60, "b": 40}, True),
        ({"a": 60, "b": 41}, False),
        ({"a": 33.3, "b": 33.3, "c": 33.4}, True),
        ({"a": 0.1, "b": 0.2, "c": 99.7}, True),
        ({"a": 33.3, "b": 33.3, "c": 33.3}, False),
        ([10, 90.0], True),
        ([10], False),
        ({}, True),
        ({"a": "60"}, True),
        ({"a": True, "b": 99}, True),
        ({"a": 60, "b": float("nan")}, True),
        (7, True),
        ("text", True),
        (None, True),
    ],
)
def test_numbers_add_up_as_they_are_written(value, whole):
    assert satisfies(value, {"sum": {"const": 100}}) is whole


def test_a_sum_has_bounds_as_a_number_has():
    assert satisfies({"a": 1, "b": 2}, {"sum": {"maximum": 3}})
    assert not satisfies({"a": 1, "b": 2}, {"sum": {"exclusiveMaximum": 3}})
    assert allowed(
        {"additionalProperties": {"minimum": 0, "maximum": 100}, "sum": {"const": 1}}
    ) == ("each 0 to 100 and values that add up to 1")
    assert unknown_keywords({"sum": {"is": 1}, "additionalProperties": {"at": 2}}) == ("at", "is")
    assert unusable_keywords({"sum": 100}) == ("sum",)
    assert unusable_keywords({"additionalProperties": {"maximum": "x"}}) == ("maximum",)


@pytest.mark.parametrize(
    "place", ["s3://bucket/JOB", "s3:/bucket", "s3:bucket", " S3://b/x", "https://x"]
)
def test_what_says_where_something_is_is_not_replaced_by_what_does_not(place):
    schema = {"anyOf": [{"const": "nova-lite/prod"}, {"pattern": "^s3://right/"}]}
    assert nearest(place, schema) is None
    assert nearest("nova-lite/prodd", schema) == "nova-lite/prod"
    assert not blanks("amazon.nova-lite-v1:0:300K", "amazon.nova-lite-v1:0:300k")


PORTION = {"number": {"minimum": 0.5, "maximum": 1}}
COUNT = {"number": {"minimum": 5000, "maximum": 5120, "multipleOf": 1}}
NUMBER_TEXTS = [
    (COUNT, "5000", True),
    (COUNT, "5120", True),
    (COUNT, "4999", False),
    (COUNT, "5121", False),
    (COUNT, "5000.0", False),
    (COUNT, "5e3", False),
    (COUNT, "5,050", False),
    (COUNT, " 5050", False),
    (COUNT, "5050\n", False),
    (COUNT, "\u0665\u0660\u0665\u0660", False),
    (COUNT, "-5050", False),
    (COUNT, "many", False),
    (COUNT, "", False),
    (PORTION, "0.5", True),
    (PORTION, "1", True),
    (PORTION, "1.0", True),
    (PORTION, "5e-1", True),
    (PORTION, "0.4999", False),
    (PORTION, ".5", False),
    (PORTION, "nan", False),
    ({"number": {}}, "-1.5", True),
    ({"number": {}}, "1e999", False),
    ({"number": {}}, "9" * 5000, False),
    ({"number": {"multipleOf": 16}}, "32", True),
    ({"number": {"multipleOf": 16}}, "33", False),
    ({"not": COUNT}, "5050", False),
]


@pytest.mark.parametrize(("schema", "text", "fits"), NUMBER_TEXTS)
def test_a_text_has_to_be_a_number_as_it_is_written(schema, text, fits):
    assert satisfies(text, schema) is fits


@pytest.mark.parametrize("value", [5050, 1, 0.7, None, True, [], {"a": "b"}])
def test_what_is_no_text_is_left_to_the_type_of_its_key(value):
    assert satisfies(value, COUNT)


@pytest.mark.parametrize(
    ("value", "schema", "near"),
    [
        ("4000", COUNT, "5000"),
        ("6000", COUNT, "5120"),
        ("5050.0", COUNT, "5050"),
        ("5050.7", COUNT, "5051"),
        (5050, COUNT, "5050"),
        (1e9, COUNT, "5120"),
        ("many", COUNT, None),
        (None, COUNT, None),
        (True, COUNT, None),
        ("0.1", PORTION, "0.5"),
        ("7", {"number": {"enum": [2, 8]}}, "8"),
        ("7", {"anyOf": [{"maxLength": 0}, COUNT]}, "5000"),
    ],
)
def test_the_number_nearest_to_a_text_is_a_text(value, schema, near):
    assert nearest(value, schema) == near


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (COUNT["number"], "a whole number from 5000 to 5120, as text"),
        (PORTION["number"], "a number from 0.5 to 1, as text"),
        ({"minimum": 0, "multipleOf": 1}, "a whole number, at least 0, as text"),
        ({"minimum": 0, "multipleOf": 2}, "a number, at least 0 and a multiple of 2, as text"),
        ({"multipleOf": 1}, "a whole number, as text"),
        ({"enum": [2, 8]}, "a number, 2 or 8, as text"),
        ({}, "a number, as text"),
    ],
)
def test_which_number_a_text_may_be_is_said_in_words(numbers, words):
    assert allowed({"number": numbers}) == words


def test_what_a_text_as_number_has_to_be_is_a_schema_of_numbers():
    assert unknown_keywords({"number": {"is": 1}}) == ("is",)
    assert unusable_keywords({"number": 5}) == ("number",)
    assert unusable_keywords({"number": {"minimum": "5"}}) == ("minimum",)


@settings(deadline=None)
@given(texts | st.decimals(-20, 20).map(str) | st.integers(-20, 20).map(str), some_of(flat))
def test_a_text_is_judged_as_the_number_that_json_reads_in_it(text, schema):
    if re.fullmatch(number_pattern(schema), text) is None:
        assert not satisfies(text, {"number": schema})
    else:
        digits = text.lstrip("-")
        number = int(text) if digits.isdecimal() else float(text)
        assert satisfies(text, {"number": schema}) is satisfies(number, schema)
