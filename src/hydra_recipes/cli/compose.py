"""``recipe compose``: compose a recipe from choices and values."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hydra_recipes.checking.check import check
from hydra_recipes.cli.inputs import say_given_twice
from hydra_recipes.cli.terminal import (
    Command,
    hold_to_lock,
    overrides_argument,
    refuse_file,
    say,
    style_for,
)
from hydra_recipes.composing.compose import compose as compose_recipe
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.documents.header import CONTINUE, header
from hydra_recipes.environment import as_options
from hydra_recipes.findings.rendering import report_text
from hydra_recipes.links.rewriting import LinkStyle, rewrite
from hydra_recipes.override import Override
from hydra_recipes.rules.annotation import comments
from hydra_recipes.rules.book import rule_book
from hydra_recipes.shell_words import join
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.writing import write_whole

if TYPE_CHECKING:
    from hydra_recipes.importing.chain import Continuation
    from hydra_recipes.importing.variant import Variant


@click.command(
    cls=Command,
    meant=dict.fromkeys(("-f", "--file", "--input"), "did you mean --from FILE?"),
    examples=[
        "recipe compose model=nova-micro peft=lora",
        "recipe compose model=nova-lite peft=full lr=2e-6 -o support-bot-sft.yaml",
        "recipe compose +preset=quickstart_sft --links relative",
        "recipe compose --from support-bot-sft.yaml lr=2e-6 model=nova-pro -o new.yaml",
        "recipe compose method=dpo --continue support-bot-sft.yaml -o bot-dpo.yaml",
    ],
)
@overrides_argument
@click.option(
    "--from",
    "sources",
    multiple=True,
    metavar="FILE",
    help="Begin with this recipe file: import it, and put the overrides on top.",
)
@click.option(
    CONTINUE,
    "continues",
    metavar="FILE",
    multiple=True,
    help="Begin with the checkpoint that the job of this recipe file leaves.",
)
@click.option(
    "-o", "--output", "named", metavar="FILE", help="Write to a file; - is standard output."
)
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["yaml", "json"]),
    help="YAML or JSON; by default what the file's name says, else YAML.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--links",
    type=click.Choice(["resolved", "relative", "recipes"]),
    help="Write links as values (resolved), as ${.key}, or as ${recipes.key}, which launchers "
    "resolve while they validate, but fail to when they submit.  [default: resolved; with --from, "
    "as in the file]",
)
@click.option("--annotate", is_flag=True, help="Put each key's meaning and limit beside it.")
@click.option("--schema", metavar="URL", help="Add a line that names the schema for editors.")
@click.option(
    "--lock", metavar="DIGEST", help="Require the lock with this digest (implies --locked)."
)
def compose(
    overrides: tuple[str, ...],
    sources: tuple[str, ...],
    continues: tuple[str, ...],
    named: str | None,
    force: bool,
    file_format: str | None,
    as_json: bool,
    links: LinkStyle | None,
    annotate: bool,
    schema: str | None,
    lock: str | None,
) -> int:
    """Compose a recipe from choices and values.

    An invalid recipe isn't written: its findings are shown, and the exit status is 1.

    With --from, what the overrides change and what the new choices have no key for is told.

    With --continue, model, platform, name and what else holds for both recipes is carried over;
    overrides come after it.

    With --locked the recipe's first line names the lock it was composed from, by its digest.
    """
    if named == "":
        raise click.UsageError("-o names no file; is a variable of the shell empty?")
    if lock == "":
        raise click.UsageError("--lock names no lock; is a variable of the shell empty?")
    if not sources:
        refuse_file(overrides, _of_file)
    say_given_twice(overrides)
    output = None if named in (None, "-") else Path(named)
    chosen = _format(file_format, as_json, output)
    if chosen == "json" and (annotate or schema):
        option = "--annotate" if annotate else "--schema"
        raise click.UsageError(f"{option} writes comments, and JSON has none")
    lock = hold_to_lock(lock)
    begun = None
    if sources or continues:
        begun = _begun_with(sources, continues, overrides)
        if begun is None:
            return 1
    recipe = begun.recipe if begun else compose_recipe(overrides)
    links = links or (begun.links if begun else "resolved")
    if not _is_valid(recipe, begun.same if begun else ()):
        return 1
    if chosen == "json":
        text = recipe.to_json(links)
    else:
        comment = comments(rule_book(active_libraries()), recipe.choices) if annotate else None
        first = _header(recipe, links, annotate, schema, lock, continues)
        text = (
            begun.to_yaml(links, first, comment)
            if begun
            else to_yaml(rewrite(recipe.scope, links), comment, first)
        )
    if output is None:
        say(text, nl=False)
    else:
        write_whole(output, begun.with_line_ends(text) if begun else text, force=force)
        say(f"wrote {output}", err=True)
    return 0


def _of_file(file: str, typed: tuple[str, ...]) -> str:
    """Return what to type for a file among the arguments."""
    at = typed.index(file)
    begun = join(["recipe", "compose", *typed[:at], "--from", *typed[at:]])
    others = [word for word in click.get_current_context().params["overrides"] if word != file]
    return f"of a file: {begun}, {join(['recipe', 'check', file, *others])}"


def _begun_with(
    sources: tuple[str, ...], continues: tuple[str, ...], overrides: tuple[str, ...]
) -> Variant | Continuation | None:
    """Return the recipe that begins with a file, and say what it has from it.

    None, with the reasons printed, if it is doubtful what the file says.
    """
    for option, files in (("--from", sources), (CONTINUE, continues)):
        if len(files) > 1:
            raise click.UsageError(f"{option} is given twice, and a recipe begins with one file")
    if sources and continues:
        raise click.UsageError(f"--from makes a variant of a recipe, {CONTINUE} the next; take one")
    if sources:
        from hydra_recipes.cli.varying import vary

        return vary(sources[0], overrides)
    from hydra_recipes.cli.continuing import continue_file

    return continue_file(continues[0], overrides)


def _is_valid(recipe: Recipe, kept: Collection[str]) -> bool:
    """Return whether a recipe is valid, and print its findings.

    Args:
        recipe: The recipe.
        kept: The groups of which no repair may choose another option.
    """
    report = check(recipe)
    if not report.valid:
        from hydra_recipes.repair.suggesting import of_composed

        report = of_composed(recipe, report, active_libraries())
        repairs = (
            repair
            for repair in report.repairs
            if not any(Override.read(text).key in kept for text in repair)
        )
        report = replace(report, repairs=tuple(repairs))
    if report.findings:
        say(report_text(report, style_for(sys.stderr), quiet=report.valid), err=True)
    return report.valid


def _format(file_format: str | None, as_json: bool, output: Path | None) -> str:
    """Return the output's format: as an option says, else as the file's suffix says, else YAML."""
    if as_json and file_format == "yaml":
        raise click.UsageError("--json and --format yaml contradict each other")
    by_name = "json" if output is not None and output.suffix == ".json" else "yaml"
    return "json" if as_json else file_format or by_name


def _header(
    recipe: Recipe,
    links: LinkStyle,
    annotate: bool,
    schema: str | None,
    lock: str | None,
    continues: Sequence[str],
) -> str:
    """Return a recipe's first lines: the command that composes it, and its schema."""
    options = [*active_libraries().as_options(), *as_options()]
    options += [word for file in continues if file != "-" for word in (CONTINUE, file)]
    options += [] if links == "resolved" else ["--links", links]
    options += ["--annotate"] if annotate else []
    options += ["--schema", schema] if schema else []
    options += ["--lock", lock] if lock else []
    return header([*options, *recipe.overrides], schema)
