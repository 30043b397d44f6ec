"""Emission: every reader takes what is written for the same values and types."""

import json
import math

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from ruamel.yaml import YAML

from hydra_recipes.documents.emitter import to_json, to_yaml
from hydra_recipes.documents.header import header
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.links.rewriting import escape
from hydra_recipes.literals import scalar

pytestmark = pytest.mark.quick

no_deadline = settings(deadline=None)

NASTY = """
    y n yes no on off true false null Null NULL ~ True NO None nan .nan inf .inf -.inf Infinity
    1 -1 +1 0 00 01 1e5 1e-5 1E5 1.5 .5 5. 1_000 0x1f 0o17 0b1 1:30 12:30:45 190:20:30.15 1,000
    2024-01-01 2024-01-01T00:00:00Z 0.1.2 - -- --- ... -x ? ?x : x: :x a:b a://b # #x x#y & &x
    * *x ! !x !!int | > % %x @ @x ` [ ] [] [x] { } {} {x} , x,y ' '' 'x' " "" "x" \\ \\n x\\ \\x41
    = << == $ $x ${x} ${oc.env:HOME} \\${x} $${x} a}b a{b a$b _ _1 __ ??? x? x! x| x> x&y x*y x~ (x)
    s3://bucket/a.jsonl amazon.nova-micro-v1:0:128k nova-micro/prod é 日本語 😀 x😀y
""".split()  # noqa: SIM905 - easier to read than a list
SPACED = [
    "",
    " ",
    "  x",
    "x  ",
    "a b",
    "a: b",
    "a #b",
    "- a",
    "? a",
    "a\nb",
    "\n",
    "a\n",
    "\n a\n\n",
]
STRANGE = list(
    "\0\a\b\t\v\f\r\x1b\x7f\x80\x85\x9f\xa0\xad\u200b\u2028\u2029\u202e\ue000\ufeff\ufffe"
)
STRANGE += [
    "\uffff",
    "\ufffd",
    "\U00010000",
    "\U000e0001",
    "\U0010ffff",
    "a\rb",
    "\ufeffx",
    "x\x85y",
]

texts = (
    st.sampled_from([*NASTY, *SPACED, *STRANGE])
    | st.lists(st.sampled_from([*NASTY, *SPACED, *STRANGE]), max_size=3).map("".join)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False)
    | texts
)
keys = texts | st.integers() | st.booleans()
trees = st.dictionaries(
    keys,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=15,
    ),
    max_size=5,
)


def pyyaml(text):
    return yaml.safe_load(text)


def libyaml(text):
    return yaml.load(text, Loader=yaml.CSafeLoader)


def ruamel(text):
    reader = YAML(typ="safe", pure=True)
    reader.version = "1.2"
    return reader.load(text)


def omegaconf(text):
    return OmegaConf.to_container(OmegaConf.create(text), resolve=False)


def ours(text):
    document = parse_document(text, "recipe.yaml")
    assert document.troubles == ()
    return document.tree


def typed(node):
    """A value together with its types and the order of its keys."""
    if isinstance(node, dict):
        return [(typed(key), typed(value)) for key, value in node.items()]
    if isinstance(node, list):
        return (list, [typed(value) for value in node])
    return (type(node), repr(node))


@pytest.mark.parametrize("read", [pyyaml, libyaml, ruamel, ours])
@no_deadline
@given(tree=trees)
@example(tree={text: text for text in [*NASTY, *SPACED, *STRANGE]})
@example(tree={"list": [*NASTY, *SPACED, *STRANGE]})
@example(tree={})
@example(
    tree={"a": {}, "b": [], "c": [[]], "d": [{}], "e": [[[1], {}], {"f": [{"g": 1, "h": []}]}]}
)
@example(tree={"x" * 2000: "y" * 2000, "list": [{"x" * 2000: {"y": ["x"]}}]})
@example(tree={"f": [0.0, -0.0, 1e16, 1e-5, 1e300, 5e-324, -1e22, 0.1, math.inf, -math.inf]})
def test_yaml_is_read_back_with_the_same_types(read, tree):
    assert typed(read(to_yaml(tree))) == typed(tree)


@no_deadline
@given(tree=trees)
@example(tree={text: text for text in [*NASTY, *SPACED, *STRANGE]})
@example(tree={})
def test_omegaconf_reads_yaml_back_and_its_literal_dollars_too(tree):
    assert typed(omegaconf(to_yaml(escape(tree)))) == typed(escape(tree))
    config = OmegaConf.create(to_yaml(escape(tree)))
    assert typed(OmegaConf.to_container(config, resolve=True)) == typed(tree)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-05, "1.0e-05"),
        (2e-06, "2.0e-06"),
        (1e16, "1.0e+16"),
        (0.01, "0.01"),
        (16.0, "16.0"),
        (True, "true"),
        (None, "null"),
        ("null", '"null"'),
        ("1e-5", '"1e-5"'),
        ("no", '"no"'),
        ("nova-micro/prod", "nova-micro/prod"),
        ("amazon.nova-micro-v1:0:128k", "amazon.nova-micro-v1:0:128k"),
        ("s3://acme/x.jsonl", "s3://acme/x.jsonl"),
        ("${recipes.run.replicas}", "${recipes.run.replicas}"),
        ("a\u2028b\x07", '"a\\u2028b\\x07"'),
        ("", '""'),
    ],
)
def test_values_look_as_a_person_writes_them(value, text):
    assert scalar(value) == text


@no_deadline
@given(trees, texts)
@example({"a": 1, "b": {"c": [1]}}, "two\nlines # and a 'quote\" \x85 \u2028 \x00")
def test_comments_change_no_value(tree, note):
    assert typed(ours(to_yaml(tree, lambda _: note))) == typed(tree)
    assert typed(ruamel(to_yaml(tree, lambda _: note))) == typed(tree)


def test_a_comment_stands_beside_its_key():
    text = to_yaml({"run": {"replicas": 2, "x": [1]}}, {("run", "replicas"): "2, 4 or 8"}.get)
    assert text == "run:\n  replicas: 2  # 2, 4 or 8\n  x:\n    - 1\n"


@no_deadline
@given(
    st.lists(texts | st.text(max_size=10), max_size=4),
    st.none() | texts | st.text(max_size=10),
)
@example(["a=1\nb: 2", "\x85", "\u2028x: 1", "\r", "\x0bx: 1", "\udc80"], "x\ny: 1")
def test_every_line_of_a_header_is_a_comment(arguments, schema):
    first = header(arguments, schema)
    assert first.startswith("# recipe compose")
    assert typed(ours(to_yaml({"a": 1}, header=first))) == typed({"a": 1})
    assert ruamel(first + "a: 1\n") == {"a": 1}


def test_a_header_gives_the_command_and_the_schema():
    assert header(["model=nova-micro", "run.name=a b"], "nova.json") == (
        "# recipe compose model=nova-micro 'run.name=a b'\n"
        "# yaml-language-server: $schema=nova.json\n"
    )


@no_deadline
@given(
    st.recursive(
        scalars.filter(lambda value: value not in (math.inf, -math.inf)),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=15,
    )
)
def test_json_is_read_back_by_json_and_yaml_readers(value):
    text = to_json({"value": value})
    assert typed(json.loads(text)) == typed({"value": value})
    assert typed(ours(text)) == typed({"value": value})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_json_has_no_numbers_that_are_not_finite(number):
    with pytest.raises(OutputError, match=r"value\.0 is -?\.(nan|inf), which JSON"):
        to_json({"value": [number]})
    with pytest.raises(OutputError, match="JSON"):
        to_json({number: 1})


INVISIBLE = "\u202e\u2066\u200b\u00ad\u061c\U000e0041\u3164\x1b\x9b"


@pytest.mark.parametrize("write", [to_yaml, to_json])
def test_no_text_has_what_is_not_seen_as_it_is(write):
    tree = {f"k{one}": [f"a{one}b"] for one in INVISIBLE}
    text = write(tree)
    assert not set(INVISIBLE) & set(text)
    assert ours(text) == tree
