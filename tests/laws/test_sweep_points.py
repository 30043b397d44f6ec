"""The law of the house for what is written: a point is what compose gives for its overrides."""

import functools
import json
import pickle
import re
import shlex

import pytest

from hydra_recipes import check, compose
from hydra_recipes.composing.history import histories
from hydra_recipes.sweep.api import plan
from hydra_recipes.sweep.plan import grid
from hydra_recipes.sweep.write.points import Rendering

SPACES = {
    "no axis": ["peft=lora"],
    "groups": ["model=nova-micro,nova-2-lite", "peft=full,lora"],
    "keys": ["model=nova-lite", "lr=1e-5,2e-5", "global_batch_size=16,32"],
    "a group after a key": ["lr=1e-5,2e-5", "model=nova-micro,nova-2-lite"],
    "a key that some branches lack": ["peft=lora,full", "alpha=32,64", "lr=2e-6,1e-5"],
    "an override that some branches lack": ["peft=lora,full", "alpha=64", "lr=2e-6,1e-5"],
    "links as values": ["lr=1e-5,2e-5", "min_lr=1e-6,$<.lr>"],
    "links between axes": [
        "peft=lora",
        "lr=1e-5,2e-5",
        "min_lr='${recipes.training_config.model.optim.lr}',1e-6",
        "weight_decay='${recipes.training_config.model.optim.sched.min_lr}',0.1",
    ],
    "run names": ["run.name=a,B_c", "lr=1e-5,2e-5"],
    "a run name that is a link": ["run.name='${.model_type}',plain", "lr=1e-5,2e-5"],
    "a repeated run name and an axis": ["mlflow_run_name='${.name}',other,'x ${.name}: %'"],
    "a link that joins the name and an axis": [
        "mlflow_experiment_name=one,two",
        "mlflow_run_name='${.mlflow_experiment_name}/${.name}'",
    ],
    "lists": ["model=nova-lite", "betas=[0.9,0.99],[0.8,0.9]", "lr=1e-5,2e-5"],
    "a preset with links": ["+preset=quickstart_sft", "run.replicas=2,4"],
    "a zip": ["lr=1e-5,2e-5", "min_lr=1e-6,2e-6"],
    "awkward text": [
        (
            r"""mlflow_experiment_name='100 %','50 %s %(id)s %%','é中😀','it\'s','a "b" \\ c'"""
            ",'- x: #y','null','1e5','{name}'"
        )
    ],
    "an awkward override beside the axes": [
        "mlflow_experiment_name='100 % \"é\" \\' \\\\'",
        "lr=1e-5,2e-5",
    ],
    "composed one by one": ["betas.0=0.8,0.9", "mlflow_experiment_name='%','é'"],
}

EMBEDS_THE_NAME = ("a repeated run name and an axis", "a link that joins the name and an axis")
"""Where a value holds the run name and more, a renamed recipe is another: the id is the first's."""


composed = functools.cache(compose)


@functools.cache
def rendered(name, *, as_yaml, validate=False):
    zips = [("lr", "min_lr")] if name == "a zip" else []
    planned = plan(SPACES[name], zips=zips)
    points = Rendering(planned, as_yaml, lambda _, name: f"recipes/{name}.yaml", validate).points()
    return planned, list(points)


@pytest.mark.parametrize("name", SPACES)
def test_every_point_is_what_compose_gives_for_its_overrides(name):
    planned, points = rendered(name, as_yaml=False)
    as_yaml = rendered(name, as_yaml=True)[1]
    assert len(points) == len(as_yaml) == len(planned) > 0
    for index, (point, yaml_point) in enumerate(zip(points, as_yaml, strict=True)):
        line = json.loads(point.manifest)
        recipe = composed(tuple(line["overrides"]))
        assert check(recipe).valid
        assert json.loads(point.text) == recipe.resolved()
        assert yaml_point.text.partition("\n")[2] == recipe.to_yaml()
        assert point.id == yaml_point.id == line["id"] == composed(tuple(line["overrides"][:-1])).id
        assert point.id == recipe.id or name in EMBEDS_THE_NAME
        assert point.index == line["index"] == index
        assert point.file == line["file"] == f"recipes/{recipe['run.name']}.yaml"
        assert line["choices"] == recipe.choices
        assert json.dumps(point.axes()) == json.dumps(line["axes"])
        assert yaml_point.manifest == point.manifest


@pytest.mark.parametrize("name", SPACES)
def test_the_recipes_of_a_plan_are_what_compose_gives(name):
    planned, _ = rendered(name, as_yaml=False)
    recipes = list(planned.recipes())
    assert len(recipes) == len(planned)
    for point, recipe in zip(planned.points(), recipes, strict=True):
        wanted = composed(point.overrides)
        assert (recipe, recipe.overrides) == (wanted, point.overrides)
        assert recipe.to_yaml("recipes") == wanted.to_yaml("recipes")
        assert pickle.loads(pickle.dumps(recipe)) == recipe
    assert recipe.set_by == wanted.set_by
    assert histories(recipe) == histories(wanted)
    assert check(recipe) == check(wanted)


def test_a_recipe_of_a_plan_is_composed_only_to_say_where_its_values_are_from(monkeypatch):
    first, second = plan(["lr=1e-5,2e-5"]).recipes()
    asked = []
    monkeypatch.setattr(grid, "composed", lambda *words: asked.append(words) or compose())
    assert second["lr"] == 2 * first["lr"]
    assert second.to_yaml() != first.to_yaml()
    assert asked == []
    assert second.set_by == {}
    assert [words[0] for words in asked] == [("lr=2e-05",)]


@pytest.mark.parametrize("axes", [["lr=1e-5,2e-5"], ["betas.0=0.8,0.9"]])
def test_links_read_the_environment_as_it_was_allowed_when_planned(monkeypatch, axes):
    monkeypatch.setenv("DATA", "s3://acme/b.jsonl")
    planned = plan([*axes, "run.data_s3_path='${oc.env:DATA}'"], allow_env=["DATA"])
    recipes = list(planned.recipes())
    assert [recipe["data_s3_path"] for recipe in recipes] == ["s3://acme/b.jsonl"] * 2
    assert [recipe.set_by for recipe in recipes] == [compose(r.overrides).set_by for r in recipes]
    points = list(Rendering(planned, as_yaml=False, file_of=lambda _, name: name).points())
    assert [json.loads(p.text)["run"]["data_s3_path"] for p in points] == ["s3://acme/b.jsonl"] * 2


@pytest.mark.parametrize("name", SPACES)
def test_the_first_line_of_a_file_composes_it_again(name):
    for point in rendered(name, as_yaml=True)[1]:
        command = shlex.split(point.text.partition("\n")[0])
        assert command[:3] == ["#", "recipe", "compose"]
        assert composed(tuple(command[3:])).to_yaml() == point.text.partition("\n")[2]


@pytest.mark.parametrize("name", SPACES)
def test_names_are_valid_and_each_points_own(name):
    names = [json.loads(point.text)["run"]["name"] for point in rendered(name, as_yaml=False)[1]]
    assert all(re.fullmatch("[a-z][a-z0-9-]{0,32}[a-z0-9]", one) for one in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", SPACES)
def test_the_whole_model_finds_every_point_valid(name):
    assert rendered(name, as_yaml=False, validate=True)[1] == rendered(name, as_yaml=False)[1]


def test_the_whole_model_is_run_over_each_point():
    planned = plan(["model=nova-lite", "lr=1e-5,2e-5", "global_batch_size=16,32"])
    builder = planned.builder(0)
    run = builder.validator(planned.book)
    run((1, 1), "a-name")
    builder.base["training_config"]["global_batch_size"] = "many"
    run = builder.validator(planned.book)
    run((1, 0), "a-name")  # the axis sets it
    builder.base["run"]["replicas"] = "many"
    with pytest.raises(ValueError, match="replicas"):
        builder.validator(planned.book)((0, 0), "a-name")


def test_points_of_many_branches_come_in_the_order_of_the_product():
    lrs = ",".join(f"{n}e-6" for n in range(2, 9))
    planned = plan([f"lr={lrs}", "model=nova-micro,nova-2-lite"])
    points = list(Rendering(planned, as_yaml=False, file_of=lambda *_: "").points())
    assert len(points) == len(planned)
    axes = [tuple(point.axes().values()) for point in points]
    models = ("nova-micro", "nova-2-lite")
    assert axes == sorted(axes, key=lambda one: (one[0], models.index(one[1])))
    assert [point.index for point in points] == list(range(len(points)))


SOME = ["model=nova-micro,nova-lite", "lr=range(2e-6,4e-5,2e-7)", "global_batch_size=16,32,64,128"]


def test_skipped_points_leave_the_rest_as_it_was():
    rendering = Rendering(plan(SOME), as_yaml=False, file_of=lambda *_: "recipes.jsonl")
    whole = list(rendering.points())
    assert len(whole) > 600  # more than are rendered together
    for skip in (1, 499, 500, 501, len(whole) - 1, len(whole)):
        assert list(rendering.points(skip=skip)) == whole[skip:]


def test_known_points_are_left_out_and_the_others_counted_on():
    rendering = Rendering(plan(SOME), as_yaml=False, file_of=lambda *_: "recipes.jsonl")
    whole = list(rendering.points())
    known = frozenset(point.id for point in whole[::3])
    rest = list(rendering.points(known=known, first=len(known)))
    assert [point.id for point in rest] == [p.id for p in whole if p.id not in known]
    assert [point.index for point in rest] == list(range(len(known), len(whole)))
    assert list(rendering.points(skip=5, known=known, first=len(known))) == rest[5:]


def test_shards_together_are_the_whole_sweep():
    planned = plan(SOME)
    whole = list(Rendering(planned, False, lambda *_: "").points())
    shards = [list(Rendering(planned.shard(i, 3), False, lambda *_: "").points()) for i in range(3)]
    for i, shard in enumerate(shards):
        assert [point.id for point in shard] == [point.id for point in whole[i::3]]
        assert [point.index for point in shard] == list(range(len(shard)))
