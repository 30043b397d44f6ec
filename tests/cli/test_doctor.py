"""``recipe doctor``: what is installed and in force, and what is missing."""

import importlib.metadata
import importlib.util
import json
import platform
import re

import pytest

from hydra_recipes.sweep.extras import EXTRAS
from support.places import ROOT
from support.team_libraries import ACME, write_library


@pytest.fixture
def told(recipe, tmp_path, monkeypatch):
    """What it tells in JSON, in an empty home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: json.loads(recipe("doctor", "--json", *arguments).out)


def test_versions(told, recipe):
    versions = told()["versions"]
    assert versions["Python"] == platform.python_version()
    for package in ("hydra-core", "omegaconf", "pydantic"):
        assert versions[package] == importlib.metadata.version(package)
    ran = recipe("doctor")
    assert (ran.status, ran.err) == (0, "")
    for name, number in versions.items():
        assert re.search(rf"(?m)^  {name} +{re.escape(number)}\b", ran.out)


def test_libraries_and_why_each_is_in_force(told, recipe, tmp_path, monkeypatch):
    write_library(tmp_path / "acme", ACME)
    assert [one["name"] for one in told()["libraries"]] == ["nova"]
    assert told()["libraries"][0]["why"] == "built in"
    assert told("--library", "acme")["libraries"][0]["why"] == "named by --library"
    (tmp_path / "pyproject.toml").write_text('[tool.hydra-recipes]\nlibraries = ["acme"]\n')
    assert told()["libraries"][0]["why"] == f"listed in {tmp_path / 'pyproject.toml'}"
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", "acme")
    assert told()["libraries"][0]["why"] == "named by HYDRA_RECIPES_LIBRARIES"
    assert f": {tmp_path / 'acme'}\n" in recipe("doctor").out


def test_libraries_that_cant_be_used(told, recipe, monkeypatch):
    monkeypatch.setenv("HYDRA_RECIPES_LIBRARIES", "nowhere")
    ran = recipe("doctor")
    assert (ran.status, ran.err) == (1, "")
    assert "  error: there is no directory and no installed package nowhere" in ran.out
    assert "extras\n" in ran.out
    assert "nowhere" in told()["error"]


def test_the_cache(told, recipe, tmp_path, monkeypatch):
    place = tmp_path / "kept"
    monkeypatch.setenv("HYDRA_RECIPES_CACHE", str(place))
    before = told()["cache"]
    assert before["directory"] == str(place)
    assert before["usable"]
    recipe("list")
    recipe("list", "model")
    place.mkdir(exist_ok=True)
    (place / "more").write_bytes(b"x" * 5000)
    after = told()["cache"]
    assert after["bytes"] >= 5000
    assert after["files"] == len(list(place.iterdir()))
    monkeypatch.setenv("HYDRA_RECIPES_CACHE", str(place / "more" / "below"))
    assert not told()["cache"]["usable"]
    assert "HYDRA_RECIPES_CACHE names another place" in recipe("doctor").out
    monkeypatch.setenv("HYDRA_RECIPES_CACHE", "")
    assert told()["cache"]["directory"] is None
    assert "HYDRA_RECIPES_CACHE is empty" in recipe("doctor").out


def test_extras(told, recipe, monkeypatch):
    assert {one["name"]: one["installed"] for one in told()["extras"]} == {
        name: importlib.util.find_spec(module) is not None for name, module in EXTRAS.items()
    }
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert [one["installed"] for one in told()["extras"]] == [False] * len(EXTRAS)
    assert re.search(r"(?m)^  zstd     pip install zstandard$", recipe("doctor").out)


def test_the_extras_are_those_of_the_package():
    text = (ROOT / "pyproject.toml").read_text()
    extras = text.partition("[project.optional-dependencies]\n")[2].partition("test = [")[0]
    packages = dict(re.findall(r'(?m)^(\w+) = \["([\w-]+)', extras))
    assert packages == EXTRAS


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(told, recipe, shell):
    def installed():
        return {one["shell"]: one["installed"] for one in told()["completion"]}

    assert not any(installed().values())
    assert f"recipe --install-completion {shell}\n" in recipe("doctor").out
    recipe("--install-completion", shell)
    assert [name for name, there in installed().items() if there] == [shell]
    recipe("--uninstall-completion", shell)
    assert not any(installed().values())
