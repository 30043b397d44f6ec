"""``recipe library``: what is done with libraries."""

from __future__ import annotations

import click

from hydra_recipes.cli.groups import Group, without_command


@click.group(
    cls=Group,
    files={
        "list": "library_list:listing",
        "init": "library_init:init",
        "check": "library_check:check",
        "diff": "library_diff:diff",
        "lock": "library_lock:lock",
        "docs": "library_docs:docs",
        "migrate": "library_migrate:migrate",
    },
)
@click.pass_context
def library(ctx: click.Context) -> int:
    """Make, check, compare and lock team libraries.

    Libraries come from --library, HYDRA_RECIPES_LIBRARIES, [tool.hydra-recipes] in pyproject.toml
    and installed packages, in this order; the built-in one is the last.
    """
    return without_command(ctx)
