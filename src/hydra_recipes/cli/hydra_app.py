"""``python -m hydra_recipes``: a plain Hydra app over the same library."""

from __future__ import annotations

import sys
from typing import Any

import click


def emit_recipe(config: dict[str, Any]) -> None:
    """The app's job: prints the recipe of its config, and its findings if there are any.

    Args:
        config: The composed config, links unresolved.
    """
    from hydra_recipes.checking import check
    from hydra_recipes.emit import to_yaml
    from hydra_recipes.links import Scope, rewrite
    from hydra_recipes.links.resolver import MOUNT
    from hydra_recipes.rendering import report_text

    scope = Scope(config[MOUNT], {key: value for key, value in config.items() if key != MOUNT})
    report = check(config)
    if report.findings:
        click.echo(report_text(report, quiet=report.valid), err=True)
    click.echo(to_yaml(rewrite(scope, "resolved")), nl=False)
    if not report.valid:
        sys.exit(1)
