"""Points drawn with a Sobol sequence: valid by the same law, spread evenly, the same anywhere."""

import itertools
import json
import os
import sys
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hydra_recipes import check, compose, plan
from hydra_recipes.findings.errors import OverrideError, RecipeError
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.plan import grid, sobol
from hydra_recipes.sweep.plan.sampling import plan_sample
from hydra_recipes.sweep.report.why import point_overrides
from hydra_recipes.sweep.space.interval import BITS
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from support.sweep_points import FIXED, GROUPS, KEYS, WHERE, brute_force

pytest.importorskip("scipy", reason="the extra sobol isn't installed")

settings.register_profile("sobol", max_examples=int(os.environ.get("LAW_EXAMPLES", "20")))

INTERVALS = {
    "lr": ["interval(1e-6,1e-4)", "tag(log,interval(1e-7,1e-4))", "interval(0,2)"],
    "min_lr": ["tag(log,interval(1e-8,1e-5))", "interval(0.0,1e-5)"],
    "run.replicas": ["interval(1,8)", "int(interval(2,4))", "tag(log,interval(1,16))"],
    "warmup_steps": ["interval(1,20)", "interval(-3.5,20.5)"],
    "alpha": ["interval(32,34)", "int(interval(31,64))"],
    "weight_decay": ["interval(0,1)", "interval(-0.5,1.5)"],
    "betas.0": ["interval(0,1)"],
    "max_epochs": ["interval(1,4)"],
}
DRAWN = ("lr=tag(log,interval(1e-6,1e-4))", "run.replicas=interval(2,8)", "alpha=32,64,128")


def draw(*texts, sample, seed=0, zips=(), where=(), libraries=None):
    options = SweepOptions(zips=zips, where=where, sample=sample, seed=seed, sampler="sobol")
    libraries = libraries or active_libraries()
    return plan_sample(read_space(texts, options, libraries), libraries)


def words(line):
    return line.split()


def overrides(planned):
    return [point.overrides for point in planned.points()]


@st.composite
def spaces(draw):
    """Overrides with intervals and other axes, conditions, and how many points to draw."""
    intervals = draw(
        st.lists(st.sampled_from(sorted(INTERVALS)), min_size=1, max_size=3, unique=True)
    )
    names = draw(st.lists(st.sampled_from([*GROUPS, *KEYS]), max_size=2, unique=True))
    texts = [f"{name}={draw(st.sampled_from(INTERVALS[name]))}" for name in intervals]
    for name in names:
        values = st.sampled_from(GROUPS.get(name) or KEYS[name][:3])
        chosen = draw(st.lists(values, min_size=2, max_size=4, unique=True))
        texts += [f"{name}={','.join(chosen)}"] if name not in intervals else []
    texts += draw(st.lists(st.sampled_from(FIXED), max_size=1))
    zips = (tuple(intervals[:2]),) if len(intervals) > 1 and draw(st.booleans()) else ()
    where = draw(st.lists(st.sampled_from(WHERE), max_size=1))
    return draw(st.permutations(texts)), zips, tuple(where), draw(st.integers(1, 9))


@settings(settings.get_profile("sobol"), suppress_health_check=list(HealthCheck))
@given(spaces(), st.integers(0, 3))
def test_points_drawn_are_the_valid_ones_by_compose_and_check(space, seed):
    texts, zips, where, size = space
    with mock.patch.object(sobol, "TRIES", 4):
        found = None
        with suppress(OverrideError):
            found = draw(*texts, sample=size, seed=seed, zips=zips, where=where)
        if found is None or found.space.drawn_from is None:
            event("refused, or nothing to draw from")
            return
        points = brute_force(found.space, where, 0, [])
        valid = [point for point in points if not point[2]]
        first = {point[1]: point[3] for point in reversed(valid)}
        ledger = found.ledger
        assert (ledger.drawn, ledger.valid) == (len(points), len(valid))
        assert ledger.recipes == len(first) == len(found)
        forbids = Counter(reason for point in points for reason in point[2])
        assert {reason.rule: reason.forbids for reason in ledger.reasons} == dict(forbids)
        used = overrides(found)
        assert sorted(used) == sorted(first.values())
        order = [point[3] for point in valid]
        assert [order.index(one) for one in used] == sorted(order.index(one) for one in used)
        event("valid" if valid else "nothing valid")
        if valid:
            assert len(used) == size
            assert not points[-1][2], "the last point drawn is the last one taken"
            assert overrides(draw(*texts, sample=size, seed=seed, zips=zips, where=where)) == used
            with mock.patch.object(sobol, "TRIES", 8):  # for half as many points
                fewer = draw(*texts, sample=(size + 1) // 2, seed=seed, zips=zips, where=where)
            assert overrides(fewer) == used[: len(fewer)]


def test_a_seed_draws_the_same_points_everywhere():
    assert sobol.coordinates(2, 3, 7) == [
        (139378741, 188718699),
        (789477658, 927683565),
        (857155722, 347794503),
    ]
    found = [point.axes for point in draw(*DRAWN, sample=5, seed=7).points()]
    assert [list(axes.values()) for axes in found] == [
        [2.95472e-05, 8, 32],
        [3.94982e-05, 4, 128],
        [1.71344e-05, 2, 64],
        [1.01683e-06, 8, 64],
        [3.35049e-06, 2, 128],
    ]


@pytest.mark.parametrize("seed", [0, 1, 2**70, -3])
def test_coordinates_fill_each_part_of_each_axis_evenly(seed):
    points = sobol.coordinates(6, 64, seed)
    for axis in zip(*points, strict=True):
        assert sorted(at >> (BITS - 6) for at in axis) == list(range(64))
    # The first two axes fill squares too: 64 of eight by eight, and longer ones.
    for across in range(7):
        cells = {(p[0] >> (BITS - across), p[1] >> (BITS - 6 + across)) for p in points}
        assert len(cells) == 64


def test_seeds_differ():
    drawn = {tuple(sobol.coordinates(2, 4, seed)) for seed in range(20)}
    assert len(drawn) == 20


def test_each_value_and_each_option_is_as_likely():
    texts = ("model=nova-micro,nova-lite", "alpha=32,64,96,128", "lr=interval(1e-5,2e-5)")
    found = [point.axes for point in draw(*texts, sample=64).points()]
    assert Counter(axes["model"] for axes in found) == {"nova-micro": 32, "nova-lite": 32}
    assert Counter(axes["alpha"] for axes in found) == dict.fromkeys((32, 64, 96, 128), 16)
    assert sum(axes["lr"] < 1.5e-5 for axes in found) == 32


def test_a_key_that_takes_whole_numbers_gets_them_and_others_do_not():
    texts = (
        "run.replicas=interval(2,8)",
        "weight_decay=interval(0,1)",
        "warmup_steps=interval(1,9)",
    )
    for point in draw(*texts, sample=16).points():
        assert type(point.axes["run.replicas"]) is type(point.axes["warmup_steps"]) is int
        assert type(point.axes["weight_decay"]) is float


def test_zipped_intervals_are_as_far_along():
    texts = ("lr=interval(2e-6,4e-6)", "weight_decay=interval(0.0,0.2)")
    for point in draw(*texts, sample=8, zips=(("lr", "weight_decay"),)).points():
        lr, decay = point.axes["lr"], point.axes["weight_decay"]
        assert (lr - 2e-6) / 2e-6 == pytest.approx(decay / 0.2, abs=1e-5)


def test_an_interval_and_a_list_of_values_cannot_be_zipped():
    with pytest.raises(OverrideError) as caught:
        draw("lr=interval(2e-6,4e-6)", "alpha=32,64", sample=8, zips=(("lr", "alpha"),))
    assert caught.value.kind == "unequal-zip"


def test_a_grid_is_drawn_from_too():
    found = draw("model=nova-micro,nova-lite", "run.replicas=2,4,8", sample=5, seed=1)
    assert len({point.overrides for point in found.points()}) == len(found) == 5
    assert found.ledger.asked == 6
    assert found.ledger.drawn == found.ledger.valid + found.ledger.left_out >= 6
    with pytest.raises(OverrideError) as caught:
        draw("model=nova-micro,nova-lite", "run.replicas=2,4,8", sample=6, seed=1)
    assert caught.value.kind == "too-few-drawn"
    assert (caught.value.detail.there, caught.value.detail.asked) == (5, 6)


def test_without_an_axis_there_is_one_point():
    assert overrides(draw("model=nova-lite", sample=1)) == [("model=nova-lite",)]


def test_a_key_that_some_branch_has_is_known_though_no_point_drawn_has_it():
    texts = ("peft=full,lora", "alpha=32,64", "lr=interval(2e-6,3e-6)")
    drawn = [
        draw(*texts, sample=1, seed=seed, where=("alpha == null || alpha > 0",))
        for seed in range(6)
    ]
    assert {len(point.axes) for one in drawn for point in one.points()} == {2, 3}
    with pytest.raises(OverrideError) as caught:
        draw("peft=full", *texts[1:], sample=1)
    assert caught.value.kind == "key-not-set"


def test_points_that_are_composed_one_by_one_are_composed_once(monkeypatch):
    times = Counter()

    def counted(texts, libraries, allowed):
        times[texts] += 1
        return composed(texts, libraries, allowed)

    composed = grid.composed
    monkeypatch.setattr(grid, "composed", counted)
    texts = ("betas.0=interval(0.8,0.9)", "run.replicas=2,3,4")
    assert len(draw(*texts, sample=3, seed=2)) == 3
    assert len(times) > 4
    assert set(times.values()) == {1}


def test_slices_of_what_was_drawn_are_disjoint():
    found = draw(*DRAWN, sample=8)
    slices = [overrides(found.shard(at, 3)) for at in range(3)]
    assert sorted(itertools.chain(*slices)) == sorted(overrides(found))
    assert list(map(len, slices)) == [3, 3, 2]


def test_a_sweep_of_a_library_may_say_how_to_draw(tmp_path):
    (tmp_path / "sweep").mkdir()
    text = "axes: {lr: 'interval(1e-6,1e-4)'}\nsample: 4\nseed: 3\nsampler: sobol\n"
    (tmp_path / "sweep" / "look.yaml").write_text(text)
    libraries = Libraries((Library("team", tmp_path), *active_libraries().members))
    found = plan_sample(read_space(["+sweep=look"], SweepOptions(), libraries), libraries)
    assert overrides(found) == overrides(draw("lr=interval(1e-6,1e-4)", sample=4, seed=3))


def test_python_takes_samples_as_the_command_line_does(recipe):
    found = plan(DRAWN, sample=4, seed=7, sampler="sobol")
    options = ("--sample", "4", "--seed", "7", "--sampler", "sobol", "--format", "jsonl")
    assert recipe("sweep", *DRAWN, *options, "--dir", "out").status == 0
    lines = [json.loads(line) for line in Path("out/manifest.jsonl").read_text().splitlines()]
    assert [tuple(line["overrides"][:-1]) for line in lines] == overrides(found)
    for line, one in zip(lines, found.recipes(), strict=True):
        again = compose(line["overrides"])
        assert again.id == line["id"] == one.id
        assert check(again).valid


def test_the_plan_says_how_many_were_drawn_and_what_forbade_them(recipe):
    ran = recipe("sweep", *DRAWN, *words("--sample 4 --seed 7 --sampler sobol --plan"))
    assert ran.status == 0
    first, *rest = ran.out.splitlines()
    assert first == "8 points drawn: 4 valid, 4 left out"
    assert "nova-micro-replicas" in "".join(rest)
    assert "in no valid point" not in ran.out
    ran = recipe("sweep", *DRAWN, *words("--sample 4 --seed 7 --sampler sobol --plan --json"))
    data = json.loads(ran.out)
    assert data["asked"] is None
    assert (data["drawn"], data["valid"]) == (data["valid"] + data["left_out"], 4)


def test_nothing_valid_is_told_as_for_a_grid(recipe):
    ran = recipe("sweep", "run.replicas=interval(5,7)", *words("--sample 2 --sampler sobol"))
    assert (ran.status, ran.out) == (1, "")
    assert "512 points drawn: 0 valid, 512 left out" in ran.err
    assert "nothing is left, because of:\n  nova-micro-replicas" in ran.err
    assert list(Path().iterdir()) == []


def test_why_takes_any_value_of_an_interval(recipe):
    options = words("--sample 2 --sampler sobol --why")
    assert recipe("sweep", *DRAWN, *options, "lr=3.3e-5,run.replicas=4").status == 0
    assert recipe("sweep", *DRAWN, *options, "run.replicas=5").status == 1
    ran = recipe("sweep", *DRAWN, *options, "lr=1.0")
    assert ran.status == 2
    assert "lr has no value 1.0; it has 1e-06 to 0.0001" in ran.err


TIED = ("lr=tag(log,interval(1e-6,1e-4))", "warmup_steps=interval(1,20)", "min_lr=interval(0,1e-7)")


def test_why_takes_zipped_intervals_where_they_are_together():
    options = SweepOptions(
        zips=(("lr", "warmup_steps", "min_lr"),), sampler="sobol", sample=3, seed=3
    )
    space = read_space([*TIED, "max_epochs=1,2"], options, active_libraries())
    for point in plan_sample(space, active_libraries()).points():
        lr, steps, min_lr, _ = point.overrides
        for known in (lr, min_lr, f"{lr},{min_lr}", ",".join(point.overrides)):
            found = point_overrides(space, known, active_libraries())
            (value,) = (text.removeprefix("lr=") for text in found if text.startswith("lr="))
            assert float(value) == pytest.approx(point.axes["lr"], rel=1e-4)
            assert set(known.split(",")) <= set(found)
            assert steps in found
        assert steps in point_overrides(space, steps, active_libraries())
        with pytest.raises(OverrideError) as caught:
            point_overrides(space, f"{lr},min_lr={point.axes['min_lr'] / 2}", active_libraries())
        assert caught.value.kind == "why-zip"
        assert caught.value.detail.there[:2] == [lr, steps]
    first = point_overrides(space, "max_epochs=2", active_libraries())
    assert first == ("lr=1e-06", "warmup_steps=1", "min_lr=0.0", "max_epochs=2")


def test_too_few_are_told_with_what_there_is_and_what_forbids_most():
    with pytest.raises(OverrideError) as caught:
        draw("run.replicas=interval(2,9)", sample=4)
    assert caught.value.kind == "too-few-drawn"
    detail = caught.value.detail
    assert (detail.there, detail.asked, detail.drawn) == (3, 4, 4 * sobol.TRIES)
    ((rule, count),) = detail.worst
    assert rule == "nova-micro-replicas"
    assert count == detail.drawn * 5 // 8


def content(root):
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_sweep_of_points_drawn_is_resumed_and_extended(recipe, tmp_path):
    fewer = (*DRAWN, *words("--seed 7 --sampler sobol --sample 4"))
    more = (*DRAWN, *words("--seed 7 --sampler sobol --sample 12"))
    for name in ("whole", "there"):
        assert recipe("sweep", *fewer, "--dir", name).status == 0
    victim = next((tmp_path / "there" / "recipes").iterdir())
    victim.unlink()
    assert recipe("sweep", *fewer, "--dir", "there", "--resume").status == 0
    assert content(tmp_path / "there") == content(tmp_path / "whole")
    refused = recipe("sweep", *more, "--dir", "there", "--resume")
    assert refused.status == 2
    assert "sample was 4, is 12" in refused.err
    before = content(tmp_path / "there" / "recipes")
    ran = recipe("sweep", *more, "--dir", "there", "--extend", "--json")
    assert (json.loads(ran.out)["recipes"], json.loads(ran.out)["written"]) == (12, 8)
    assert before.items() <= content(tmp_path / "there" / "recipes").items()
    assert recipe("sweep", *more, "--dir", "at-once").status == 0
    assert (tmp_path / "there" / "manifest.jsonl").read_bytes() == (
        tmp_path / "at-once" / "manifest.jsonl"
    ).read_bytes()


def test_without_scipy_the_answer_says_how_to_install_it():
    with ExitStack() as stack:
        for name in [n for n in sys.modules if n.partition(".")[0] == "scipy"]:
            stack.enter_context(mock.patch.dict(sys.modules, {name: None}))
        with pytest.raises(RecipeError) as caught:
            draw(*DRAWN, sample=2)
    assert "scipy" in str(caught.value)
    assert "pip install scipy" in str(caught.value)
