"""What a skeleton and its values say of a text is what reading it says, or they say nothing."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydra_recipes.documents.reader import parse_document
from hydra_recipes.documents.scalars import is_text_to_some
from hydra_recipes.documents.skeleton import NotPlainError, apart, places_of, plain_value
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.tree import value_at
from support.awkward_scalars import AWKWARD

pytestmark = pytest.mark.quick

KEYS = [
    "a",
    "b",
    "lr",
    "name",
    "yes",
    "null",
    "k-1",
    "k.2",
    "1",
    "'q'",
    "two words",
    "<<",
    "=",
    "é",
]
VALUES = [
    *AWKWARD,
    *("", "1", "64", "0.5", "1.0e-05", "word", "two words", "s3://a/b", "x:y", "a - b", "- a"),
    *("a-", '""', "''", '"a b"', "'a b'", '"a: b"', "' # '", '"yes"', '"???"', '"é"', '"\\u00e9"'),
    *("'it''s'", '"', "'a", '"a" b', '"a"b', "${b}", "'${b}'", "$<b>", "*x", "&x 1", "!!str 1"),
    *("|", ">-", "@a", "[]", "{}", "[1, 2]", "[a, 'b']", "[[1]]", "[1", "1]", "{a: 1}", "[yes]"),
    *("[1e-5]", "[a,]", "a #b", "a# b", "#", " 1", "1 ", "a: b", "a:", ":", "?", "? a", "-", "--"),
    *("a,b", "%a", "`a`", "9" * 17, "9" * 400, "x" * 200, "0" * 70, "a\tb", "\t", "a\u00a0b"),
    *("a\u2028b", "a\x85b", "\x7f"),
]
PLAIN_KEYS = ["a", "b", "c", "lr", "yes", "null", "k-1", "k.2"]
PLAIN_VALUES = [text for text in sorted({*VALUES, *AWKWARD}) if apart(f"a: {text}")]


def lines_of(keys, values, dashes, colons):
    """Lines of a block mapping or a list, in any order, and what may stand between."""
    entries = st.builds(
        "{}{}{}{}{}{}".format,
        st.sampled_from(["", "", "  ", "    ", " "]),
        st.sampled_from(dashes),
        st.sampled_from(keys),
        st.sampled_from(colons),
        st.sampled_from(values),
        st.sampled_from(["", "", "", " ", " # c", "# c", " #", "  # a: b"]),
    )
    indents, signs = st.sampled_from(["", "  ", "    "]), st.sampled_from(["- ", "- ", "- - ", ""])
    items = st.builds("{}{}{}".format, indents, signs, st.sampled_from(values))
    between = st.sampled_from(["", "  ", "# c", "  # c", "a:", "  b:", "recipes:"])
    return st.lists(st.one_of(entries, entries, items, between), max_size=6)


PLAIN_LINES = lines_of(PLAIN_KEYS, PLAIN_VALUES, ["", "", "- "], [": ", ": ", ":"])
ODD_DASHES, ODD_COLONS = ["", "", "- ", "-", "-  ", "? "], [": ", ":", ":  ", ":\t", " : "]
ODD_LINES = lines_of(KEYS, [*VALUES, *AWKWARD], ODD_DASHES, ODD_COLONS)
MARKS = st.sampled_from([[], [], [], ["---"], ["..."], ["%YAML 1.1"]])
ENDS = st.sampled_from(["\n", "", "\n\n", "\r\n", "\n "])
TEXTS = st.builds(
    lambda marks, lines, end: "\n".join([*marks, *lines]) + end,
    MARKS,
    st.one_of(PLAIN_LINES, PLAIN_LINES, ODD_LINES),
    ENDS,
)


def read(text):
    try:
        return parse_document(text, "x.yaml")
    except DocumentError:
        return None


def tree_of(text, tree, places):
    """The tree of a text by its values, given that of another with its skeleton."""
    for path, value in zip(places, map(plain_value, apart(text)[1]), strict=True):
        if path:
            value_at(tree, path[:-1])[path[-1]] = value
    return tree


def exchanged(text, rng):
    """A text with other values in the same lines."""
    lines = text.split("\n")
    for at, value in enumerate(apart(text)[1]):
        if value and rng.random() < 0.7:
            lines[at] = lines[at].replace(value, rng.choice(PLAIN_VALUES), 1)
    return "\n".join(lines)


@settings(max_examples=1500, deadline=None)
@given(TEXTS, st.integers(0, 2**32))
def test_texts_of_one_skeleton_differ_in_their_values_alone(text, seed):
    rng = random.Random(seed)
    parts, document = apart(text), read(text)
    if parts is None or document is None:
        return
    try:
        places = places_of(document)
    except NotPlainError:
        return
    for _ in range(5 if places else 0):
        other = exchanged(text, rng)
        parts_of_other = apart(other)
        if parts_of_other is None or parts_of_other[0] != parts[0]:
            continue
        try:
            tree = tree_of(other, read(text).tree, places)
        except NotPlainError:
            continue
        found = read(other)
        assert found is not None
        assert repr(found.tree) == repr(tree)
        assert not found.troubles
        assert not found.unclear
        assert UNSET not in map(plain_value, parts_of_other[1])


@pytest.mark.parametrize("text", sorted({*AWKWARD, *VALUES}))
def test_a_value_is_what_every_reader_takes_it_for(text):
    """Only values that ``apart`` takes are asked for."""
    parts = apart(f"a: {text}")
    if parts is None or parts[1] != (text,):
        return
    try:
        value = plain_value(text)
    except NotPlainError:
        return
    document = read(f"a: {text}")
    assert repr(document.tree["a"]) == repr(value)
    assert not document.unclear
    assert not (isinstance(value, float) and is_text_to_some(text))


def test_what_most_recipes_say_has_a_skeleton():
    text = """\
# recipe compose lr=2e-6
run:
  name: my-run  # yours
  replicas: 4

  data: "s3://acme/x.jsonl"
  empty: ''
  none: null
  nothing:
  models:
    - nova-micro
    - name: nova-lite
      of: [1, 2.5]
      rest: {}
"""
    skeleton, values = apart(text)
    assert apart(text.replace("my-run  # yours", "other").replace("2e-6", "3"))[0] == skeleton
    assert [value for value in values if value] == [
        "my-run",
        "4",
        '"s3://acme/x.jsonl"',
        "''",
        "null",
        "nova-micro",
        "nova-lite",
    ]
    places = places_of(parse_document(text, "x.yaml"))
    assert [path for path in places if path] == [
        ("run", "name"),
        ("run", "replicas"),
        ("run", "data"),
        ("run", "empty"),
        ("run", "none"),
        ("run", "models", 0),
        ("run", "models", 1, "name"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("a: &x 1\nb: *x\n", "a: !!str 1\n", "a: |\n  b: 1\n", "a: 1\r\n", "a:\t1\n", "é: 1\n"),
        *(
            "a: ${b}\n",
            '"a": 1\n',
            "? a\n: 1\n",
            "{a: 1}\n",
            "--- {}\n",
            "a: b: c\n",
            "a: [1,\n  2]\n",
            "a: 'it''s'\n",
        ),
        *('a: "\\n"\n', "<<: 1\n", "a:  1\n", "a: *x\n", "- a\n-\n"),
    ],
)
def test_what_is_less_plain_has_none(text):
    assert apart(text) is None


@pytest.mark.parametrize(
    "text", ["a: 1\na: 2\n", "a: x\n  y: z\n", "a: x\n  - y\n", "a: [yes]\n", "a: b\n   c: d\n"]
)
def test_what_is_read_otherwise_than_line_by_line_has_no_places(text):
    document = read(text)
    assert apart(text) is not None
    assert document is None or places_of(document) is None


@pytest.mark.parametrize(
    "text",
    [*("yes", "010", "1:30", "2024-01-01", "1e-5", ".inf", ".nan", "0o17", '"???"'), "9" * 17],
)
def test_what_readers_differ_on_is_no_plain_value(text):
    assert apart(f"a: {text}") is not None
    with pytest.raises(NotPlainError):
        plain_value(text)
