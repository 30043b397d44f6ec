"""The hooks for pre-commit and the action for GitHub, run as their users run them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hydra_recipes import compose
from support.places import ROOT
from support.team_libraries import write_library

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
LIMIT = """\
limits:
  ours:
    when: {model: nova-pro, hardware: p5, peft: lora, platform: hyperpod}
    keys: {lr: {maximum: 0.1}}
    because: We said so.
"""
BROKEN = "limits:\n  ours:\n    keys: {lr: {maximum: 0.1}}\n"


@pytest.fixture
def work(tmp_path):
    """A directory with a recipe that isn't valid, and a library that can't be used."""
    directory = tmp_path / "work"
    write_library(directory / "team", {"conf/rules/x": BROKEN})
    recipes = directory / "recipes"
    recipes.mkdir()
    text = compose(["model=nova-lite", "data_s3_path=s3://a-bucket/b.jsonl"]).to_yaml()
    (recipes / "good.yaml").write_text(text)
    (recipes / "bad.yaml").write_text(text.replace("replicas: 4", "replicas: 5"))
    return directory


def mend(work):
    (work / "recipes" / "bad.yaml").unlink()
    (work / "team" / "conf" / "rules" / "x.yaml").write_text(LIMIT)


def run(directory, *command, **environment):
    return subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, "PATH": PATH, "NO_COLOR": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_the_guide_names_hooks_and_inputs_that_there_are():
    guide = (ROOT / "docs" / "libraries.md").read_text()
    blocks = [yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)]
    (hooks,) = [one["repos"][0]["hooks"] for one in blocks if "repos" in one]
    (steps,) = [one["jobs"]["check"]["steps"] for one in blocks if "jobs" in one]
    there = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    assert [hook["id"] for hook in hooks] == [hook["id"] for hook in there]
    assert set(steps[-1]["with"]) <= set(inputs)


def git(directory, *words):
    roles = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    who = {f"GIT_{role}": "someone@example.com" for role in roles}
    done = run(directory, "git", "-c", "commit.gpgsign=false", *words, **who)
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


def committed(directory):
    git(directory, "init", "-q")
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "-m", "all")
    return git(directory, "rev-parse", "HEAD")


def test_pre_commit_runs_the_hooks(work, tmp_path):
    pytest.importorskip("pre_commit", reason="pre-commit is not here")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text()
    (hooks / ".pre-commit-hooks.yaml").write_text(manifest)
    # Installing the package would take a minute; the hooks run from where the tests do.
    used = [
        {"id": "recipe-check", "language": "system", "files": "^recipes/"},
        {"id": "recipe-library-check", "language": "system", "args": ["team", "--strict"]},
    ]
    repository = {"repo": str(hooks), "rev": committed(hooks), "hooks": used}
    (work / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [repository]}))
    committed(work)

    def pre_commit():
        command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"]
        return run(work, *command, PRE_COMMIT_HOME=str(tmp_path / "cache"))

    ran = pre_commit()
    assert ran.returncode == 1
    assert re.search(r"^recipe check\.+Failed$", ran.stdout, re.MULTILINE)
    assert "recipes/bad.yaml:5:13: error: run.replicas is 5; allowed: 4, 8, 16 or 32" in ran.stdout
    assert re.search(r"^recipe library check\.+Failed$", ran.stdout, re.MULTILINE)
    assert "team/conf/rules/x.yaml:2:3: error: ours can't be used: it has no because" in ran.stdout
    mend(work)
    git(work, "add", "-A")
    ran = pre_commit()
    assert (ran.returncode, ran.stdout.count("Passed")) == (0, 2), ran.stdout


def action(work, **inputs):
    """Runs the steps of the action as GitHub does, on a machine with nothing to install."""
    described = yaml.safe_load((ROOT / "action.yml").read_text())
    assert set(inputs) <= set(described["inputs"])
    values = {name: one["default"] for name, one in described["inputs"].items()}
    values |= {"install": "none", **inputs}
    said = []
    for step in described["runs"]["steps"]:
        assert step["shell"] == "bash"
        environment = {
            name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: values[found[1]], text)
            for name, text in step["env"].items()
        }
        assert "${{" not in step["run"]  # an input is never part of a script
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        ran = run(work, *command, GITHUB_ACTION_PATH=str(ROOT), **environment)
        said += ran.stdout.splitlines()
        if ran.returncode:
            return ran.returncode, said
    return 0, said


def test_the_action_annotates_what_is_wrong(work):
    status, said = action(work, recipes="recipes/good.yaml\nrecipes/bad.yaml", libraries="team")
    assert status == 1
    assert [line.partition(",title")[0] for line in said if line.startswith("::error")] == [
        "::error file=recipes/bad.yaml,line=5,col=13",
        "::error file=team/conf/rules/x.yaml,line=2,col=3",
    ]
    mend(work)
    status, said = action(work, recipes="recipes", libraries="team", strict="true")
    assert (status, [line for line in said if not line.startswith("::notice")]) == (0, [])


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "::error::there is nothing to check; name recipes or libraries"),
        ({"libraries": "team", "strict": "yes"}, "::error::strict is true or false, not yes"),
    ],
)
def test_inputs_of_no_use_are_one_line(work, inputs, said):
    assert action(work, **inputs) == (2, [said])


def test_the_action_installs_what_it_is_asked_to(work, tmp_path):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    path = f"{python.parent}{os.pathsep}{PATH}"
    for wanted, asked in (
        ("", [str(ROOT)]),
        ("hydra-recipes==1.0\nacme-recipes", ["hydra-recipes==1.0", "acme-recipes"]),
    ):
        places = {"GITHUB_ACTION_PATH": str(ROOT), "PATH": path}
        ran = run(work, str(ROOT / ".ci" / "action"), "install", INSTALL=wanted, **places)
        assert ran.stdout.split() == ["-m", "pip", "install", "-q", *asked]
