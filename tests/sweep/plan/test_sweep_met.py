"""Met: what a condition that empties a grid is said to have met is what the recipes hold."""

import itertools

import pytest

from hydra_recipes import compose
from hydra_recipes.environment import allowing
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.plan import ledger as planned
from hydra_recipes.sweep.plan.plan import plan_space
from hydra_recipes.sweep.report.text import ledger_text
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space

SPACES = {
    "groups": (
        ("model=nova-micro,nova-lite", "lr=1e-5,2e-5,3e-5,4e-5,5e-5"),
        "lr > 1.0 && model == 'nova-lite'",
    ),
    "absent": (("peft=full,lora", "alpha=32,64"), "alpha == 33"),
    "links": (("lr=1e-5,2e-5", "min_lr=$<..lr>,1e-7", "warmup_steps=5,10"), "min_lr > lr"),
    "one by one": (("betas.0=0.8,0.9", "lr=1e-5,2e-5"), "lr > 1.0"),
}


def emptied(texts, where):
    space = read_space(texts, SweepOptions(where=(where,)), active_libraries())
    return plan_space(space, active_libraries()).ledger


@pytest.mark.parametrize(("texts", "where"), SPACES.values(), ids=SPACES)
def test_the_values_are_those_of_all_points(texts, where):
    ledger = emptied(texts, where)
    assert ledger.valid == 0
    ((source, said),) = ledger.observed_values.items()
    assert (source, ledger.conflict) == (where, (where,))
    axes = [[f"{t.partition('=')[0]}={v}" for v in t.partition("=")[2].split(",")] for t in texts]
    wanted = {name: set() for name in said}
    for point in itertools.product(*axes):
        full = "peft=full" in point
        recipe = compose([text for text in point if not (full and text.startswith("alpha"))])
        for name in said:
            wanted[name].add(recipe.choices.get(name, recipe.get(name)))
    assert {name: set(values) for name, values in said.items()} == wanted
    assert all(len(values) == len(set(values)) for values in said.values())


@pytest.mark.parametrize("name", ["links", "one by one"])
def test_what_would_take_long_is_left_out(monkeypatch, name):
    monkeypatch.setattr(planned, "_MOST", 1)
    texts, where = SPACES[name]
    found = emptied(texts, where).observed_values[where]
    assert list(found) == (["lr"] if name == "links" else [])


def test_many_values_are_told_in_short():
    rates = ",".join(f"{at}e-6" for at in range(1, 8))
    names = ",".join(f"s3://a/{at}.jsonl" for at in range(7))
    where = "lr > 1.0 && run.data_s3_path == 'x'"
    text = ledger_text(emptied((f"lr={rates}", f"data_s3_path={names}"), where))
    assert text.endswith(
        f"where {where}  lr is 1e-06 to 7e-06; run.data_s3_path is s3://a/0.jsonl, s3://a/1.jsonl,"
        " s3://a/2.jsonl, s3://a/3.jsonl and 3 others"
    )


@pytest.mark.parametrize("axis", ["lr=1e-5,2e-5", "betas.0=0.8,0.9"])
def test_what_the_environment_holds_is_never_shown(monkeypatch, axis):
    monkeypatch.setenv("TOKEN", "hunter2")
    texts = (axis, "run.mlflow_tracking_uri='${oc.env:TOKEN}'")
    where = "run.mlflow_tracking_uri == 'x'"
    with allowing(["TOKEN"]):
        ledger = emptied(texts, where)
    assert ledger.observed_values[where] == {"run.mlflow_tracking_uri": ["$TOKEN"]}
    assert "hunter2" not in ledger_text(ledger)
