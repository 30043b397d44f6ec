"""``recipe import``: a command to paste, a preset, or a set of either."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hydra_recipes import compose

READY = ("data_s3_path=s3://acme/train.jsonl", "output_s3_path=s3://acme/out")


@pytest.fixture
def write(recipe, tmp_path):
    """Writes what some overrides compose, after a replacement in its text."""

    def write(name, *overrides, old="", new=""):
        text = recipe("compose", *overrides).out.partition("\n")[2]  # less the line that tells
        assert old in text
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
        return path

    return write


def test_an_exact_and_valid_recipe_is_a_command(recipe, write):
    write("bot.yaml", "model=nova-lite", "peft=full", "lr=2e-6", *READY)
    ran = recipe("import", "bot.yaml")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == f"recipe compose model=nova-lite peft=full {' '.join(READY)} lr=2e-06\n"


def test_the_command_can_be_pasted_into_a_shell(recipe, write):
    awkward = json.dumps('it\'s "$HOME" `x` # [a, b] \\ ~ é', ensure_ascii=False)
    name = "mlflow_experiment_name: "
    written = write("bot.yaml", old=f"{name}my-lora-experiment", new=name + awkward)
    command = recipe("import", "bot.yaml").out
    script = "from hydra_recipes.cli.main import run; run()"
    python = f"{shlex.quote(sys.executable)} -c {shlex.quote(script)}"
    pasted = command.replace("recipe ", f"{python} ", 1)
    done = subprocess.run(["sh", "-c", pasted], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.partition("\n")[2] == written.read_text(encoding="utf-8")


def test_what_is_to_be_filled_in_is_told_and_does_not_count(recipe, write):
    write("bot.yaml", "model=nova-lite")
    ran = recipe("import", "bot.yaml")
    assert (ran.status, ran.out) == (0, "recipe compose model=nova-lite\n")
    assert "bot.yaml:6:17: incomplete: data_s3_path is empty" in ran.err


def test_an_invalid_recipe_is_imported_with_its_findings(recipe, write):
    write("bot.yaml", *READY, old="warmup_steps: 10", new="warmup_steps: 50")
    ran = recipe("import", "bot.yaml")
    assert (ran.status, ran.out.split()[-1]) == (1, "warmup_steps=50")
    assert "error: warmup_steps is 50; allowed: 1 to 20" in ran.err
    assert "bot.yaml: not valid (1 error)\nrepair: warmup_steps=20\n" in ran.err


def test_an_unknown_key_is_left_out_unless_it_is_allowed(recipe, write):
    write("bot.yaml", *READY, old="run:\n", new="run:\n  owner: me\n")
    ran = recipe("import", "bot.yaml")
    assert ran.status == 1
    assert "owner" not in ran.out
    assert ran.err.splitlines()[-1] == (
        "left out: run.owner is not a key of this recipe; --allow-unknown adds it"
    )
    allowed = recipe("import", "bot.yaml", "--allow-unknown")
    assert allowed.status == 1  # it still is no key of a recipe
    assert "+run.owner=me" in allowed.out
    assert "left out" not in allowed.err


def test_json_has_all_of_it(recipe, write):
    write("bot.yaml", "model=nova-lite", *READY, old="run:\n", new="run:\n  owner: me\n")
    ran = recipe("import", "bot.yaml", "--json")
    assert (ran.status, ran.err) == (1, "")
    answer = json.loads(ran.out)
    assert list(answer) == [
        "command", "overrides", "choices", "exact", "unexpressed", "findings",
    ]  # fmt: skip
    assert answer["overrides"] == ["model=nova-lite", *READY]
    assert answer["choices"]["hardware"] == "p5"
    assert answer["exact"] is False
    assert [one["key"] for one in answer["unexpressed"]] == ["run.owner"]
    assert [one["rule"] for one in answer["findings"]] == ["unknown-key"]


def test_a_dash_is_standard_input(recipe, write, tmp_path):
    text = write("bot.yaml", "model=nova-lite", *READY).read_text()
    script = "from hydra_recipes.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", script, "import", "-"],
        input=text, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"recipe compose model=nova-lite {' '.join(READY)}\n"


# ---- presets ----


def test_a_recipe_is_saved_as_a_preset_of_a_library(recipe, write, tmp_path):
    write("bot.yaml", "model=nova-lite", *READY)
    ran = recipe("import", "bot.yaml", "--save", "bot", "--library", "team")
    assert ran.status == 0
    assert ran.err == f"wrote {Path('team/preset/bot.yaml')}\n"
    assert ran.out.startswith("recipe compose model=nova-lite ")
    text = (tmp_path / "team" / "preset" / "bot.yaml").read_text()
    assert text.startswith("# @package _global_\n# Imported from bot.yaml.\n")


def test_a_preset_is_not_overwritten_by_surprise(recipe, write, tmp_path):
    save = ("--save", "bot", "--library", "team")
    write("bot.yaml", "model=nova-lite", *READY)
    assert recipe("import", "bot.yaml", *save).status == 0
    write("bot.yaml", "model=nova-pro", *READY)
    ran = recipe("import", "bot.yaml", *save)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "error: team/preset/bot.yaml exists already; overwrite it with --force\n"
    assert "nova-lite" in (tmp_path / "team/preset/bot.yaml").read_text()
    assert recipe("import", "bot.yaml", *save, "--force").status == 0
    assert "nova-pro" in (tmp_path / "team/preset/bot.yaml").read_text()


def test_a_dry_run_prints_the_preset_and_writes_nothing(recipe, write, tmp_path):
    write("bot.yaml", "model=nova-lite", *READY)
    ran = recipe("import", "bot.yaml", "--save", "bot", "--library", "team", "--dry-run")
    assert ran.status == 0
    assert "  - override /model: nova-lite\n" in ran.out
    assert not (tmp_path / "team").exists()


def test_a_recipe_that_no_preset_gives_is_told_and_not_saved(recipe, write, tmp_path):
    write("bot.yaml", *READY, old="run:\n", new="run:\n  owner: me\n")
    ran = recipe("import", "bot.yaml", "--save", "bot", "--library", "team")
    assert ran.status == 1
    assert "error: the preset bot would lack run.owner: " in ran.err
    assert not (tmp_path / "team").exists()


def test_json_tells_of_the_preset(recipe, write):
    write("bot.yaml", "model=nova-lite", *READY)
    ran = recipe("import", "bot.yaml", "--save", "bot", "--library", "team", "--json")
    answer = json.loads(ran.out)
    assert answer["preset"]["file"] == str(Path("team/preset/bot.yaml"))
    assert Path("team/preset/bot.yaml").read_text() == answer["preset"]["text"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--save", "bot"), "--save NAME needs --library DIR"),
        (("--library", "nowhere"), "there is no directory and no installed package nowhere"),
        (("--force",), "--force needs --save NAME"),
        (("--dry-run",), "--dry-run needs --save NAME"),
        (("--save", "a b", "--library", "x"), "'a b' is no name for a preset"),
    ],
)
def test_options_that_make_no_sense(recipe, write, options, said):
    write("bot.yaml")
    ran = recipe("import", "bot.yaml", *options)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


# ---- sets ----


@pytest.fixture
def set_of_two(write):
    write("all/a.yaml", "model=nova-lite", "lr=2e-6", *READY)
    write("all/b/c.yaml", "model=nova-lite", "run.name=bot", *READY)


def test_a_directory_is_imported_as_a_set(recipe, set_of_two):
    ran = recipe("import", "all")
    assert (ran.status, ran.err) == (0, "")
    ready = " ".join(READY)
    assert ran.out.splitlines() == [
        "# all/a.yaml",
        f"recipe compose model=nova-lite {ready} lr=2e-06",
        "# all/b/c.yaml",
        f"recipe compose model=nova-lite run.name=bot {ready}",
        f"# in all 2: model=nova-lite {ready}",
    ]


def test_a_set_in_json(recipe, set_of_two):
    answer = json.loads(recipe("import", "all", "--json").out)
    assert [one["input"] for one in answer["recipes"]] == ["all/a.yaml", "all/b/c.yaml"]
    assert answer["shared"] == ["model=nova-lite", *READY]


def test_presets_of_a_set_are_named_by_file(recipe, set_of_two, tmp_path):
    ran = recipe("import", "all", "--save", "bots", "--library", "team")
    assert ran.status == 0
    found = sorted(p.relative_to(tmp_path).as_posix() for p in (tmp_path / "team").rglob("*.yaml"))
    assert found == ["team/preset/bots/a.yaml", "team/preset/bots/b/c.yaml"]


def test_a_set_is_saved_whole_or_not_at_all(recipe, set_of_two, write, tmp_path):
    (tmp_path / "team/preset/bots/b").mkdir(parents=True)
    (tmp_path / "team/preset/bots/b/c.yaml").write_text("mine")
    ran = recipe("import", "all", "--save", "bots", "--library", "team")
    assert ran.status == 2
    assert ran.err.startswith("error: team/preset/bots/b/c.yaml exists already")
    assert not (tmp_path / "team/preset/bots/a.yaml").exists()
    write("all/d.yaml", *READY, old="run:\n", new="run:\n  owner: me\n")
    ran = recipe("import", "all", "--save", "bots", "--library", "other")
    assert ran.status == 1
    assert not (tmp_path / "other").exists()


def test_two_files_that_would_be_one_preset(recipe, set_of_two, write, tmp_path):
    (tmp_path / "all/a.json").write_text(recipe("compose", "--json", *READY).out)
    ran = recipe("import", "all", "--save", "bots", "--library", "team")
    assert ran.status == 2
    assert ran.err.startswith("error: all/a.json and all/a.yaml would both be the preset bots/a;")


def test_a_file_that_cannot_be_read_keeps_none_of_the_others_back(recipe, set_of_two, tmp_path):
    (tmp_path / "all/b.yaml").write_text("run: [")
    ran = recipe("import", "all")
    assert ran.status == 2
    assert ran.out.count("recipe compose") == 2
    assert ran.err.startswith("all/b.yaml:1:")
    saved = recipe("import", "all", "--save", "bots", "--library", "team")
    assert saved.status == 2
    assert not (tmp_path / "team").exists()


def test_a_loop_of_links_between_directories_ends(recipe, set_of_two, tmp_path):
    (tmp_path / "all" / "again").symlink_to(tmp_path / "all", target_is_directory=True)
    assert recipe("import", "all").out.count("recipe compose") == 2


# ---- bad input ----


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.yaml", None, "error: can't read gone.yaml: No such file or directory"),
        ("x.yaml", "- a\n", "x.yaml:1:1: error: this file holds a list; a recipe is a mapping"),
        ("x.yaml", "", "error: x.yaml is empty"),
        ("x.yaml", "a: 1\n", "error: x.yaml is not a recipe: it has no run and no training_config"),
        ("x.yaml", "run: {}\ntraining_config: {a: 1}\n", "error: x.yaml is a recipe of no known"),
        ("x.yaml", "run: [\n", "x.yaml:1:7: error: this file is not YAML"),
        ("x.yaml", "#" * 4_000_001, "error: x.yaml is too large for a recipe: more than 4 MB"),
        ("x.yaml", b"\xff\xfe\x00", "error: x.yaml is UTF-16 text, not UTF-8; save it as UTF-8"),
    ],
)
def test_bad_input_is_answered_in_a_line(recipe, tmp_path, name, content, said):
    if content is not None:
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
    ran = recipe("import", name)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(said)
    assert "Traceback" not in ran.err


def test_an_empty_word_is_not_the_working_directory(recipe, write):
    write("bot.yaml")
    ran = recipe("import", "")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "error: one of the inputs is empty; is a variable of the shell empty?\n"


def test_an_empty_directory(recipe, tmp_path):
    (tmp_path / "none").mkdir()
    ran = recipe("import", "none")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "error: there is no .yaml, .yml or .json file in none\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(recipe, write):
    write("bot.yaml").chmod(0)
    ran = recipe("import", "bot.yaml")
    assert (ran.status, ran.err) == (2, "error: can't read bot.yaml: Permission denied\n")


def test_a_library_that_cannot_be_written_to(recipe, write, tmp_path):
    write("bot.yaml", *READY)
    (tmp_path / "team").write_text("a file")
    ran = recipe("import", "bot.yaml", "--save", "bot", "--library", "team")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: can't write team/preset: ")


def test_a_preset_goes_into_the_conf_of_a_project_and_is_found_there(recipe, write, tmp_path):
    write("bot.yaml", "model=nova-lite", *READY, "lr=3e-6")
    (tmp_path / "acme" / "conf").mkdir(parents=True)
    ran = recipe("import", "bot.yaml", "--save", "acme/bot", "--library", "acme")
    assert (ran.status, ran.err) == (0, f"wrote {Path('acme/conf/preset/acme/bot.yaml')}\n")
    again = recipe("import", "bot.yaml", "--library", "acme")
    assert (again.status, again.out) == (
        0,
        "recipe compose --library acme +preset=acme/bot\n",
    )
    composed = recipe("compose", "+preset=acme/bot", "--library", "acme")
    assert composed.status == 0
    assert composed.out.partition("\n")[2] == (tmp_path / "bot.yaml").read_text()


def test_what_a_terminal_or_a_shell_obeys_is_written_out(recipe, write, tmp_path):
    path = write("all/bot.yaml", *READY)
    text = path.read_text().replace("my-lora-experiment", '"a\\e[31m\\n\\u009bb"')
    path.write_text(text)
    path.rename(tmp_path / "all/a\ntouch pwned #.yaml")
    ran = recipe("import", "all")
    assert ran.out.splitlines()[0] == "# all/a\\ntouch pwned #.yaml"
    assert all(line.isprintable() for line in ran.out.splitlines())
    (command,) = (line for line in ran.out.splitlines() if line.startswith("recipe"))
    assert "$'mlflow_experiment_name=\"a\\x1b[31m\\n" in command
    ran = recipe("import", "all", "--save", "bots", "--library", "team", "--dry-run")
    assert ran.status == 0
    assert all(line.isprintable() for line in ran.out.splitlines())


def test_the_command_names_what_may_be_read_of_the_environment(recipe, write, monkeypatch):
    monkeypatch.setenv("PLACE", "there")
    path = write("bot.yaml", *READY)
    link = "${oc.env:PLACE}"
    path.write_text(path.read_text().replace("my-lora-experiment", link))
    (command,) = recipe("import", "bot.yaml", "--allow-env", "PLACE").out.splitlines()
    words = shlex.split(command)[1:]
    assert words[:3] == ["compose", "--allow-env", "PLACE"]
    assert "mlflow_experiment_name: there" in recipe(*words).out


def test_an_empty_library_is_none(recipe, write, tmp_path):
    write("bot.yaml", *READY)
    ran = recipe("import", "bot.yaml", "--save", "bot", "--library", "")
    assert ran.status == 2
    assert "it names nothing" in ran.err
    assert not (tmp_path / "preset").exists()


def test_a_dry_run_says_what_is_there_already(recipe, write, tmp_path):
    write("bot.yaml", *READY)
    words = ("import", "bot.yaml", "--save", "bot", "--library", "team")
    assert recipe(*words).status == 0
    again, dry = recipe(*words), recipe(*words, "--dry-run")
    assert (dry.status, dry.err.splitlines()[-1]) == (again.status, again.err.splitlines()[-1])
    assert recipe(*words, "--dry-run", "--force").status == 0


def test_repairs_are_of_the_whole_file_or_not_told(recipe, write):
    path = write("bot.yaml", *READY)
    path.write_text(path.read_text().replace("run:\n", 'run:\n  owner: me\n  "a b": 1\n'))
    ran = recipe("import", "bot.yaml")
    assert "left out: run.owner is not a key of this recipe; --allow-unknown adds it" in ran.err
    assert "left out: no override makes run.a b 1\n" in ran.err
    assert "repair:" not in ran.err


def test_the_nearest_family_is_that_of_the_model(recipe, tmp_path):
    text = compose(["model=nova-lite"]).to_yaml()
    head = text[: text.index("training_config:")]
    (tmp_path / "bot.yaml").write_text(f"{head}training_config: null\n")
    assert "for the nearest, nova-1-sft, it lacks" in recipe("import", "bot.yaml").err


def test_json_may_hold_any_character_and_its_faults_are_told_as_those_of_json(
    recipe, write, tmp_path
):
    tree = compose(["model=nova-lite", "mlflow_experiment_name=x"]).resolved()
    tree["run"]["mlflow_experiment_name"] = "hi \U0001f600 é"
    (tmp_path / "bot.json").write_text(json.dumps(tree))
    words = shlex.split(recipe("import", "bot.json").out)
    assert compose(words[2:])["mlflow_experiment_name"] == "hi \U0001f600 é"
    (tmp_path / "bad.json").write_text('{"run" {"name": 1}}')
    ran = recipe("import", "bad.json")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("bad.json:1:8: error: this file is not JSON: Expecting ':' delimiter")
