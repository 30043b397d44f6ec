"""``python -m hydra_recipes``: a plain Hydra app over the same library."""

from __future__ import annotations

import sys
from typing import Any

import click


def emit_recipe(
    config: dict[str, Any], choices: dict[str, str], overrides: tuple[str, ...]
) -> None:
    """The app's job: prints the recipe of its config, and its findings if there are any.

    Args:
        config: The composed config, links unresolved.
        choices: Group to option.
        overrides: The overrides it was composed with.
    """
    from hydra_recipes.checking import check
    from hydra_recipes.composing import recipe_of
    from hydra_recipes.library import libraries
    from hydra_recipes.rendering import report_text

    recipe = recipe_of(config, choices, overrides, libraries())
    report = check(recipe)
    if report.findings:
        click.echo(report_text(report, quiet=report.valid), err=True)
    click.echo(recipe.to_yaml(), nl=False)
    if not report.valid:
        sys.exit(1)
