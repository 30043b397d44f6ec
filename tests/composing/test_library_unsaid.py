"""``???`` in an option: it must be said, whatever another option had there before."""

import json

import pytest

from hydra_recipes import check, compose, plan
from support.team_libraries import write_library

RUN = "# @package recipes.run\n# Ours.\n"
OUT = "output_s3_path=s3://acme/out"
FILES = {
    "dataset/ours": f"{RUN}data_s3_path: s3://acme/ours.jsonl\n",
    "dataset/later": f"{RUN}data_s3_path: s3://acme/later.jsonl\n",
    "preset/ask": "# @package _global_\n# Ours.\ndefaults:\n  - /dataset: ours\n  - _self_\n"
    "recipes:\n  run:\n    data_s3_path: ???\n",
    "preset/replicas": f"{RUN}replicas: ???\n",
    "preset/optim": "# @package recipes.training_config.model\n# Ours.\noptim: ???\n",
    "preset/deep": "# @package recipes.training_config.model.optim\n# Ours.\nlr: ???\n",
    "late/data": f"{RUN}data_s3_path: s3://acme/late.jsonl\n",
    "late/optim": "# @package recipes.training_config.model.optim\n# Ours.\nlr: 2e-5\n",
    "late/open": f"{RUN}replicas: ???\n",
}


@pytest.fixture
def team(tmp_path):
    return write_library(tmp_path / "team" / "conf", FILES).parent


def unset(recipe):
    return [f.key for f in check(recipe).findings if f.rule == "unset"]


ASKED = {
    "preset/ask": "run.data_s3_path",
    "preset/replicas": "run.replicas",
    "preset/deep": "training_config.model.optim.lr",
    "preset/optim": "training_config.model.optim",
}


@pytest.mark.parametrize(("preset", "key"), ASKED.items())
def test_it_is_open_whatever_was_there_before(team, preset, key):
    recipe = compose([f"+{preset.replace('/', '=')}", OUT], libraries=[team])
    assert recipe[key] == "???"
    assert unset(recipe) == [key]
    assert not check(recipe).ready


SAID = {
    "run.replicas": ("replicas", "4", 4),
    "run.data_s3_path": ("ask", "s3://acme/x.jsonl", "s3://acme/x.jsonl"),
    "training_config.model.optim.lr": ("deep", "1e-5", 1e-5),
}


@pytest.mark.parametrize("key", SAID)
def test_an_override_says_it(team, key):
    preset, text, value = SAID[key]
    recipe = compose([f"+preset={preset}", f"{key}={text}", OUT], libraries=[team])
    assert recipe[key] == value
    assert unset(recipe) == []


@pytest.mark.parametrize(
    ("preset", "late", "key"),
    [
        ("ask", "data", "run.data_s3_path"),
        ("optim", "optim", "training_config.model.optim.lr"),
        ("deep", "optim", "training_config.model.optim.lr"),
    ],
)
def test_a_file_that_is_merged_after_it_says_it(team, preset, late, key):
    recipe = compose([f"+preset={preset}", f"+late={late}"], libraries=[team])
    assert recipe[key] in ("s3://acme/late.jsonl", 2e-5)
    assert unset(recipe) == []


def test_it_may_be_left_open_twice(team):
    recipe = compose(["+preset=replicas", "+late=open"], libraries=[team])
    assert unset(recipe) == ["run.replicas"]


def test_explaining_it_tells_what_left_it_open_and_what_lost(team, recipe):
    ran = recipe("explain", "replicas", "--library", str(team), "+preset=replicas", "--json")
    writes = json.loads(ran.out)["history"]
    assert [(one["value"], one["origin"]["line"]) for one in writes][-2:] == [(2, 3), ("???", 3)]
    ran = recipe("explain", "replicas", "--library", str(team), "+preset=replicas", "replicas=4")
    assert ran.out.index("replicas=4") < ran.out.index("???") < ran.out.index("size=nova-micro")


def test_a_plan_is_what_composing_and_checking_say(team):
    overrides = ["+preset=replicas", "lr=1e-5,2e-5", OUT]
    points = list(plan(overrides, libraries=[team]).recipes())
    assert [one["run.replicas"] for one in points] == ["???", "???"]
    for lr, point in zip(("1e-5", "2e-5"), points, strict=True):
        alone = compose(["+preset=replicas", f"lr={lr}", OUT], libraries=[team])
        assert point.resolved() == {**alone.resolved(), "run": point.resolved()["run"]}
        assert unset(point) == unset(alone) == ["run.replicas"]
    swept = plan(["+preset=replicas", "replicas=2,3,4"], libraries=[team])
    assert [one["run.replicas"] for one in swept.recipes()] == [2, 4]


def test_composing_again_gives_the_same(team):
    first, second = (compose(["+preset=ask"], libraries=[team]) for _ in range(2))
    assert first == second
    said = compose(["+preset=ask", "data_s3_path=s3://acme/x.jsonl"], libraries=[team])
    assert said["run.data_s3_path"] == "s3://acme/x.jsonl"
    assert compose(["+preset=ask"], libraries=[team])["run.data_s3_path"] == "???"
