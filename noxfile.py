"""Nox sessions: what CI runs and more, each in an environment of its own.

nox               all of them
nox -s tests-3.12 hydra14 lowest lint docs wheel bench
"""

from __future__ import annotations

import re
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]  # Hydra 1.3 starts no app on 3.14
HYDRA_NEXT = "hydra-core==1.4.0rc3"

nox.options.error_on_missing_interpreters = False


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The suite with the newest releases."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python=["3.11", "3.13", "3.14"])
def hydra14(session: nox.Session) -> None:
    """The suite on the coming line of Hydra."""
    session.install("--pre", HYDRA_NEXT, "-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """The suite with the oldest release of each dependency that pyproject.toml allows."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    # Those of the test tools as well: their newest need newer releases than the package does.
    allowed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    bounds = [re.sub(r">=([\w.]+)[^;]*", r"==\1", one) for one in allowed]
    constraints = Path(session.create_tmp()) / "lowest.txt"
    constraints.write_text("\n".join(bounds) + "\n", encoding="utf-8")
    session.install("-c", str(constraints), "-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, format, types, and the ladder of rooms."""
    session.install("-e", ".[lint]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """The site, in build/docs, without a warning."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "-W", "docs", "build/docs")


@nox.session
def wheel(session: nox.Session) -> None:
    """The built wheel composes in an empty environment, away from the checkout."""
    away = session.create_tmp()
    session.run("pip", "wheel", "-q", "--no-deps", "-w", away, ".")
    session.install(*map(str, sorted(Path(away).glob("hydra_recipes-*.whl"))))
    session.chdir(away)
    session.run("recipe", "list", "model")
    session.run("recipe", "compose", "model=nova-micro", "peft=lora")


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks, measured; fails if a budget isn't kept."""
    session.install("-e", ".[bench]")
    session.run("python", "-m", "benchmarks.startup", *session.posargs)
    session.run("python", "-m", "benchmarks.explain", *session.posargs)
    session.run("python", "-m", "benchmarks.checking", *session.posargs)
    session.run("python", "-m", "benchmarks.diff", *session.posargs)
    session.run("python", "-m", "benchmarks.importing", *session.posargs)
    session.run("python", "-m", "benchmarks.libraries", *session.posargs)
    session.run("python", "-m", "benchmarks.sweep", *session.posargs)
