"""CONTRIBUTING: its examples, put into a copy of the project, do what it says they do."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from support.places import ROOT

BLOCK = re.compile(r"^```yaml\n(?:# (conf/\S+)\n)?(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """Runs the command line of a copy of the project that has the examples in its library."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in ("src", "conf"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    examples = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    for number, (name, text) in enumerate(examples):
        path = copy / (name or f"conf/rules/team-{number}.yaml")
        assert not path.exists()
        path.write_text(text, encoding="utf-8")

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-c", "from hydra_recipes.cli.main import run; run()", *arguments],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy / "src"), "NO_COLOR": "1"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run


def rules_broken(ran):
    return {finding["rule"] for finding in json.loads(ran.stdout)["findings"]}


def test_the_new_model_composes_and_is_listed(recipe):
    ran = recipe("compose", "model=nova-nano")
    assert ran.returncode == 0, ran.stderr
    assert "model_type: amazon.nova-nano-v1:0:64k" in ran.stdout
    assert "nova-nano " in recipe("list", "model").stdout


def test_its_limits_and_those_of_its_generation_hold(recipe):
    ran = recipe("check", "--json", "model=nova-nano", "replicas=3", "warmup_steps=50")
    assert {"nova-nano-replicas", "nova-1-warmup"} <= rules_broken(ran)


def test_what_is_not_offered_with_it_is_said(recipe):
    ran = recipe("check", "--json", "model=nova-nano", "hardware=p4d")
    assert "offer" in rules_broken(ran)


def test_it_is_recognized_in_a_recipe_written_by_hand(recipe, tmp_path):
    path = tmp_path / "nano.yaml"
    path.write_text(recipe("compose", "model=nova-nano", "replicas=4").stdout)
    assert "nova-nano-replicas" not in rules_broken(recipe("check", "--json", str(path)))
    path.write_text(path.read_text().replace("replicas: 4", "replicas: 8"))
    assert "nova-nano-replicas" in rules_broken(recipe("check", "--json", str(path)))


def test_the_new_limit_and_the_new_rule_warn(recipe):
    assert rules_broken(recipe("check", "--json", "+save_steps=20")) >= {"team-max-length"}
    assert "team-warmup" not in rules_broken(recipe("check", "--json", "+save_steps=20"))
    assert "team-warmup" in rules_broken(recipe("check", "--json", "+save_steps=15"))


def test_the_new_sweep_is_listed_and_planned(recipe):
    assert "team_warmup" in recipe("list", "sweep").stdout
    ran = recipe("sweep", "+sweep=team_warmup", "--plan", "--json")
    assert ran.returncode == 0, ran.stderr
    ledger = json.loads(ran.stdout)
    assert (ledger["asked"], ledger["valid"]) == (8, 7)


def test_the_other_names_are_answered_with_the_key_that_is_meant(recipe):
    assert "did you mean lr?" in recipe("check", "eta=1e-5").stderr
    told = recipe("check", "model=nova-2-lite", "passes=3").stderr
    assert "did you mean max_steps? The second generation counts steps" in told
