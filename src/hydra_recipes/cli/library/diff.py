"""``recipe library diff``: show what a change of a library does to recipes."""

from __future__ import annotations

import gc
import sys

import click

from hydra_recipes.cli.progress import progress
from hydra_recipes.cli.terminal import Command, answer_options, columns, json_text, say, style_for
from hydra_recipes.library_tools.diff.effects import Comparing
from hydra_recipes.library_tools.diff.markdown import comparison_markdown
from hydra_recipes.library_tools.diff.text import comparison_text
from hydra_recipes.library_tools.diff.versions import versions


@click.command(
    cls=Command,
    examples=[
        "recipe library diff acme-recipes@main acme-recipes",
        "recipe library diff acme-recipes@main acme-recipes --format markdown",
    ],
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@answer_options("markdown", "a comment on a pull request")
def diff(old: str, new: str, answer: str) -> int:
    """Show what a change of a library does, recipe by recipe.

    OLD and NEW are directories, packages, names of libraries, or DIR@REV: a directory as git has
    it in a revision. Told is which presets, sweeps and offers differ and how, which are not valid
    any more, and which limits moved; what is unchanged is only counted.

    In JSON: {"library", "equal", "counts", "effects", "rules"}.

    Exit status: 0 nothing differs, 1 something does, 2 not understood.
    """
    gc.enable()  # unlike most commands, this one may compose thousands of recipes
    with versions(old, new) as (before, after):
        comparing = Comparing(before, after)
        with progress(len(comparing), "recipes") as progressed:
            comparison = comparing.run(progressed)
    if answer == "json":
        say(json_text(comparison.as_json()))
    elif answer == "markdown":
        say(comparison_markdown(comparison), nl=False)
    else:
        say(comparison_text(comparison, columns(), style_for(sys.stdout)))
    return 1 if comparison else 0
