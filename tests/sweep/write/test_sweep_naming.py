"""Run names by a template: within the limits on names, and unique in a sweep."""

import itertools
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hydra_recipes import compose
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.plan.plan import plan_space
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.sweep.write.naming import Template, clean, fitting, read_template, tells_apart
from hydra_recipes.sweep.write.points import Rendering

ID = "0123456789ab"
NAME = re.compile("[a-z]([a-z0-9-]{0,32}[a-z0-9])?")


def names_of(template, overrides):
    space = read_space(overrides, SweepOptions(name=template), active_libraries())
    points = list(
        Rendering(plan_space(space, active_libraries()), False, lambda _, name: name).points()
    )
    assert len(points) > 1
    for point in points:  # a name that is written is the recipe's
        line = json.loads(point.manifest)
        assert compose(line["overrides"])["run.name"] == point.file
    return [point.file for point in points]


@pytest.mark.parametrize(
    ("template", "overrides", "names"),
    [
        ("run-{lr}", ["lr=1e-5,2e-5"], ["run-1e-05", "run-2e-05"]),
        ("{lr}", ["lr=1e-5,2e-5"], ["run-1e-05-ID", "run-2e-05-ID"]),
        ("{model}", ["model=nova-micro,nova-lite"], ["nova-micro", "nova-lite"]),
        (
            "{peft}-{model}",
            ["model=nova-micro,nova-lite"],
            ["lora-nova-micro-ID", "lora-nova-lite-ID"],
        ),
        ("A {{b}}: {lr}", ["lr=1e-5,2e-5"], ["a-b-1e-05", "a-b-2e-05"]),
        ("a-{lr}", ["lr=1e-5,2e-5", "alpha=32,64"], ["a-1e-05-ID"] * 2 + ["a-2e-05-ID"] * 2),
        ("{id}-{lr}", ["lr=1e-5,2e-5"], ["(run-)?ID-1e-0?5?-ID", "(run-)?ID-2e-0?5?-ID"]),
        (None, ["lr=1e-5,2e-5"], ["my-lora-run-ID"] * 2),
        ("{name}-{lr}", ["lr=1e-5,2e-5"], ["my-lora-run-1e-05-ID", "my-lora-run-2e-05-ID"]),
    ],
)
def test_a_template_names_the_points_with_the_id_where_it_has_to(template, overrides, names):
    found = names_of(template, ["peft=lora", *overrides])
    assert len(set(found)) == len(found)
    assert all(NAME.fullmatch(name) for name in found)
    for name, wanted in zip(found, names, strict=True):
        assert re.fullmatch(wanted.replace("ID", "[0-9a-f]{12}"), name), (name, wanted)


def test_an_axis_that_a_branch_lacks_leaves_its_place_in_names_empty():
    found = names_of("x-{peft}-{alpha}", ["peft=full,lora", "alpha=32,64", "lr=2e-6"])
    assert found == ["x-full", "x-lora-32", "x-lora-64"]


def test_what_differs_is_in_names_even_if_the_id_has_to_be():
    found = names_of("{model}-{hardware}-{lr}", ["peft=lora", "lr=1e-5,2e-5"])
    assert found[0] != found[1]
    assert all(NAME.fullmatch(name) for name in found)


def test_two_axes_with_the_same_last_key_are_not_told_apart_by_it():
    axes = ["+run.extra.lr=1,2", "optim.lr=1e-5,2e-5"]
    space = read_space(axes, SweepOptions(name="run-{lr}"), active_libraries())
    rendering = Rendering(plan_space(space, active_libraries()), False, lambda _, name: name)
    assert rendering.template.appends_id


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{lr", "bad-template"),
        ("}", "bad-template"),
        ("{modle}", "unknown-field"),
        ("{}", "unknown-field"),
    ],
)
@pytest.mark.parametrize("suffix", ["", "-{lr}"])
def test_what_is_no_template_is_told(text, kind, suffix):
    with pytest.raises(OverrideError) as told:
        read_template(text + suffix, ["lr", "model"])
    assert told.value.kind in (kind, "bad-template")


@pytest.mark.parametrize("text", ["{lr!r}", "{lr!s:>9}", "{lr.real}", "{lr[0]}"])
def test_a_field_is_a_name_and_nothing_more(text):
    with pytest.raises(OverrideError) as told:
        read_template(text, ["lr", "model"])
    assert told.value.kind == "unknown-field"


TEXTS = st.text(max_size=40)


@given(head=TEXTS, recipe_id=st.from_regex("[0-9a-f]{12}", fullmatch=True))
@example(head="", recipe_id=ID)
@example(head="1e5", recipe_id=ID)
@example(head="é-ß-İ", recipe_id=ID)
def test_every_name_is_valid_and_keeps_its_id_whole(head, recipe_id):
    name = Template((head,), appends_id=True).name({}, recipe_id)
    assert NAME.fullmatch(name)
    assert name.endswith(f"-{recipe_id}")


@given(head=TEXTS)
@example(head="null")
@example(head="ON")
@example(head="1_000")
def test_a_name_without_an_id_is_valid_and_is_text_to_every_reader(head):
    import yaml

    name = fitting(head, 0)
    assert NAME.fullmatch(name)
    assert yaml.safe_load(name) == name


@given(
    template=st.lists(st.sampled_from(["a", "-", "{x}", "{y}", "1", "--", " "]), max_size=7),
    values=st.fixed_dictionaries(
        {
            axis: st.lists(
                st.text("a1- E", max_size=4).map(clean)
                | st.sampled_from(["", "run-1", "on", "x" * 30]),
                min_size=1,
                max_size=4,
            )
            for axis in ("x", "y")
        }
    ),
)
@example(template=["{x}"], values={"x": ["1", "run-1"], "y": ["a"]})
@example(template=["a-", "{x}", "-", "{y}"], values={"x": ["", "b"], "y": ["", "b"]})
@example(template=["a-", "{x}", "-", "{y}"], values={"x": ["b", "b-1"], "y": ["", "1"]})
def test_a_template_that_tells_points_apart_gives_each_a_name_of_its_own(template, values):
    varying = {axis: found for axis, found in values.items() if len(found) > 1}
    read = read_template("".join(template) or None, ["x", "y", "name", "id"])
    if not tells_apart(read, varying):
        read = Template(read.parts, appends_id=True)
    points = [
        dict(zip(values, point, strict=True)) for point in itertools.product(*values.values())
    ]
    ids = [f"{at:012x}" for at in range(len(points))]
    names = [read.name({**p, "name": "n"}, one) for p, one in zip(points, ids, strict=True)]
    assert len(set(names)) == len(names)


# Formats


@pytest.mark.parametrize(
    ("template", "overrides", "right"),
    [
        ("lr-{lr:.2e}", ("lr=1e-5,2e-5",), ["lr-1-00e-05", "lr-2-00e-05"]),
        ("lr-{lr:.0e}", ("lr=1e-5,2e-5",), ["lr-1e-05", "lr-2e-05"]),
        ("a{alpha:04d}", ("alpha=32,64",), ["a0032", "a0064"]),
        ("a{alpha:x}", ("alpha=32,64",), ["a20", "a40"]),
        (
            "{model:.8}-{lr:.0e}",
            ("lr=1e-5,2e-5", "model=nova-micro"),
            ["nova-mic-1e-05-ID", "nova-mic-2e-05-ID"],
        ),
        ("l{lr}-{lr:.1e}", ("lr=1e-5,2e-5",), ["l1e-05-1-0e-05-ID", "l2e-05-2-0e-05-ID"]),
        ("d{weight_decay:.0%}", ("weight_decay=0.1,0.2",), ["d10", "d20"]),
    ],
)
def test_format_specifications_are_those_of_python(template, overrides, right):
    names = [re.sub("[0-9a-f]{12}$", "ID", name) for name in names_of(template, overrides)]
    assert names == right


def test_values_that_look_alike_once_formatted_are_told_apart_by_the_id():
    names = names_of("lr-{lr:.0e}", ["lr=1e-5,1.1e-5"])
    assert len(set(names)) == 2
    assert all(name.startswith("lr-1e-05-") for name in names)


def test_an_axis_that_some_recipes_lack_is_left_out_of_their_names():
    overrides = ["peft=lora,full", "alpha=32,64", "lr=1e-5,2e-5"]
    names = names_of("a{alpha:04d}-{lr:.0e}", overrides)
    assert [name.rpartition("-")[0] for name in names[-2:]] == ["a-1e-05", "a-2e-05"]
    assert names[0].startswith("a0032-1e-05-")
    assert len(set(names)) == len(names) == 6


def test_what_is_composed_one_by_one_is_named_the_same():
    names = names_of("b{0:.2f}", ["betas.0=0.9,0.8"])
    assert names == ["b0-90", "b0-80"]


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("{lr:.2x}", "bad-template"),
        ("{lr!r}", "unknown-field"),
        ("{lr:{model}}", "bad-template"),
        ("{lr:99999999}", "bad-template"),
        ("{model:.2e}", "bad-template"),
        ("{name:d}", "bad-template"),
        ("{id:.2f}", "bad-template"),
        ("{rate:.2e}", "unknown-field"),
        ("{lr.real}", "unknown-field"),
    ],
)
def test_a_format_that_does_not_suit_is_refused(template, kind):
    with pytest.raises(OverrideError) as caught:
        names_of(template, ["lr=1e-5,2e-5"])
    assert caught.value.kind == kind
