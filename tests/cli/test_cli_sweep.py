"""``recipe sweep``: what people see of a plan, and the answer to what can't be planned."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from hydra_recipes.composing.random_stream import draw
from hydra_recipes.sweep.api import plan

RATES = "lr=1e-5,2e-5"
TOUR = ("model=nova-micro,nova-lite,nova-pro", "peft=full,lora", "run.replicas=2,4,6,8,12,16")
PLANS = {
    "tour": (*TOUR, "lr=1e-6,5e-6,1e-5"),
    "inactive": ("peft=full,lora", "alpha=32,64,100"),
    "hardware": ("model=nova-micro,nova-pro", "hardware=p5,g5-12x", "peft=full,lora"),
    "where": (RATES, "max_length=8192,16384", "--where", "max_length <= 8192 || lr < 2e-5"),
    "zip": (RATES, "min_lr=1e-6,3e-5", "--zip", "lr,min_lr"),
    "one-by-one": ("betas.0=0.8,0.9,0.9", RATES),
    "sample": (*TOUR, "--sample", "3", "--seed", "7"),
    "kept": ("+sweep=lora_first_look", "model=nova-pro"),
    "single": ("lr=1e-5",),
    "wrong-values": ("lr=1e-5,fast", "min_lr=$<nope>,1e-7", "warmup_steps=1.5,10"),
    "one-by-one-wrong": ("betas.0=0.8,x", RATES),
    "empty-structure": ("+run.note=a,b", "~alpha"),
    "empty": ("model=nova-micro,nova-pro", "hardware=g5-12x", "peft=full"),
    "empty-key": ("lr=2,3", "run.replicas=2,4"),
    "empty-where": ("model=nova-micro,nova-lite", RATES, "--where", "lr > 0.1 && model != 'x'"),
    "empty-together": ("model=nova-micro", "lr=1e-6,2e-6", "min_lr=1e-5,2e-5"),
}
EMPTY = [name for name in PLANS if name.startswith("empty")]
REFUSED = {
    "unknown-key": ("nope=1,2",),
    "misspelled-key": ("warmup_step=1,2",),
    "ambiguous-key": ("name=a,b",),
    "key-to-add": ("max_steps=10,20",),
    "derived-group": ("generation=nova-1,nova-2",),
    "axis-twice": (RATES, "lr=3e-5,4e-5"),
    "axis-twice-short-and-long": (RATES, "training_config.model.optim.lr=3e-5,4e-5"),
    "axis-and-value": (RATES, "lr=3e-5"),
    "unequal-zip": (RATES, "min_lr=1e-6,2e-6,3e-6", "--zip", "lr,min_lr"),
    "zip-of-no-axis": (RATES, "--zip", "lr,min_lr"),
    "empty-glob": ("model=glob(titan*)",),
    "unknown-option": ("model=nova-micro,nova-mini",),
    "interval": ("lr=interval(1e-6,1e-4)",),
    "where-unknown-key": (RATES, "--where", "lrr < 1.0"),
    "sample-too-large": (RATES, "--sample", "3"),
    "sample-of-none": (RATES, "--sample", "0"),
    "unknown-sweep": ("+sweep=nope",),
    "template": (RATES, "--name", "{nope}"),
    "template-empty": (RATES, "--name", ""),
    "range-without-step": ("lr=range(1e-6,1e-5,0)",),
    "range-of-no-number": ("lr=range(nan,1)",),
    "range-without-end": ("warmup_steps=range(0,inf)",),
    "range-too-long": ("warmup_steps=range(0,1000000000)",),
    "empty-choice": ("lr=choice()",),
    "group-and-value": ("model=nova-lite", "model=nova-lite,nova-pro"),
    "why-no-axis": (RATES, "--why", "peft=full"),
    "why-no-value": (RATES, "--why", "lr=3e-5"),
}


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_shown_and_nothing_is_written(recipe, golden, name):
    ran = recipe("sweep", *PLANS[name], "--plan")
    assert (ran.status, ran.err) == (int(name in EMPTY), "")
    golden(f"sweep/plan-{name}.txt", ran.out)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["inactive", "hardware", "zip", "where", *EMPTY])
def test_a_plan_as_data_says_the_same(recipe, name):
    ran = recipe("sweep", *PLANS[name], "--plan", "--json")
    assert (ran.status, ran.err) == (int(name in EMPTY), "")
    found = json.loads(ran.out)
    assert list(found)[:6] == ["asked", "valid", "left_out", "duplicates", "reasons", "dead"]
    assert found["asked"] == found["valid"] + found["left_out"]
    for reason in found["reasons"]:
        assert list(reason) == ["rule", "kind", "forbids"]
        assert 0 < reason["forbids"] <= found["asked"]
    for dead in found["dead"]:
        assert list(dead) == ["axis", "value", "because"]
    assert bool(found["conflict"]) == (name in EMPTY)
    assert list(Path().iterdir()) == []


def test_an_empty_grid_names_the_smallest_set_that_conflicts(recipe):
    found = json.loads(recipe("sweep", *PLANS["empty-together"], "--plan", "--json").out)
    assert (found["valid"], found["conflict"]) == (0, ["min-lr-below-lr"])


def test_an_empty_grid_is_status_1_and_writes_nothing(recipe):
    ran = recipe("sweep", *PLANS["empty"], "--dir", "out")
    assert (ran.status, ran.out) == (1, "")
    assert "nothing is left" in ran.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_planned_is_status_2_with_one_line(recipe, golden, name):
    ran = recipe("sweep", *REFUSED[name], "--dir", "out")
    assert (ran.status, ran.out) == (2, "")
    golden(f"sweep/refused-{name}.txt", ran.err)
    assert len(ran.err.splitlines()) == 1
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("source", ["lr <", "lr + 1.0", "lr < 'a'", "1", "lr.startsWith('a')"])
def test_a_condition_that_cannot_be_used_is_shown_with_what_it_should_be(recipe, source):
    ran = recipe("sweep", RATES, "--where", source, "--dir", "out")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: the condition can't be used: ")
    assert f"({source})" in ran.err
    assert "'max_length <= 16384 || replicas >= 4'" in ran.err
    assert list(Path().iterdir()) == []


def test_reasons_are_of_the_same_kinds_where_points_are_composed_one_by_one(recipe):
    axes = (
        "sweep",
        "lr=1e-6,2,fast,$<.nope>",
        "--where",
        "max_length < 9000",
        "max_length=8192,65536",
    )
    compiled = json.loads(recipe(*axes, "--plan", "--json").out)
    composed = json.loads(recipe(*axes, "betas.0=0.8,0.8", "--plan", "--json").out)
    kinds = {reason["rule"]: reason["kind"] for reason in compiled["reasons"]}
    assert set(kinds.values()) == {"limit", "rule", "where", "structure", "link"}
    assert {reason["rule"]: reason["kind"] for reason in composed["reasons"]} == kinds
    assert compiled["one_by_one"] == []
    assert composed["one_by_one"] == ["betas.0 sets a position in a list"]


def test_why_answers_for_one_point_with_its_findings(recipe):
    bad = recipe("sweep", *TOUR, "--why", "model=nova-micro,run.replicas=6")
    assert bad.status == 1
    assert "Nova Micro trains on 2, 4 or 8 P instances." in bad.out
    good = recipe("sweep", *TOUR, "--why", "model=nova-micro,run.replicas=4", "--json")
    assert good.status == 0
    assert json.loads(good.out)["valid"] is True
    assert list(Path().iterdir()) == []


def test_why_knows_conditions_and_leaves_out_what_does_not_bear_on_the_point(recipe):
    axes = ("peft=full,lora", "alpha=32,64", "--where", "peft == 'lora'")
    full = recipe("sweep", *axes, "--why", "peft=full,alpha=64", "--json")
    found = json.loads(full.out)
    assert (full.status, found["valid"]) == (1, False)
    assert [f["rule"] for f in found["findings"] if f["severity"] == "error"] == ["peft == 'lora'"]
    assert recipe("sweep", *axes, "--why", "peft=lora,alpha=64").status == 0


ZIPPED = (RATES, "optim.sched.min_lr=1e-6,3e-5", "peft=lora,lora")


@pytest.mark.parametrize("tie", ["lr,min_lr", "optim.lr,recipes.optim.sched.min_lr"])
@pytest.mark.parametrize(
    ("why", "status", "said"),
    [
        ("lr=1e-5", 0, ""),
        ("lr=2e-5", 1, "min_lr"),
        ("min_lr=1e-6", 0, ""),
        ("min_lr=3e-5", 1, "min_lr"),
        ("recipes.optim.lr=2e-5,sched.min_lr=3e-5", 1, "min_lr"),
        ("lr=1e-5,min_lr=3e-5", 2, "these do: lr=1e-05,optim.sched.min_lr=1e-06"),
        ("lr=2e-5,min_lr=1e-6", 2, "these do: lr=2e-05,optim.sched.min_lr=3e-05"),
        ("peft=lora", 0, ""),
    ],
)
def test_why_takes_zipped_axes_together(recipe, tie, why, status, said):
    ran = recipe("sweep", *ZIPPED, "--zip", tie, "--why", why)
    assert ran.status == status
    assert said in ran.out + ran.err


def test_why_answers_for_points_of_the_grid_only(recipe):
    asked = ("sweep", "peft=full,lora,lora", "lr=1e-5,2e-5,3e-5", "--zip", "peft,lr")
    assert recipe(*asked, "--why", "peft=lora,lr=3e-5").status == 0
    assert recipe(*asked, "--why", "peft=full,lr=3e-5").status == 2


def test_why_leaves_out_a_key_that_the_point_lacks_but_none_that_all_lack(recipe):
    axes = ("sweep", "peft=full,lora", RATES)
    assert recipe(*axes, "alpha=64", "--why", "peft=full").status == 0
    for unknown in ("alhpa=64", "alhpa=64,128"):
        assert recipe(*axes, unknown, "--why", "peft=full").status == 2


def test_why_takes_a_link_as_it_is_typed_in_a_shell(recipe):
    ran = recipe("sweep", "warmup_steps=10,$<.max_steps>", "--why", "warmup_steps=$<.max_steps>")
    assert "from: warmup_steps='${.max_steps}'" in ran.out + ran.err


def test_why_takes_a_list_as_a_value(recipe):
    axes = ("betas=[0.9,0.98],[0.8,0.95]", RATES)
    ran = recipe("sweep", *axes, "--why", "betas=[0.8,0.95],lr=2e-5", "--json")
    assert "betas=[0.8,0.95] lr=2e-05" in json.loads(ran.out)["input"].replace("'", "")


def test_no_colour_without_a_terminal(recipe_process):
    ran = recipe_process("sweep", *PLANS["empty-key"], "--plan")
    assert "\x1b[" not in ran.out + ran.err


def test_the_plan_goes_to_stderr_when_recipes_are_written(recipe):
    ran = recipe("sweep", RATES, "--dir", "out")
    assert (ran.status, ran.out) == (0, "")
    assert "2 points asked: 2 valid, 0 left out" in ran.err
    assert "2 recipes in out" in ran.err


S3 = ("data_s3_path=s3://acme/a.jsonl", "output_s3_path=s3://acme/out")


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ((), "data_s3_path output_s3_path"),
        (S3[:1], "output_s3_path"),
        (("data_s3_path=s3://acme/a.jsonl,s3://acme/b.jsonl",), "output_s3_path"),
        (("platform=hyperpod,training-job",), ""),
        (S3, ""),
    ],
)
def test_what_no_recipe_has_yet_is_told(recipe, overrides, told):
    ran = recipe("sweep", RATES, "model=nova-lite,nova-pro", *overrides, "--dir", "out")
    assert ran.status == 0
    lines = [line for line in ran.err.splitlines() if "incomplete" in line]
    assert lines == ([f"all are incomplete; to submit them, give {told}"] if told else [])


def test_a_run_as_data_says_where_the_recipes_are(recipe):
    ran = recipe("sweep", RATES, "--dir", "out", "--json")
    found = json.loads(ran.out)
    assert (found["directory"], found["recipes"], found["written"]) == ("out", 2, 2)
    assert ran.err == ""


def test_a_sample_is_that_many_of_the_valid_points_and_the_same_each_time(recipe):
    drawn = []
    for directory, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        options = ("--sample", "3", "--seed", seed, "--dir", directory, "--format", "jsonl")
        assert recipe("sweep", *TOUR, *options).status == 0
        drawn.append((Path(directory) / "recipes.jsonl").read_text())
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0].splitlines())) == 3


def test_a_seed_draws_the_same_everywhere():
    assert sorted(draw(1000, 12, 7)) == [
        9, 26, 70, 226, 273, 358, 413, 416, 737, 739, 874, 892,
    ]  # fmt: skip
    assert draw(10**12, 3, 0) == draw(10**12, 3, 0)
    assert sorted(draw(6, 6, 3)) == list(range(6))


@pytest.mark.parametrize("total", [1, 7, 10**12])
def test_a_smaller_sample_is_the_beginning_of_a_larger_one(total):
    largest = min(total, 300)
    for seed in range(20):
        whole = draw(total, largest, seed)
        assert len(set(whole)) == largest
        assert all(draw(total, size, seed) == whole[:size] for size in range(largest + 1))


def test_each_point_is_drawn_as_often():
    times = Counter(number for seed in range(3000) for number in draw(6, 2, seed))
    assert all(900 < times[number] < 1100 for number in range(6))


def test_more_points_than_len_can_say_are_planned_and_sampled(recipe):
    shares = ",".join(f"{at}e-4" for at in range(300))
    words = ",".join(f"a{at}" for at in range(900))
    axes = [f"{key}={shares}" for key in ("weight_decay", "adapter_dropout", "hidden_dropout")]
    axes += [f"{key}={shares}" for key in ("attention_dropout", "ffn_dropout")]
    axes += [f"{key}={words}" for key in ("mlflow_experiment_name", "mlflow_tracking_uri")]
    axes += ["warmup_steps=range(1,21)"]
    ran = recipe("sweep", "model=nova-lite", *axes, "--plan")
    assert (ran.status, ran.err) == (0, "")
    assert f"{300**5 * 900**2 * 20:,}" in ran.out
    planned = plan(["model=nova-lite", *axes])
    assert planned.size == 300**5 * 900**2 * 20 > sys.maxsize
    assert planned
    with pytest.raises(OverflowError):
        len(planned)
    ran = recipe("sweep", "model=nova-lite", *axes, "--plan", "--sample", "2")
    assert (ran.status, ran.err) == (0, "")
    assert "a sample of 2 is taken" in ran.out
