"""Reading files: what is read, where it stands, and that no file does harm."""

import subprocess
import sys

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hydra_recipes.checking.recipe_file import check_file
from hydra_recipes.documents.document import MAX_DEPTH, MAX_NODES, Mark
from hydra_recipes.documents.reader import parse_document, read_document
from hydra_recipes.files import MAX_BYTES
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.findings.messages.yaml import DuplicateKey, EqualKeys, MergeConflict, Tag
from support.awkward_scalars import AWKWARD

pytestmark = pytest.mark.quick

no_deadline = settings(deadline=None)

RECIPE = """\
# recipe compose
run:
  name: my-lora-run
  replicas: 2
  mlflow_run_name: ${recipes.run.name}
training_config:
  optim: &optim {lr: 1.0e-05, betas: [0.9, 0.999]}
  again:
    <<: *optim
    lr: 5e-6
  peft: null
  note: "a \\u00e9 'quoted' text"
"""


def typed(node):
    """A value together with its types, NaN made comparable."""
    if isinstance(node, dict):
        return {(type(key), repr(key)): typed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [typed(value) for value in node]
    return type(node), repr(node)


def omegaconf_reads(text):
    return OmegaConf.to_container(OmegaConf.create(text), resolve=False)


plain_scalars = st.sampled_from(AWKWARD) | st.from_regex(
    r"\A[-+]?[0-9_.:]{0,6}([eE][-+]?[0-9]{0,3})?\Z"
).filter(lambda text: text.strip() and not text.startswith(("- ", "---", "...")))
quoted_scalars = plain_scalars.flatmap(
    lambda text: st.sampled_from(
        [f"'{text.replace(chr(39), chr(39) * 2)}'", f"!!str {text}", f"! {text}"]
    )
)


@no_deadline
@given(plain_scalars | quoted_scalars)
@example("'\\x41'")
@example('"\\x41\\u00e9\\t"')
@example("|\n  two\n  lines\n")
@example(">-\n  one\n  line\n")
@example("!!float 1")
@example("!!int '5'")
@example("!!bool 'yes'")
@example("")
def test_a_scalar_is_read_as_omegaconf_reads_it(text):
    document = f"key: {text}\nlist:\n- {text}\n"
    try:
        wanted = omegaconf_reads(document)
    except (OmegaConfBaseException, yaml.YAMLError, ValueError):
        return
    read = parse_document(document, "recipe.yaml")
    assert typed(read.tree) == typed(wanted)


@pytest.mark.parametrize("key", ["yes", "1", "1e3", "0x10", "'1'", "~x", "=", "a b", "1:30", "on"])
def test_a_key_is_read_as_omegaconf_reads_it(key):
    assert typed(parse_document(f"{key}: 1", "f").tree) == typed(omegaconf_reads(f"{key}: 1"))


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_keys = st.text(max_size=6) | st.integers() | st.booleans()
_trees = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


@no_deadline
@given(
    st.dictionaries(_keys, _trees, max_size=4),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, '"', "'"]),
    st.booleans(),
)
def test_a_document_is_read_as_omegaconf_reads_it(tree, flow, style, shared):
    if shared:  # the dumper gives what stands twice an anchor
        tree = {"first": tree, "second": tree, "list": [tree]}
    text = yaml.safe_dump(tree, default_flow_style=flow, default_style=style, allow_unicode=True)
    try:
        wanted = omegaconf_reads(text)
    except (OmegaConfBaseException, yaml.YAMLError):
        return
    assert typed(parse_document(text, "recipe.yaml").tree) == typed(wanted)


@pytest.mark.parametrize(
    "text",
    [
        "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n",
        "x: &x {a: 1, b: 2}\ny: {b: 3, <<: *x}\n",
        "x: &x {a: 1}\nz: &z {a: 1, c: 4}\ny: {<<: [*x, *z]}\n",
        "x: &x {a: 1}\nz: &z {a: 2, c: 4}\ny: {<<: [*x, *z], a: 3}\n",
        "x: &x {a: 1}\nz: &z {a: 1, c: 4}\ny:\n  <<: *x\n  <<: *z\n",
        "x: &x {a: 1}\nz: &z {<<: *x, c: 4}\ny: {<<: *z, d: [1]}\n",
        "x: {<<: {a: 1}, b: 2}\n",
        "x: {'<<': 1}\n",
        "a: &a 1\nb: *a\nc: &c 2\nd: [*c, *a]\n",
        "a: &a [1, {b: 2}]\nb: *a\n",
        "a: [&a x, *a]\n",
    ],
)
def test_anchors_and_merges_are_read_as_omegaconf_reads_them(text):
    assert parse_document(text, "f").tree == omegaconf_reads(text)


def at(text, path, *, key=False):
    origin = parse_document(text, "recipe.yaml").origin(path, key=key)
    return origin.line, origin.column, origin.text


def test_a_value_and_its_key_have_their_line_and_column():
    text = "run:\n  name: x\n  replicas:   4\n"
    assert at(text, ("run", "replicas")) == (3, 15, "  replicas:   4")
    assert at(text, ("run", "replicas"), key=True) == (3, 3, "  replicas:   4")


def test_a_value_in_a_list_has_its_line_and_column():
    text = "betas:\n  - 0.9\n  - {a: [1, 22, é, 3]}\n"
    assert at(text, ("betas", 0))[:2] == (2, 5)
    assert at(text, ("betas", 1, "a", 3))[:2] == (3, 20)
    assert at(text, ("betas", 1, "a"), key=True)[:2] == (3, 6)


@pytest.mark.parametrize("text", ["a: 1\r\nb: 2\r\n", "a: 1\rb: 2\r", "\ufeffa: 1\nb: 2\n"])
def test_line_ends_of_other_systems_and_a_byte_order_mark_move_no_line(text):
    assert at(text, ("b",)) == (2, 4, "b: 2")
    assert at(text, ("a",)) == (1, 4, "a: 1")


def test_a_key_that_is_missing_stands_where_its_mapping_does():
    assert at("run:\n  name: x\n", ("run", "replicas"))[:2] == (1, 1)
    assert at("- name: x\n", (0, "replicas"))[:2] == (1, 3)


def test_a_value_through_an_alias_stands_where_it_is_written():
    text = "base: &base\n  lr: 1\nrun: *base\nlist: [*base]\n"
    assert at(text, ("run", "lr"))[:2] == (2, 7)
    assert at(text, ("run", "lr"), key=True)[:2] == (2, 3)
    assert at(text, ("list", 0, "lr"))[:2] == (2, 7)


def test_a_merged_value_stands_where_it_is_written_and_an_own_one_at_its_own_place():
    text = "base: &base\n  lr: 1\n  eps: 2\nrun:\n  lr: 3\n  <<: *base\n"
    assert at(text, ("run", "eps"))[:2] == (3, 8)
    assert at(text, ("run", "eps"), key=True)[:2] == (3, 3)
    assert at(text, ("run", "lr"))[:2] == (5, 7)
    assert at(text, ("run", "lr"), key=True)[:2] == (5, 3)


def test_each_of_several_merges_keeps_its_places():
    text = "x: &x {a: 1}\ny: &y {b: 2}\nz:\n  <<: *x\n  <<: *y\n"
    assert at(text, ("z", "a"))[:2] == (1, 11)
    assert at(text, ("z", "b"))[:2] == (2, 11)


@pytest.mark.parametrize("merge", ["<<: [*x, *y]", "<<: *x\n  <<: *y"])
def test_merges_that_give_a_key_two_values_name_both_places(merge):
    document = parse_document(f"x: &x {{a: 1}}\ny: &y {{a: true}}\nz:\n  {merge}\n", "f")
    (trouble,) = document.troubles
    assert trouble == (MergeConflict(name="a", other=2), ("z", "a"), (1, 11))


def test_a_key_written_twice_names_both_places():
    document = parse_document("lr: 1\nmin_lr: 2\nlr: 3\n", "f")
    (trouble,) = document.troubles
    assert trouble == (DuplicateKey(name="lr", first=1, same=False), ("lr",), Mark(3, 1))


@pytest.mark.parametrize(
    ("text", "same"),
    [("a: 1\na: 1\n", True), ("a: 1\na: 1.0\n", False), ("a: {b: [1]}\na: {b: [1]}\n", True)],
)
def test_a_key_written_twice_tells_whether_it_says_the_same(text, same):
    (trouble,) = parse_document(text, "f").troubles
    assert trouble.detail.same is same


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("a: !!python/object/apply:os.system [touch ran]", "!!python/object/apply:os.system"),
        ("a: !!python/name:os.system", "!!python/name:os.system"),
        ("a: !secret x", "!secret"),
        ("a: !!binary aGk=", "!!binary"),
        ("a: !!set {x}", "!!set"),
        ("a: =", "!!value"),
        ("a: [<<]", "!!merge"),
    ],
)
def test_a_tag_is_told_and_what_it_asks_for_is_not_done(tmp_path, monkeypatch, text, tag):
    monkeypatch.chdir(tmp_path)
    (trouble,) = parse_document(text, "f").troubles
    assert trouble.detail == Tag(tag=tag)
    assert list(tmp_path.iterdir()) == []


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
BAD = {
    "empty": ("", "empty-file"),
    "only a comment": ("# nothing\n", "empty-file"),
    "a marker and a comment": ("---\n# nothing\n", "empty-file"),
    "blank lines": (" \n\n", "empty-file"),
    "several documents": ("a: 1\n---\nb: 2\n", "several-documents"),
    "a tab": ("a:\n\tb: 1\n", "bad-yaml"),
    "an unclosed quote": ('a: "b\n', "bad-yaml"),
    "an unclosed bracket": ("a: [1, 2\n", "bad-yaml"),
    "billion laughs": (LAUGHS, "too-many-values"),
    "many values": ("- x\n" * (MAX_NODES + 1), "too-many-values"),
    "an alias to itself": ("a: &a [*a]\n", "bad-alias"),
    "an alias of nothing": ("a: *b\n", "bad-alias"),
    "deep lists": ("[" * 1_000_000, "too-deep"),
    "deep mappings": ("{a: " * 500_000, "too-deep"),
    "deep block": ("- " * 500_000, "too-deep"),
    "deep aliases": (
        "a0: &a0 [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n"
        + "".join(f"a{n}: &a{n} [[[[[[[[[[[[*a{n - 1}]]]]]]]]]]]]\n" for n in range(1, 6)),
        "too-deep",
    ),
    "an anchor twice": ("a: &a 1\nb: &a 2\n", "bad-yaml"),
    "a list as key": ("? [1]\n: 2\n", "key-not-scalar"),
    "a merged list": ("a: {<<: [1]}\n", "bad-merge"),
    "a huge number": ("a: " + "1" * 100_000, "too-many-digits"),
    "a huge hexadecimal": ("a: 0x" + "f" * 1_000_000, "too-many-digits"),
    "a huge sexagesimal": ("a: " + "1:" * 1_000_000 + "1", "too-many-digits"),
    "not a number": ("a: !!int x", "bad-scalar"),
    "no number at all": ('a: !!int ""', "bad-scalar"),
    "no float at all": ('a: !!float ""', "bad-scalar"),
    "not a boolean": ("a: !!bool perhaps", "bad-scalar"),
    "a control character": ("a: x\x1b[2J\n", "bad-yaml"),
    "a null character": ("a: \x00\n", "bad-yaml"),
    "a surrogate": ("a: \ud800\n", "bad-yaml"),
    "an unknown YAML": ("%YAML 9.9\n---\na: 1\n", "bad-yaml"),
    "a tag that is no text": ("a: !<%FF> x\n", "bad-yaml"),
    "a control character behind an é": ("b: é\na: é\x07\n", "bad-yaml"),
}


@pytest.mark.parametrize(("text", "kind"), BAD.values(), ids=BAD)
def test_what_is_no_document_is_told(text, kind):
    with pytest.raises(DocumentError) as caught:
        parse_document(text, "f")
    assert caught.value.kind == kind


def test_a_character_that_yaml_forbids_has_its_place_and_is_not_shown():
    with pytest.raises(DocumentError) as caught:
        parse_document("b: é\na: é\x1b[2J\n", "f")
    origin = caught.value.origin
    assert (origin.line, origin.column, origin.text) == (2, 5, "a: é\ufffd[2J")


def test_nesting_up_to_the_limit_is_read():
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert parse_document(text, "f").tree == OmegaConf.to_container(OmegaConf.create(text))


@pytest.mark.parametrize("number", ["1e999", "-1e999", ".nan", ".inf"])
def test_a_number_that_is_not_finite_is_found_with_its_line(tmp_path, number):
    file = tmp_path / "recipe.yaml"
    file.write_text(f"run:\n  replicas: 2\ntraining_config:\n  max_length: {number}\n")
    report = check_file(file)
    found = [f for f in report.findings if f.key == "training_config.max_length"]
    assert [(f.severity, f.origin.line) for f in found] == [("error", 4)]


def test_a_list_at_the_top_is_no_recipe(tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text("- a\n")
    with pytest.raises(DocumentError) as caught:
        check_file(file)
    assert caught.value.kind == "not-a-mapping"


def test_a_file_that_is_not_there_or_a_directory_is_told(tmp_path):
    for path in (tmp_path / "no.yaml", tmp_path, tmp_path / "x\0y"):
        with pytest.raises(DocumentError) as caught:
            read_document(path)
        assert caught.value.kind == "unreadable-file"
        assert caught.value.detail.reason


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(DocumentError) as caught:
        read_document(file)
    assert (caught.value.kind, caught.value.detail.line_number) == ("not-utf8", 2)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = read_document(file)
    assert document.tree == {"a": 1, "b": 2}
    assert document.origin(("b",)).line == 2


def test_a_large_file_is_refused_before_it_is_read_whole(tmp_path):
    file = tmp_path / "recipe.yaml"
    with file.open("wb") as stream:
        stream.truncate(10_000_000_000)  # more than there is memory for; takes no disk
    code = f"""if True:
        import resource
        from pathlib import Path
        resource.setrlimit(resource.RLIMIT_AS, (500_000_000, 500_000_000))
        from hydra_recipes.documents.reader import read_document
        from hydra_recipes.findings.errors import DocumentError
        try:
            read_document(Path({str(file)!r}))
        except DocumentError as error:
            print(error.kind, error.detail.limit)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["too-large", str(MAX_BYTES)], done.stderr


def test_a_json_file_is_read_too(tmp_path):
    file = tmp_path / "recipe.json"
    file.write_text('{\n\t"run": {"replicas": 4,\n\t"lr": 1e-05, "name": "a\\u00e9\\/b"}\n}\n')
    assert read_document(file).tree == {"run": {"replicas": 4, "lr": 1e-05, "name": "aé/b"}}


_pieces = st.sampled_from(
    ["\n", "\n  ", ": ", "- ", "? ", "[", "]", "{", "}", ", ", "'", '"', "\\", "&a ", "*a", "<<: ",
     "!!int ", "!!float ", "!!x ", "! ", "!<", "%YAML 1.1\n", "---\n", "...\n", "|\n", ">2-\n", "#",
     "\t", "\r", "\0", "\x85", "\u2028", "\ufeff", "\ud800", "😀", "1:", "_", "0x", "=", "~", "a",
     "1e9", "@", "`", "\\u", "\\x"]
)  # fmt: skip
_noise = st.lists(_pieces | st.text(max_size=3), max_size=30).map("".join)


@no_deadline
@given(_noise)
def test_no_text_brings_another_exception(text):
    _read_or_refuse(text)


@no_deadline
@given(st.integers(0, len(RECIPE)), st.integers(0, 12), st.lists(_pieces, max_size=3).map("".join))
def test_no_damage_to_a_recipe_brings_another_exception(at, gone, new):
    _read_or_refuse(RECIPE[:at] + new + RECIPE[at + gone :])


def _read_or_refuse(text):
    try:
        document = parse_document(text, "f")
    except DocumentError:
        return
    lines = max(1, len(text.splitlines()))
    places = [document.origin(path) for path in document.marks]
    assert all(1 <= place.line <= lines for place in places)


# Keys that Python's dictionaries take for one


@pytest.mark.parametrize(
    ("text", "tree", "told"),
    [
        ("1: a\ntrue: b", {1: "a", "true": "b"}, [("1", "true", 2)]),
        ("true: a\n1: b", {True: "a", "1": "b"}, [("true", "1", 2)]),
        ("0: a\nfalse: b", {0: "a", "false": "b"}, [("0", "false", 2)]),
        ("1: a\n1.0: b", {1: "a", "1.0": "b"}, [("1", "1.0", 2)]),
        ("1: a\ntrue: b\n1.0: c", {1: "a", "true": "b", "1.0": "c"}, None),
        ("<<: {1: a}\ntrue: b", {True: "b", "1": "a"}, [("true", "1", 1)]),
        ("<<: [{1: a}, {true: b}]", {1: "a", "true": "b"}, [("1", "true", 1)]),
        ("1: a\n'1': b", {1: "a", "1": "b"}, []),
        ("true: a\n'true': b", {True: "a", "true": "b"}, []),
        ("x: [{1: a}, {true: b}]", {"x": [{1: "a"}, {True: "b"}]}, []),
        ("x: &x {1: a, true: b}\ny: *x", None, [("1", "true", 1)]),
    ],
)
def test_one_and_true_are_two_keys_and_neither_is_lost(text, tree, told):
    document = parse_document(text, "a.yaml")
    if tree is not None:
        assert repr(sorted(document.tree.items(), key=repr)) == repr(sorted(tree.items(), key=repr))
    else:
        assert repr(document.tree["y"]) == repr({1: "a", "true": "b"})
    found = [(t.detail.other, t.detail.name, t.mark.line) for t in document.troubles]
    assert {type(trouble.detail) for trouble in document.troubles} <= {EqualKeys}
    assert told is None or found == told


def test_the_same_key_twice_is_that_key_twice():
    (trouble,) = parse_document("true: a\nTrue: b", "a.yaml").troubles
    assert trouble.detail == DuplicateKey(name="true", first=1, same=False)
    (trouble,) = parse_document("1: a\n0x1: b", "a.yaml").troubles
    assert isinstance(trouble.detail, DuplicateKey)
