"""Bad files: what is no recipe, or means harm, and the answer in one line."""

import os

import pytest

from support.refusals import one_line


def deep(levels):
    return "{a: " * levels


FILES = {
    "not UTF-8": (b"run:\n  name: caf\xe9\n", "not UTF-8 text (line 2)"),
    "UTF-16": ("run: 1".encode("utf-16"), "not UTF-8"),
    "empty": (b"", "is empty"),
    "nothing but comments": (b"# a\n# b\n", "is empty"),
    "a list at the top": (b"- run\n", "holds a list; a recipe is a mapping"),
    "a text at the top": (b"run\n", "a recipe is a mapping"),
    "several documents": (b"run: 1\n---\nrun: 2\n", "several YAML documents"),
    "tabs": (b"run:\n\tname: x\n", "indent with spaces"),
    "an unclosed quote": (b'run:\n  name: "x\n', "a quote is not closed"),
    "an unclosed brace": (b"run: {name: x\n", "a { is not closed"),
    "an unclosed bracket": (b"run: [1, 2\n", "a [ is not closed"),
    "two colons": (b"run: name: x\n", "a colon where none can be"),
    "a control character": (b"run: \x01\n", "not YAML"),
    "a bomb of aliases": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"%c: &%c [%s]\n" % (98 + at, 98 + at, b",".join([b"*%c" % (97 + at)] * 9))
            for at in range(9)
        ),
        "values",
    ),
    "a mapping in itself": (b"a: &a {b: *a}\n", "alias *a without an anchor before it"),
    "deep nesting": (deep(100_000).encode(), "nested deeper"),
    "100 MB of nesting": (b"[" * 100_000_000, "too large for a recipe"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_recipe_is_answered_in_one_line(recipe, tmp_path, name):
    data, answer = FILES[name]
    (tmp_path / "bad.yaml").write_bytes(data)
    ran = recipe("check", "bad.yaml")
    assert answer in one_line(ran)
    assert "bad.yaml" in ran.err


@pytest.mark.parametrize("name", ["a bomb of aliases", "deep nesting", "100 MB of nesting"])
def test_a_hostile_file_is_answered_soon(recipe_process, tmp_path, name):
    (tmp_path / "bad.yaml").write_bytes(FILES[name][0])
    ran = recipe_process("check", "bad.yaml", timeout=20)  # under a second on a free machine
    assert FILES[name][1] in one_line(ran)


@pytest.mark.parametrize(
    "name", ["recipes.jsonl", "recipes.jsonl.zst", "recipes.csv", "part-00000.parquet"]
)
def test_a_stream_of_recipes_is_no_recipe(recipe, tmp_path, name):
    (tmp_path / name).write_text('{"id": "a"}\n{"id": "b"}\n')
    commands = [("check",), ("explain", "lr"), ("import",), ("diff", "lr=1e-5")]
    if name == "recipes.jsonl":  # check reads it, recipe by recipe
        del commands[0]
    for command in commands:
        answer = f"error: {name} holds many records, not one recipe"
        line = one_line(recipe(*command, name))
        assert answer in line
        assert "recipe check" in line


def test_a_directory_of_tables_is_no_directory_of_recipes(recipe, tmp_path):
    (tmp_path / "recipes.parquet").mkdir()
    line = one_line(recipe("check", "recipes.parquet"))
    assert line.endswith(
        "recipe check reads YAML, JSON and JSONL: sweep with --format yaml or jsonl"
    )


def test_a_sweep_in_tables_is_told_as_that(recipe):
    recipe("sweep", "lr=1e-5,2e-5", "--format", "csv", "--dir", "tables")
    line = one_line(recipe("check", "tables"))
    assert line.startswith("error: tables/recipes.csv holds many records")
    recipe("compose", "platform=training-job", "-o", "tables/one.yaml")
    assert recipe("check", "tables").status == 0


@pytest.mark.parametrize(
    ("typed", "meant"), [("mine.yml", "mine.yaml"), ("there/min.yaml", "there/mine.yaml")]
)
def test_a_file_that_is_not_there_is_answered_with_one_like_it(recipe, tmp_path, typed, meant):
    (tmp_path / "there").mkdir()
    for file in ("mine.yaml", "there/mine.yaml", "other.txt"):
        (tmp_path / file).write_text("")
    for command in (("check",), ("compose", "--from")):
        line = one_line(recipe(*command, typed))
        assert line.endswith(f"No such file or directory; did you mean {meant}?")


def test_a_stream_that_is_not_there_is_told_as_that(recipe):
    assert "can't read none.parquet: No such file" in one_line(recipe("check", "none.parquet"))


def test_no_tag_of_a_file_is_carried_out(recipe, tmp_path):
    text = 'run: !!python/object/apply:os.system ["touch done"]\n'
    (tmp_path / "bad.yaml").write_text(text)
    ran = recipe("check", "bad.yaml")
    assert ran.status == 1
    assert "bad.yaml:1:6: error: the tag !!python/object/apply:os.system is not allowed" in ran.out
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("1e999", "replicas is inf; it has to be a whole number"),
        (".nan", "replicas is nan; it has to be a whole number"),
        ("-.inf", "replicas is -inf; it has to be a whole number"),
        ("2\n  replicas: 4", "replicas is written twice, first on line 6"),
    ],
)
def test_a_strange_value_is_a_finding_with_its_line(recipe, tmp_path, value, answer):
    text = recipe("compose").out.replace("replicas: 2", f"replicas: {value}", 1)
    (tmp_path / "bad.yaml").write_text(text)
    ran = recipe("check", "bad.yaml")
    assert ran.status == 1
    line = next(line for line in ran.out.splitlines() if answer in line)
    assert line.startswith(("bad.yaml:6:", "bad.yaml:7:"))


def test_a_missing_file_an_empty_directory_and_a_loop_of_links(recipe, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    assert "can't read gone.yaml: No such file" in one_line(recipe("check", "gone.yaml"))
    assert "no .yaml, .yml or .json file in empty" in one_line(recipe("check", "empty"))
    assert "can't read loop" in one_line(recipe("check", "loop"))


def test_a_file_that_may_not_be_read(recipe_process, recipe, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "secret.yaml").touch(mode=0)
    assert "can't read secret.yaml: Permission denied" in one_line(recipe("check", "secret.yaml"))
