"""``recipe schema``: JSON Schema for editors."""

from __future__ import annotations

import sys

import click

from hydra_recipes.cli.terminal import (
    Command,
    json_option,
    json_text,
    overrides_argument,
    say,
    style_for,
)


@click.command(
    cls=Command, examples=["recipe schema model=nova-micro peft=lora > nova-micro.schema.json"]
)
@overrides_argument
@json_option
def schema(overrides: tuple[str, ...], as_json: bool) -> int:  # noqa: ARG001 - it is JSON anyway
    """Print the JSON Schema of the recipes of a set of choices.

    Editors complete and check a recipe by it.
    """
    from hydra_recipes.checking import check
    from hydra_recipes.composing import compose
    from hydra_recipes.library import libraries
    from hydra_recipes.offering import OFFER
    from hydra_recipes.rendering import finding_text
    from hydra_recipes.rules.loading import rule_book
    from hydra_recipes.schema import recipe_schema

    recipe = compose(overrides)
    for finding in check(recipe).findings:
        if finding.rule == OFFER:  # no recipe of these choices is valid
            say(finding_text(finding, style_for(sys.stderr)), err=True)
            return 1
    found = recipe_schema(rule_book(libraries()), recipe.choices)
    say(json_text(found, indent=2))
    return 0
