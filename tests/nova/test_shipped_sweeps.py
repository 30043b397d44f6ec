"""The sweeps of the library: each has valid points for the models it is meant for."""

import json

import pytest

from hydra_recipes.sources.active import active_libraries

FIRST_GENERATION = ("nova-micro", "nova-lite", "nova-pro")
MEANT_FOR = {
    "lora_first_look": (*FIRST_GENERATION, "nova-2-lite"),
    "lora_capacity": FIRST_GENERATION,
    "batch_length_replicas": (*FIRST_GENERATION, "nova-2-lite"),
}


def planned(recipe, *arguments):
    ran = recipe("sweep", *arguments, "--plan", "--json")
    assert ran.status == 0, ran.err
    return json.loads(ran.out)


def manifest(tmp_path, name):
    lines = (tmp_path / name / "manifest.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_every_shipped_sweep_is_proved_here():
    assert sorted(MEANT_FOR) == list(active_libraries().options("sweep"))


@pytest.mark.parametrize(("name", "model"), [(n, m) for n, ms in MEANT_FOR.items() for m in ms])
def test_it_has_valid_points(name, model, recipe):
    assert planned(recipe, f"+sweep={name}", f"model={model}")["valid"] >= 7


@pytest.mark.parametrize("name", MEANT_FOR)
def test_it_is_listed_with_what_it_is_for(name, recipe):
    listed = recipe("list", f"sweep/{name}").out
    assert f"sweep={name}" in listed
    assert "For " in listed
    assert "axes." in listed


def test_names_of_runs_say_model_and_sweep(recipe, tmp_path):
    recipe("sweep", "+sweep=lora_first_look", "model=nova-2-lite", "--dir", "there")
    names = [point["overrides"][-1] for point in manifest(tmp_path, "there")]
    assert all(name.startswith("run.name=nova-2-lite-lora-") for name in names)
    assert len(set(names)) == 7


def test_axes_of_the_command_line_add_to_it(recipe):
    alone = planned(recipe, "+sweep=lora_first_look")
    more = planned(recipe, "+sweep=lora_first_look", "model=nova-lite,nova-pro")
    assert (alone["asked"], more["asked"]) == (7, 14)


@pytest.mark.parametrize(("text", "asked"), [("lr=1e-5,2e-5", 2), ("lr=1e-5", 1)])
def test_an_axis_of_the_command_line_replaces_its_own(text, asked, recipe, tmp_path):
    ran = recipe("sweep", "+sweep=lora_first_look", text, "--dir", "there")
    assert ran.status == 0, ran.err
    values = [point["overrides"] for point in manifest(tmp_path, "there")]
    assert len(values) == asked
    assert all("peft=lora" in overrides for overrides in values)


def test_its_condition_is_added_to_by_the_command_line(recipe):
    alone = planned(recipe, "+sweep=batch_length_replicas")
    less = planned(recipe, "+sweep=batch_length_replicas", "--where", "replicas >= 4")
    assert 0 < less["valid"] < alone["valid"]
    assert sum(reason["kind"] == "where" for reason in less["reasons"]) == 2


@pytest.mark.parametrize("command", ["compose", "check", "schema"])
def test_a_sweep_is_no_recipe(command, recipe):
    ran = recipe(command, "+sweep=lora_first_look")
    assert ran.status == 2
    assert "recipe sweep +sweep=lora_first_look" in ran.out + ran.err


def test_an_unknown_sweep_is_answered_with_the_nearest(recipe):
    ran = recipe("sweep", "+sweep=lora_firstlook", "--plan")
    assert ran.status == 2
    assert "lora_first_look" in ran.err
