"""The functions of the override grammar: exact values, and what is said of a wrong call."""

import math
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydra_recipes import compose, plan
from hydra_recipes.composing.engine import parse_override
from hydra_recipes.composing.hydra_bridge import spell_parsed
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.literals import spell_value
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import Axis, read_space
from hydra_recipes.sweep.write.jobs import jobs, plan_jobs
from support.refusals import one_line


def values(value, key="warmup_steps", **wishes):
    (axis,) = read_space([f"{key}={value}"], SweepOptions(**wishes), active_libraries()).items
    assert isinstance(axis, Axis)
    for override in axis.overrides:  # each is what its text says
        again = parse_override(override.text)
        assert (again.value, type(again.value)) == (override.value, type(override.value))
    return [override.value for override in axis.overrides]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("range(0.1,0.5,0.1)", [0.1, 0.2, 0.3, 0.4]),
        ("range(0.1,0.6,0.1)", [0.1, 0.2, 0.3, 0.4, 0.5]),
        ("range(0,1,0.25)", [0.0, 0.25, 0.5, 0.75]),
        ("range(1e-6,5e-6,1e-6)", [1e-6, 2e-6, 3e-6, 4e-6]),
        ("range(0.5,0.1,-0.1)", [0.5, 0.4, 0.3, 0.2]),
        ("range(5)", [0, 1, 2, 3, 4]),
        ("sort(range(1,10,3))", [1, 4, 7]),
        ("sort(range(1,10,3),reverse=true)", [7, 4, 1]),
        ("sort(range(1,9,3),reverse=true)", [7, 4, 1]),
        ("sort(range(10,0,-3))", [1, 4, 7, 10]),
        ("sort(range(10,1,-3))", [4, 7, 10]),
        ("sort(range(10,0,-3),reverse=true)", [10, 7, 4, 1]),
        ("sort(sweep=range(10,0,-3))", [1, 4, 7, 10]),
        ("sort(range(0.1,0.55,0.1),reverse=true)", [0.5, 0.4, 0.3, 0.2, 0.1]),
        ("sort(range(0.5,0.05,-0.2))", [0.1, 0.3, 0.5]),
        ("sort(shuffle(range(3,0,-1)))", [1, 2, 3]),
        ("sort(sort(range(1,6,2),reverse=true))", [1, 3, 5]),
        ("float(range(1,4))", [1.0, 2.0, 3.0]),
        ("float(sort(range(9,0,-4)))", [1.0, 5.0, 9.0]),
        ("int(range(0.5,3.5))", [0, 1, 2]),
        ("int(sort(range(1.0,8.0,3),reverse=true))", [7, 4, 1]),
        ("tag(a,sort(range(1,4),reverse=true))", [3, 2, 1]),
        ("sort(choice(3,1,2),reverse=true)", [3, 2, 1]),
        ("sort(0.3,0.1,0.2)", [0.1, 0.2, 0.3]),
        ("range(1e22,3e22,1e22)", [1e22, 2e22]),
    ],
)
def test_values_are_those_that_the_range_has(text, right):
    found = values(text)
    assert found == right
    assert [type(value) for value in found] == [type(value) for value in right]


@given(
    st.integers(-20, 20),
    st.integers(-20, 20),
    st.integers(-7, 7).filter(bool),
    st.sampled_from([1, 10, 1000]),
    st.booleans(),
)
def test_sort_and_shuffle_give_what_the_range_has(start, stop, step, unit, reverse):
    right = [n if unit == 1 else n / unit for n in range(start, stop, step)]
    ends = (n if unit == 1 else n / unit for n in (start, stop, step))
    text = f"range({','.join(map(str, ends))})"
    if not right:
        return
    assert values(text) == right
    assert values(f"sort({text},reverse={str(reverse).lower()})") == sorted(right, reverse=reverse)
    shuffled = values(f"shuffle({text})", seed=3)
    assert sorted(shuffled) == sorted(right)
    assert shuffled == values(f"shuffle({text})", seed=3)


def test_a_cast_keeps_the_shuffling():
    orders = {tuple(values("float(shuffle(range(1,9)))", seed=seed)) for seed in range(5)}
    assert len(orders) > 1
    assert {tuple(sorted(order)) for order in orders} == {(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)}


def test_a_shuffled_list_is_the_same_in_each_recipe():
    texts = ["betas=shuffle([0.1,0.2,0.3,0.4,0.5,0.6])"]
    assert compose(texts).id == compose(texts).id
    points = list(plan([*texts, "lr=1e-5,2e-5"]).points())
    assert all("shuffle" in point.overrides[0] for point in points)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("str(1,2)", ["1", "2"]),
        ('choice("1","2",3)', ["1", "2", 3]),
        ("str(true,null_,1e5)", ["true", "null_", "100000.0"]),
        ('sort("b","10","9")', ["10", "9", "b"]),
        ("str([1,2],[3])", [["1", "2"], ["3"]]),
        ("choice('',a)", ["", "a"]),
    ],
)
def test_text_stays_text(text, right):
    assert values(text, key="run.name") == right


QUOTING = st.text(st.sampled_from("a\\'\"$ {},"), min_size=1, max_size=6)


@given(st.text(min_size=1, max_size=8).filter(str.isprintable) | QUOTING)
def test_the_text_of_a_value_reads_as_that_value(text):
    for value in (text, [text], {"a": text}):
        assert parse_override(f"k={spell_parsed(value)}").value == value


@pytest.mark.parametrize(
    "text",
    [
        r"x${oc.select:run.nothing,'q\\'}",
        r"""${oc.select:run.name,"a\\'b"}""",
        "${run.name}\\",
        r"${oc.select:run.name,'it\'s'}",
    ],
)
def test_a_link_with_quotes_and_backslashes_is_the_same_in_an_axis(text):
    (recipe, _) = plan([f"run.mlflow_run_name={spell_value(text)},b"]).recipes()
    alone = compose([f"run.mlflow_run_name={spell_value(text)}"])
    assert recipe.tree == alone.tree
    assert recipe.tree["run"]["mlflow_run_name"] == text


def test_where_and_why_find_the_decimals(recipe):
    axis = "weight_decay=range(0.1,0.5,0.1)"
    found = plan([axis], where="weight_decay == 0.3")
    assert [point.axes for point in found.points()] == [{"weight_decay": 0.3}]
    assert recipe("sweep", axis, "--why", "weight_decay=0.3").status == 0
    drawn = plan(["weight_decay=sort(range(0.5,0.0,-0.1))"], where="weight_decay <= 0.3")
    assert [point.axes["weight_decay"] for point in drawn.points()] == [0.1, 0.2, 0.3]


# Calls that can't be


@pytest.mark.parametrize(
    ("override", "told", "typed"),
    [
        ("run.name=str(range(1,3))", "str what it doesn't take: range(1,3)", "run.name=str(1,2)"),
        ("run.name=str(range(1,99))", "it is str(A,B,...)", None),
        ("model=sort(glob(*),reverse=true)", "sort what it doesn't take", "model=glob(*)"),
        ("model=shuffle(glob(nova*))", "doesn't take: glob(nova*)", "model=glob(nova*)"),
        ("warmup_steps=range(stop=5)", "range wrongly; it is range(START,STOP,STEP)", None),
        ("warmup_steps=range(1,2,3,4)", "it is range(START,STOP,STEP)", None),
        ("warmup_steps=range(a,b)", "it is range(START,STOP,STEP), of numbers", None),
        ("warmup_steps=range(start=1,5)", "it is range(START,STOP,STEP), of numbers", None),
        ('lr=sort(1e-5,"2e-5")', "numbers and texts have no order", "lr=sort(1e-05,2e-5)"),
        ("lr=sort(1e-5,fast)", "numbers and texts have no order", "lr=1e-05,fast"),
        ("lr=logspace(1,2,3)", "calls logspace, and there is no such function; there are", None),
        ("lr=rnage(1,2)", "did you mean range?", None),
        ("run.name=final(v2)", "calls final", 'run.name="final(v2)"'),
        ("lr=(1e-5,2e-5)", "several values stand alone", "lr=1e-5,2e-5"),
        ("betas=(0.9,0.98)", "a list: betas=[0.9,0.98]", None),
        ("lr={1e-5,2e-5}", "several values stand alone", "lr=1e-5,2e-5"),
        ("lr=choice[1,2]", "round brackets", "lr=choice(1,2)"),
        ("lr=choice(range(1,3),5)", "choice what it doesn't take: range(1,3),5", None),
        ("lr=range(1,3),5", "range(1,3) inside, which stands for several values", None),
        ("lr=choice(choice(1,2),3)", "choice(1,2) inside, which stands for several", None),
        ("betas=[range(1,3),2]", "range(1,3) inside, which stands", None),
        ("run={replicas:range(2,5,2)}", "written out: 2,4", None),
        ("run={replicas:[glob(*)]}", "has glob(*) inside", None),
        ("lr=int(abc)", "can't make a whole number of abc", None),
        ("lr=bool(maybe)", "can't make true or false of maybe", None),
        ("lr=interval(1)", "it is interval(START,END)", None),
        ("lr=tag(1,2)", "it is tag(log,interval(START,END))", None),
        ("lr=glob(*)", "a glob gives the options of a group; values are written out", None),
        ("model=glob(none*)", "model=glob(none*) has no value", None),
        ("lr=range(0,inf)", "has more than 100,000 values", None),
        ("lr=range(0,1,0)", "the step is not 0", None),
        ("lr=sort(range(0,1,0))", "the step is not 0", None),
    ],
)
def test_a_wrong_call_is_told_for_what_it_is(recipe, override, told, typed):
    line = one_line(recipe("sweep", override, "--plan"))
    assert told in line
    assert "quote the value" not in line or "int(" in override or "bool(" in override
    if typed is not None:
        assert shlex.quote(typed) in line
        parse_override(typed)


@pytest.mark.parametrize(
    "value",
    ["{1:a,true:b}", "{a:1,a:2}", "{x:{0:a,b:1,false:c}}", "[{a:1},{b:1,b:1}]", "{a:1},{b:2,b:3}"],
)
def test_no_key_of_a_mapping_is_lost(recipe, value):
    assert "has a key twice" in one_line(recipe("sweep", f"+run.x={value}", "--plan"))


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("{1:a,b:c}", {1: "a", "b": "c"}),
        ("{a:'x,y',b:\"{q,\"}", {"a": "x,y", "b": "{q,"}),
        ("{a:{},b:[],c:{d:[1,{e:2}]}}", {"a": {}, "b": [], "c": {"d": [1, {"e": 2}]}}),
        ("{a:${add:1,2},b:x\\,y}", {"a": "${add:1,2}", "b": "x,y"}),
        ("int({a:1.0,b:2.5})", {"a": 1, "b": 2}),
        ("str({a:[1,2],b:3})", {"a": ["1", "2"], "b": "3"}),
        ("{ }", {}),
        ("'{a,b}'", "{a,b}"),
    ],
)
def test_all_other_mappings_are_as_they_were_typed(value, right):
    assert parse_override(f"k={value}").value == right


def test_what_is_no_number_is_no_reason_to_stop():
    with pytest.raises(OverrideError) as caught:
        values(f"range(0,{math.nan})")
    assert caught.value.kind == "bad-range"


def test_the_jobs_of_valid_grid_have_the_same_values():
    arguments = ["weight_decay=sort(range(0.5,0.05,-0.2))", "warmup_steps=sort(range(10,0,-4))"]
    planned = plan_jobs([], arguments, SweepOptions(), active_libraries())
    found = {text for job in jobs(planned, active_libraries()) for text in job}
    values = {text.rpartition(".")[2] for text in found if "warmup_steps=" in text}
    assert values == {"warmup_steps=2", "warmup_steps=6", "warmup_steps=10"}
    decays = {text.partition("=")[2] for text in found if "weight_decay=" in text}
    assert decays == {"0.1", "0.3", "0.5"}
