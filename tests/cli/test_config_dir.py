"""``--config-dir`` and ``--config-name`` of each command: what they do in a Hydra app."""

import json

import pytest
import yaml

from support.team_libraries import write_library

OWN = {
    "long": "defaults: [config, override model: nova-pro, _self_]\n"
    "recipes: {run: {name: long, replicas: 12}}\n",
    "model/mine": "# @package recipes.run\ndefaults: [nova-lite, _self_]\nreplicas: 8\n",
}
PATHS = ("data_s3_path=s3://acme/a.jsonl", "output_s3_path=s3://acme/out")
NAMED = ("--config-dir", "own", "--config-name", "long")


@pytest.fixture(autouse=True)
def own(tmp_path):
    return write_library(tmp_path / "own", OWN)


def test_a_primary_config_of_ones_own_is_composed(recipe):
    ran = recipe("compose", *NAMED, *PATHS)
    assert ran.status == 0
    first, _, text = ran.out.partition("\n")
    assert first == f"# recipe compose {' '.join(NAMED)} {' '.join(PATHS)}"
    run = yaml.safe_load(text)["run"]
    assert (run["name"], run["replicas"], run["model_name_or_path"]) == (
        "long",
        12,
        "nova-pro/prod",
    )


def test_the_directory_alone_adds_options(recipe):
    ran = recipe("compose", "--config-dir", "own", "model=mine", *PATHS)
    assert yaml.safe_load(ran.out)["run"]["replicas"] == 8
    assert "mine, nova-2-lite" in recipe("list", "--config-dir", "own").out


def test_choices_and_rules_hold_as_ever(recipe):
    ran = recipe("check", *NAMED, "replicas=7", *PATHS)
    assert ran.status == 1
    assert "[nova-pro-replicas]" in ran.out + ran.err
    assert recipe("check", *NAMED, "model=mine", "replicas=8", *PATHS).status == 0


def test_a_directory_with_nothing_but_a_primary_config_will_do(recipe, tmp_path):
    write_library(tmp_path / "bare", {"long": OWN["long"]})
    ran = recipe("compose", "--config-dir", "bare", "--config-name", "long", *PATHS, "-o", "a.yaml")
    assert ran.status == 0
    assert "--config-dir bare --config-name long" in (tmp_path / "a.yaml").read_text()
    assert recipe("check", "a.yaml").status == 0


def test_a_sweep_begins_with_it_and_what_comes_next_can_be_pasted(recipe, tmp_path):
    ran = recipe("sweep", *NAMED, "replicas=6,7,12", *PATHS, "--dir", "s")
    assert ran.status == 0
    assert len(list((tmp_path / "s" / "recipes").iterdir())) == 2
    following = ran.err.split("next: recipe ")[1].split()
    assert following == ["check", "s/recipes", *NAMED]
    assert recipe(*following).status == 0


def test_it_says_where_values_come_from(recipe):
    ran = recipe("explain", *NAMED, "replicas", *PATHS)
    assert "12  own:long.yaml:2" in ran.out
    listed = json.loads(recipe("library", "list", "--json", "--config-dir", "own").out)
    assert [(one["name"], one["source"]) for one in listed] == [
        ("own", "config-dir"),
        ("nova", "built-in"),
    ]
    assert "own, named by --config-dir" in recipe("library", "list", "--config-dir", "own").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--config-dir", "nowhere"), "nowhere is no library: it isn't there"),
        (("--config-dir", "file"), "file is no library: it is a file"),
        (("--config-name", "lnog"), "no lnog.yaml in"),
    ],
)
def test_what_isnt_there_is_told(recipe, tmp_path, words, said):
    (tmp_path / "file").write_text("")
    ran = recipe("compose", *words)
    assert ran.status == 2
    assert said in ran.err
