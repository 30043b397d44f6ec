"""``recipe list``: what there is to choose, what it sets, and what limits it."""

import json

import pytest

from hydra_recipes.rules.catalogue import group_entries, option_entry
from hydra_recipes.sources.active import active_libraries

SUBJECTS = [
    "model",
    "preset",
    "batch",
    "model/nova-lite",
    "model/nova-2-lite",
    "hardware/g5-12x",
    "peft/full",
    "exp_manager/checkpoints",
    "preset/quickstart_sft",
    "platform/training-job",
]


def test_the_whole_list(recipe, golden):
    ran = recipe("list")
    assert (ran.status, ran.err) == (0, "")
    golden("list/all.txt", ran.out)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_group_and_an_option(recipe, golden, subject):
    ran = recipe("list", subject)
    assert (ran.status, ran.err) == (0, "")
    golden(f"list/{subject.replace('/', '.')}.txt", ran.out)


@pytest.mark.parametrize("spelling", ["model=nova-lite", "+model=nova-lite"])
def test_an_option_may_be_spelt_as_it_is_chosen(recipe, spelling):
    assert recipe("list", spelling).out == recipe("list", "model/nova-lite").out


def test_a_slash_too_many_is_the_group(recipe):
    assert recipe("list", "model/").out == recipe("list", "model").out


def test_every_group_and_option_can_be_listed(recipe):
    shelf = active_libraries()
    for entry in group_entries(shelf):
        assert recipe("list", entry.name).status == 0
        for option in entry.options:
            ran = recipe("list", f"{entry.name}/{option.name}")
            assert ran.status == 0
            assert ran.out.startswith(f"{entry.name}={option.name}\n")


def test_prose_fits_80_columns(recipe):
    texts = [recipe("list").out, *(recipe("list", subject).out for subject in SUBJECTS)]
    long = [
        line
        for text in texts
        for line in text.splitlines()
        if len(line) > 80
        and not line.lstrip().startswith("training_config.")  # a key and its value
    ]
    assert [line for line in long if " added as +" not in line] == []


def test_the_default_of_a_group_is_what_is_composed_without_it(recipe):
    from hydra_recipes import compose

    choices = compose().choices
    for entry in json.loads(recipe("list", "--json").out):
        if entry["default"] is not None and not entry["derived"]:
            assert choices[entry["name"]] == entry["default"]


def test_json_of_the_list_a_group_and_an_option(recipe):
    everything = json.loads(recipe("list", "--json").out)
    assert list(everything[0]) == ["name", "about", "derived", "default", "options"]
    model = json.loads(recipe("list", "model", "--json").out)
    assert model == next(entry for entry in everything if entry["name"] == "model")
    option = json.loads(recipe("list", "model/nova-2-lite", "--json").out)
    assert list(option) == [
        "group", "name", "about", "library", "file", "sets", "brings", "offers", "limits", "rules",
        "related",
    ]  # fmt: skip
    assert option["brings"]["optimizer"] == "adam"
    assert option["related"] == ["generation/nova-2"]
    assert {"method", "evaluation", "benchmark", "optimizer", "peft", "hardware"} == set(
        option["offers"][0]
    )


def test_an_option_shows_every_limit_and_rule_that_names_it():
    from hydra_recipes.rules.book import rule_book

    shelf = active_libraries()
    book = rule_book(shelf)
    for group in ("model", "peft", "hardware", "platform", "method"):
        for name in shelf.options(group):
            entry = option_entry(shelf, group, name)
            limits = [e.id for e in book.limits if name in dict(e.when.groups).get(group, ())]
            rules = [e.id for e in book.rules if name in dict(e.when.groups).get(group, ())]
            assert list(dict.fromkeys(line.id for line in entry.limits)) == limits
            assert [line.id for line in entry.rules] == rules


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("modle", "there is no group or option modle; did you mean model"),
        ("nova-lite", "did you mean model/nova-lite?"),
        ("model/nova-lit", "did you mean nova-lite"),
        ("model/../peft/lora", "model has no option"),
        ("rules", "there is no group or option rules"),
        ("zzz", "recipe list shows what there is"),
        ("", "recipe list shows what there is"),
    ],
)
def test_what_is_not_there_is_one_line_with_what_is_near(recipe, subject, answer):
    ran = recipe("list", subject)
    assert (ran.status, ran.out) == (2, "")
    assert answer in ran.err
    assert ran.err.count("\n") == 1
