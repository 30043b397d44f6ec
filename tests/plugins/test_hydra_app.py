"""``python -m hydra_recipes``: a plain Hydra app over the same library."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from types import SimpleNamespace

import hydra
import pytest
import yaml

from hydra_recipes import compose
from hydra_recipes.cli.hydra_app import run
from hydra_recipes.composing import hydra_bridge


@dataclass
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture
def app(tmp_path):
    """Runs the app in an empty directory; a warning of any kind is an error."""

    def run(*arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "hydra_recipes", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "NO_COLOR": "1", **environment},
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


def test_it_prints_the_recipe_that_compose_gives(app, tmp_path):
    ran = app("model=nova-lite", "+preset=complete_sft", "hydra.run.dir=out")
    assert ran.status == 0
    assert ran.out == compose(["model=nova-lite", "+preset=complete_sft"]).to_yaml()
    assert yaml.safe_load((tmp_path / "out" / ".hydra" / "overrides.yaml").read_text()) == [
        "model=nova-lite",
        "+preset=complete_sft",
    ]


def test_without_a_job_it_shows_the_config_and_resolves_its_links(app):
    ran = app(
        "model=nova-lite",
        "recipes.run.replicas=${multiply:2,4}",
        "recipes.run.name=n-${divide_ceil:7,2}-${divide_floor:7,2}-${add:1,2}",
        "--cfg",
        "job",
        "--resolve",
    )
    assert (ran.status, ran.err) == (0, "")
    run = yaml.safe_load(ran.out)["recipes"]["run"]
    assert run["model_name_or_path"] == "nova-lite/prod"
    assert run["replicas"] == 8
    assert run["name"] == run["mlflow_run_name"] == "n-4-3-3"


@pytest.mark.parametrize("preset", ["quickstart_sft", "complete_sft", "complete_lora"])
def test_what_hydra_resolves_is_what_compose_resolves(app, preset):
    ran = app(f"+preset={preset}", "--cfg", "job", "--resolve", "--package", "recipes")
    assert ran.status == 0
    shown = yaml.load(ran.out, _Floats)
    shown = shown.get("recipes", shown)
    assert shown == compose([f"+preset={preset}"]).resolved()


class _Floats(yaml.SafeLoader):
    """Reads ``1e-05`` as a number, as OmegaConf writes it."""


_Floats.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"\d+e-\d+$"), "0123456789")


def test_it_says_where_the_defaults_come_from(app):
    ran = app("model=nova-2-lite", "--info", "defaults")
    assert ran.status == 0
    assert ran.err == ""
    for option in (
        "model/nova-2-lite",
        "shape/nova-2/sft",
        "optimizer/adam",
        "by_peft/nova-2/sft/lora",
    ):
        assert f"| {option} " in ran.out


def test_a_multirun_makes_one_job_for_each_option(app, tmp_path):
    hardware = ["p5", "g5-12x"]
    ran = app("--multirun", f"hardware={','.join(hardware)}", "hydra.sweep.dir=jobs")
    assert ran.status == 0, ran.err
    for at, option in enumerate(hardware):
        config = yaml.safe_load(
            (tmp_path / "jobs" / str(at) / ".hydra" / "config.yaml").read_text()
        )
        replicas = compose([f"hardware={option}"])["run.replicas"]
        assert config["recipes"]["run"]["replicas"] == replicas
        assert compose([f"hardware={option}"]).to_yaml() in ran.out


def test_the_app_is_called_by_its_name(app, tmp_path):
    ran = app("--help")
    assert ran.status == 0
    assert ran.out.startswith("hydra_recipes is powered by Hydra.")
    assert "hardware: g5-12x, g5-24x, g5-48x, g6-12x, g6-24x, g6-48x, none, p4d, p5" in ran.out
    assert app("hydra.run.dir=out").status == 0
    assert (tmp_path / "out" / "hydra_recipes.log").exists()


def test_a_bad_override_gets_hydras_own_message(app):
    ran = app("model=nova-huge")
    assert ran.status == 1
    assert "Could not find 'model/nova-huge'" in ran.err
    assert "nova-micro" in ran.err
    ran = app("recipes.run.nothing=1")
    assert ran.status == 1
    assert "+recipes.run.nothing=1" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("overrides", "rule"),
    [
        (["recipes.run.replicas=5"], "nova-micro-replicas"),
        (["model=nova-pro", "hardware=g5-12x"], "offer"),
    ],
)
def test_an_invalid_recipe_is_told_by_its_choices_and_ends_with_1(app, overrides, rule):
    ran = app(*overrides, "hydra.run.dir=out")
    assert ran.status == 1
    assert f"[{rule}]" in ran.err
    assert "Traceback" not in ran.err


def test_it_completes_in_a_shell(app):
    words = "hydra_recipes hardware=p"
    ran = app("-sc", "query=bash", COMP_LINE=words, COMP_POINT=str(len(words)))
    assert ran.status == 0
    assert ran.out.split() == ["hardware=p4d", "hardware=p5", "hardware=p5en"]


@pytest.mark.parametrize(("python", "line"), [((3, 14, 8), "1.3.8"), ((3, 14, 0), "1.3.2")])
def test_hydra_1_3_on_python_3_14_is_refused_in_one_line(monkeypatch, capfd, python, line):
    monkeypatch.setattr(hydra_bridge, "sys", SimpleNamespace(version_info=python))
    monkeypatch.setattr(hydra, "__version__", line)
    monkeypatch.setattr("sys.argv", ["hydra_recipes"])
    with pytest.raises(SystemExit) as stop:
        run()
    assert stop.value.code == 2
    told = capfd.readouterr()
    assert told.out == ""
    (said,) = told.err.splitlines()
    assert said.startswith("error: on Python 3.14 a plain Hydra app needs hydra-core 1.4")
    assert f"this is {line} (" in said
