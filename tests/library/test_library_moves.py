"""Renames: old names of options, groups and keys go on working, and say what they are now."""

import json

import pytest

from hydra_recipes import check, compose, plan
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import using
from support.renamed_libraries import NEW, OLD, READY, told
from support.team_libraries import write_library


@pytest.fixture(autouse=True)
def both(tmp_path, monkeypatch):
    """A library that renamed what it has, and one that uses the old names."""
    write_library(tmp_path / "new", NEW)
    write_library(tmp_path / "old", OLD)
    monkeypatch.chdir(tmp_path)
    with using(["old", "new"]) as shelf:
        yield shelf


def test_old_names_in_overrides():
    old = compose(["model=acme-lite", "+squad=helpdesk", "run.instances=4", "step_width=2e-5"])
    new = compose(["model=acme-lite-2", "+team=support", "run.replicas=4", "lr=2e-5"])
    assert old == new
    assert old.choices == new.choices
    assert told(new) == []
    assert told(old) == [
        "model=acme-lite is called model=acme-lite-2 now",
        "+squad=helpdesk is called +team=support now",
        "run.instances is called run.replicas now",
        "step_width is called lr now",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model=acme-small", "model=acme-lite-2"),  # renamed twice
        ("instances=4", "replicas=4"),  # as short as it is unique
        ("recipes.run.instances=4", "run.replicas=4"),
        ("optim.step_width=2e-5", "lr=2e-5"),
        ("++step_width=2e-5", "++lr=2e-5"),
        ("+team=helpdesk", "+team=support"),
    ],
)
def test_each_spelling_of_an_old_name(old, new):
    assert compose([old]) == compose([new])
    assert len(told(compose([old]))) == 1


def test_a_name_that_is_in_use_is_no_old_name(tmp_path):
    write_library(
        tmp_path / "odd", {"rules/odd": "moved: {model/nova-lite: model/nova-pro, lr: min_lr}\n"}
    )
    with using(["odd"]):
        found = compose(["lr=3e-6", "model=nova-lite"])
        assert (found["lr"], found.choices["model"]) == (3e-6, "nova-lite")
        assert told(found) == []


def test_old_names_in_files(both):
    found = compose(["+preset=bot"])
    assert (found["run.replicas"], found["lr"], found["run.name"]) == (4, 2e-5, "bot")
    assert found.choices["model"] == "acme-lite-2"
    report = check(found)
    moved = [one for one in report.findings if one.rule == "moved"]
    assert [(one.origin.file, one.origin.line) for one in moved] == [
        ("old:preset/bot.yaml", 4),
        ("old:preset/bot.yaml", 6),
        ("old:preset/bot.yaml", 9),
        ("old:preset/bot.yaml", 13),
    ]
    assert compose(["model=old-lite"])["run.replicas"] == 16


def test_where_a_value_came_from_is_known_by_its_name_of_now(recipe):
    said = recipe("explain", "--library", "old", "--library", "new", "step_width", "+preset=bot")
    assert said.out.startswith("training_config.model.optim.lr: 2e-05\n")
    assert "2e-05  old:preset/bot.yaml:13 (+preset=bot)" in said.out


def test_old_names_in_sweeps(recipe):
    points = [(one["run.replicas"], one["lr"]) for one in plan(["+sweep=look", *READY]).recipes()]
    assert points == [(4, 1e-5), (4, 2e-5)]
    named = ("--library", "old", "--library", "new")
    ran = recipe("sweep", "+sweep=look", "--plan", *named)
    assert ran.status == 0
    for wanted in (
        "acme-lite-2",
        "+team=support",
        "step_width is called lr now",
        "run.replicas",
    ):
        assert wanted in ran.err
    assert "moved" not in ran.out
    swept = plan(["model=acme-lite,nova-lite", "+squad=helpdesk", "replicas=4"])
    assert [one.choices["model"] for one in swept.recipes()] == ["acme-lite-2"]  # both are the same


def test_rules_that_use_old_names_hold(both):
    many = check(compose([*READY, "model=acme-lite-2", "+team=support", "replicas=8", "lr=1e-4"]))
    assert {one.rule for one in many.findings if one.severity == "error"} == {"few", "slow"}
    when = {limit.id: dict(limit.when.groups) for limit in rule_book(both).limits}
    assert when["few"] == {"model": ("acme-lite-2",), "team": ("support",)}


def test_old_names_are_listed_by_their_names_of_now(recipe):
    named = ("--library", "old", "--library", "new")
    assert "choose one with +team=OPTION" in recipe("list", "squad", *named).out
    assert recipe("list", "model/acme-lite", *named).out.startswith("model=acme-lite-2\n")
    shown = json.loads(recipe("library", "list", "--json", *named).out)
    assert shown[1]["moved"]["squad"] == "team"
    assert "squad is called team now" in recipe("library", "list", *named).out


LINKS = {
    "preset/links": """\
# @package _global_
# Links of all kinds.
recipes:
  run:
    instances: 4
    mlflow_run_name: run-${recipes.run.instances}-${.instances}
    mlflow_experiment_name: ${.name}-${divide_ceil:${..training_config.max_length},${.instances}}
  training_config:
    trainer: {max_steps: "${multiply:${...run.instances},10}"}
    model: {optim: {step_width: 2e-5, sched: {min_lr: "${..step_width}"}}}
"""
}


def test_links_to_old_keys_lead_to_the_keys_of_now(tmp_path, recipe):
    write_library(tmp_path / "old", LINKS)
    found = compose(["+preset=links"])
    values = found.resolved()
    assert values["run"]["mlflow_run_name"] == "run-4-4"
    assert values["run"]["mlflow_experiment_name"] == "my-lora-run-8192"
    assert values["training_config"]["trainer"]["max_steps"] == 40
    assert values["training_config"]["model"]["optim"]["sched"]["min_lr"] == 2e-5
    assert "run-${recipes.run.instances}-${.instances} is called" in "".join(told(found))
    named = ("--library", "old", "--library", "new")
    explained = recipe("explain", "mlflow_run_name", "+preset=links", *named).out
    assert "run-${recipes.run.replicas}-${.replicas}" in explained
    assert "Hydra" not in explained
    assert recipe("library", "migrate", "old", *named[2:]).status == 0
    migrated = compose(["+preset=links"])
    assert (migrated, told(migrated)) == (found, [])
    text = (tmp_path / "old" / "preset" / "links.yaml").read_text()
    assert "instances" not in text
    assert "${divide_ceil:${..training_config.max_length},${.replicas}}" in text


def test_links_keep_leading_where_they_lead_when_their_key_moves(tmp_path):
    moved = "moved: {run.rate: training_config.model.optim.lr}\n"
    write_library(tmp_path / "new", {"rules/more": moved})
    text = "# @package recipes\n# A rate.\nrun: {rate: '${.pace}', pace: 2e-5}\n"
    write_library(tmp_path / "old", {"guide/rate": text})
    found = compose(["+guide=rate"])
    assert found.tree["training_config"]["model"]["optim"]["lr"] == "${....run.pace}"
    assert found["lr"] == 2e-5


def test_an_old_key_in_a_recipe_file_is_told_with_its_name_of_now_and_mended(recipe, tmp_path):
    text = compose(READY).to_yaml()
    old = text.replace("    lr: 1.0e-05", "    step_width: 1.0e-05").replace(
        "replicas", "instances", 1
    )
    (tmp_path / "recipe.yaml").write_text(old)
    ran = recipe("check", "recipe.yaml", "--library", "new")
    assert ran.status == 1
    for old_name, name in (("step_width", "lr=1e-05"), ("instances", "run.replicas=2")):
        assert f"  try: remove {old_name}, {name}\n" in ran.out
    assert recipe("check", "recipe.yaml", "--library", "new", "--fix", "--no-backup").status == 0
    assert (tmp_path / "recipe.yaml").read_text() == text
