"""Fixtures that several tests share: golden files, the command line, and the reference data."""

import difflib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

# An assertion in a module that tests share shows the values it compared, as one in a test does.
pytest.register_assert_rewrite("support")

from support.places import GOLDEN, SHARED  # noqa: E402 - after the line above
from support.team_libraries import small_builtin, take_for_builtin  # noqa: E402

# How long an example takes is the machine's business; in CI the examples are fewer, since CI has to
# be over in ten minutes, and the same every time.
IN_CI = bool(os.environ.get("CI"))
settings.register_profile(
    "house", deadline=None, derandomize=IN_CI, max_examples=40 if IN_CI else 100
)
settings.load_profile("house")

# What is kept between processes is kept for the tests alone; no home directory is touched. The
# processes that run tests side by side share it, so that none composes what another has.
if "PYTEST_XDIST_WORKER" not in os.environ:
    CACHE = tempfile.TemporaryDirectory(prefix="recipe-cache-")
    os.environ["HYDRA_RECIPES_CACHE"] = CACHE.name


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


@pytest.fixture
def golden(request) -> Callable[[str, str], None]:
    """Compares a text with a golden file; with --update-golden, writes it for review instead."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        wanted = path.read_text(encoding="utf-8") if path.exists() else ""
        if text != wanted:
            lines = difflib.unified_diff(
                wanted.splitlines(), text.splitlines(), f"golden/{name}", "now", lineterm=""
            )
            pytest.fail("\n".join(lines) + "\n(reviewed? pytest --update-golden)", pytrace=False)

    return compare


@dataclass(frozen=True)
class Ran:
    """What a run of ``recipe`` gave."""

    status: int
    out: str
    err: str


@pytest.fixture
def recipe(tmp_path, monkeypatch) -> Callable[..., Ran]:
    """Runs ``recipe`` in this process, in an empty directory: recipe("compose", "lr=1e-5")."""
    from hydra_recipes.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str, stdin: str = "") -> Ran:
        status: list[int] = []

        # The real entry point, less its exit: what people get, quickly.
        import click

        @click.command(context_settings={"ignore_unknown_options": True})
        @click.argument("words", nargs=-1, type=click.UNPROCESSED)
        def entry(words):
            status.append(main.execute(list(words)))

        result = _runner().invoke(entry, ["--", *arguments], input=stdin, catch_exceptions=False)
        return Ran(status[0], result.stdout, result.stderr)

    return run


def _runner():
    """A runner that keeps the two streams apart, as click does by itself from 8.2 on."""
    import inspect

    from click.testing import CliRunner

    apart = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}
    return CliRunner(**apart)


@pytest.fixture
def recipe_process(tmp_path) -> Callable[..., Ran]:
    """Runs ``recipe`` as a process of its own, in an empty directory."""

    def run(*arguments: str, timeout: float = 60, stdin: str = "", **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-c", "from hydra_recipes.cli.main import run; run()", *arguments],
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, "NO_COLOR": "1", **environment},
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def published() -> list[dict]:
    """The published SFT recipes: choices and values."""
    path = SHARED / "published" / "sft.json"
    if not path.exists():
        pytest.skip("the published recipes (shared/published/sft.json) are not here")
    return json.loads(path.read_text())


@pytest.fixture(scope="session")
def seed_recipes() -> Path:
    """The directory of the three recipes of the SFT guide."""
    path = SHARED / "seed-recipes"
    if not path.exists():
        pytest.skip("the guide's recipes (shared/seed-recipes) are not here")
    return path


@pytest.fixture(scope="session")
def _small_nova(tmp_path_factory):
    return small_builtin(tmp_path_factory.mktemp("small") / "nova")


@pytest.fixture
def small(_small_nova, monkeypatch):
    """The small built-in library, in force in place of the whole: quickly gone through."""
    take_for_builtin(_small_nova, monkeypatch.setattr)
    return _small_nova
