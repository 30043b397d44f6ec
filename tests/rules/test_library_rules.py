"""What a library may do beside adding options: tighten, switch off, shadow, bring a family."""

import json
import sys

import pytest

from hydra_recipes import check, compose, plan
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.sources.active import using
from support.team_libraries import write_library

READY = ["data_s3_path=s3://acme/a/b.jsonl", "output_s3_path=s3://acme/a/"]
RUN = "# @package recipes.run\n# An option.\n"
TIGHT = """\
limits:
  acme-ceiling: {keys: {run.replicas: {maximum: 4}}, because: There are four instances.}
  acme-bucket: {keys: {data_s3_path: {pattern: "^s3://acme/"}}, because: Ours is the bucket acme.}
  acme-name: {keys: {run.name: {pattern: "^(bot|search)-"}}, because: Names begin with the team.}
  acme-tag: {required: [mlflow_run_name], keys: {}, because: Runs are found by it.}
rules:
  acme-steady:
    require: warmup_steps == null || warmup_steps >= 5
    message: there are fewer than five warm-up steps
    because: Shorter ones have failed.
"""
NO_WARM_UP_LIMIT = "off:\n  nova-1-warmup: We warm up for longer.\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def errors(*overrides):
    found = check(compose([*READY, *overrides])).findings
    return [one.rule for one in found if one.severity == "error"]


def test_limits_and_rules_of_a_library_tighten(here):
    write_library(here / "acme", {"rules/acme": TIGHT})
    loose = ["run.name=mine", "replicas=8", "warmup_steps=2", "~mlflow_run_name"]
    assert errors(*loose) == []
    with using(["acme"]):
        assert sorted(errors(*loose)) == [
            "acme-ceiling",
            "acme-name",
            "acme-steady",
            "acme-tag",
        ]
        assert errors("run.name=bot-1", "replicas=4", "warmup_steps=5") == []
        assert errors("run.name=bot-1", "data_s3_path=s3://else/b.jsonl") == ["acme-bucket"]
        grid = plan([*READY, "run.name=bot-1", "replicas=2,4,8", "warmup_steps=2,5"])
        assert [(r["run.replicas"], r["warmup_steps"]) for r in grid.recipes()] == [(2, 5), (4, 5)]


def test_what_is_switched_off_does_not_hold_and_is_told(here, recipe):
    write_library(here / "acme", {"rules/acme": NO_WARM_UP_LIMIT})
    asked = [*READY, "warmup_steps=50"]
    assert errors("warmup_steps=50") == ["nova-1-warmup"]
    ran = recipe("check", *asked, "--library", "acme")
    assert ran.status == 0
    assert "off: nova-1-warmup of nova, by acme: We warm up for longer.\n" in ran.out
    said = json.loads(recipe("check", *asked, "--library", "acme", "--json").out)
    assert said["off"] == [
        {
            "rule": "nova-1-warmup",
            "library": "nova",
            "by": "acme",
            "because": "We warm up for longer.",
        }
    ]
    with using(["acme"]):
        assert len(plan([*READY, "warmup_steps=50,10"])) == 2
    # Where it wouldn't hold anyway, nothing is said.
    assert "off:" not in recipe("check", *READY, "model=nova-2-lite", "--library", "acme").out
    shown = recipe("library", "list", "--library", "acme").out
    assert "switches off nova-1-warmup of nova: We warm up for longer." in shown


def test_one_library_switches_off_what_another_brings(here):
    write_library(here / "acme", {"rules/acme": TIGHT})
    write_library(here / "team", {"rules/team": "off: {acme-ceiling: We have more of them.}\n"})
    with using(["team", "acme"]):
        assert errors("run.name=bot-1", "replicas=8") == []
    with using(["acme", "team"]):  # whatever their order
        assert errors("run.name=bot-1", "replicas=8") == []


def test_an_option_that_is_shadowed_is_the_first_librarys(here, recipe):
    shadow = f"{RUN}defaults: []\nmodel_type: amazon.nova-lite-v1:0:300k\nreplicas: 16\n"
    write_library(here / "acme", {"model/nova-lite": shadow, "rules/acme": ""})
    with pytest.raises(LibraryError) as caught, using(["acme"]):
        pass
    assert caught.value.kind == "undeclared-shadow"
    assert caught.value.detail.files[0] == str(here / "acme" / "model" / "nova-lite.yaml")
    assert caught.value.detail.files[1].endswith("conf/model/nova-lite.yaml")
    write_library(here / "acme", {"rules/acme": "shadows: [model/nova-lite]\n"})
    with using(["acme"]):
        assert compose(["model=nova-lite"])["run.replicas"] == 16
    shown = recipe("library", "list", "--library", "acme").out
    assert "takes the place of model/nova-lite of nova" in shown
    said = json.loads(recipe("library", "list", "--library", "acme", "--json").out)
    assert said[0]["shadows"] == {"model/nova-lite": "nova"}


def test_what_a_shadow_says_counts_for_the_library_that_shadows(here):
    write_library(here / "acme", {"model/nova-lite": RUN})
    write_library(here / "team", {"rules/team": "shadows: [model/nova-lite]\n"})
    with pytest.raises(LibraryError) as caught, using(["acme", "team"]):
        pass
    assert caught.value.detail.libraries == ("acme", "nova")


FAMILY = '''\
"""A family of Acme's own; reading it leaves a trace."""

from pathlib import Path

from pydantic import BaseModel, Field

Path(__file__).with_suffix(".ran").touch()


class Run(BaseModel):
    """What runs."""

    name: str = Field(description="name of the run")
    cores: int = Field(1, description="how many cores it takes")


class Tuning(BaseModel):
    """A recipe of another shape."""

    run: Run
'''
SHAPE = {
    "config": "defaults:\n  - method: probe\n  - _self_\n",
    "method/probe": "# @package recipes.run\n# A probe.\nname: probe\ncores: 2\n",
    "rules/acme": "shadows: [config]\nfamilies:\n"
    "  probe: {when: {method: probe}, model: 'acme_families:Tuning'}\n"
    "offers:\n  - {method: probe}\n"
    "limits:\n  cores: {when: {method: probe}, keys: {run.cores: {maximum: 4}}, because: Four.}\n",
}


@pytest.fixture
def family(here, monkeypatch):
    """A module with a family, and whether it ran."""
    (here / "code").mkdir()
    (here / "code" / "acme_families.py").write_text(FAMILY)
    monkeypatch.setattr(sys, "path", [*sys.path, str(here / "code")])
    yield here / "code" / "acme_families.ran"
    sys.modules.pop("acme_families", None)


def test_a_family_by_import_path_gives_recipes_another_shape(here, family, recipe):
    write_library(here / "acme", SHAPE)
    ran = recipe("compose", "--library", "acme", "cores=3")
    assert ran.status == 0
    assert ran.out.splitlines()[1:] == ["run:", "  name: probe", "  cores: 3"]
    assert "cores is 8; allowed: at most 4" in recipe("check", "--library", "acme", "cores=8").out
    assert "cores" in recipe("schema", "--library", "acme").out
    assert "what" in recipe("check", "--library", "acme", "run.name=1", "+run.what=1").out
    assert family.exists()


def test_a_family_is_imported_only_for_recipes_that_have_it(here, family):
    files = {k: v.replace("shadows: [config]\n", "") for k, v in SHAPE.items() if k != "config"}
    write_library(here / "acme", files)
    with using(["acme"]):
        assert check(compose([*READY])).valid
    assert not family.exists()


@pytest.fixture
def of_a_project(tmp_path):
    """A project whose library has a family with a model in ``place``."""

    def write(place, text="", needs="acme_shape:Acme"):
        files = {
            "config": "recipes: {run: {name: x}}\n",
            "rules/acme": f"families: {{acme: {{model: '{needs}'}}}}\n",
        }
        write_library(tmp_path / "acme" / "conf", files)
        (tmp_path / "acme" / "pyproject.toml").write_text("[project]\nname = 'acme'\n")
        if place:
            module = tmp_path / "acme" / place
            module.parent.mkdir(parents=True, exist_ok=True)
            module.write_text(text)
        return tmp_path / "acme"

    return write


@pytest.mark.parametrize("place", ["src/acme_shape.py", "acme_shape/__init__.py"])
def test_a_model_of_the_librarys_own_project_is_told_with_how_to_install_it(
    of_a_project, place, recipe
):
    of_a_project(place)
    for words in (("compose", "--library", "acme"), ("library", "check", "acme")):
        ran = recipe(*words)
        said = ran.out + ran.err
        assert ran.status > 0
        assert "can't use the family model acme_shape:Acme: acme_shape isn't installed here" in said
        assert "pip install -e acme" in said
        assert "acme.yaml:1:" in said


def test_a_model_from_elsewhere_is_told_without_a_name_to_ask_an_index_for(of_a_project, recipe):
    of_a_project(None)
    said = recipe("compose", "--library", "acme").err
    assert "acme_shape isn't installed here; install the package that has acme_shape" in said


def test_what_a_model_needs_is_told_as_that(of_a_project, recipe, monkeypatch):
    project = of_a_project("src/needing.py", "import not_there_at_all\n", "needing:Acme")
    monkeypatch.syspath_prepend(project / "src")
    said = recipe("compose", "--library", "acme").err
    assert "can't use the family model needing:Acme: not_there_at_all isn't installed here" in said


def test_a_module_that_a_package_lacks_is_no_matter_of_installing(of_a_project, recipe):
    of_a_project(None, needs="hydra_recipes.nothing:Acme")
    said = recipe("compose", "--library", "acme").err
    assert "No module named 'hydra_recipes.nothing'" in said
    assert "pip" not in said
