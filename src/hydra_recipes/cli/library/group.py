"""The group of commands ``recipe library``."""

from __future__ import annotations

import click

from hydra_recipes.cli.groups import Group, without_command


@click.group(
    cls=Group,
    table={
        "list": ("library.list:listing", "Show the libraries in order, with what each has."),
        "init": ("library.init:init", "Make the package of a new library, with its tests."),
        "check": (
            "library.check:check",
            "Check that all that a library has composes and is valid.",
        ),
        "diff": ("library.diff:diff", "Show what a change of a library does, recipe by recipe."),
        "against": (
            "library.against:against",
            "Show which recipes of a directory the libraries compose.",
        ),
        "lock": ("library.lock:lock", "Write down in recipes.lock what each library is."),
        "docs": ("library.docs:docs", "Write a library's catalogue as a Markdown page."),
        "migrate": (
            "library.migrate:migrate",
            "Rewrite what uses old names of options, groups and keys.",
        ),
    },
)
@click.pass_context
def library(ctx: click.Context) -> int:
    """Make, check, compare and lock team libraries.

    Libraries come from --library, HYDRA_RECIPES_LIBRARIES, [tool.hydra-recipes] in pyproject.toml
    and installed packages, in this order; the built-in one is the last.
    """
    return without_command(ctx)
