"""``recipe library check``: check that everything in a library composes and is valid."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import click

from hydra_recipes.cli.processes import cores
from hydra_recipes.cli.progress import progress
from hydra_recipes.cli.terminal import Command, answer_options, json_text, say, style_for
from hydra_recipes.findings.rendering import github_lines, report_text
from hydra_recipes.library.model import Library
from hydra_recipes.library_tools.check.run import Checked, check_library
from hydra_recipes.sources.active import active_libraries, named_library
from hydra_recipes.text import counted


@click.command(
    cls=Command,
    examples=["recipe library check acme-recipes --strict"],
)
@click.argument("names", nargs=-1, metavar="[LIBRARY]...")
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@answer_options("github", "annotations of a pull request")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="On N processes; else on all cores."
)
def check(names: tuple[str, ...], strict: bool, answer: str, jobs: int | None) -> int:
    """Check that all that a library has composes and is valid.

    Each option, preset and sweep is tried in all combinations that are offered; where these are
    many, so that each two options that go together are in one. It is valid, or a limit, a rule or
    an offer says why not. LIBRARY is a directory, a package, or the name of one that recipe
    library list shows; without one, all are checked, the built-in one only if it is alone.

    In JSON there is one line for each library:
    {"library", "valid", "findings", "recipes", "sweeps", "tried"}.
    """
    gc.enable()  # unlike other commands, this one may compose thousands of recipes
    status = 0
    for library in _named(names):
        checked = check_library(library, jobs or cores(), lambda count: progress(count, "trials"))
        _show(checked, answer, strict)
        report = checked.report
        good = report.valid and (not strict or report.strictly_valid)
        status = max(status, 0 if good else 1)
    return status


def _named(names: tuple[str, ...]) -> list[Library]:
    """Return the libraries to check; the built-in one only if it is named or alone."""
    if names:
        return [named_library(name) for name in names]
    members = list(active_libraries().members)
    return [library for library in members if library.source != "built-in"] or members


def _show(checked: Checked, answer: str, strict: bool) -> None:
    """Print the answer for one library."""
    if answer == "json":
        say(json_text(checked.as_json()))
    elif answer == "github":
        for line in github_lines(checked.report):
            say(line)
    else:
        say(report_text(checked.report, style_for(sys.stdout), strict=strict))
        for line in _tried(checked):
            say(style_for(sys.stdout)(line, "dim"))


def _tried(checked: Checked) -> Iterator[str]:
    """Yield lines that say what was tried, and in which combinations."""
    if not checked.recipes:
        yield "  nothing was tried: mend these first"
        return

    sweeps = f" and {counted(checked.sweeps, 'sweep')}" if checked.sweeps else ""
    yield f"  tried: {counted(checked.recipes, 'recipe')}{sweeps}"
    for every, how in (
        (True, "in all combinations that are offered"),
        (False, "in some, so that each two options that go together are in one"),
    ):
        counts: dict[str, int] = {}
        for case in checked.cases:
            if case.all == every:
                counts[case.kind] = counts.get(case.kind, 0) + 1
        if counts:
            kinds = ", ".join(counted(count, kind) for kind, count in counts.items())
            yield f"  {how}: {kinds}"
