"""Sweeps over an app's own libraries: what is done with a plan is done by those it was made of."""

import json
import textwrap

import pytest

from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.plan.plan import plan_space
from hydra_recipes.sweep.report.why import report_on
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.sweep.write.jobs import jobs, plan_jobs
from hydra_recipes.sweep.write.points import Rendering
from hydra_recipes.sweep.write.recorded import WriteOptions
from hydra_recipes.sweep.write.write import write_plan
from support.team_libraries import write_library

FILES = {
    "model/nova-nano.yaml": """\
        # @package recipes.run
        model_type: amazon.nova-nano-v1:0:64k
        model_name_or_path: nova-nano/prod
        replicas: 2
        """,
    "rules/nova-nano.yaml": """\
        offers:
          - {model: nova-nano, generation: nova-1, method: sft, peft: lora, hardware: p5}
        limits:
          nova-nano-replicas:
            when: {model: nova-nano}
            keys: {run.replicas: {enum: [2, 3]}}
            because: Nova Nano trains on 2 or 3 instances.
        """,
}
# A position in a list can't be compiled, so its points are composed one by one.
ONE_BY_ONE = ("model=nova-nano", "betas.0=0.8,0.9", "run.replicas=2,3,4")
COMPILED = ("model=nova-nano", "lr=1e-5,2e-5", "run.replicas=2,3,4")


@pytest.fixture
def shelf(tmp_path):
    """The shipped library and a team's, with a model that the shipped one doesn't know."""
    for name, text in FILES.items():
        path = tmp_path / "team" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return Libraries((Library("team", tmp_path / "team"), *active_libraries().members))


@pytest.mark.parametrize("texts", [ONE_BY_ONE, COMPILED])
def test_points_are_planned_composed_and_written_by_the_same_libraries(texts, shelf, tmp_path):
    planned = plan_space(read_space(texts, SweepOptions(), shelf), shelf)
    assert planned.book is rule_book(shelf)
    ledger = planned.ledger
    assert (ledger.asked, ledger.valid) == (6, 4)
    assert [(r.rule, r.forbids) for r in ledger.reasons] == [("nova-nano-replicas", 2)]
    recipes = list(planned.recipes())
    assert [recipe["run.replicas"] for recipe in recipes] == [2, 3, 2, 3]
    assert {recipe["run.model_name_or_path"] for recipe in recipes} == {"nova-nano/prod"}
    write_plan(planned, tmp_path / "out", WriteOptions("jsonl", validate=True), shelf)
    lines = map(json.loads, (tmp_path / "out" / "recipes.jsonl").read_text().splitlines())
    assert [(line["id"], line["recipe"]["run"]["replicas"]) for line in lines] == [
        (recipe.id, recipe["run.replicas"]) for recipe in recipes
    ]
    one = next(Rendering(planned.shard(1, 2), as_yaml=True, file_of=lambda *_: "").points())
    assert "model_name_or_path: nova-nano/prod" in one.text


@pytest.mark.parametrize("texts", [ONE_BY_ONE, COMPILED])
def test_hydras_jobs_are_made_of_the_apps_libraries(texts, shelf):
    planned = plan_jobs([], texts, SweepOptions(where=("replicas > 2",)), shelf)
    found = list(jobs(planned, shelf))
    assert [job[2] for job in found] == ["recipes.run.replicas=3"] * 2
    assert all(job[0] == "model=nova-nano" for job in found)


def test_one_point_is_explained_by_the_same_libraries(shelf):
    space = read_space(ONE_BY_ONE, SweepOptions(), shelf)
    assert report_on(space, "run.replicas=3", shelf).valid
    report = report_on(space, "run.replicas=4", shelf)
    assert [f.rule for f in report.findings if f.severity == "error"] == ["nova-nano-replicas"]


UNFIT = (
    "- a list",
    "axe: {lr: [1.0e-05]}",
    "axes: [lr]",
    "axes: {lr: {from: 1}}",
    "axes: {lr: []}",
    "axes: {lr: }",
    "axes: {1: [2]}",
    "overrides: peft=lora",
    "overrides: [3]",
    "zip: [lr, min_lr]",
    "where: 3",
    "sample: many",
    "sample: true",
    "seed: one",
    "seed: false",
    "sampler: 3",
    "name: 3",
)


def test_a_sweep_that_makes_no_sense_is_told_with_its_place(recipe, tmp_path, golden):
    told = []
    for text in UNFIT:
        write_library(tmp_path / "team" / "conf", {"sweep/x": f"# Something.\n{text}\n"})
        ran = recipe("sweep", "--library", "team", "+sweep=x", "--plan")
        assert (ran.status, ran.out) == (2, "")
        told.append(ran.err.replace(f"{tmp_path}/", ""))
    golden("sweep/options.txt", "\n".join(told))


BEFORE = "[_self_, override /peft: lora, /tracking@recipes.run: []]"


@pytest.mark.parametrize(
    "defaults", ["0", "[/, _self_]", "[[], _self_]", "[3]", "{a: b}", "[1: 2]", BEFORE]
)
def test_a_defaults_list_that_makes_no_sense_is_one_line_for_a_sweep_too(
    recipe, tmp_path, defaults
):
    file = tmp_path / "team" / "model" / "x.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(f"# @package recipes.run\ndefaults: {defaults}\nreplicas: 4\n")
    (tmp_path / "team" / "rules").mkdir()
    (tmp_path / "team" / "rules" / "x.yaml").write_text("offers: [{model: x}]\n")
    for command in ("sweep", "compose"):
        ran = recipe(command, "model=x", "--library", "team")
        assert (ran.status, ran.out) == (2, ""), ran.err
        assert [": error: ", "error: "][ran.err.startswith("error: ")] in ran.err.splitlines()[0]


def test_an_option_that_is_no_mapping_is_told_for_a_sweep_too(recipe, tmp_path):
    file = tmp_path / "team" / "model" / "x.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("- a\n")
    (tmp_path / "team" / "rules").mkdir()
    (tmp_path / "team" / "rules" / "x.yaml").write_text("offers: [{model: x}]\n")
    ran = recipe("sweep", "model=x", "--library", "team")
    assert (ran.status, ran.out) == (2, "")
    assert "team/model/x.yaml:1:1: error: can't use this file: not a mapping" in ran.err
