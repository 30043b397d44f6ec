"""Mistakes in a sweep's request: each is told for what it is, with what to type."""

import pytest

from hydra_recipes import plan
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.sweep.space.clashes import clash
from support.refusals import one_line

pytestmark = pytest.mark.quick

AXIS = "max_length=8192,16384"


@pytest.mark.parametrize(
    ("where", "right"),
    [
        ("max_length < '3'", "max_length < 3"),
        ("max_length == '8192'", "max_length == 8192"),
        ('"9000" > max_length', "9000 > max_length"),
        ("lr <= '1e-5'", "lr <= 1e-5"),
        ("peft == 'lora' && alpha != '32'", "peft == 'lora' && alpha != 32"),
        ("model == 3", "model == '3'"),
        ("run.name < 3 || lr < 1.0", "run.name < '3' || lr < 1.0"),
        ("lr < 'fast'", None),
        ("max_length < run.name", None),
    ],
)
def test_a_number_compared_with_a_text_is_told(recipe, where, right):
    line = one_line(recipe("sweep", AXIS, "--plan", "--where", where))
    assert "is a number and" in line
    assert "double" not in line
    if right is None:
        assert "it is CEL over keys and groups" in line
    else:
        with pytest.raises(OverrideError) as caught:
            plan([AXIS], where=where)
        assert caught.value.detail.reason.instead == right
        plan([AXIS], where=right)


@pytest.mark.parametrize(
    "where",
    [
        "size(run.name) < 30",
        "run.name.size() != 3",
        "run.name.startsWith('m') == true",
        "run.name != 'x' + 'y'",
        "run.name != 'max_length < 3'",
        "!run.name.contains('max_length < 3')",
        "max_length < double('99999')",
        "betas[0] < 1.0",
        "model != 'x' && 8000 < max_length",
        "alpha == null || alpha < 1000",
    ],
)
def test_what_compares_like_with_like_holds(where):
    assert len(plan([AXIS], where=where)) == 2


def test_a_key_that_no_family_knows_is_told_by_its_value():
    with pytest.raises(OverrideError) as caught:
        _ = plan(["+run.extra=1,2"], where="run.extra < 'a'").ledger
    assert caught.value.detail.reason.number == "run.extra"


def test_names_are_whole_words():
    assert clash("a.b.c == 'x'", {"b.c": "number", "c": "number"}.get) is None
    assert clash("f(x) == 'x' && x[0] == 'x'", {"x": "number"}.get) is None


def test_a_position_past_the_end_of_a_list_is_told(recipe):
    line = one_line(recipe("sweep", AXIS, "--plan", "--where", "betas[2] < 3.0"))
    assert "betas has no [2], but [0] to [1]" in line
    assert len(plan([AXIS], where="size(betas) > 2 && betas[2] < 3.0 || lr > 0.0")) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("compose", "+betas.2=0.8"), "for one more: 'betas=[0.9,0.999,0.8]'"),
        (("compose", "betas.2=0.8"), "'betas.2=0.8' is past the end"),
        (("compose", "++betas.2=0.8"), "betas has positions 0 to 1"),
        (("compose", "betas.7=0.8"), "the last is betas.1"),
        (("compose", "~betas.7"), "the last is betas.1"),
        (("compose", "recipes.training_config.model.optim.betas.4=1"), "has positions 0 to 1"),
        (("compose", "betas.-1=0.8"), "a position in a list: betas.POSITION, from 0"),
        (("compose", "betas[1]=0.8"), "a position in a list: betas.1"),
        (("compose", "+run.xs=[]", "run.xs.0=1"), "run.xs is empty; for one more: 'run.xs=[1]'"),
        (("compose", '+x=["a, b",c]', "x.2=d"), """for one more: 'x=["a, b",c,d]'"""),
        (("sweep", "betas.2=1,2", "--plan"), "'betas.2=1' is past the end"),
        (("explain", "betas.2"), "'betas.2' is past the end"),
        (("explain", "betas[2]"), "'betas[2]' is past the end"),
    ],
)
def test_an_index_past_a_lists_end_is_told(recipe, words, told):
    line = one_line(recipe(*words))
    assert told in line
    assert "index out of range" not in line


@pytest.mark.parametrize(
    ("override", "axis"),
    [
        ("lr=[1e-5,2e-5]", "lr=1e-05,2e-05"),
        ("lr=choice([1e-5,2e-5])", "lr=1e-05,2e-05"),
        ("run.replicas=[2,4]", "run.replicas=2,4"),
        ("recipes.run.replicas=[2]", "recipes.run.replicas=2"),
        ("run.name=[a,b]", "run.name=a,b"),
        ("model=[nova-micro,nova-lite]", "recipe sweep model=nova-micro,nova-lite"),
    ],
)
def test_a_list_where_an_axis_was_meant_is_told(recipe, override, axis):
    line = one_line(recipe("sweep", override, "--plan"))
    assert "list" in line
    assert line.endswith((axis, f"'{axis}'"))


def test_a_list_where_a_list_belongs_is_a_value():
    assert len(plan(["betas=[0.8,0.9]", "lr=1e-5,2e-5"])) == 2
    assert len(plan(["betas=choice([0.8,0.9])"])) == 1
    assert len(plan(["run.replicas=2,[2,4]"])) == 1  # among others it is one that isn't valid


def test_the_only_point_of_a_sweep_without_axes_is_the_one_that_why_tells(recipe):
    assert recipe("sweep", "lr=1e-5", "--why", "").status == 0
    told = recipe("sweep", "lr=fast", "--why", "")
    assert told.status == 1
    assert "lr is the text" in told.out
