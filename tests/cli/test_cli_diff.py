"""``recipe diff``: files, overrides, directories, and what can't be compared."""
# ruff: noqa: RUF001 - a ratio has the sign of multiplication

import json
import os
import re
import subprocess
import sys

import pytest

from hydra_recipes import compose
from hydra_recipes.documents.reader import read_document
from support.operations import apply, from_json
from support.pseudo_terminal import in_terminal

BUCKET = "s3://acme-training-results-eu-central-1/team-support"
MICRO = "model=nova-micro,peft=lora"
SIDES = {
    "choices": (MICRO, "model=nova-lite,peft=full"),
    "families": (MICRO, "model=nova-2-lite,peft=lora"),
    "values": (
        f"lr=1e-5,output_s3_path={BUCKET}/bot-2026",
        f"lr=2e-6,betas=[0.9,0.95],~adapter_dropout,+max_steps=100,output_s3_path={BUCKET}/bot-27",
    ),
    "links": (MICRO, f"{MICRO},run.name=support-bot,mlflow_run_name=my-lora-run"),
    "equal": (MICRO, "peft=lora,model=nova-micro,lr=0.00001"),
}


@pytest.fixture
def write(recipe, tmp_path):
    """Writes a recipe file: write("a.yaml", "lr=1e-5")."""

    def write(name, *overrides):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(compose(overrides).to_yaml(), encoding="utf-8")
        return tmp_path / name

    return write


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("name", SIDES)
def test_text_for_people(recipe, golden, monkeypatch, name, width):
    monkeypatch.setenv("COLUMNS", str(width))
    ran = recipe("diff", *SIDES[name])
    assert (ran.status, ran.err) == (0 if name == "equal" else 1, "")
    golden(f"diff/{name}-{width}.txt", ran.out)


@pytest.mark.parametrize("width", [80, 200])
def test_colours_in_a_terminal(golden, tmp_path, width):
    golden(
        f"diff/choices-{width}-colours.txt", in_terminal(tmp_path, width, "diff", *SIDES["choices"])
    )


def test_only_a_value_that_is_wider_than_the_terminal_makes_a_line_so(recipe, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    _, *lines = recipe("diff", *SIDES["families"]).out.splitlines()
    wide = [line.strip() for line in lines if len(line) > 40]
    assert wide
    assert [line for line in wide if " → " in line] == []  # two values on one line


# files


def test_files_say_the_same_as_the_overrides_they_were_composed_from(recipe, write):
    write("a.yaml", *MICRO.split(","))
    write("b.yaml", "model=nova-lite", "peft=full")
    files = recipe("diff", "a.yaml", "b.yaml")
    composed = recipe("diff", *SIDES["choices"]).out.replace("  follows ${recipes.run.name}", "")
    assert [line.split() for line in files.out.splitlines()] == [
        line.split() for line in composed.splitlines()
    ]
    assert files.status == 1


def test_families_of_files_are_told_at_the_top(recipe, write):
    write("a.yaml", "model=nova-micro")
    write("b.yaml", "model=nova-2-lite")
    ran = recipe("diff", "a.yaml", "b.yaml")
    assert ran.out.splitlines()[0] == "the families differ: nova-1-sft → nova-2-sft"
    assert ran.status == 1


def test_the_order_of_keys_the_spelling_of_numbers_and_the_mount_do_not_count(recipe, tmp_path):
    (tmp_path / "a.yaml").write_text("run: {replicas: 4, name: x}\nlr: 1e-5\n")
    (tmp_path / "b.json").write_text('{"lr": 1.0e-05, "run": {"name": "x", "replicas": 4}}')
    (tmp_path / "c.yaml").write_text(
        "recipes:\n  lr: 0.00001\n  run:\n    name: 'x'\n    replicas: 0x4\n"
    )
    for other in ("b.json", "c.yaml"):
        ran = recipe("diff", "a.yaml", other)
        assert (ran.status, ran.out) == (0, f"no difference: a.yaml and {other}\n")
        assert recipe("diff", "a.yaml", other, "--json").out == "[]\n"


def test_types_count(recipe, tmp_path):
    for name, value in (("a", "4"), ("b", "4.0"), ("c", "'4'")):
        (tmp_path / f"{name}.yaml").write_text(f"run:\n  replicas: {value}\n")
    assert "4 → 4.0  a whole number, now a number" in recipe("diff", "a.yaml", "b.yaml").out
    assert '4.0 → "4"  a number, now text' in recipe("diff", "b.yaml", "c.yaml").out


def test_a_file_against_overrides(recipe, write):
    write("a.yaml", "model=nova-lite", "peft=full")
    ran = recipe(
        "diff", "a.yaml", "model=nova-lite,peft=full,lr=2e-6,mlflow_run_name=my-fullrank-run"
    )
    assert ran.out.splitlines() == [
        "training_config",
        "  model.optim.lr  5.0e-06 → 2.0e-06  ×0.4",
        "keys: 1 changed",
    ]


def test_a_file_that_was_written_with_values_is_compared_by_values(recipe, write, tmp_path):
    write("values.yaml", "run.name=a")
    (tmp_path / "links.yaml").write_text(compose(["run.name=a"]).to_yaml("relative"))
    for file, status in (("values.yaml", 0), ("links.yaml", 0)):
        assert recipe("diff", file, "run.name=a").status == status
        assert recipe("diff", "run.name=a", file).status == status
    ran = recipe("diff", "links.yaml", "run.name=a,mlflow_run_name=a")
    assert (ran.status, "the value is the same" in ran.out) == (1, True)
    assert recipe("diff", "values.yaml", "links.yaml").status == 1


def test_choices_that_change_no_value_are_told_and_do_not_count(recipe, tmp_path):
    ran = recipe("diff", "hardware=p5", "hardware=p4d")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "choices\n  hardware  p5 → p4d\nkeys: the same values\n"
    assert recipe("diff", "hardware=p5", "hardware=p4d", "--json").out == "[]\n"
    for name in ("p5", "p4d"):
        recipe("compose", f"hardware={name}", "-o", f"{name}.yaml")
    assert recipe("diff", "p5.yaml", "p4d.yaml").out == ran.out
    assert "+ preset    complete_sft\n" in recipe("diff", "", "+preset=complete_sft").out


def test_first_lines_tell_choices_of_any_generation_and_stale_ones_none(recipe, tmp_path):
    def first(name, line):
        body = (tmp_path / name).read_text().partition("\n")[2]
        (tmp_path / name).write_text(f"# recipe compose {line}\n{body}")

    recipe("compose", "model=nova-2-lite", "-o", "g2.yaml")
    recipe("compose", "model=nova-lite", "-o", "g1.yaml")
    said = recipe("diff", "g2.yaml", "g1.yaml").out
    assert said.startswith("the families differ: nova-2-sft → nova-1-sft\nchoices\n")
    assert re.search(r"^  model +nova-2-lite → nova-lite$", said, re.MULTILINE)
    added = ("+validation_data_s3_path=s3://acme/v.jsonl",)
    recipe("compose", *added, "-o", "a.yaml")
    recipe("compose", *added, "platform=training-job", "-o", "b.yaml")
    assert "  platform  hyperpod → training-job\n" in recipe("diff", "a.yaml", "b.yaml").out
    recipe("compose", "-o", "c.yaml")
    for line in ("platform=foo", "tracking=null", "optimizer=adam"):
        recipe("compose", "model=nova-lite", "-o", "d.yaml", "--force")
        first("d.yaml", line)
        said = recipe("diff", "c.yaml", "d.yaml").out
        choices = said.partition("choices\n")[2].partition("run\n")[0]
        assert choices.split() == ["model", "nova-micro", "→", "nova-lite"]


def test_a_recipe_of_no_known_family_is_compared_and_told(recipe, tmp_path):
    for name, steps in (("a", 1), ("b", 2)):
        text = f"run: {{name: x}}\ntraining_config: {{lengths: {{steps: {steps}}}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    ran = recipe("diff", "a.yaml", "b.yaml")
    assert ran.out == "training_config\n  lengths.steps  1 → 2  ×2\nkeys: 1 changed\n"
    assert ran.err.count("is a recipe of no known method (sft, dpo, ") == 2


def test_an_override_longer_than_a_file_name_may_be(recipe):
    long = f"run.name={'x' * 300}"
    ran = recipe("diff", long, long)
    assert ran.status == 0
    assert ran.out.startswith("no difference: run.name=xxx")


def test_json_turns_the_first_file_into_the_second(recipe, write):
    old, new = (
        write("a.yaml", "model=nova-micro"),
        write("b.yaml", "model=nova-2-lite", "peft=full"),
    )
    ran = recipe("diff", "a.yaml", "b.yaml", "--json")
    assert (ran.status, ran.err) == (1, "")
    data = json.loads(ran.out)
    assert {one["op"] for one in data} == {"set", "change", "delete"}
    operations = [from_json(one) for one in data]
    assert apply(operations, read_document(old).tree) == read_document(new).tree


def test_no_override_at_all_is_the_default_recipe(recipe):
    assert recipe("diff", "", "lr=1e-5").status == 0
    assert recipe("diff", "", "lr=2e-5").status == 1


def test_a_dash_is_standard_input(recipe, write, tmp_path):
    text = write("a.yaml").read_text()
    script = "from hydra_recipes.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", script, "diff", "a.yaml", "-"],
        input=text.replace("replicas: 2", "replicas: 4"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "run\n  replicas  2 → 4  ×2\nkeys: 1 changed\n"


def test_what_is_wrong_in_a_file_that_can_be_read_is_told(recipe, tmp_path):
    (tmp_path / "a.yaml").write_text("run:\n  replicas: 2\n  replicas: 4\n")
    (tmp_path / "b.yaml").write_text("run:\n  replicas: 4\n")
    ran = recipe("diff", "a.yaml", "b.yaml")
    assert ran.err.startswith("a.yaml:3:3: warning: replicas is written twice, first on line 2")
    assert (ran.status, ran.out) == (0, "no difference: a.yaml and b.yaml\n")


# bad input


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- run\n", "a.yaml:1:1: error: this file holds a list; a recipe is a mapping\n"),
        (b"", "error: a.yaml is empty\n"),
        (b"\xff\n", "error: a.yaml is not UTF-8 text (line 1); save it as UTF-8\n"),
        (b"run: [", "a.yaml:1:"),
        (b"a: &a [*a]", "a.yaml:1:"),
        (b"#" * 4_000_001, "error: a.yaml is too large for a recipe: more than 4 MB\n"),
        (b"[" * 5000, "a.yaml:1:"),
    ],
)
def test_a_file_that_is_no_recipe(recipe, write, tmp_path, content, said):
    write("b.yaml")
    (tmp_path / "a.yaml").write_bytes(content)
    for order in (("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")):
        ran = recipe("diff", *order)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith(said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gone.yaml", "b.yaml"), "error: can't read gone.yaml: No such file or directory\n"),
        (("b.yaml", "modle=x"), "error: there is no key or group modle; did you mean model"),
        (
            ("b.yaml", "lr=1e-5,2e-5"),
            "error: 'lr=1e-5,2e-5' has several values, and a recipe has one",
        ),
        (("b.yaml", "name=x"), "error: name could be "),
        (("all", "b.yaml"), "error: all is a directory and b.yaml is not; compare two recipes"),
        (("lr=1e-5", "all"), "error: all is a directory and lr=1e-5 is not; compare two recipes"),
        (("all", "empty"), "error: there is no .yaml, .yml or .json file in empty\n"),
        (("b.yaml",), "error: diff takes two recipes, not 1 (see recipe diff --help)\n"),
        (
            ("model=nova-micro", "peft=lora", "b.yaml"),
            "error: diff takes two recipes, not 3; put commas between overrides: ",
        ),
        (
            ("model=nova-micro peft=full", "b.yaml"),
            "error: put commas between overrides: model=nova-micro,peft=full (see",
        ),
        (("nope", "all"), "error: can't read nope: No such file or directory"),
        (("-", "-"), "error: - can be one of the two (see recipe diff --help)\n"),
        (("x" * 300, "b.yaml"), f"error: can't read {'x' * 300}: File name too long\n"),
        (("a\0b", "b.yaml"), "error: can't read a\\x00b: "),
        (("loop.yaml", "b.yaml"), "error: can't read loop.yaml: "),
    ],
)
def test_what_cannot_be_compared(recipe, write, tmp_path, arguments, said):
    write("b.yaml")
    write("all/a.yaml")
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    ran = recipe("diff", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(said)
    assert len(ran.err.splitlines()) == 1


def test_keys_that_no_recipe_has_are_compared_all_the_same(recipe, tmp_path):
    (tmp_path / "a.yaml").write_text("run: {name: x}\na.b: 1\n2: x\n")
    (tmp_path / "b.yaml").write_text("run: {name: x}\na: {b: 1}\n2: [x]\n")
    ran = recipe("diff", "a.yaml", "b.yaml")
    assert ran.out.splitlines() == [
        "recipe",
        '- "a.b"  1',
        "  2      x → [x]",
        "a",
        "+ b  1",
        "keys: 1 changed, 1 added, 1 removed",
    ]


def test_what_is_something_else_than_a_recipe_is_refused(recipe, write, tmp_path):
    write("old/a.yaml", "run.name=x")
    write("new/a.yaml", "run.name=y")
    for folder, image in (("old", "one"), ("new", "two")):
        (tmp_path / folder / "web.yaml").write_text(f"services: {{web: {{image: {image}}}}}\n")
    pairs = [("old/web.yaml", "new/web.yaml"), ("old/a.yaml", "new/web.yaml"), ("old", "new")]
    for old, new in [*pairs, ("old/web.yaml", "old/web.yaml")]:
        ran = recipe("diff", old, new)
        assert ran.status == 2
        assert "web.yaml is not a recipe: it has no run and no training_config" in ran.err
        assert ('x → "y"' in ran.out) == (old == "old")


def test_json_has_no_number_that_json_has_not(recipe, tmp_path):
    def refuse(name):
        raise ValueError(name)

    for side, value in (("a", ".inf"), ("b", ".nan")):
        (tmp_path / f"{side}.yaml").write_text(f"run: {{name: a, replicas: {value}}}\n")
    (change,) = json.loads(recipe("diff", "a.yaml", "b.yaml", "--json").out, parse_constant=refuse)
    assert (change["old"], change["new"]) == ({"number": "inf"}, {"number": "nan"})
    operation = from_json(change)
    assert (operation.old, str(operation.new)) == (float("inf"), "nan")
    checked = json.loads(recipe("check", "a.yaml", "--json").out, parse_constant=refuse)
    assert ".inf" in [finding["value"] for finding in checked["findings"]]


# directories


@pytest.fixture
def directories(write):
    for side in ("old", "new"):
        write(f"{side}/same.yaml", "run.name=same")
    write("old/renamed.yaml", "run.name=before", "lr=2e-5")
    write("new/other.yaml", "run.name=after", "lr=2e-5")
    write("old/a.yaml", "run.name=bot", "run.replicas=2", "lr=3e-5")
    write("new/deep/b.yaml", "run.name=bot", "run.replicas=4", "lr=3e-5")
    write("old/gone.yaml", "run.name=gone", "lr=4e-5")
    write("new/added.yaml", "run.name=added", "lr=5e-5")


def test_directories(recipe, golden, directories, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    ran = recipe("diff", "old", "new/")
    assert (ran.status, ran.err) == (1, "")
    golden("diff/directories.txt", ran.out)


def test_directories_in_json_have_a_line_for_each_recipe(recipe, directories):
    ran = recipe("diff", "old", "new", "--json")
    assert (ran.status, ran.err) == (1, "")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert [list(line) for line in lines] == [["old", "new", "matched", "operations"]] * 5
    assert [(line["old"], line["new"], line["matched"]) for line in lines] == [
        ("old/a.yaml", "new/deep/b.yaml", "name"),
        ("old/gone.yaml", None, None),
        ("old/renamed.yaml", "new/other.yaml", "id"),
        ("old/same.yaml", "new/same.yaml", "id"),
        (None, "new/added.yaml", None),
    ]
    counts = [None if line["operations"] is None else len(line["operations"]) for line in lines]
    assert counts == [1, None, 2, 0, None]


def test_a_directory_and_itself(recipe, directories):
    ran = recipe("diff", "old", "old/")
    assert (ran.status, ran.out) == (0, "recipes: 4 equal\n")


def test_a_loop_of_links_ends_and_an_unreadable_file_stops_no_other(recipe, directories, tmp_path):
    (tmp_path / "new" / "again").symlink_to(tmp_path / "new", target_is_directory=True)
    (tmp_path / "new" / "broken.yaml").write_text("run: [")
    ran = recipe("diff", "old", "new")
    assert ran.status == 2
    assert ran.err.startswith("new/broken.yaml:")
    assert ran.out.endswith("recipes: 1 equal, 2 different, 1 only in old, 1 only in new\n")
    assert recipe("diff", "new", "old").status == 2


def test_a_folder_that_cannot_be_read_is_told(recipe, directories, tmp_path, monkeypatch):
    def refuse(directory, **given):
        if str(directory).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(directory))
        return scan(directory)

    scan = os.scandir
    monkeypatch.setattr(os, "scandir", refuse)
    ran = recipe("diff", "old", "new")
    assert ran.status == 2
    assert "error: can't read new/deep: " in ran.err
    assert "1 equal" in ran.out
