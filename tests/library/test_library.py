"""Libraries: groups, options and defaults, and what is said of a broken one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hydra_recipes
from hydra_recipes import compose
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.findings.errors import LibraryError, OverrideError
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries, Library, builtin
from hydra_recipes.library.reading import about_option, load_yaml
from hydra_recipes.sources.active import active_libraries


@pytest.fixture
def copied(tmp_path):
    """A copy of the built-in library, to break."""
    root = tmp_path / "library"
    shutil.copytree(builtin().root, root)
    return root


@pytest.fixture
def composed(copied):
    """Composes from the copy."""

    def run(*overrides):
        shelf = Libraries((Library("copied", copied),))
        return compose_request(read_overrides(overrides, shelf), overrides, shelf)

    return run


def failure(composed, *overrides):
    with pytest.raises(LibraryError) as caught:
        composed(*overrides)
    assert caught.value.kind == "bad-library-file"
    assert "\n" not in str(caught.value)
    return caught.value


def test_the_built_in_library_stands_beside_the_package_or_in_it():
    package = Path(hydra_recipes.__file__).parent
    assert builtin().root in (package / "conf", package.parents[1] / "conf")
    assert (builtin().root / "config.yaml").is_file()


def test_an_installed_package_finds_the_library_inside_itself(tmp_path):
    package = Path(hydra_recipes.__file__).parent
    installed = tmp_path / "site" / "hydra_recipes"
    shutil.copytree(package, installed, ignore=shutil.ignore_patterns("__pycache__", "conf"))
    shutil.copytree(builtin().root, installed / "conf")
    code = (
        "from hydra_recipes import compose; from hydra_recipes.library.model import builtin;"
        "print(builtin().root); print(compose().id)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(installed / "conf"), compose().id]


def test_a_copy_composes_the_same_recipes(composed):
    assert composed("model=nova-pro") == compose(["model=nova-pro"])


def test_groups_are_the_directories_but_not_the_rules():
    groups = active_libraries().groups()
    assert groups == tuple(sorted(groups))
    assert {"model", "method", "peft", "hardware", "optimizer", "platform", "preset"} < set(groups)
    assert "rules" not in groups
    assert active_libraries().is_group("model")
    assert not active_libraries().is_group("rules")
    assert not active_libraries().is_group("rules/sft")


@pytest.mark.parametrize(
    "name", ["nothing", "model.x", "../conf", "", ".", "/", "model/", "a" * 999]
)
def test_other_names_are_no_groups(name):
    assert not active_libraries().is_group(name)


def test_options_are_the_files_with_the_directories_in_their_names():
    assert active_libraries().options("model") == (
        "nova-2-lite",
        "nova-lite",
        "nova-micro",
        "nova-premier",
        "nova-pro",
    )
    assert {"nova-1/sft", "nova-2/sft"} < set(active_libraries().options("shape"))
    assert (
        active_libraries().option_file("shape", "nova-2/sft").read_text().startswith("# @package")
    )


@pytest.mark.parametrize(
    "option",
    ["../model/nova-lite", "x/../nova-lite", "./nova-lite", "nova-lite.yaml", "", ".", "a" * 999],
)
def test_another_way_to_a_file_is_no_option(option):
    assert active_libraries().option_file("model", option) is None


def test_a_file_outside_the_library_is_no_option(copied, composed):
    outside = copied.parent / "outside.yaml"
    outside.write_text("# @package recipes.run\nreplicas: 4\n")
    for option in ("../../outside", str(outside.with_suffix(""))):
        with pytest.raises(OverrideError) as caught:
            composed(f"model={option}")
        assert caught.value.kind == "unknown-option"


def test_defaults_are_those_of_the_primary_config():
    defaults = default_choices(active_libraries())
    chosen = {
        group: defaults[group] for group in ("model", "method", "peft", "hardware", "platform")
    }
    assert chosen == {
        "model": "nova-micro",
        "method": "sft",
        "peft": "lora",
        "hardware": "p5",
        "platform": "hyperpod",
    }
    assert defaults["by_model"] == "${method}/${model}-${peft}"


def test_the_first_library_that_has_an_option_gives_it(tmp_path):
    (tmp_path / "model").mkdir()
    mine = tmp_path / "model" / "nova-lite.yaml"
    mine.write_text("# @package recipes.run\nmodel_type: mine\nreplicas: 16\n")
    shelf = Libraries((Library("mine", tmp_path), builtin()))
    assert shelf.option_file("model", "nova-lite") == mine
    assert shelf.option_file("model", "nova-pro") == builtin().root / "model" / "nova-pro.yaml"
    assert shelf.options("model") == active_libraries().options("model")
    texts = ("model=nova-lite",)
    recipe = compose_request(read_overrides(texts, shelf), texts, shelf)
    assert (recipe["run.model_type"], recipe["run.replicas"]) == ("mine", 16)


@pytest.mark.parametrize("group", active_libraries().groups())
def test_each_option_of_the_library_says_what_it_is(group):
    for option in active_libraries().options(group):
        assert about_option(active_libraries().option_file(group, option)), f"{group}/{option}"


def test_about_an_option_is_its_first_comment(tmp_path):
    path = tmp_path / "option.yaml"
    path.write_text("# @package _global_\n# What it is,\n# and why.\nkey: 1\n# Not this.\n")
    assert about_option(path) == "What it is, and why."
    path.write_text("key: 1\n# Not this.\n")
    assert about_option(path) is None


BROKEN = {
    "an unclosed quote": (b'key: 1\nname: "x\n', 2),
    "a tab": (b"run:\n\treplicas: 1\n", 2),
    "a key written twice": (b"key: 1\nkey: 2\n", 2),
    "two documents": (b"key: 1\n---\nkey: 2\n", 2),
    "a Python object": (b"key: !!python/object:os.x {}\n", 1),
    "not UTF-8": (b"key: 1\nname: \xe9\n", 2),
    "a control character": (b"key: 1\nname: \x01\n", 2),
}


@pytest.mark.parametrize(("content", "line"), BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("name", ["model/nova-micro.yaml", "config.yaml"])
def test_a_broken_file_is_named_with_the_line(copied, composed, name, content, line):
    file = copied / name
    file.write_bytes(content)
    error = failure(composed)
    assert error.detail.file == str(file)
    assert error.detail.reason.startswith(f"line {line}: ")
    assert (error.origin.file, error.origin.line) == (str(file), line)


@pytest.mark.parametrize(
    "content", ["- a\n- b\n", "word\n", "key: ${\n"], ids=["a list", "a word", "an open link"]
)
def test_a_file_that_makes_no_config_is_named(copied, composed, content):
    file = copied / "model" / "nova-micro.yaml"
    file.write_text(content)
    assert failure(composed).detail.file == str(file)


@pytest.mark.parametrize("content", ["", "key: 1\n", "recipes: 3\n"])
def test_a_primary_config_without_a_recipe_is_named(copied, composed, content):
    file = copied / "config.yaml"
    file.write_text(content)
    error = failure(composed)
    assert error.detail.file == str(file)
    assert "recipes" in error.detail.reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.yaml", None),
        ("config.yaml", "defaults: {model: nova-lite}\n"),
        ("config.yaml", "defaults:\n  - model: nothing\n"),
        ("config.yaml", "defaults:\n  - config\n"),
        ("config.yaml", "- list\n"),
        ("model/nova-micro.yaml", None),
        ("model/nova-micro.yaml", "defaults:\n  - /nothing: x\n"),
    ],
)
def test_defaults_that_lead_nowhere_are_refused_in_one_line(copied, composed, name, content):
    if content is None:
        (copied / name).unlink()
    else:
        (copied / name).write_text(content)
    with pytest.raises((OverrideError, LibraryError)) as caught:
        composed()
    assert "\n" not in str(caught.value)


def test_libraries_without_a_primary_config_have_no_defaults(tmp_path):
    with pytest.raises(LibraryError) as caught:
        default_choices(Libraries((Library("empty", tmp_path),)))
    assert caught.value.kind == "no-primary-config"
    assert str(tmp_path) in str(caught.value)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(LibraryError) as caught:
        load_yaml(tmp_path / "nothing.yaml")
    assert caught.value.detail.reason == "No such file or directory"


@pytest.mark.parametrize("typed", ["~recipes", "recipes=3", "recipes=null", "++recipes=3"])
def test_a_recipe_stays_a_mapping(typed):
    with pytest.raises(OverrideError) as caught:
        compose([typed])
    assert caught.value.kind == "cannot-override"
