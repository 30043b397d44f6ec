"""Space: the axes of a sweep in Hydra's grammar, tied or not, and those that a library keeps."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from hydra_recipes.composing.engine import parse_override
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.api import plan
from hydra_recipes.sweep.plan.placement import ABSENT_KINDS
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space

TEAM_SWEEPS = {
    "look": "axes: {lr: [1.0e-6, 1.0e-5], model: 'nova-micro,nova-lite'}\n"
    "overrides: [peft=full]\nzip: [[lr, model]]\nwhere: lr < 2.0e-6\nsample: 1\nseed: 3\n"
    "name: '{model}'\n",
    "odd": "axes: {flag: [true, null, 3, 'a, b', '3', x/y, 1.0e-5, '${lr}', \"it's\", 'null']}\n",
    "wrong": "axis: {lr: [1, 2]}\n",
}


def read(*texts, seed=None, libraries=None, **options):
    return read_space(texts, SweepOptions(seed=seed, **options), libraries or active_libraries())


def values(*texts, **options):
    """The values of each axis."""
    return [[o.value for o in axis.overrides] for axis in read(*texts, **options).axes]


def refused(kind, *texts, libraries=None, **options):
    with pytest.raises(OverrideError) as caught:
        read(*texts, libraries=libraries, **options)
    assert caught.value.kind == kind
    return caught.value


@pytest.fixture
def team(tmp_path):
    (tmp_path / "sweep").mkdir()
    for name, text in TEAM_SWEEPS.items():
        (tmp_path / "sweep" / f"{name}.yaml").write_text(text)
    return Libraries((Library("team", tmp_path), *active_libraries().members))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lr=1e-5,2e-5", [1e-5, 2e-5]),
        ("lr=choice(1e-5,2e-5)", [1e-5, 2e-5]),
        ("warmup_steps=range(5,21,5)", [5, 10, 15, 20]),
        ("warmup_steps=range(3)", [0, 1, 2]),
        ("lr=range(0,0.3,0.1)", pytest.approx([0.0, 0.1, 0.2])),
        ("run.name='a,b','c d'", ["a,b", "c d"]),
        ('run.name="it\'s",b', ["it's", "b"]),
        ("run.name=choice('a\"b',c)", ['a"b', "c"]),
        ("run.name='a \"b\" \\'c\\'',d", ["a \"b\" 'c'", "d"]),
        ("betas=[0.9,0.98],[0.8,0.95]", [[0.9, 0.98], [0.8, 0.95]]),
        ("run={replicas:2},{replicas:4}", [{"replicas": 2}, {"replicas": 4}]),
        ("min_lr=1e-7,${lr}", [1e-7, "${lr}"]),
        ("min_lr=1e-7,$<lr>", [1e-7, "${lr}"]),
        ("lr=null,true,x", [None, True, "x"]),
        ("lr=1,2.0,'3'", [1, 2.0, "3"]),
        ("warmup_steps=sort(10,5,15)", [5, 10, 15]),
        ("warmup_steps=sort(10,15,5,reverse=true)", [15, 10, 5]),
        ("model=glob(nova-*o)", ["nova-micro", "nova-pro"]),
        ("model=glob(nova-*,exclude=*i*)", ["nova-pro"]),
        ("+trainer.max_steps=1,2", [1, 2]),
    ],
)
def test_axes_are_written_in_hydras_grammar(text, expected):
    (found,) = values(text)
    assert found == expected
    assert list(map(type, found)) == list(map(type, getattr(expected, "expected", expected)))


def test_a_shuffled_axis_depends_on_the_seed_alone():
    text = "warmup_steps=shuffle(range(1,21))"
    (first,) = values(text, seed=1)
    assert first == values(text, seed=1)[0]
    assert first != values(text, seed=2)[0]
    assert sorted(first) == list(range(1, 21)) != first


def test_every_value_of_a_range_composes_as_if_it_were_typed():
    (axis,) = read("lr=range(0,1,0.1)").axes
    for override in axis.overrides:
        (typed,) = read(override.text).items
        assert typed.value == override.value
        assert not override.sweeps


def test_the_full_product_is_asked_in_the_order_given():
    space = read("lr=1e-5,2e-5", "model=nova-micro,nova-lite", "peft=full")
    assert space.asked == 4
    points = [dict(p.axes) for p in plan(space.texts).points()]
    assert points == [
        {"lr": lr, "model": model} for lr in (1e-5, 2e-5) for model in ("nova-micro", "nova-lite")
    ]


def test_zipped_axes_take_their_values_together():
    space = read("lr=1e-5,2e-5", "peft=full,lora", "min_lr=1e-6,2e-6", zips=(("min_lr", "lr"),))
    assert [[axis.key for axis in d.axes] for d in space.dimensions] == [["lr", "min_lr"], ["peft"]]
    found = plan(space.texts, zips=[["min_lr", "lr"]])
    assert [tuple(p.axes.values()) for p in found.points()] == [
        (1e-5, 1e-6, "full"),
        (1e-5, 1e-6, "lora"),
        (2e-5, 2e-6, "full"),
        (2e-5, 2e-6, "lora"),
    ]


def test_a_zip_may_tie_a_group_to_a_key():
    texts = ["model=nova-micro,nova-lite", "run.replicas=2,4"]
    found = plan(texts, zips=[["model", "run.replicas"]])
    assert [tuple(p.axes.values()) for p in found.points()] == [("nova-micro", 2), ("nova-lite", 4)]


def test_a_key_tied_to_a_group_keeps_the_order_given():
    texts = ["model=nova-micro,nova-lite,nova-micro", "run.replicas=2,4,8", "lr=1e-5,2e-5"]
    found = plan(texts, zips=[["model", "run.replicas"]])
    assert [tuple(p.axes.values()) for p in found.points()] == [
        (model, replicas, lr)
        for model, replicas in (("nova-micro", 2), ("nova-lite", 4), ("nova-micro", 8))
        for lr in (1e-5, 2e-5)
    ]


def test_an_axis_bears_on_recipes_that_have_its_key_only():
    found = plan(["peft=full,lora", "alpha=32,64"])
    assert [p.overrides for p in found.points()] == [
        ("peft=full",),
        ("peft=lora", "alpha=32"),
        ("peft=lora", "alpha=64"),
    ]
    assert (found.ledger.valid, found.ledger.duplicates) == (4, 1)
    assert found.ledger.inactive == {"alpha": 2}


@pytest.mark.parametrize("fixed", ["alpha=64", "recipes.lora_tuning.alpha=64"])
def test_a_key_with_one_value_bears_on_recipes_that_have_it_only(fixed):
    found = plan(["peft=full,lora", fixed, "betas=[0.9,0.98],[0.8,0.95]"])
    betas = ["betas=[0.9,0.98]", "betas=[0.8,0.95]"]
    assert [p.overrides for p in found.points()] == [
        *(("peft=full", one) for one in betas),
        *(("peft=lora", fixed, one) for one in betas),
    ]
    assert found.ledger.inactive == {fixed: 2}


def test_a_key_that_is_taken_away_is_taken_from_recipes_that_have_it_only():
    found = plan(["peft=full,lora", "~alpha"])  # LoRA needs it
    assert [p.overrides for p in found.points()] == [("peft=full",)]
    assert found.ledger.inactive == {"~alpha": 1}
    assert [(r.rule, r.forbids) for r in found.ledger.reasons] == [("missing-key", 1)]


@pytest.mark.parametrize(
    "texts", [["peft=full", "alpha=64", "lr=1e-6,1e-5"], ["peft=full,lora", "alhpa=64"]]
)
def test_a_key_with_one_value_that_no_branch_has_is_refused(texts):
    with pytest.raises(OverrideError) as caught:
        plan(texts)
    assert isinstance(caught.value.detail, ABSENT_KINDS)


def test_a_short_key_is_resolved_in_each_branch():
    found = plan(["model=nova-micro,nova-2-lite", "lr=1e-5,2e-5"])
    assert found.ledger.inactive == {}
    assert len({recipe.id for recipe in found.recipes()}) == found.ledger.valid == 4


def test_all_texts_are_parsed_by_one_parser_that_keeps_nothing_of_them(monkeypatch):
    texts = [
        text
        for at in range(60)
        for text in (
            f"+a.b{at}=[{at},x{at}]",
            f"lr=shuffle(choice({at},x))",
            f"~run.n{at}=",
            "a=[",
        )
    ]

    def parsed(text):
        try:
            return OverridesParser.create().parse_rule(text, "override")
        except HydraException:
            return None

    fresh = [parsed(text) for text in texts]
    monkeypatch.setattr(OverridesParser, "create", None)  # nobody makes another one

    def ours(text):
        try:
            return parse_override(text).parsed
        except OverrideError:
            return None

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert list(pool.map(ours, texts)) == fresh
    assert fresh.count(None) == 60 < len(texts)


def test_a_sweep_of_a_library_brings_axes_and_wishes(team):
    space = read("+sweep=look", "platform=hyperpod", libraries=team)
    assert [axis.key for axis in space.axes] == ["lr", "model"]
    assert [i.text for i in space.items if i not in space.axes] == [
        "peft=full",
        "platform=hyperpod",
    ]
    assert len(space.dimensions) == 1
    options = space.options
    assert (options.where, options.sample, options.seed) == (("lr < 2.0e-6",), 1, 3)
    assert options.name == "{model}"


def test_a_sample_that_a_library_asks_for_is_taken_in_python_too(team, monkeypatch):
    monkeypatch.setattr("hydra_recipes.sources.active.active_libraries", lambda: team)
    kept = plan(["+sweep=look", "lr=1.1e-6,1.2e-6", "model=nova-micro,nova-lite"])
    assert (kept.ledger.valid, len(kept)) == (2, 1)
    assert len(plan(["peft=full", "lr=2e-6,3e-6,4e-6"], sample=2, seed=5)) == 2


def test_what_is_typed_replaces_and_adds_to_the_sweep_of_a_library(team):
    options = {"sample": 2, "seed": 5, "name": "mine", "where": ("peft == 'lora'",)}
    space = read("+sweep=look", "lr=3e-6,4e-6", "peft=lora", libraries=team, **options)
    assert {a.key: [o.value for o in a.overrides] for a in space.axes}["lr"] == [3e-6, 4e-6]
    assert [i.text for i in space.items if i not in space.axes] == ["peft=lora"]
    assert (space.options.sample, space.options.seed, space.options.name) == (2, 5, "mine")
    assert space.options.where == ("lr < 2.0e-6", "peft == 'lora'")


def test_a_seed_of_0_and_an_empty_name_are_asked_for_too(team):
    options = read("+sweep=look", libraries=team, seed=0, name="").options
    assert (options.seed, options.name) == (0, "")


def test_one_text_stands_for_itself_in_python():
    several = plan(["lr=1e-5,2e-5", "min_lr=1e-7,1e-6"], zips=[["lr", "min_lr"]], where=["lr > 0"])
    for zips in ("lr,min_lr", ["lr,min_lr"]):
        one = plan(["lr=1e-5,2e-5", "min_lr=1e-7,1e-6"], zips=zips, where="lr > 0")
        assert one.space == several.space
    assert plan("lr=1e-5,2e-5").space == plan(["lr=1e-5,2e-5"]).space


def test_the_values_of_a_kept_axis_keep_their_types(team):
    (axis,) = read("+sweep=odd", libraries=team).axes
    expected = [True, None, 3, "a, b", "3", "x/y", 1e-5, "${lr}", "it's", "null"]
    assert [o.value for o in axis.overrides] == expected


def test_a_sweep_file_with_an_unknown_field_is_refused(team):
    from hydra_recipes.findings.errors import LibraryError

    with pytest.raises(LibraryError) as caught:
        read("+sweep=wrong", libraries=team)
    assert (caught.value.kind, caught.value.detail.field) == ("bad-rules-field", "axis")


@pytest.mark.parametrize(
    ("kind", "texts", "options"),
    [
        ("axis-twice", ["lr=1,2", "lr=3,4"], {}),
        ("axis-set", ["model=nova-lite", "model=nova-lite,nova-pro"], {}),
        ("axis-set", ["model=nova-lite,nova-pro", "model=nova-lite"], {}),
        ("empty-axis", ["lr=choice()"], {}),
        ("axis-twice", ["lr=1,2", "recipes.lr=3,4"], {}),
        ("derived-axis", ["generation=nova-1,nova-2"], {}),
        ("empty-axis", ["model=glob(nothing*)"], {}),
        ("empty-axis", ["lr=glob(*)"], {}),
        ("empty-axis", ["warmup_steps=range(5,5)"], {}),
        ("interval-axis", ["lr=interval(0,1)"], {}),
        ("bad-sample", ["lr=1,2"], {"sample": 0}),
        ("bad-sample", ["lr=1,2"], {"sample": "two"}),
        ("unknown-sampler", ["lr=1,2"], {"sample": 2, "sampler": "dice"}),
        ("sampler-alone", ["lr=1,2"], {"sampler": "sobol"}),
        ("interval-axis", ["lr=tag(log,interval(1e-6,1e-4))"], {"sample": 3}),
        ("unknown-option", ["model=nova-micro,nova-mini"], {}),
        ("unknown-option", ["+sweep=nope"], {}),
        ("bad-override", ["lr=choice("], {}),
        ("unequal-zip", ["lr=1,2", "min_lr=1,2,3"], {"zips": (("lr", "min_lr"),)}),
        ("unknown-axis", ["lr=1,2", "min_lr=1"], {"zips": (("lr", "min_lr"),)}),
        ("zipped-twice", ["lr=1,2"], {"zips": (("lr", "lr"),)}),
        ("zipped-twice", ["lr=1,2", "min_lr=1,2"], {"zips": (("lr", "min_lr"), ("min_lr", "lr"))}),
    ],
)
def test_what_makes_no_space_is_refused(kind, texts, options):
    refused(kind, *texts, **options)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("unknown-key", ["nope=1,2"]),
        ("ambiguous-key", ["name=a,b"]),
        ("axis-twice", ["lr=1,2", "optim.lr=3,4"]),
        ("axis-set", ["lr=1e-6,1e-5", "lr=3e-6"]),
        ("axis-set", ["optim.lr=3e-6", "lr=1e-6,1e-5"]),
        ("unknown-option", ["modl=a,b", "model=nope"]),
    ],
)
def test_what_makes_no_plan_is_refused(kind, texts):
    with pytest.raises(OverrideError) as caught:
        plan(texts)
    assert caught.value.kind == kind


def test_a_short_key_in_where_is_the_one_that_the_others_link_to():
    found = plan(["+preset=quickstart_sft", "replicas=2,4,8"], where="replicas > 2")
    assert len(found) == 2
