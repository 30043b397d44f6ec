"""Axes of mappings are planned as the keys that they set, wherever that is the same."""

from unittest import mock

import pytest

from hydra_recipes import compose, plan
from hydra_recipes.sweep.plan import grid

KEYS = [
    (
        ["run={replicas:2,name:a},{replicas:4,name:b}"],
        (["run.replicas=2,4", "run.name=a,b"], ["run.replicas,run.name"]),
    ),
    (["sched={warmup_steps:5},{warmup_steps:10}", "lr=1e-5,2e-5"], (["warmup_steps=5,10"], [])),
    (["optim={sched:{warmup_steps:5}},{sched:{warmup_steps:10}}"], (["warmup_steps=5,10"], [])),
    (["optim={betas:[0.8,0.9]},{betas:[0.9,0.98]}"], (["betas=[0.8,0.9],[0.9,0.98]"], [])),
    (["++run={replicas:2},{replicas:4}"], (["run.replicas=2,4"], [])),
]


@pytest.mark.parametrize(("mappings", "keys"), KEYS)
def test_its_recipes_are_those_of_the_keys_and_none_is_composed(mappings, keys):
    (texts, zips), rest = keys, mappings[1:]
    with mock.patch.object(grid, "composed", side_effect=AssertionError):
        found = plan(mappings)
        recipes = [recipe.id for recipe in found.recipes()]
    assert [one.branch.obstacle for one in found.grids] == [None]
    assert recipes == [recipe.id for recipe in plan([*texts, *rest], zips=zips).recipes()]
    assert recipes == [compose(point.overrides).id for point in found.points()]
    assert len(recipes) > 1


@pytest.mark.parametrize(
    "overrides",
    [
        ["optim={lr:1e-5},{sched:{min_lr:5e-7}}"],  # what one lacks keeps its value
        ["run={replicas:2},{name:b},{replicas:8}"],  # which may be text with a link in it
        [
            "optim={lr:2e-5,weight_decay:0.1},{lr:2e-5},{weight_decay:0.1}"
        ],  # some of them are the same
        [
            "run={replicas:2},{replicas:4}",
            "data_s3_path=s3://acme/a.jsonl",
            "optim={lr:1e-5},{lr:2e-5}",
        ],
        ["optim={lr:1e-5},{lr:2e-5}", "min_lr=1e-7,1e-6"],
    ],
)
def test_what_a_mapping_lacks_stays_as_it_is(overrides):
    found = plan(overrides)
    assert [one.branch.obstacle for one in found.grids] == [None]
    ids = [recipe.id for recipe in found.recipes()]
    assert ids == [compose(point.overrides).id for point in found.points()]
    assert found.ledger.valid == found.ledger.asked
    assert len(ids) == len(set(ids)) > 1


@pytest.mark.parametrize(
    "overrides",
    [
        ["run={replicas:2},{replicas:4}", "run.replicas=2"],  # the later one wins
        ["run.replicas=2", "run={replicas:2},{replicas:4}"],
        ["run={replicas:2},{replicas:4}", "run.replicas=2,4"],
        ["run={replicas:2},{replicas:'$<recipes.training_config.model.max_epochs>'}"],
        ["run={replicas:2},{replicas:???}"],
        ["optim={sched:{}},{lr:1e-5}"],
        ["++run.team={a:1},x"],
        ["++run.team={a:1,b:2},{b:2,a:1}"],  # in another order
        ["++run.team={a:1},{b:1}"],
    ],
)
def test_where_it_is_not_the_same_each_point_is_composed(overrides):
    found = plan(overrides)
    assert all(one.branch.obstacle for one in found.grids)
    for point, recipe in zip(found.points(), found.recipes(), strict=True):
        again = compose(point.overrides)
        assert (recipe, recipe.to_yaml()) == (again, again.to_yaml())


def test_points_and_names_tell_the_mappings():
    found = plan(["run={replicas:2},{replicas:4}"])
    assert [point.axes for point in found.points()] == [
        {"run": {"replicas": 2}},
        {"run": {"replicas": 4}},
    ]
    assert [point.overrides for point in found.points()] == [
        ("run={replicas:2}",),
        ("run={replicas:4}",),
    ]


def test_drawn_with_an_interval_they_stay_the_same():
    pytest.importorskip("scipy")
    found = plan(
        ["lr=tag(log,interval(1e-6,1e-4))", "run={replicas:2},{replicas:4}"],
        sampler="sobol",
        sample=6,
    )
    assert [one.branch.obstacle for one in found.grids] == [None]
    recipes = list(found.recipes())
    assert [recipe.id for recipe in recipes] == [compose(p.overrides).id for p in found.points()]
    assert {recipe["run.replicas"] for recipe in recipes} == {2, 4}
