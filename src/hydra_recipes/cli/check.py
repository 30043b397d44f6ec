"""``recipe check``: what is wrong with recipes, and what to type instead."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hydra_recipes.cli.terminal import show_error, style_for

if TYPE_CHECKING:
    from hydra_recipes.findings import Report

_SUFFIXES = (".yaml", ".yml", ".json")


@click.command()
@click.argument("subjects", nargs=-1, required=True, metavar="FILE... | OVERRIDE...")
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@click.option(
    "--format",
    "answer",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="For people, for programs, or as annotations of a pull request.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def check(subjects: tuple[str, ...], strict: bool, answer: str, as_json: bool) -> int:
    r"""Check recipe files, directories of them, or what overrides compose.

    \b
    recipe check support-bot.yaml
    recipe check recipes/
    recipe check model=nova-pro run.replicas=12

    In JSON there is one line for each recipe: {"input", "valid", "ready", "findings"}.
    """
    from hydra_recipes.errors import OverrideError, RecipeError

    files = [subject for subject in subjects if not _is_override(subject)]
    overrides = [subject for subject in subjects if _is_override(subject)]
    if files and overrides:
        raise OverrideError("mixed-inputs", file=files[0], override=overrides[0])
    answer = "json" if as_json else answer
    status = 0
    if overrides:
        return _show(_composed(overrides), answer, strict)
    for file in files:
        try:
            for path in _recipe_files(file):
                try:
                    status = max(status, _show(_checked(path, file), answer, strict))
                except RecipeError as error:
                    status = max(status, _show_unread(error, str(path), answer))
        except RecipeError as error:
            status = max(status, _show_unread(error, file, answer))
    return status


def _is_override(subject: str) -> bool:
    return not Path(subject).exists() and ("=" in subject or subject.startswith(("~", "+")))


def _composed(overrides: list[str]) -> Report:
    from hydra_recipes.checking import check as check_recipe
    from hydra_recipes.composing import compose

    return check_recipe(compose(overrides))


def _checked(path: Path, subject: str) -> Report:
    from hydra_recipes.recipe_files import check_file

    return check_file(Path("/dev/stdin"), "<stdin>") if subject == "-" else check_file(path)


def _recipe_files(name: str) -> Iterator[Path]:
    """The file itself, or the recipe files in a directory and those below it, in order."""
    from hydra_recipes.errors import DocumentError

    path = Path(name)
    if not path.is_dir():
        yield path
        return
    found = False
    for directory, below, files in os.walk(path):  # doesn't follow links, so a loop ends
        below[:] = sorted(one for one in below if not one.startswith("."))
        for file in sorted(files):
            if file.endswith(_SUFFIXES) and not file.startswith("."):
                found = True
                yield Path(directory) / file
    if not found:
        raise DocumentError("no-recipes", directory=name)


def _show(report: Report, answer: str, strict: bool) -> int:
    from hydra_recipes.rendering import github_lines, report_text

    if answer == "json":
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    elif answer == "github":
        for line in github_lines(report):
            click.echo(line)
    else:
        click.echo(report_text(report, style_for(sys.stdout)))
    good = report.valid and (not strict or report.strictly_valid)
    return 0 if good else 1


def _show_unread(error: Exception, subject: str, answer: str) -> int:
    """Shows that a file couldn't be read, and goes on with the next."""
    from hydra_recipes.errors import RecipeError

    if answer == "json" and isinstance(error, RecipeError):
        from hydra_recipes.findings import Finding, Report

        finding = Finding("error", error.kind, error.kind, origin=error.origin, data=error.data)
        click.echo(json.dumps(Report(subject, (finding,)).as_json(), ensure_ascii=False))
        return 2
    return show_error(error)
