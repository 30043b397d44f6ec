"""Plans go to other processes: what comes out of a pickle is the same plan."""

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

from hydra_recipes import check, compose, plan
from hydra_recipes.findings.errors import LibraryError, OverrideError
from hydra_recipes.findings.messages.rules import BadLibraryFile
from hydra_recipes.origin import FileOrigin

PLANS = [
    (["lr=sort(range(1e-6,5e-6,1e-6))", "model=nova-micro,nova-lite"], {}),
    (["lr=1e-5,2e-5", "max_length=8192,16384"], {"where": "lr < 1.5e-5 || max_length > 9000"}),
    (["betas.0=0.8,0.9", "lr=1e-5,2e-5"], {"where": "lr < 1.5e-5"}),
    (["run={replicas:2},{replicas:4}", "alpha=32,64"], {}),
    (["lr=1e-5,2e-5,3e-5", "run.replicas=2,4"], {"sample": 3}),
    (["lr=tag(log,interval(1e-6,1e-4))"], {"sampler": "sobol", "sample": 4}),
    (["warmup_steps=5,10", "max_epochs=1,2"], {"zips": ["warmup_steps,max_epochs"]}),
    (["lr=1e-5,$<min_lr>", "min_lr=1e-7,1e-6", "model=nova-pro,nova-2-lite"], {}),
    (["peft=full", "model=nova-pro", "hardware=g5-12x,g6-48x"], {}),
]


def ids(piece):
    return [recipe.id for recipe in piece.recipes()]


@pytest.mark.parametrize(("overrides", "options"), PLANS)
def test_a_plan_is_the_same_after_a_pickle(overrides, options):
    if "sampler" in options:
        pytest.importorskip("scipy")
    here = plan(overrides, **options)
    fresh = pickle.dumps(here)  # before anything is worked out, and after
    expected = here.ledger.as_json(), [p.overrides for p in here.points()], ids(here)
    for data in (fresh, pickle.dumps(here), pickle.dumps(pickle.loads(fresh))):
        there = pickle.loads(data)
        found = there.ledger.as_json(), [p.overrides for p in there.points()], ids(there)
        assert found == expected
        assert len(there) == len(here)
        shards = [pickle.loads(pickle.dumps(here.shard(i, 3))) for i in range(3)]
        assert sorted(one for shard in shards for one in ids(shard)) == sorted(expected[2])


def test_a_pickle_has_what_was_asked_and_not_what_follows():
    small, large = (plan([f"warmup_steps=range(1,{n})", "lr=1e-5,2e-5"]) for n in (20, 2000))
    assert large.ledger.valid > 0
    assert list(large.points())
    grown = len(pickle.dumps(large)) / 2000 - len(pickle.dumps(small)) / 20
    assert grown < 200  # bytes a value


def test_shards_go_to_processes_that_are_started_anew():
    whole = plan(["lr=range(1e-6,5e-6,1e-6)", "model=nova-micro,nova-lite"], where="lr < 3.5e-6")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        parts = list(pool.map(ids, [whole.shard(i, 2) for i in range(2)]))
        (recipes,) = pool.map(list, [list(whole.shard(0, 4).recipes())])
    assert sorted(parts[0] + parts[1]) == sorted(ids(whole))
    assert parts[0] == ids(whole)[::2]
    assert recipes == list(whole.shard(0, 4).recipes())


def test_recipes_can_be_pickled():
    (built, *_) = plan(["lr=1e-5,2e-5"]).recipes()
    for recipe in (compose(["lr=1e-5"]), built):
        assert check(recipe).valid
        there = pickle.loads(pickle.dumps(recipe))
        assert (there, there.to_yaml(), there.id) == (recipe, recipe.to_yaml(), recipe.id)
        assert there.set_by == recipe.set_by


def test_what_a_process_raises_is_the_same_where_it_is_caught():
    with pytest.raises(OverrideError) as caught:
        plan(["lr=(1,2)"])
    for error in (
        caught.value,
        LibraryError(BadLibraryFile(file="a", reason="b"), FileOrigin("a", 1, 2, "x")),
    ):
        there = pickle.loads(pickle.dumps(error))
        assert type(there) is type(error)
        assert (there.detail, there.origin) == (error.detail, error.origin)
        assert str(there) == str(error)
