"""Diff: operations turn one tree into the other, and what is said of a difference."""
# ruff: noqa: RUF001 - a ratio has the sign of multiplication

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes import compose
from hydra_recipes.diff.choices import with_choices
from hydra_recipes.diff.matching import Entry, matched
from hydra_recipes.diff.operations import Operation, compare
from hydra_recipes.diff.overrides import spaced_overrides, split_overrides
from hydra_recipes.diff.sides import difference, side_of
from hydra_recipes.diff.text import difference_text, name_of
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries, using
from hydra_recipes.tree import canonical, equal
from support.operations import apply, from_json
from support.team_libraries import write_library

pytestmark = pytest.mark.quick

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["1", "1.0", "true", "null", "a.b", "${recipes.a}", "$<b>", "\\${a"])
)
KEYS = st.sampled_from(["a", "b", "c.d", "c", "", "0", "1"])
ODD_KEYS = KEYS | st.sampled_from([0, 1, 1.0, True, None])


def mappings(keys, scalars=SCALARS):
    values = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=10,
    )
    return st.dictionaries(keys, values, max_size=4)


def typed(value):
    """A tree as text that tells types and keys apart, whatever the order of keys."""
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{k!r}:{typed(v)}" for k, v in value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(typed, value)) + "]"
    return repr(value)


# the law


@given(mappings(ODD_KEYS), mappings(ODD_KEYS))
def test_the_operations_done_to_the_first_tree_give_the_second(old, new):
    before = typed(old)
    operations = compare(old, new)
    assert typed(apply(operations, old)) == typed(new)
    assert typed(old) == before
    assert bool(operations) == (typed(old) != typed(new))


ANY_KEYS = ODD_KEYS | st.sampled_from(["number", "mapping", math.inf, -math.inf])


@given(mappings(ANY_KEYS), mappings(ANY_KEYS))
def test_so_do_those_that_went_through_json(old, new):
    text = json.dumps([one.as_json() for one in compare(old, new)], allow_nan=False)
    operations = [from_json(data) for data in json.loads(text)]
    assert typed(apply(operations, old)) == typed(new)


@given(mappings(ODD_KEYS))
def test_a_tree_does_not_differ_from_itself_with_its_keys_in_another_order(tree):
    def turned(value):
        if isinstance(value, dict):
            return {key: turned(item) for key, item in reversed(value.items())}
        return [turned(item) for item in value] if isinstance(value, list) else value

    assert compare(tree, turned(tree)) == ()


@given(mappings(KEYS), mappings(KEYS))
def test_recipes_differ_if_and_only_if_they_do_for_the_id(old, new):
    assert bool(compare(old, new)) == (canonical(old) != canonical(new))
    assert canonical(dict(reversed(old.items()))) == canonical(old)


@given(mappings(ODD_KEYS), mappings(ODD_KEYS), st.integers(20, 200))
def test_any_difference_can_be_told_in_lines_that_can_be_printed(old, new, width):
    found = difference(side_of("a", old), side_of("b", new))
    text = difference_text(found, width, lambda text, _: text)
    assert all(line.isprintable() for line in text.splitlines())
    assert text.startswith("no difference") == (not found)


@given(mappings(KEYS), mappings(KEYS))
def test_with_links_the_operations_give_the_second_recipe_as_it_is_written(old, new):
    left, right = side_of("a", old), side_of("b", new)
    found = difference(left, right)
    assert typed(apply(found.operations, left.written)) == typed(right.written)
    assert typed(apply(found.values, left.resolved)) == typed(right.resolved)


# operations


@pytest.mark.parametrize(
    ("old", "new", "operations"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 1.0}, [Operation("change", ("a",), 1, 1.0)]),
        ({"a": 1}, {"a": "1"}, [Operation("change", ("a",), 1, "1")]),
        ({"a": 1}, {"a": True}, [Operation("change", ("a",), 1, True)]),
        ({"a": 0.0}, {"a": -0.0}, [Operation("change", ("a",), 0.0, -0.0)]),
        ({}, {"a": {"b": {"c": 1}}}, [Operation("set", ("a", "b", "c"), new=1)]),
        ({}, {"a": {}}, [Operation("set", ("a",), new={})]),
        ({"a": {"b": 1, "c": 2}}, {}, [Operation("delete", ("a",), {"b": 1, "c": 2})]),
        ({"a": {"b": 1}}, {"a": {}}, [Operation("delete", ("a", "b"), 1)]),
        ({"a": {"b": 1}}, {"a": 1}, [Operation("change", ("a",), {"b": 1}, 1)]),
        ({"a": 1}, {"a": {"b": 1}}, [Operation("change", ("a",), 1, {"b": 1})]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [Operation("change", ("a", 1), 2, 3)]),
        ({"a": [1, 2]}, {"a": [1]}, [Operation("change", ("a",), [1, 2], [1])]),
        ({"a": [{"b": 1}]}, {"a": [{"c": 1}]}, [
            Operation("delete", ("a", 0, "b"), 1), Operation("set", ("a", 0, "c"), new=1),
        ]),
        ({"a.b": 1}, {"a": {"b": 1}}, [
            Operation("delete", ("a.b",), 1), Operation("set", ("a", "b"), new=1),
        ]),
        ({"a": None}, {}, [Operation("delete", ("a",), None)]),
    ],
)  # fmt: skip
def test_the_operations(old, new, operations):
    assert list(map(repr, compare(old, new))) == list(map(repr, operations))


def test_not_a_number_is_the_same_as_itself():
    assert equal(math.nan, float("nan"))
    assert compare({"a": math.nan}, {"a": float("nan")}) == ()


def test_json_tells_a_key_with_dots_from_keys_in_one_another():
    (deleted, added) = (one.as_json() for one in compare({"a.b": 1}, {"a": {"b": None}}))
    assert deleted == {"op": "delete", "key": "a.b", "path": ["a.b"], "old": 1}
    assert added == {"op": "set", "key": "a.b", "path": ["a", "b"], "new": None}


def test_operations_for_another_tree_are_refused():
    with pytest.raises(LookupError):
        apply([Operation("delete", ("a", "b"), 1)], {})


# links


def told(old, new):
    found = difference(side_of("a", old), side_of("b", new))
    return difference_text(found, 80, lambda text, _: text).splitlines()


def test_a_link_however_it_is_spelled_is_the_same_link():
    run = {"name": "bot", "replicas": 2}
    spelled = ("${recipes.run.name}", "${..name}", "$<recipes.run.name>", "${run.name}")
    first, *others = [side_of(text, {"run": {**run, "x": {"title": text}}}) for text in spelled]
    assert [difference(first, other).operations for other in others] == [(), (), ()]
    assert first.resolved["run"]["x"]["title"] == "bot"


def test_spaces_between_a_resolvers_arguments_do_not_count():
    old, new = (
        side_of("a", {"run": {"n": 2, "x": {"m": text}}})
        for text in ("${multiply:${run.n},3}", "${multiply:${..n} ,  3}")
    )
    assert not difference(old, new)


def test_a_link_and_a_literal_of_its_value_differ_as_links_only():
    old = {"run": {"name": "bot", "title": "${.name}"}}
    new = {"run": {"name": "bot", "title": "bot"}}
    assert told(old, new) == [
        "links",
        "  run.title  ${recipes.run.name} → bot  the value is the same",
        "keys: the same values; links: 1",
    ]


def test_what_a_link_brings_is_told_with_the_link():
    old = {"run": {"name": "bot", "title": "${.name}"}}
    new = {"run": {"name": "cat", "title": "${.name}"}}
    assert told(old, new) == [
        "run",
        "  name   bot → cat",
        "  title  bot → cat  follows ${recipes.run.name}",
        "keys: 2 changed",
    ]
    (operation,) = difference(side_of("a", old), side_of("b", new)).operations
    assert operation == Operation("change", ("run", "name"), "bot", "cat")


def test_a_link_to_a_mapping_brings_all_in_it():
    old = {"a": {"x": 1}, "b": "${recipes.a}"}
    new = {"a": {"x": 2}, "b": "${recipes.a}"}
    assert "  x  1 → 2  ×2  follows ${recipes.a}" in told(old, new)


def test_links_without_a_value_are_compared_as_they_are_written():
    gone, other = {"run": {"name": "${oc.env:HOME}"}}, {"run": {"name": "${oc.env:USER}"}}
    assert told(gone, gone) == ["no difference: a and b"]
    assert told(gone, other)[1] == "  name  ${oc.env:HOME} → ${oc.env:USER}"


# text


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (2, 4, "2 → 4  ×2"),
        (1e-5, 2e-6, "1.0e-05 → 2.0e-06  ×0.2"),
        (4, 4.0, "4 → 4.0  a whole number, now a number"),
        (4, "4", '4 → "4"  a whole number, now text'),
        (True, "true", 'true → "true"  true or false, now text'),
        (None, "null", 'null → "null"'),
        (None, 3, "null → 3"),
        (0, 3, "0 → 3"),
        (3, 0, "3 → 0"),
        (-1, 2, "-1 → 2"),
        (-1, -2, "-1 → -2  ×2"),
        (math.inf, 1.0, ".inf → 1.0"),
        (1.0, 1.0001, "1.0 → 1.0001"),
        ("a", "b c", 'a → "b c"'),
        ([1, 2], [1], "[1, 2] → [1]"),
        ([], {}, "[] → {}"),
        ("x", {"a b": [1, "2"]}, 'x → {"a b": [1, "2"]}'),
        ("\u202e", "\n", '"\\u202e" → "\\n"'),
    ],
)
def test_a_change(old, new, line):
    assert told({"run": {"key": old}}, {"run": {"key": new}}) == [
        "run",
        f"  key  {line}",
        "keys: 1 changed",
    ]


def test_a_number_too_large_for_a_ratio_has_none():
    assert told({"a": 10**400}, {"a": 1.5})[-2] == "    → 1.5  a whole number, now a number"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("a", "b"), "a.b"),
        (("a.b", "c"), '"a.b".c'),
        (("a b",), '"a b"'),
        (("betas", 1), "betas.1"),
        (("1",), '"1"'),
        (("",), '""'),
    ],
)
def test_the_name_of_a_key_is_one_keys_only(path, name):
    assert name_of(path) == name


def test_long_values_are_cut_around_where_they_begin_to_differ():
    old, new = "x" * 900 + "A" + "y" * 900, "x" * 900 + "B" + "y" * 900
    before, after = told({"run": {"key": old}}, {"run": {"key": new}})[2:4]
    assert before.strip().startswith("…" + "x" * 30 + "Ay")
    assert after.strip().startswith("→ …" + "x" * 30 + "By")
    assert max(map(len, (before, after))) < 260


def test_a_key_at_the_root_has_a_section_of_its_own():
    assert told({"seed": 1, "run": {"a": 1}}, {"seed": 2, "run": {"a": 2}}) == [
        "recipe",
        "  seed  1 → 2  ×2",
        "run",
        "  a  1 → 2  ×2",
        "keys: 2 changed",
    ]


# choices


def in_choices(old, new):
    found = difference(side_of("a", old), side_of("b", new))
    return with_choices(found, rule_book(active_libraries()))


MICRO = {"run": {"model_type": "amazon.nova-micro-v1:0:128k"}}
TWO_LITE = {"run": {"model_type": "amazon.nova-2-lite-v1:0:256k"}}


def test_choices_and_families_are_told_from_the_recipes():
    found = in_choices(MICRO, TWO_LITE)
    assert ("model", "nova-micro", "nova-2-lite") in found.choices
    assert found.families == ("nova-1-sft", "nova-2-sft")


def test_choices_that_nothing_tells_are_left_out():
    assert (
        in_choices({"run": {"model_type": "ours"}}, {"run": {"model_type": "theirs"}}).choices == ()
    )


NUMBERED = """\
offers:
  - {model: tiny, generation: nova-1, method: sft, peft: lora, hardware: [p5, g5-12x]}
limits:
  tiny:
    when: {model: tiny}
    identifies: model
    keys: {run.model_type: {const: tiny}}
    because: So.
  on-p5:
    when: {hardware: p5}
    identifies: hardware
    keys: {max_length: {const: 2048}}
    because: So.
  on-g5:
    when: {hardware: g5-12x}
    identifies: hardware
    keys: {max_length: {const: 1024}}
    because: So.
"""


def test_a_number_may_tell_an_option(tmp_path):
    write_library(tmp_path, {"rules/team": NUMBERED, "model/tiny": "# Tiny.\na: 1\n"})
    tree = {"run": {"model_type": "tiny"}, "training_config": {"max_length": 2048}}
    other = {**tree, "training_config": {"max_length": 1024}}
    with using([tmp_path]) as shelf:
        found = difference(side_of("a", tree), side_of("b", other))
        told = with_choices(found, rule_book(shelf), shelf)
    assert told.choices == (("hardware", "p5", "g5-12x"),)


def test_a_first_line_tells_what_the_recipe_does_not():
    tree = compose().resolved()
    sides = [
        side_of("a", tree)._replace(said=said)
        for said in ((), ("hardware=p4d",), ("+preset=x", "model=nova-pro"), None)
    ]
    shelf = active_libraries()

    def choices(new):
        return with_choices(difference(sides[0], new), rule_book(shelf), shelf).choices

    assert [choices(side) for side in sides] == [(), (("hardware", "p5", "p4d"),), (), ()]


# overrides in one word


@pytest.mark.parametrize(
    ("text", "overrides"),
    [
        ("", ()),
        ("lr=1", ("lr=1",)),
        ("model=nova-micro,peft=lora", ("model=nova-micro", "peft=lora")),
        ("+preset=x,lr=2e-6,~tracking,++a=1", ("+preset=x", "lr=2e-6", "~tracking", "++a=1")),
        ("betas=[0.9,0.95],lr=1", ("betas=[0.9,0.95]", "lr=1")),
        ("+a={b:1,c:[2,3]},lr=1", ("+a={b:1,c:[2,3]}", "lr=1")),
        ("name='a,b=c',lr=1", ("name='a,b=c'", "lr=1")),
        ('name="a,\\",b=1",lr=1', ('name="a,\\",b=1"', "lr=1")),
        ("x=$<divide_ceil:1,2>,lr=1", ("x=$<divide_ceil:1,2>", "lr=1")),
        ("x=${divide_ceil:1,2},lr=1", ("x=${divide_ceil:1,2}", "lr=1")),
        ("x=a<b,lr=1", ("x=a<b", "lr=1")),
        ("x=a\\,b=1,lr=1", ("x=a\\,b=1", "lr=1")),
        ("lr=1e-5,2e-5", ("lr=1e-5,2e-5",)),
        ("lr=range(1,3),x=1", ("lr=range(1,3)", "x=1")),
        (" lr=1 , x=2 ,", ("lr=1", "x=2")),
        ("x=[1,lr=1", ("x=[1,lr=1",)),
    ],
)
def test_commas_part_overrides(text, overrides):
    assert split_overrides(text) == overrides


@pytest.mark.parametrize(
    ("text", "overrides"),
    [
        ("model=nova-micro peft=full", ("model=nova-micro", "peft=full")),
        ("~lr  +a=1", ("~lr", "+a=1")),
        ("name=a b", ()),
        ("lr=1", ()),
        ("", ()),
    ],
)
def test_overrides_with_spaces_between_them_are_told(text, overrides):
    assert spaced_overrides(text) == overrides


# matching


def entry(file, name="bot", **run):
    return Entry(file, side_of(file, {"run": {"name": name, **run}}))


def pairs(old, new):
    return [
        (pair.old and pair.old.file, pair.new and pair.new.file, pair.by)
        for pair in matched(old, new)
    ]


def test_recipes_are_matched_by_id_before_their_names():
    old = [entry("a", "x", lr=1), entry("b", "y", lr=2), entry("c", "z", lr=3), entry("d", "v")]
    new = [entry("b", "x", lr=2), entry("a", "z", lr=4), entry("d", "w", lr=5), entry("e", lr=6)]
    assert pairs(old, new) == [
        ("a", None, None),
        ("b", "b", "id"),
        ("c", "a", "name"),
        ("d", "d", "file"),
        (None, "e", None),
    ]


def test_copies_of_a_recipe_are_told_apart_by_file_and_name():
    old = [entry("a", "x"), entry("b", "y"), entry("c", "x")]
    new = [entry("c", "x"), entry("d", "y"), entry("a", "z")]
    assert pairs(old, new) == [("a", "a", "id"), ("b", "d", "id"), ("c", "c", "id")]


def test_a_name_that_several_have_matches_none():
    old = [entry("a", lr=1), entry("b", lr=2)]
    new = [entry("b", lr=3), entry("c", lr=4)]
    assert pairs(old, new) == [("a", None, None), ("b", "b", "file"), (None, "c", None)]


def test_a_file_in_another_directory_or_format_is_still_that_file():
    old, new = [entry("x/a.yaml", "x", lr=1)], [entry("a.json", "y", lr=2)]
    assert pairs(old, new) == [("x/a.yaml", "a.json", "file")]


def test_a_recipe_without_a_name_is_matched_by_its_file():
    old, new = [Entry("a", side_of("a", {"run": 1}))], [Entry("a", side_of("a", {"x": 1}))]
    assert pairs(old, new) == [("a", "a", "file")]
