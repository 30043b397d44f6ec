"""Completion: what a word may become, and that bash, zsh and fish complete it in a terminal."""

import os
import shutil
import subprocess
import sys

import pytest

from hydra_recipes.cli.commands import recipe as commands
from hydra_recipes.cli.completion import making
from hydra_recipes.cli.completion.candidates import candidates, named_libraries
from hydra_recipes.cli.completion.kept import catalogue
from support.shells import SHELLS, Shell
from support.team_libraries import ACME, write_library


@pytest.fixture(scope="module")
def known():
    return catalogue()


@pytest.fixture
def completed(known):
    """What the last word of a line may become."""

    def completed(line):
        *words, begun = line.split(" ")
        return [word for word, _ in candidates(words, begun, known)]

    return completed


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", list(commands.table)),
        ("comp", ["compose"]),
        ("library l", ["list", "lock"]),
        ("compose --fo", ["--force", "--format"]),
        ("compose -", None),
        ("--inst", ["--install-completion"]),
        ("--install-completion ", ["bash", "zsh", "fish"]),
        ("compose --links re", ["resolved", "relative", "recipes"]),
        ("compose --links=re", ["--links=resolved", "--links=relative", "--links=recipes"]),
        ("compose --schema x mod", ["model=", "model_type=", "model_name_or_path=", "mode="]),
        ("compose model=nova-l", ["model=nova-lite"]),
        ("compose hardware=ml.p5.", ["hardware=ml.p5.48xlarge"]),
        ("sweep hardware=p4d,ml.p5e", ["hardware=p4d,ml.p5en.48xlarge"]),
        ("compose model=x", []),
        ("compose peft=", ["peft=full", "peft=lora", "peft=none"]),
        ("sweep model=nova-lite,nova-m", ["model=nova-lite,nova-micro"]),
        ("compose lr", ["lr="]),
        ("compose model=nova-2-lite lr", ["lr="]),
        ("compose model=nova-2-lite min", ["min_lr="]),
        ("compose repl", ["replicas="]),
        ("compose run.rep", ["run.replicas="]),
        ("compose optim.l", ["optim.lr="]),
        ("compose +prese", ["+preset="]),
        ("compose preset", []),
        ("compose +preset=comp", ["+preset=complete_lora", "+preset=complete_sft"]),
        ("compose ++lr", ["++lr="]),
        ("compose ~track", ["~tracking"]),
        ("compose method=dpo be", ["benchmark=", "betas=", "beta="]),
        ("compose method=ppo kl_l", ["kl_loss_coeff=", "kl_loss_type="]),
        ("compose method=rft bet", []),
        ("compose method=sft +mm", ["+mm_cfg="]),
        ("compose +trainer", ["+trainer="]),
        ("compose method=dpo +data_m", []),
        ("compose method=dpo +mm", ["+mm_cfg="]),
        ("compose model=nova-2-lite +mm", []),
        ("explain lr", ["lr"]),
        ("explain lr model=nova-m", ["model=nova-micro"]),
        ("diff model=nova-lite,hardw", ["model=nova-lite,hardware="]),
        ("list mo", ["model"]),
        ("list model/nova-m", ["model/nova-micro"]),
        ("nonsense x", []),
    ],
)
def test_what_a_word_may_become(completed, line, answer):
    found = completed(line)
    if answer is None:
        assert set(found) >= {"--output", "-o", "--force", "--help"}
    else:
        assert found == answer


def test_files_are_completed_where_files_are_taken(completed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one.yaml", "one.txt", ".hidden.yaml", "recipes.jsonl"):
        (tmp_path / name).touch()
    (tmp_path / "onward").mkdir()
    (tmp_path / "onward" / "two.json").touch()
    assert completed("check on") == ["one.yaml", "onward/"]
    assert completed("check onward/") == ["onward/two.json"]
    assert completed("import .") == [".hidden.yaml"]
    assert completed("check rec")[-1] == "recipes.jsonl"
    assert "one.txt" in completed("compose -o on")
    assert completed("library migrate on") == ["onward/"]
    assert completed("check nowhere/x") == []


def test_every_override_that_is_offered_is_understood(known):
    for name, group in known.groups.items():
        sign = "" if group.default else "+"
        offered = [word for word, _ in candidates(["compose"], f"{sign}{name}=", known)]
        assert offered == [f"{sign}{name}={option}" for option in group.options]


def test_a_library_is_completed_from_where_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_library(tmp_path / "acme", ACME)
    words = ["compose", "--library", "acme"]
    assert "model=acme-lite" in _words(words, "model=")
    assert "model=acme-lite" in _words(["compose", "--library=acme"], "model=")
    assert "model=acme-lite" not in _words(["compose"], "model=")
    write_library(tmp_path / "acme", {"model/acme-pro": ACME["model/acme-lite"]})
    assert "model=acme-pro" in _words(words, "model=")
    (tmp_path / "pyproject.toml").write_text('[tool.hydra-recipes]\nlibraries = ["acme"]\n')
    assert "model=acme-pro" in _words(["compose"], "model=")
    write_library(tmp_path / "acme", {"rules/acme": "nonsense: 1\n"})
    assert _words(["compose"], "model=") == []  # commands are completed all the same
    assert _words([], "comp") == ["compose"]


def _words(words, begun):
    return [word for word, _ in candidates(words, begun, catalogue(named_libraries(words)))]


def test_the_second_time_it_comes_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = catalogue()
    with monkeypatch.context() as patch:
        patch.setattr(making, "made", None)  # calling it fails
        assert catalogue() == made
    monkeypatch.setenv("HYDRA_RECIPES_CACHE", "")
    assert catalogue() == made


@pytest.mark.parametrize("shell", SHELLS)
def test_from_the_cache_neither_hydra_nor_pydantic_nor_click_is_imported(shell):
    program = (
        "import sys, atexit, os\n"
        "from hydra_recipes.cli.main import execute\n"
        "execute()\n"
        "slow = {'hydra', 'pydantic', 'yaml', 'click', 'inspect', 'pathlib'} & set(sys.modules)\n"
        "print('slow:', sorted(slow))\n"
    )
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env={
                **os.environ,
                "_RECIPE_COMPLETE": f"{shell}_complete",
                "COMP_LINE": "recipe compose model=nova-l",
            },
            capture_output=True,
            text=True,
            check=True,
        )
    assert "nova-lite" in ran.stdout
    assert ran.stdout.endswith("slow: []\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_too(recipe_process, shell):
    ran = recipe_process(_RECIPE_COMPLETE=f"{shell}_source")
    assert (ran.status, ran.err) == (0, "")
    assert f"_RECIPE_COMPLETE={shell}_complete" in ran.out
    for asked in (f"{shell}_nonsense", "tcsh_source"):
        assert recipe_process(_RECIPE_COMPLETE=asked).status == 2


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home directory of one's own, with files that shells read."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


TYPED = {
    "recipe comp\tmodel=nova-l\t": "compose|model=nova-lite",
    "recipe compose model=nova-m\tlr\t2e-6": "compose|model=nova-micro|lr=2e-6",
    "recipe compose +prese\tqui\t": "compose|+preset=quickstart_sft",
    "recipe sweep model=nova-lite,nova-m\t": "sweep|model=nova-lite,nova-micro",
    "recipe compose --lin\trel\t": "compose|--links|relative",
    "recipe list model/nova-m\t": "list|model/nova-micro",
    "recipe check my\t": "check|my recipe.yaml",
}
"""The arguments, with bars between them, that what is typed gives with completion at each tab."""


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_in_a_terminal(recipe, home, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    (home / ".zshrc").write_text("PS1='$ '\n")
    (home / ".bashrc").write_text("PS1='$ '\n")
    (home / "my recipe.yaml").touch()
    assert recipe("--install-completion", shell).status == 0
    with Shell(shell, home) as typed:
        for line, arguments in TYPED.items():
            assert typed.arguments(line) == arguments.split("|")
        typed.type("recipe compose peft=\t\t")
        typed.wait_for("full")
        typed.wait_for("lora")


@pytest.mark.parametrize("shell", SHELLS)
def test_installed_and_taken_out_again(recipe, home, shell):
    files = {"bash": home / ".bashrc", "zsh": home / ".zshrc"}
    before = "# mine\nalias ll='ls -l'"
    for file in files.values():
        file.write_text(before)
    first = recipe("--install-completion", shell)
    assert (first.status, first.err) == (0, "")
    again = recipe("--install-completion", shell)
    assert "added a line" not in again.out
    if shell in files:
        assert files[shell].read_text().startswith(f"{before}\n[ -f ")
        assert files[shell].read_text().count("recipe --install-completion") == 1
    out = recipe("--uninstall-completion", shell)
    assert out.out.startswith("removed ")
    assert all(file.read_text().rstrip("\n") == before for file in files.values())
    assert recipe("--uninstall-completion", shell).out.endswith("is not installed\n")


def test_the_shell_is_the_one_it_runs_in(recipe, home, monkeypatch):
    monkeypatch.setattr(os, "getppid", lambda: 0)  # whatever runs the tests
    monkeypatch.setenv("SHELL", "/bin/fish")
    assert "recipe.fish" in recipe("--install-completion").out
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    ran = recipe("--install-completion")
    assert (ran.status, "name the shell: one for bash, zsh, fish" in ran.err) == (2, True)
    ran = recipe("--install-completion", "tcsh")
    assert (ran.status, "no completion for tcsh" in ran.err) == (2, True)
