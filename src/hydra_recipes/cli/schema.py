"""``recipe schema``: print JSON Schema for editors."""

from __future__ import annotations

import sys

import click

from hydra_recipes.checking.check import check
from hydra_recipes.cli.terminal import (
    Command,
    json_option,
    json_text,
    overrides_argument,
    say,
    style_for,
)
from hydra_recipes.composing.compose import compose
from hydra_recipes.findings.rendering import finding_text
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.offers import OFFER
from hydra_recipes.rules.schema import recipe_schema
from hydra_recipes.sources.active import active_libraries


@click.command(
    cls=Command,
    examples=[
        "recipe schema model=nova-micro peft=lora > nova-micro.schema.json",
        "recipe schema model=nova-micro --mount > nova-micro.mounted.schema.json",
    ],
)
@overrides_argument
@click.option("--mount", is_flag=True, help="For files that have the recipe under recipes.")
@json_option
def schema(
    overrides: tuple[str, ...],
    mount: bool,
    as_json: bool,  # noqa: ARG001 - it is JSON anyway
) -> int:
    """Print the JSON Schema of the recipes of a set of choices.

    Editors complete and check a recipe by it. A comment in the file names it, by a URL or by its
    path from there, whether the recipe stands at the root or, with --mount, under recipes:

    # yaml-language-server: $schema=nova-micro.schema.json

    This is the line that recipe compose --schema nova-micro.schema.json writes.
    """
    recipe = compose(overrides)
    for finding in check(recipe).findings:
        if finding.rule == OFFER:  # no recipe of these choices is valid
            say(finding_text(finding, style_for(sys.stderr)), err=True)
            return 1
    json_schema = recipe_schema(rule_book(active_libraries()), recipe.choices, mount=mount)
    say(json_text(json_schema, indent=2))
    return 0
