"""Spellings: other names of options, such as the full names of instance types."""

import pytest

from hydra_recipes import check, compose, plan
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources.active import active_libraries, using
from support.team_libraries import write_library

TYPES = rule_book(active_libraries()).now.spellings["hardware"]


@pytest.mark.parametrize("name", TYPES)
def test_every_instance_type_is_the_option_that_says_so(name):
    (file,) = [m.option_file("hardware", TYPES[name]) for m in active_libraries().members]
    assert name.removeprefix("ml.") in file.read_text().partition("\ndefaults")[0]


def test_every_option_of_hardware_may_be_written_with_and_without_ml():
    options = set(active_libraries().options("hardware")) - {"none"}
    assert {TYPES[name] for name in TYPES if name.startswith("ml.")} == options
    assert {TYPES[name] for name in TYPES if not name.startswith("ml.")} == options


@pytest.mark.parametrize("value", ["ml.p4d.24xlarge", "p4d.24xlarge", '"ml.p4d.24xlarge"'])
def test_in_an_override(value):
    spelled, named = compose([f"hardware={value}"]), compose(["hardware=p4d"])
    assert spelled == named
    assert spelled.choices == named.choices
    assert check(spelled).findings == check(named).findings  # nothing is said of the spelling


def test_in_a_sweep():
    asked = ["model=nova-pro", "peft=lora,full"]
    spelled = plan([*asked, "hardware=ml.p5.48xlarge,p4d.24xlarge"])
    named = plan([*asked, "hardware=p5,p4d"])
    assert len(spelled) == len(named) == 2
    assert list(spelled.recipes()) == list(named.recipes())


def test_in_the_first_line_of_a_file(recipe):
    paths = ["data_s3_path=s3://acme/train.jsonl", "output_s3_path=s3://acme/out"]
    assert recipe("compose", "hardware=ml.p4d.24xlarge", *paths, "-o", "a.yaml").status == 0
    assert recipe("check", "a.yaml").out == "a.yaml: valid\n"
    assert "hardware=p4d" in recipe("import", "a.yaml").out


def test_in_a_preset_an_offer_and_a_limit(tmp_path):
    write_library(
        tmp_path,
        {
            "preset/bot": "# @package _global_\n# Bot.\n"
            "defaults:\n- _self_\n- override /hardware: ml.p4d.24xlarge\n",
            "rules/ours": "offers:\n"
            "- {model: nova-pro, generation: nova-1, optimizer: distributed_fused_adam,\n"
            "   method: sft, peft: full, hardware: [ml.p4d.24xlarge]}\n"
            "limits:\n  ours:\n    when: {hardware: p4d.24xlarge}\n"
            "    keys: {lr: {const: 1.0e-05}}\n    because: We said so.\n",
        },
    )
    with using([tmp_path]):
        recipe = compose(["+preset=bot", "model=nova-pro", "peft=full"])
        assert recipe.choices["hardware"] == "p4d"
        assert recipe.provenance.moved == ()
        rules = [finding.rule for finding in check(recipe).findings]
    assert "offer" not in rules
    assert "ours" in rules


def test_library_check_knows_them(recipe, tmp_path):
    offer = "model: nova-pro, generation: nova-1, optimizer: distributed_fused_adam, method: sft"
    rules = f"offers:\n- {{{offer}, peft: full, hardware: ml.p4d.24xlarge}}\n"
    write_library(tmp_path / "team", {"rules/ours": rules})
    ran = recipe("library", "check", "team")
    assert ran.out.startswith("team: valid")


def test_an_option_of_that_name_is_itself(tmp_path):
    option = "# @package _global_\n# Ours.\ndefaults:\n- override /fleet: g\n"
    write_library(tmp_path, {"hardware/ml.p5.48xlarge": option})
    with using([tmp_path]):
        assert compose(["hardware=ml.p5.48xlarge"]).choices["hardware"] == "ml.p5.48xlarge"


def test_in_list(recipe):
    assert recipe("list", "hardware/ml.p5.48xlarge").out == recipe("list", "hardware/p5").out


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("p5x: p5", "it isn't GROUP/NAME: OPTION"),
        ("hardware/p5x: ''", "it isn't GROUP/NAME: OPTION"),
        ("hardware/p5x: [p5]", "hardware/p5x can't be used: it has to be text"),
    ],
)
def test_one_that_makes_no_sense(recipe, tmp_path, entry, said):
    write_library(tmp_path / "team", {"rules/ours": f"spellings:\n  {entry}\n"})
    ran = recipe("compose", "--library", "team")
    assert ran.status == 2
    assert said in ran.err
