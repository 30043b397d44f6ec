"""The law of the house: a sweep has the valid recipes of the whole product, and no other."""

import json
import re
from collections import Counter
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, note, settings

from hydra_recipes import compose
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.origin import dotted
from hydra_recipes.sources import active
from hydra_recipes.sweep.plan.plan import plan_space
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import Axis, read_space
from hydra_recipes.sweep.write.columns import Columns
from hydra_recipes.sweep.write.points import Rendering
from hydra_recipes.tree import leaves, matches, path_of, walk
from support.sweep_points import ABSENT, WHERE, answer_alone, brute_force, shelves_in, spaces

NAME_AND_RATE = "run.name == 'a' || lr < 0.000002"


@pytest.fixture(scope="module")
def shelves(tmp_path_factory):
    return shelves_in(tmp_path_factory.mktemp("team"))


def law(texts, zips, where, which, shelves):
    shelf = shelves[which]
    with mock.patch.object(active, "active_libraries", return_value=shelf):
        return compared(texts, zips, where, which, shelf)


def check_refusal(refusal, space, points, where, which):
    """What nobody notices point by point: that no point has the key of an axis or a condition."""
    if getattr(refusal.detail, "override", None) in where:
        assert refusal.kind in ("unknown-key", "ambiguous-key")
        if refusal.kind == "unknown-key":
            trees = [answer_alone(p[3], which)[3][0] for p in points if p[2] != {"offer"}]
            assert not any(matches(path_of(refusal.detail.key), list(walk(t))) for t in trees)
        return
    if refusal.kind in ("axis-twice", "axis-set"):  # one axis would have no effect
        return
    assert refusal.kind in ABSENT
    texts = [
        {override.text for override in item.overrides} if isinstance(item, Axis) else {item.text}
        for item in space.items
    ]
    own = next(some for some in texts if refusal.detail.override in some)
    composed = [p for p in points if p[2] != {"offer"}]
    assert not any(own & set(p[3]) for p in composed)


def check_written(plan, overrides, ids):
    """What is written of each point is what its manifest line composes, under a name of its own."""
    written = list(Rendering(plan, as_yaml=False, file_of=lambda _, name: name).points())
    lines = [json.loads(point.manifest) for point in written]
    assert [point.id for point in written] == [line["id"] for line in lines] == ids
    assert len({point.file for point in written}) == len(written)
    for point, line, asked in zip(written, lines, overrides, strict=True):
        assert tuple(line["overrides"]) in (asked, (*asked, f"run.name={point.file}"))
        assert json.loads(point.text) == compose(line["overrides"]).resolved()
        assert re.fullmatch("[a-z][a-z0-9-]{0,33}", point.file)
    columns = Columns(plan, has_recipe=False)
    held = {"bool": (bool,), "int": (int,), "float": (int, float), "text": (str,)}
    for point in written:
        row = columns.row(point)
        for name, value in row.items():
            assert value is None or type(value) in held[columns.kinds[name]], name
        keys = {dotted(path) for path, _ in leaves(json.loads(point.text))}
        assert all(key in row or f"recipes.{key}" in row for key in keys)


def compared(texts, zips, where, which, shelf):
    space = read_space(texts, SweepOptions(zips=zips, where=where), shelf)
    spared = []
    try:
        points = brute_force(space, where, which, spared)
    except OverrideError as error:
        expected = error
    else:
        expected = None
    refusal = None
    try:
        plan = plan_space(space, shelf)
        ledger = plan.ledger  # grids that go one by one compose here
    except OverrideError as error:
        refusal = error
    if refusal is not None:
        note(f"refused: {refusal.detail}")
        if expected is None and refusal.kind not in spared:
            check_refusal(refusal, space, points, where, which)
        return "refused"
    assert expected is None, expected.kind
    valid = [p for p in points if not p[2]]
    first, repeated = {}, 0
    for point in valid:
        repeated += point[1] in first
        first.setdefault(point[1], point)
    forbids = Counter(reason for p in points for reason in p[2])
    assert (ledger.asked, ledger.valid, ledger.duplicates) == (len(points), len(valid), repeated)
    assert {r.rule: r.forbids for r in ledger.reasons} == dict(forbids)
    overrides = [p.overrides for p in plan.points()]
    assert [answer_alone(o, which)[0] for o in overrides] == list(first)
    assert len(plan) == len(first)
    recipes = list(plan.recipes())
    assert [r.overrides for r in recipes] == overrides
    assert [hash(r) for r in recipes] == [answer_alone(o, which)[-1] for o in overrides]
    check_written(plan, overrides, list(first))
    if valid:
        dead = {
            (axis.element, o.text)
            for d, dimension in enumerate(space.dimensions)
            for axis in dimension.axes
            for o in axis.overrides
            if not any(axis.overrides[p[0][d]].text == o.text and o.text in p[3] for p in valid)
        }
        assert {(d.axis, f"{d.axis}={d.value}") for d in ledger.dead} == dead
    return "valid" if valid else "empty"


@settings(settings.get_profile("law"), suppress_health_check=list(HealthCheck))
@given(spaces())
@example((("alpha=64,$<run.replicas>", "run.replicas=$<run.nope>,4"), (), (WHERE[1],), 0))
@example((("++lora_tuning.alpha=33,many", "+preset=complete_lora,quickstart_sft"), (), (), 0))
@example((("min_lr=1e-6,1e-5,5e-6,1e-5", "lr=1e-5,$<min_lr>,1e-6"), (), ("min_lr < lr",), 1))
@example((("peft=full,lora", "alpha=64"), (), (), 0))
@example((("~alpha", "peft=full,lora", "betas.0=0.9,0.8"), (), (), 0))
@example((("peft=full", "lr=1e-6,1e-5", "alpha=64"), (), (), 0))
@example((("alpha=32,64,33", "peft=full,lora", "model=nova-micro,nova-pro"), (), (), 1))
@example((("run.name=a,Bad_Name,b", "lr=1e-5,2,1e-6", "run.replicas=1,2"), (), (), 1))
@example((("lr=1e-5,1e-6", "run.name=b,a,c"), (), ("run.name.startsWith('a')",), 0))
@example((("lr=1e-5,1e-6", "run.name=b,a"), (), (NAME_AND_RATE,), 0))
@example((("run.name=7,a,null,b", "lr=1e-5,1e-6"), (), (), 0))
@example((("run.name=$<recipes.training_config.trainer>,a,[1]", "lr=1e-5,1e-6"), (), (), 0))
@example(
    (("run.name=$<run.replicas>,a", "run.replicas=2,4", "mlflow_run_name=a,x-$<.name>"), (), (), 0)
)
@example((("run.name=$<run.replicas>,a,???", "lr=1e-5,1e-6"), (), (), 0))
@example((("mlflow_run_name=a,$<.name>,b", "run.name=true,a,b"), (), (), 1))
@example((("mlflow_run_name='${.name}',a,other", "run.name=b,a", "lr=1e-5,2e-5"), (), (), 0))
@example(
    (
        ("warmup_steps=5,$<.constant_steps>,10", "lr=1e-5,2", "constant_steps=10,5"),
        (),
        ("lr < 0.02",),
        0,
    )
)
@example((("model=nova-micro,nova-lite", "run.name=b,a,b", "peft=full,lora"), (), (), 1))
@example((("run={replicas:2},{label:x},{}", "run.data_s3_path=s3://a/b"), (), (), 1))
@example((("run={replicas:2,name:c},{replicas:4,name:c}", "lr=1e-5,1e-6"), (), (), 0))
@example((("++run.team={a:1,b:2},{a:2,b:1}", "peft=lora,full"), (), (), 0))
@example((("++run.team={a:1,b:2},{b:2,a:1}", "lr=1e-5,1e-6"), (), (), 0))
@example((("optim={lr:1e-5},{lr:1e-6,sched:{min_lr:5e-7}}", "lr=1e-7"), (), ("min_lr < lr",), 1))
@example((("optim={lr:1e-6},{betas:[0.9,0.98]}", "run={replicas:2},{replicas:4}"), (), (), 1))
@example((("weight_decay=sort(range(0,0.35,0.1))",), (), ("weight_decay == 0.3",), 0))
@example((("+data_mixing={sources:{nova_data:{a:100}}},text,{x:1}", "lr=1e-6,2e-6"), (), (), 0))
@example((("run.name=b,a,b", "+preset=quickstart_sft,complete_lora", "alpha=32,33"), (), (), 1))
def test_a_sweeps_recipes_and_counts_are_those_of_the_full_product(shelves, space):
    law(*space, shelves)
