"""Options of any name: chosen, swept, suggested and checked, whatever the grammar makes of it."""

import json
import shlex

import pytest

from hydra_recipes import compose, plan
from hydra_recipes.composing.engine import parse_override
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.literals import spell_choice
from hydra_recipes.override import Override
from support.team_libraries import write_library

READ_AMISS = ("10", "0.1", "true", "False", "1e3", "null", "-5", "nan")
"""Names that are no text without quotes."""
NAMES = (
    *READ_AMISS,
    "müller",
    "日本",
    "a b",
    "a,b",
    "it's",
    'say "x"',
    "x=y",
    "(a)",
    "{c}",
    "plain",
)
OUT = "output_s3_path=s3://acme/out"


def option(at):
    return f"# @package recipes.run\n# Ours.\ndata_s3_path: s3://acme/{at}.jsonl\n"


@pytest.fixture
def team(tmp_path):
    files = {f"dataset/{name}": option(at) for at, name in enumerate(NAMES)}
    return write_library(tmp_path / "team" / "conf", files).parent


@pytest.mark.parametrize("name", [*NAMES, "a\\", 'a\\"b', "~x", "+5", ".5", "5.", " x ", "1_0"])
def test_a_choice_is_read_as_it_was_written(name):
    text = spell_choice("dataset", name, "+")
    assert parse_override(text).value == name
    assert type(parse_override(text).value) is str
    assert Override.read(text).option == name


@pytest.mark.parametrize(("at", "name"), list(enumerate(NAMES)))
def test_each_can_be_chosen(team, at, name):
    recipe = compose([spell_choice("dataset", name, "+")], libraries=[team])
    assert recipe["data_s3_path"] == f"s3://acme/{at}.jsonl"
    assert recipe.choices["dataset"] == name


@pytest.mark.parametrize("typed", ["+dataset", "dataset", "+dataset@recipes.run"])
@pytest.mark.parametrize("name", READ_AMISS)
def test_what_is_suggested_works_as_it_is_pasted(team, recipe, name, typed):
    ran = recipe("compose", "--library", str(team), f"{typed}={name}", OUT)
    assert ran.status == 2
    assert "the name of an option is text" in ran.err
    (word,) = shlex.split(ran.err.rpartition("; ")[2])
    assert recipe("compose", "--library", str(team), word, OUT).status == 0


def test_in_a_list_those_that_are_no_text_are_quoted(team):
    with pytest.raises(OverrideError) as caught:
        compose(["+dataset=[10,plain]"], libraries=[team])
    assert caught.value.detail.meant == '+dataset=["10",plain]'
    assert compose([caught.value.detail.meant], libraries=[team])["data_s3_path"]


def test_the_sign_follows_what_else_is_chosen(tmp_path, recipe):
    files = {
        "dataset/10": option(10),
        "dataset/ours": option(1),
        "preset/ours": "# @package _global_\n# Ours.\ndefaults: [/dataset: ours, _self_]\n",
    }
    write_library(tmp_path / "team" / "conf", files)
    ran = recipe("compose", "--library", "team", "+preset=ours", "dataset=10")
    assert ran.err.endswith("""; 'dataset="10"'\n""")
    ran = recipe("compose", "--library", "team", "+preset=ours", 'dataset="10"', OUT)
    assert ran.status == 0


def test_the_nearest_is_suggested_as_it_can_be_pasted(team, recipe):
    ran = recipe("compose", "--library", str(team), "+dataset=100")
    assert """did you mean '+dataset="10"'?""" in ran.err


def test_a_hint_with_quotes_keeps_them_for_the_shell(team, recipe):
    ran = recipe("compose", "--library", str(team), 'dataset="10"')
    assert ran.err.endswith("""add it: '+dataset="10"'\n""")


def test_glob_takes_all_of_them(team):
    points = list(plan(["+dataset=glob(*)", OUT], libraries=[team]).recipes())
    assert {point.choices["dataset"] for point in points} == set(NAMES)


def test_a_sweep_over_some_writes_what_can_be_composed_again(team, tmp_path, recipe):
    words = ["--library", str(team), '+dataset="10","true",plain', OUT, "--dir", "out"]
    assert recipe("sweep", *words).status == 0
    lines = (tmp_path / "out" / "manifest.jsonl").read_text().splitlines()
    assert [json.loads(line)["choices"]["dataset"] for line in lines] == ["10", "true", "plain"]
    for line in map(json.loads, lines):
        written = (tmp_path / "out" / line["file"]).read_text()
        again = recipe("compose", "--library", str(team), *line["overrides"])
        assert again.out.partition("\n")[2] == written.partition("\n")[2]


@pytest.mark.parametrize("name", ["10", '"10"', "'10'"])
def test_a_sweep_of_a_library_may_have_any_name(tmp_path, recipe, name):
    write_library(tmp_path / "team" / "conf", {"sweep/10": "# Ours.\naxes: {lr: [1e-5, 2e-5]}\n"})
    ran = recipe("sweep", "--library", "team", f"+sweep={name}", "--plan")
    assert ran.out.startswith("2 points asked")


def test_checking_a_library_chooses_each(team, recipe, small):
    ran = recipe("library", "check", str(team), "--json")
    assert ran.status == 0
    assert json.loads(ran.out)["findings"] == []


def test_explaining_tells_the_choice_that_brought_a_value(team, recipe):
    choice = spell_choice("dataset", "a b", "+")
    ran = recipe("explain", "data_s3_path", "--library", str(team), choice, "--json")
    assert json.loads(ran.out)["history"][-1]["chosen_by"] == choice
