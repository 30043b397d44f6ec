"""Help: what each command says of itself, at 80 columns."""

import re
import shlex
import subprocess
import sys

import pytest

from hydra_recipes.cli.commands import recipe as commands
from support.places import TESTS

LIBRARY = commands.get_command(None, "library")
COMMANDS = {
    f"{above}{name}": group.get_command(None, name)
    for above, group in (("", commands), ("library ", LIBRARY))
    for name in group.table
}
NAMES = list(COMMANDS)
SMALL = """\
import pathlib, sys
sys.path.append({tests!r})
from support.team_libraries import Library, take_for_builtin
take_for_builtin(Library("nova", pathlib.Path({root!r}), "built-in"))
"""
"""Has a small library take the place of the built-in one."""
EXAMPLES = [line for command in COMMANDS.values() for line in getattr(command, "examples", ())]


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def test_help_of_the_whole(recipe, golden):
    ran = recipe("--help")
    assert (ran.status, ran.err) == (0, "")
    golden("help/recipe.txt", ran.out)


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command(recipe, golden, name):
    ran = recipe(*name.split(), "--help")
    assert (ran.status, ran.err) == (0, "")
    golden(f"help/{name.replace(' ', '-')}.txt", ran.out)


@pytest.mark.parametrize("arguments", [(), *(name.split() for name in NAMES)])
def test_help_fits_80_columns_and_has_no_control_characters(recipe, arguments):
    out = recipe(*arguments, "-h").out
    assert max(map(len, out.splitlines())) <= 80
    assert out.replace("\n", "").isprintable()


@pytest.mark.parametrize("group", [(), ("library",)])
def test_without_a_command_the_help_is_shown_and_nothing_counts_as_done(recipe, group):
    ran = recipe(*group)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == recipe(*group, "--help").out


@pytest.mark.parametrize("name", NAMES)
def test_each_option_is_explained(name):
    options = [p for p in COMMANDS[name].params if p.param_type_name == "option"]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("line", EXAMPLES)
def test_each_example_can_be_typed_as_it_stands(recipe, tmp_path, request, line):
    script = "from hydra_recipes.cli.main import run; run()"
    if re.search("library (check|diff|against)", line):  # all that is offered is composed
        small = request.getfixturevalue("small")
        script = SMALL.format(tests=str(TESTS), root=str(small.root)) + script
    for file in re.findall(r"[\w-]+(?:/[\w-]*)?(?:\.yaml)?", re.sub(r"-o \S+", "", line)):
        path = tmp_path / (f"{file}one.yaml" if file.endswith("/") else file)
        if path.suffix == ".yaml":
            path.parent.mkdir(exist_ok=True)
            assert recipe("compose", "-o", str(path)).status == 0
    if "acme-recipes" in line and " init " not in line:
        assert recipe("library", "init", "acme-recipes").status == 0
        git = ["git", "-C", "acme-recipes", "-c", "user.name=a", "-c", "user.email=a@b.c"]
        for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "one"]):
            subprocess.run([*git, *words], check=True)
    command = line.replace("recipe", f"{shlex.quote(sys.executable)} -c {shlex.quote(script)}", 1)
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode in ((0, 1) if line.startswith("recipe diff") else (0,)), done


def test_the_version_is_that_of_the_package(recipe):
    from importlib.metadata import version

    assert recipe("--version").out == f"recipe {version('hydra-recipes')}\n"


@pytest.mark.parametrize("group", [commands, LIBRARY], ids=["recipe", "library"])
def test_the_table_says_of_each_command_what_its_own_help_begins_with(group):
    assert {name: about for name, (_, about) in group.table.items()} == {
        name: group.get_command(None, name).get_short_help_str(limit=100) for name in group.table
    }
