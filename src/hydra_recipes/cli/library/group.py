"""``recipe library``: what is done with libraries."""

from __future__ import annotations

import click

from hydra_recipes.cli.groups import Group, without_command


@click.group(
    cls=Group,
    files={
        "list": "library.list:listing",
        "init": "library.init:init",
        "check": "library.check:check",
        "diff": "library.diff:diff",
        "lock": "library.lock:lock",
        "docs": "library.docs:docs",
        "migrate": "library.migrate:migrate",
    },
)
@click.pass_context
def library(ctx: click.Context) -> int:
    """Make, check, compare and lock team libraries.

    Libraries come from --library, HYDRA_RECIPES_LIBRARIES, [tool.hydra-recipes] in pyproject.toml
    and installed packages, in this order; the built-in one is the last.
    """
    return without_command(ctx)
