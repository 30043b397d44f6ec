"""``recipe schema``: JSON Schema for editors."""

from __future__ import annotations

import json

import click

from hydra_recipes.cli.terminal import Command, overrides_argument


@click.command(
    cls=Command, examples=["recipe schema model=nova-micro peft=lora > nova-micro.schema.json"]
)
@overrides_argument
def schema(overrides: tuple[str, ...]) -> int:
    """Print the JSON Schema of the recipes of a set of choices.

    Editors complete and check a recipe by it.
    """
    from hydra_recipes.composing import compose
    from hydra_recipes.library import libraries
    from hydra_recipes.rules.loading import rule_book
    from hydra_recipes.schema import recipe_schema

    choices = compose(overrides).choices
    click.echo(
        json.dumps(recipe_schema(rule_book(libraries()), choices), indent=2, ensure_ascii=False)
    )
    return 0
