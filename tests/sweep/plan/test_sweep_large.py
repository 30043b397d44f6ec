"""What it takes to plan 10^13 points: counted, as times depend on the machine."""

from collections import Counter

import pytest

from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.plan import constraints, grid
from hydra_recipes.sweep.plan.plan import plan_space
from hydra_recipes.sweep.solve.solver import Solver
from hydra_recipes.sweep.space.condition import Condition
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space

MODELS = ("model=nova-micro,nova-lite,nova-pro", "peft=lora,full")
AXES = (
    "lr=range(1e-6,1.01e-4,1e-6)",
    "min_lr=range(1e-7,1e-5,1e-7)",
    "warmup_steps=range(1,101)",
    "constant_steps=range(0,100)",
    "weight_decay=range(0.0,0.2,0.01)",
    "replicas=1,2,4,8,16,32",
    "max_length=range(8192,65537,1024)",
    "global_batch_size=16,32,64,128,256",
)
VALUES = 100 + 99 + 100 + 100 + 20 + 6 + 57 + 5
LIMITED = "warmup_steps + constant_steps < 50"


@pytest.fixture
def calls(monkeypatch):
    """How often the steps were done that take the time."""
    done = Counter()

    def counted(owner, name):
        own = getattr(owner, name)

        def counting(*arguments, **named):
            done[name] += 1
            return own(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    counted(constraints, "check_structure")
    counted(grid, "Builder")
    counted(Condition, "holds_for")
    counted(constraints, "holds")
    counted(Solver, "_support")
    counted(Solver, "_count")
    return done


def planned(*overrides, where=()):
    """The plan, with its account."""
    space = read_space(overrides, SweepOptions(where=where), active_libraries())
    found = plan_space(space, active_libraries())
    found.count(lambda *_: None)
    return found


def test_all_points_are_counted_without_building_any_or_resolving_each_value(calls):
    found = planned(*MODELS, *AXES)
    assert found.ledger.asked > 10**13
    assert found.size > 10**11
    assert found.ledger.dead
    assert calls["Builder"] == 0
    assert calls["check_structure"] <= 2 * len(found.grids)
    assert calls["holds"] <= len(found.grids) * VALUES


def test_an_expression_is_asked_once_about_the_same_values_of_all_branches(calls):
    one = planned("model=nova-lite", "peft=lora", *AXES, where=(LIMITED,))
    assert calls["holds_for"] == 100 * 100
    several = planned(*MODELS, *AXES, where=(LIMITED,))
    assert calls["holds_for"] == 2 * 100 * 100
    assert 0 < one.size < several.size


def test_branches_that_read_other_values_are_asked_for_themselves():
    axes, where = ("warmup_steps=range(1,21)", "alpha=32,64"), ("warmup_steps < replicas",)
    models = ("nova-micro", "nova-lite", "nova-pro")
    both = planned(f"model={','.join(models)}", "peft=lora", *axes, where=where)
    alone = [planned(f"model={model}", "peft=lora", *axes, where=where).size for model in models]
    assert [one.count() for one in both.grids] == alone
    assert len(set(alone)) > 1


def test_which_values_are_possible_is_found_for_all_of_them_at_once(calls):
    few = planned(*MODELS, *AXES)
    steps = calls["_support"]
    more = ("weight_decay=range(0.0,0.2,0.001)", *(axis for axis in AXES if "decay" not in axis))
    many = planned(*MODELS, *more)
    assert many.ledger.asked == 10 * few.ledger.asked
    assert calls["_support"] - steps <= 1.1 * steps
