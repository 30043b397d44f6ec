"""Splices: what changes in a file's text, and that nothing else does."""

import json
import random

import pytest

from hydra_recipes.documents.editing.change import Change
from hydra_recipes.documents.editing.editor import rewritten
from hydra_recipes.documents.editing.repeats import without_repeats
from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import OutputError

pytestmark = pytest.mark.quick

AWKWARD = """\
%YAML 1.1
---
# a recipe
run:  # who
  name:   "bot"     # short
  title: >-
    one
    two

  # of the run
  sizes: {a: 1,   b:  2,
          c: 3}   # in two lines
  script: |
    text  # no comment
# ---- how it trains ----
training:
- first:  1   # one
  second: [1,
           2]
-   third: é
empty:
...
"""


def renaming(old, new, value):
    return [Change("delete", old), Change("add", (*old[:-1], new), value)]


CASES = {
    "a name": (
        renaming(("run", "name"), "title2", "bot"),
        {'  name:   "bot"     # short': '  title2:   "bot"     # short'},
    ),
    "a name in two lines": (
        renaming(("run", "sizes", "b"), "bb", 2),
        {"a: 1,   b:  2,": "a: 1,   bb:  2,"},
    ),
    "a name and its value": (
        renaming(("run", "name"), "named", "cat"),
        {'  name:   "bot"     # short': "  named:   cat     # short"},
    ),
    "a key behind the others": (
        [Change("add", ("run", "replicas"), 4)],
        {"    text  # no comment\n": "    text  # no comment\n  replicas: 4\n"},
    ),
    "a section": (
        [Change("add", ("run", "more"), {"a": 1, "b": [1]})],
        {"# no comment\n": "# no comment\n  more:\n    a: 1\n    b:\n      - 1\n"},
    ),
    "a key at the end": ([Change("add", ("last",), 1)], {"empty:\n": "empty:\nlast: 1\n"}),
    "a key in flow": (
        [Change("add", ("run", "sizes", "d"), {"e": [1]})],
        {"c: 3}": "c: 3,\n          d: {e: [1]}}"},
    ),
    "a key of an item": (
        [Change("add", ("training", 1, "fourth"), "x")],
        {"-   third: é\n": "-   third: é\n    fourth: x\n"},
    ),
    "no first key of an item": (
        [Change("delete", ("training", 0, "first"))],
        {"- first:  1   # one\n  second": "- second"},
    ),
    "no last key in flow": ([Change("delete", ("run", "sizes", "c"))], {",\n          c: 3}": "}"}),
    "no first key in flow": ([Change("delete", ("run", "sizes", "a"))], {"a: 1,   b": "b"}),
    "no key of several lines": (
        [Change("delete", ("run", "title"))],
        {"  title: >-\n    one\n    two\n": ""},
    ),
    "no last key before a comment": (
        [Change("delete", ("run", "script"))],
        {"  script: |\n    text  # no comment\n": ""},
    ),
    "no key that is the only one": (
        [Change("delete", ("training", 1, "third"))],
        {"-   third: é\n": "-   {}\n"},
    ),
    "a value of several lines": (
        [Change("change", ("run", "title"), "x")],
        {">-\n    one\n    two": "x"},
    ),
    "a list in flow": (
        [Change("change", ("training", 0, "second"), [3])],
        {"[1,\n           2]": "[3]"},
    ),
    "a value where none is": ([Change("change", ("empty",), 5)], {"empty:\n": "empty: 5\n"}),
    "several at once": (
        [
            Change("change", ("run", "name"), "cat"),
            Change("delete", ("run", "title")),
            *renaming(("run", "sizes", "b"), "bb", 2),
            Change("add", ("run", "replicas"), 4),
        ],
        {
            '"bot"': "cat",
            "  title: >-\n    one\n    two\n": "",
            " b:  2": " bb:  2",
            "# no comment\n": "# no comment\n  replicas: 4\n",
        },
    ),
}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("name", CASES)
def test_a_change_touches_nothing_else(name, ending):
    changes, edits = CASES[name]
    wanted = AWKWARD
    for old, new in edits.items():
        assert wanted.count(old) == 1
        wanted = wanted.replace(old, new)
    found = rewritten(parse_document(AWKWARD.replace("\n", ending), "x.yaml"), changes)
    assert found == wanted.replace("\n", ending)


TREE = {"run": {"a": 1, "b": [1, 2], "c": {"d": "x"}}, "more": {"e": None}}
FLOWS = {
    "a comment of the next": (
        "{foo: 1, # try\n # the name\n name: x}",
        "foo",
        "{\n # the name\n name: x}",
    ),
    "a comment of the one before": (
        "{a: {b: 1}, # the plan\n bar: 2}",
        "bar",
        "{a: {b: 1} # the plan\n }",
    ),
    "a line of its own": ("{a: 1, # one\n b: 2, # two\n c: 3}", "b", "{a: 1, # one\n c: 3}"),
    "the only one": ("{a: 1, }", "a", "{ }"),
    "no comma left": ('{"a": 1,\n  "b": 2\n}', "b", '{"a": 1\n}'),
}


@pytest.mark.parametrize("name", FLOWS)
def test_what_is_cut_out_of_flow_takes_no_comment_of_others(name):
    text, key, wanted = FLOWS[name]
    document = parse_document(f"x:\n  {text}\n", "x.yaml")
    assert rewritten(document, [Change("delete", ("x", key))]) == f"x:\n  {wanted}\n"


def test_an_alias_is_found_behind_comments():
    text = "d: &d 7\nn:\n- k: 1 # c-d\n# about\n- *d\t# x\nm: # two\n  *d\n"
    found = rewritten(parse_document(text, "x.yaml"), [Change("change", ("d",), 5)])
    assert found == text.replace("&d 7", "5").replace("- *d", "- &d 7")
    gone = rewritten(parse_document(text, "x.yaml"), [Change("delete", ("n", 1))])
    assert gone == text.replace("- *d\t# x\n", "")


def test_json_that_is_ascii_stays_so():
    text = json.dumps({"a": 7, "b": "\U0001f389", "c": {"d": "é"}}, indent=2)
    found = rewritten(parse_document(text, "x.json"), [Change("change", ("a",), 8)])
    assert found == text.replace("7", "8")
    flat = json.dumps({"b": "\U0001f389", "a": 7})
    assert rewritten(parse_document(flat, "x.json"), [Change("change", ("a",), 8)]) == flat.replace(
        "7", "8"
    )


def test_what_stands_behind_the_end_of_a_document_stays():
    text = "a: &x\n  b: {}\n...\n# the end\n"
    added = Change("add", ("a", "c"), {"z": 1})
    assert rewritten(parse_document(text, "x.yaml"), [added]).endswith("\n...\n# the end\n")


def test_an_anchor_goes_to_its_first_alias():
    text = "a: &n old   # the run\nb: *n # the same\nc: [*n]\nd: &q 'it''s'\ne: *q # x\n"
    changes = [Change("change", ("a",), "new"), Change("change", ("d",), 1)]
    found = rewritten(parse_document(text, "x.yaml"), changes)
    assert found == "a: new   # the run\nb: &n old # the same\nc: [*n]\nd: 1\ne: &q 'it''s' # x\n"


def test_items_are_cut_out_of_a_list_where_they_stand():
    text = "a:\n- 0.9   # b1\n- 0.99\n# the second\n- 0.999   # b2\nb: [1, 2, 3]\n"
    changes = [Change("change", ("a",), [0.9, 0.999]), Change("change", ("b",), [1, 3])]
    found = rewritten(parse_document(text, "x.yaml"), changes)
    assert found == "a:\n- 0.9   # b1\n# the second\n- 0.999   # b2\nb: [1, 3]\n"


def test_a_tab_before_a_comment_is_nothing_to_stumble_over():
    text = "a: 1\t# one\nb: 2\t# two\n"
    found = rewritten(parse_document(text, "x.yaml"), [Change("change", ("b",), 3)])
    assert found == "a: 1\t# one\nb: 3\t# two\n"


def test_the_comment_between_two_keys_of_an_item_stays():
    text = "- k5: 1 # five\n  # about k7\n  k7: 2\n"
    found = rewritten(parse_document(f"a:\n{text}", "x.yaml"), [Change("delete", ("a", 0, "k5"))])
    assert found == "a:\n-\n  # about k7\n  k7: 2\n"


JSONS = {
    "tabs": json.dumps(TREE, indent="\t"),
    "CRLF": json.dumps(TREE, indent=2).replace("\n", "\r\n"),
    "one line": json.dumps(TREE),
    "indented": json.dumps(TREE, indent=4) + "\n",
    "by hand": '{"run": {\n  "a": 1, "b": [1, 2],\n  "c": {"d": "x"}\n},\n"more": {"e": null}}\n',
}


@pytest.mark.parametrize("name", JSONS)
def test_json_keeps_its_layout(name):
    text = JSONS[name]
    changes = [
        Change("change", ("run", "a"), 2),
        *renaming(("run", "c", "d"), "dd", "x"),
        Change("delete", ("run", "b")),
        Change("add", ("more", "f"), {"g": True}),
    ]
    found = rewritten(parse_document(text, "x.json"), changes)
    assert ("\r\n" in found) == ("\r\n" in text)
    assert json.loads(found) == {
        "run": {"a": 2, "c": {"dd": "x"}},
        "more": {"e": None, "f": {"g": True}},
    }
    alone = rewritten(parse_document(text, "x.json"), changes[:1])
    assert alone == text.replace('"a": 1', '"a": 2')


def test_the_only_key_of_a_section_leaves_it_empty():
    text = "run:\n  sched:  # of lr\n    steps: 5  # few\n  # on\n  name: x\n"
    found = rewritten(parse_document(text, "x.yaml"), [Change("delete", ("run", "sched", "steps"))])
    assert found == "run:\n  sched: {}  # of lr\n  # on\n  name: x\n"


@pytest.mark.parametrize("seed", range(60))
def test_any_change_of_any_layout_keeps_every_other_line(seed):
    draw = random.Random(seed)
    sections = [f"k{at}" for at in range(draw.randint(1, 4))]
    tree = {
        section: {f"{section}-{at}": draw.choice([1, "x", 0.5]) for at in range(draw.randint(1, 4))}
        for section in sections
    }
    lines = []
    for at, line in enumerate(to_yaml(tree).splitlines()):
        lines += [f"  # above {at}"][: draw.randint(0, 1)]
        lines.append(line + draw.choice(["", f"   # beside {at}", "  "]))
    text = "\n".join(lines) + draw.choice(["", "\n", "\n# the end\n"])
    section = draw.choice(sections)
    key = draw.choice(list(tree[section]))
    kind = draw.choice(["change", "delete", "add", "rename"])
    changes = {
        "change": [Change("change", (section, key), 7)],
        "delete": [Change("delete", (section, key))],
        "add": [Change("add", (section, "new"), 7)],
        "rename": renaming((section, key), "new", tree[section][key]),
    }[kind]
    before, found = (
        text.splitlines(),
        rewritten(parse_document(text, "x.yaml"), changes).splitlines(),
    )
    kept = [line for line in before if line in found]
    only = kind == "delete" and len(tree[section]) == 1  # then the section is empty
    assert len(before) - len(kept) == {"add": 0, "delete": 1 + only}.get(kind, 1)
    assert [line for line in found if line in before] == kept


def test_a_key_that_is_written_three_times_is_written_once():
    document = parse_document("a: {b: 1, c: 2, b: 3,\n  b: 4}\nd: 1\nd: 1\n", "x.yaml")
    assert without_repeats(document).text == "a: {c: 2, b: 4}\nd: 1\n"
    assert without_repeats(document, {("a", "b")}).text == "a: {b: 1, c: 2}\nd: 1\n"


def change(path, value):
    return [Change("change", path, value)]


OTHERS = {
    "a section for a value": (
        "a: 5  # note\nb: 1\n",
        change(("a",), {"x": 1, "w": {"z": [2]}}),
        "a:  # note\n  x: 1\n  w:\n    z:\n      - 2\nb: 1\n",
    ),
    "a section for an item": (
        "-   5  # note\n- 1\n",
        change(("a", 0), {"x": 1, "w": 2}),
        "-   x: 1  # note\n    w: 2\n- 1\n",
    ),
    "a value for a section": (
        "a:  # of a\n  # of x\n  x: 1\n  w: 2 # two\n# on\nb: 1\n",
        change(("a",), "new"),
        "a: new  # of a\n  # of x\n# on\nb: 1\n",
    ),
    "a list for a section": ("a:\n  x: 1\n", change(("a",), [1, "${b}"]), 'a: [1, "${b}"]\n'),
    "a value with a comment behind its sign": (
        "a: |  # lines\n  one\n  two\nb: 1\n",
        change(("a",), 5),
        "a: 5 # lines\nb: 1\n",
    ),
    "a part of a section": (
        "a:\n  x: 1 # one\n  # of w\n  w: 2 # two\n  z: 3 # three\n",
        change(("a",), {"x": 1, "z": 4, "new": 5}),
        "a:\n  x: 1 # one\n  # of w\n  z: 4 # three\n  new: 5\n",
    ),
    "items put in": (
        "a:\n  - 1 # one\n  # of 2\n  - 2 # two\nb: [1, 2]\n",
        [*change(("a",), [1, 5, 2]), *change(("b",), [0, 1, 2, 3])],
        "a:\n  - 1 # one\n  - 5\n  # of 2\n  - 2 # two\nb: [0, 1, 2, 3]\n",
    ),
    "a key of its own for a merged one": (
        "a: &a {x: 1}\nb:\n  <<: *a # all\n  w: 2\n",
        change(("b", "x"), 3),
        "a: &a {x: 1}\nb:\n  <<: *a # all\n  w: 2\n  x: 3\n",
    ),
    "a section that another one is": (
        "a: &a  # first\n  x: 1 # one\n  # of w\n  w: 2\nb:\n    c: *a  # second\nd: *a\n",
        [Change("delete", ("a",))],
        "b:\n    c: &a  # second\n      x: 1 # one\n      # of w\n      w: 2\nd: *a\n",
    ),
    "an anchor in brackets": (
        "a: &a\n  x: ${b}\nc: [*a, 1]\n",
        change(("a",), None),
        'a: null\nc: [&a {x: "${b}"}, 1]\n',
    ),
    "the only key of a file": (
        "# top\na: 1 # one\n# end\n",
        [Change("delete", ("a",))],
        "# top\n{}\n# end\n",
    ),
    "the only key behind an anchor": (
        "a: &a # of a\n  x: 1\nb: *a\n",
        [Change("delete", ("a", "x")), Change("delete", ("b", "x"))],
        "a: &a {} # of a\nb: *a\n",
    ),
    "a key behind an anchor": (
        "a: &a\n  x: 1\n",
        [Change("add", ("a", "w"), 2)],
        "a: &a\n  x: 1\n  w: 2\n",
    ),
    "a key that two share": (
        "a: &a\n  x: 1\nb: *a\n",
        [Change("add", ("a", "w"), 2), Change("add", ("b", "w"), 2)],
        "a: &a\n  x: 1\n  w: 2\nb: *a\n",
    ),
    "a key behind a question mark": (
        "? a # one\n: 1\n? b\n: 2\n? c\n",
        [Change("delete", ("a",)), *change(("c",), 3), Change("add", ("d",), 4)],
        "? b\n: 2\n? c\n: 3\nd: 4\n",
    ),
    "a section in another place": (
        "a:\n  # of x\n  x: # one\n    # of w\n    w: 1   # two\n  z: 1\nb:\n    c: 1\n",
        [Change("delete", ("a", "x")), Change("add", ("b", "x"), {"w": 1})],
        "a:\n  # of x\n  z: 1\nb:\n    c: 1\n    x: # one\n      # of w\n      w: 1   # two\n",
    ),
    "a key behind a text that keeps its lines": (
        "a:\n  x: |+\n    one\n\nb: 1\n",
        [Change("add", ("a", "w"), 2)],
        "a:\n  x: |+\n    one\n\n  w: 2\nb: 1\n",
    ),
    "a key behind a comment in brackets": (
        "a: {\n  x: 1 # one\n}\n",
        [Change("add", ("a", "w"), 2)],
        "a: {\n  x: 1, # one\n  w: 2\n}\n",
    ),
    "a key of a pair alone in a list": (
        "a: [x: 1, 2]\n",
        [Change("add", ("a", 0, "w"), "${b}")],
        'a: [{x: 1, w: "${b}"}, 2]\n',
    ),
    "what is added and taken away again": (
        "a: &a {x: 1}\nb: *a # the same\n",
        [Change("add", ("a", "w"), 1), Change("delete", ("a", "w"))],
        "a: &a {x: 1}\nb: *a # the same\n",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_changes_of_other_kinds(name):
    text, changes, wanted = OTHERS[name]
    if text.startswith("-"):
        text, wanted = f"a:\n{text}", f"a:\n{wanted}"
    assert rewritten(parse_document(text, "x.yaml"), changes) == wanted


def test_a_key_that_its_section_shares_is_refused_with_the_section():
    document = parse_document("a: &a {x: 1}\nb: *a\n", "x.yaml")
    with pytest.raises(OutputError, match="b is shared with other keys by an anchor"):
        rewritten(document, [Change("add", ("b", "w"), 1)])
