"""Sampling: the points at drawn places, found at once, are those that walking there finds."""

from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings

from hydra_recipes import plan
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.sources import active
from hydra_recipes.sweep.plan import duplicates
from hydra_recipes.sweep.plan.plan import Plan, plan_space
from hydra_recipes.sweep.plan.ranking import ranking
from hydra_recipes.sweep.solve.solver import Solver
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from support.solver_problems import problems
from support.sweep_points import shelves_in, spaces


@pytest.fixture(scope="module")
def shelves(tmp_path_factory):
    return shelves_in(tmp_path_factory.mktemp("team"))


@given(problems())
def test_what_lies_before_each_value_is_what_walking_finds(problem):
    weights, checks = problem
    solver = Solver([[1] * len(one) for one in weights], checks)
    points = [(*prefix, value) for prefix, values in solver.rows() for value in values]
    if not weights:
        return
    for bound in {point[:depth] for point in points for depth in range(len(weights))}:
        values, before = solver.places(bound)
        nexts = [point[len(bound)] for point in points if point[: len(bound)] == bound]
        assert list(values) == sorted(set(nexts))
        assert list(before) == [sum(n < v for n in nexts) for v in values] + [len(nexts)]


@settings(settings.get_profile("law"), suppress_health_check=list(HealthCheck))
@given(spaces())
def test_the_point_at_each_place_is_the_one_walked_to(shelves, space):
    texts, zips, where, which = space
    with mock.patch.object(active, "active_libraries", return_value=shelves[which]):
        try:
            found = plan_space(
                read_space(texts, SweepOptions(zips, where), shelves[which]), shelves[which]
            )
        except OverrideError:
            return
        places = ranking(found)
        if places is not None:
            walked = list(found.located())
            assert [places.point(rank) for rank in range(len(walked))] == walked


@pytest.mark.parametrize(
    ("texts", "zips"),
    [
        (["lr=1e-5,2e-5,1e-5", "model=nova-micro,nova-pro", "warmup_steps=range(5,9)"], []),
        (["model=nova-micro,nova-pro,nova-micro", "peft=full,lora", "alpha=32,64,128"], []),
        (["alpha=32,64", "peft=full,lora", "lr=1e-6,1e-5"], [("alpha", "peft")]),
        (["run.replicas=2,4,6,8,12", "model=nova-micro,nova-lite,nova-pro"], []),
    ],
)
def test_the_point_at_each_place_is_the_one_walked_to_across_branches(texts, zips):
    found = plan(texts, zips=zips)
    places = ranking(found)
    walked = list(found.located())
    assert walked
    assert [places.point(rank) for rank in range(len(walked))] == walked


def test_a_sample_of_very_many_points_walks_none_of_them():
    axes = ["peft=lora", "lr=range(2e-6,1.03e-4,1e-7)", "warmup_steps=range(1,21)"]
    axes += ["weight_decay=range(0,1,0.001)", "loraplus_lr_ratio=range(1.0,100.0,0.01)"]
    axes += ["mlflow_experiment_name=" + ",".join(f"e{at}" for at in range(1000))]
    axes += ["mlflow_tracking_uri=" + ",".join(f"e{at}" for at in range(1000))]
    with mock.patch.object(Plan, "located", side_effect=AssertionError("walked")):
        found = plan(axes, sample=20, seed=3)
        points = list(found.points())
    assert found.distinct > 10**17
    assert len({tuple(point.axes.items()) for point in points}) == len(points) == 20


@pytest.mark.parametrize(
    "axis",
    ["run.name=a,B_c,d", "constant_steps=$<.warmup_steps>,3", "mlflow_run_name='${.name}',a"],
)
def test_equal_recipes_are_counted_without_walking(axis):
    axes = ["lr=1e-6,2e-6,3e-6", "warmup_steps=range(1,21)", "weight_decay=range(0,1,0.1)", axis]
    walked = list(plan(axes).located())
    with mock.patch.object(Plan, "located", side_effect=AssertionError("walked")):
        found = plan(axes, sample=len(walked))
        assert list(found.located()) == walked
        assert found.ledger.recipes == found.distinct == len(walked) < found.ledger.asked
    ids = {recipe.id for recipe in plan(axes, sample=30, seed=2).recipes()}
    assert len(ids) == 30


def test_points_told_by_their_ids_are_the_first_of_equal_ones():
    axes = ["constant_steps=2,$<.warmup_steps>,3", "warmup_steps=1,2,3", "weight_decay=0,0.1"]
    with mock.patch.object(duplicates, "MOST", 3):
        by_id = plan(axes)
        assert by_id.countable is None
        walked = list(by_id.located())
    counted = plan(axes)
    assert list(counted.countable) == [0]
    assert list(counted.located()) == walked
    assert counted.distinct == by_id.distinct == len(walked) == 14
