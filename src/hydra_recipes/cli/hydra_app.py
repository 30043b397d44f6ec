"""``python -m hydra_recipes``: a plain Hydra app over the same library."""

from __future__ import annotations

import sys
from typing import Any

from hydra_recipes.checking.check import check
from hydra_recipes.cli.main import NOT_UNDERSTOOD, not_utf8
from hydra_recipes.cli.terminal import error_line, say
from hydra_recipes.composing.compose import recipe_of
from hydra_recipes.composing.hydra_bridge import hydra_app
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.rendering import report_text
from hydra_recipes.sources.active import active_libraries, check_files


def run() -> None:
    """Run the app; print an error in one line, as ``recipe`` does, if it can't start."""
    refusal = not_utf8(sys.argv[1:])
    if refusal:
        say(refusal, err=True)
        sys.exit(NOT_UNDERSTOOD)
    try:
        check_files(active_libraries())
        app = hydra_app(emit_recipe)
    except RecipeError as error:
        say(error_line(error), err=True)
        sys.exit(NOT_UNDERSTOOD)
    app()


def emit_recipe(
    config: dict[str, Any], choices: dict[str, str], overrides: tuple[str, ...]
) -> None:
    """Print the recipe of a config, and its findings if it has any; this is the app's job.

    Args:
        config: The composed config, links unresolved.
        choices: Group to option.
        overrides: The overrides it was composed with.
    """
    recipe = recipe_of(config, choices, overrides, active_libraries())
    report = check(recipe)
    if report.findings:
        say(report_text(report, quiet=report.valid), err=True)
    say(recipe.to_yaml(), nl=False)
    if not report.valid:
        sys.exit(1)
