"""The package of a new library: it is whole, nothing is overwritten, and its tests pass."""

import ast
import os
import subprocess
import sys

import pytest
import yaml

from hydra_recipes.findings.messages import scaffold
from hydra_recipes.library_tools.scaffold.scaffold import files, names_for
from support.kinds import kinds_of
from support.places import GOLDEN


def test_its_own_tests_pass_as_soon_as_it_is_installed(recipe, tmp_path):
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not here")
    assert recipe("library", "init", "acme-recipes").status == 0
    site, away = tmp_path / "site", tmp_path / "away"
    away.mkdir()
    install = [sys.executable, "-m", "pip", "install", "-q", "--target", str(site)]
    alone = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*install, *alone, str(tmp_path / "acme-recipes")], check=True)
    assert (site / "acme_recipes" / "conf" / "preset" / "acme" / "support_bot.yaml").is_file()
    path = os.pathsep.join([str(site), *sys.path])
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*tests, str(tmp_path / "acme-recipes")],
        cwd=away,
        env={**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout


def test_it_says_what_it_wrote_and_what_to_do_next(recipe, tmp_path, golden):
    (tmp_path / "libs").mkdir()
    told = []
    for words in (
        ["acme-recipes"],
        ["acme-recipes"],
        ["Bots", "--dir", "libs"],
        ["libs/acme"],
        ["acme/"],
        ["two words"],
        ["-recipes"],
        ["acme--recipes"],
        ["x" * 61],
        ["import"],
        ["json"],
        ["nova"],
        ["acme", "--dir", "nowhere"],
    ):
        ran = recipe("library", "init", *words)
        assert ran.out == ""
        assert "Traceback" not in ran.err
        told.append(f"$ recipe library init {' '.join(words)} [exit {ran.status}]\n{ran.err}")
    golden("library/init.txt", "\n".join(told))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acme-recipes", "libs"]
    assert [path.name for path in (tmp_path / "libs").iterdir()] == ["Bots"]


@pytest.mark.parametrize("name", ["Acme_Recipes", "acme", "b2b-library", "import-recipes"])
def test_each_file_is_what_it_should_be_whatever_the_name(name):
    found = dict(files(names_for(name)))
    for place, text in found.items():
        assert "{{" not in place + text.replace("${{", "")
        assert "TEAM" not in place
        if place.endswith((".yaml", ".yml")):
            assert yaml.safe_load(text)
        if place.endswith(".py"):
            assert ast.get_docstring(ast.parse(text))
    assert {".pre-commit-config.yaml", ".github/workflows/check.yml", ".gitignore"} <= set(found)


def test_its_workflow_says_that_it_has_to_know_where_this_package_is(tmp_path):
    found = dict(files(names_for("acme-recipes")))
    steps = yaml.safe_load(found[".github/workflows/check.yml"])["jobs"]["check"]["steps"]
    (step,) = (one for one in steps if "pip install" in one.get("run", ""))
    assert step["env"] == {"HYDRA_RECIPES": "${{ vars.HYDRA_RECIPES }}"}
    pip = tmp_path / "pip"
    pip.write_text('#!/bin/sh\necho "$@"\n')
    pip.chmod(0o755)

    def run(place):
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step["run"]],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HYDRA_RECIPES": place},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("git+https://git.example/recipes").stdout.split()[1:] == [
        "git+https://git.example/recipes",
        ".[test]",
    ]
    unset = run("")
    assert unset.returncode != 0
    assert "HYDRA_RECIPES: is a variable that this repository has to have" in unset.stderr


def test_an_empty_directory_is_taken_and_a_full_one_is_left_alone(recipe, tmp_path):
    (tmp_path / "empty-one").mkdir()
    assert recipe("library", "init", "empty-one").status == 0
    mine = tmp_path / "mine" / "README.md"
    mine.parent.mkdir()
    mine.write_text("mine")
    assert recipe("library", "init", "mine").status == 2
    assert [path.name for path in mine.parent.iterdir()] == ["README.md"]


def test_one_that_cannot_be_made_leaves_nothing_behind(recipe, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    ran = recipe("library", "init", "acme")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "error: can't write acme: No space left on device\n"
    assert list(tmp_path.iterdir()) == []


def test_each_message_is_shown_by_one_of_these():
    shown = (GOLDEN / "library" / "init.txt").read_text()
    assert "can't be the name of a library" in shown
    assert "is there already" in shown
    assert kinds_of(scaffold) == {"bad-library-name", "directory-exists"}
