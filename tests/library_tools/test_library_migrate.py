"""``recipe library migrate``: files that use old names, rewritten, comments kept."""

import json
import shutil

import pytest

from hydra_recipes import check, compose, plan
from hydra_recipes.sources.active import using
from support.renamed_libraries import NEW, OLD, READY, told
from support.team_libraries import write_library

COMMENTED = """\
# @package _global_
# A bot.

defaults:
  - /squad: helpdesk  # who uses it
  - _self_
  - override /model: acme-lite
recipes:
  run:
    instances: 4     # few
  training_config:
    # the optimizer
    model: {optim: {step_width: 2e-5}}
    max_length: 8192
"""
MIGRATED = """\
# @package _global_
# A bot.

defaults:
  - /team: support  # who uses it
  - _self_
  - override /model: acme-lite-2
recipes:
  run:
    replicas: 4     # few
  training_config:
    # the optimizer
    model: {optim: {lr: 2e-5}}
    max_length: 8192
"""
SWEEP = """\
# A look.
overrides: [+squad=helpdesk, "run.instances=4"]
axes:
  model: [acme-lite, nova-lite]  # both
  step_width: 1e-5,2e-5
zip: [[model, step_width]]
where:
  - step_width < 1 && squad != 'step_width'
name: "{model}-{step_width}-{id}"
"""
SWEEP_NOW = """\
# A look.
overrides: ["+team=support", "run.replicas=4"]
axes:
  model: [acme-lite-2, nova-lite]  # both
  lr: 1e-5,2e-5
zip: [[model, lr]]
where:
  - "lr < 1 && team != 'step_width'"
name: "{model}-{lr}-{id}"
"""
RULES = """\
offers:
  - {model: [acme-lite, nova-lite], squad: helpdesk, method: sft}  # ours
limits:
  few:
    when: {squad: helpdesk}
    keys:
      run.instances: {maximum: 4}
    required: [step_width]
    because: So.
rules:
  slow: {require: step_width < 3e-5, message: too high, because: So.}
"""
RULES_NOW = (
    RULES.replace("acme-lite", "acme-lite-2")
    .replace("squad: helpdesk", "team: support")
    .replace("run.instances", "run.replicas")
    .replace("require: step_width < 3e-5", 'require: "lr < 3e-5"')
    .replace("step_width", "lr")
)
FOR_ALL = """\
when: {squad: [helpdesk, none]}  # ours
limits:
  few: {when: {model: acme-lite}, keys: {run.instances: {maximum: 4}}, because: So.}
"""
FOR_ALL_NOW = """\
when: {team: [support, none]}  # ours
limits:
  few: {when: {model: acme-lite-2}, keys: {run.replicas: {maximum: 4}}, because: So.}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A library that renamed what it has; what uses the old names is up to each test."""
    write_library(tmp_path / "new", NEW)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def migrate(recipe):
    def run(directory, *more, status=0):
        ran = recipe("library", "migrate", directory, "--library", "new", *more)
        assert ran.status == status
        return ran

    return run


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("preset/bot", COMMENTED, MIGRATED),
        ("sweep/look", SWEEP, SWEEP_NOW),
        ("rules/old", RULES, RULES_NOW),
        ("rules/for-all", FOR_ALL, FOR_ALL_NOW),
        ("model/plain", "# @package recipes.run\r\nreplicas: 4\r\n", None),
        ("model/run", "# @package recipes.run\r\ninstances: 4\r\n", None),
    ],
)
def test_a_file_keeps_all_but_the_names(here, migrate, name, before, after):
    path = here / "old" / f"{name}.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(before.encode())
    migrate("old")
    wanted = after or before.replace("instances", "replicas")
    assert path.read_bytes().decode() == wanted
    ran = migrate("old")
    assert (ran.out, ran.err) == ("", "0 files rewritten\n")


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ("sweep/s", "axes: [a, b]\n"),
        ("sweep/s", "zip: [3]\n"),
        ("sweep/s", "zip: lr\n"),
        ("sweep/s", "where: [1]\n"),
        ("sweep/s", "overrides: [{a: 1}]\n"),
        ("rules/r", "limits: [1]\n"),
        ("rules/r", "rules: {a: {require: 3}}\n"),
    ],
)
def test_a_file_of_another_shape_is_an_error_with_its_place(here, recipe, config, text):
    file = here / "old" / f"{config}.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    ran = recipe("library", "migrate", "old")
    assert ran.status == 2
    assert f"{config}.yaml:1:" in ran.err
    assert "Traceback" not in ran.err
    assert file.read_text() == text


def test_a_migrated_library_gives_what_it_gave(here, migrate):
    write_library(here / "old", OLD)
    shutil.copytree(here / "old", here / "kept" / "old")
    migrate("old")

    def made(directory):
        with using([directory, "new"]):
            preset, points = compose(["+preset=bot", *READY]), plan(["+sweep=look", *READY])
            return preset, told(preset), [*points.recipes()], check(preset).valid

    before, after = made("kept/old"), made("old")
    assert len(before[1]) == 4
    assert after == (before[0], [], before[2], before[3])


def test_a_key_that_moved_elsewhere_takes_its_value_along(here, migrate):
    moved = "moved: {run.pace: training_config.model.optim.lr, run.old.size: run.replicas}\n"
    write_library(here / "new", {"rules/more": moved})
    text = "# @package recipes\nrun:\n  pace: 2e-5\n  # kept\n  name: x\n  old: {size: 8}\n"
    write_library(here / "old", {"method/pace": text})
    migrate("old")
    assert (here / "old" / "method" / "pace.yaml").read_text() == (
        "# @package recipes\nrun:\n  # kept\n  name: x\n  replicas: 8\n"
        "training_config:\n  model:\n    optim:\n      lr: 2.0e-05\n"
    )


def test_recipes_are_migrated_and_other_files_are_not(here, migrate):
    body = "run:\n  name: x  # ours\n  instances: 4\n"
    (here / "made").mkdir()
    first = "# recipe compose --links relative model=acme-lite '+squad=helpdesk' step_width=1e-5"
    now = "# recipe compose --links relative model=acme-lite-2 +team=support lr=1e-5"
    (here / "made" / "one.yaml").write_text(f"{first}\n{body}")
    others = {"other.yaml": body, "broken.yaml": "a: [", "notes.txt": first, "empty.yaml": ""}
    for name, text in others.items():
        (here / "made" / name).write_text(text)
    (here / "made" / ".git").mkdir()
    (here / "made" / ".git" / "x.yaml").write_text(f"{first}\n{body}")
    assert json.loads(migrate("made", "--json").out) == [
        {
            "file": "made/one.yaml",
            "renamed": [
                {"old": first.replace("'", ""), "new": now, "line": 1},
                {"old": "run.instances", "new": "run.replicas", "line": 4},
            ],
        }
    ]
    assert (here / "made" / "one.yaml").read_text() == (
        f"{now}\nrun:\n  name: x  # ours\n  replicas: 4\n"
    )
    for name, text in others.items():
        assert (here / "made" / name).read_text() == text
    assert (here / "made" / ".git" / "x.yaml").read_text() == f"{first}\n{body}"


def test_a_dry_run_shows_the_lines_and_writes_nothing(here, migrate):
    write_library(here / "old", OLD)
    ran = migrate("old", "--dry-run")
    assert "-    instances: 4\n+    replicas: 4\n" in ran.out
    assert ran.err == "4 files would change\n"
    for name, text in OLD.items():
        assert (here / "old" / f"{name}.yaml").read_text() == text


def test_all_files_are_rewritten_or_none(here, migrate):
    shared = "# @package _global_\nrecipes:\n  run: &run {instances: 4}\n  other: *run\n"
    write_library(here / "old", {**OLD, "preset/shared": shared})
    ran = migrate("old", status=2)
    assert "old/preset/shared.yaml:3:25: error: can't mend this file in place" in ran.err
    for name, text in OLD.items():
        assert (here / "old" / f"{name}.yaml").read_text() == text


@pytest.mark.parametrize(
    ("directory", "told_of"),
    [("nowhere", "it isn't there"), ("file.yaml", "it is a file"), ("bad", "bad/model/x.yaml")],
)
def test_a_directory_that_cannot_be_migrated(here, migrate, directory, told_of):
    (here / "file.yaml").touch()
    write_library(here / "bad", {"model/x": "a: [\n"})
    ran = migrate(directory, status=2)
    assert told_of in ran.err
    assert ran.out == ""
