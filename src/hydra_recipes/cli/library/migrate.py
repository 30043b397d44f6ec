"""``recipe library migrate``: rewrites what uses old names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from hydra_recipes.cli.fixing import changed_lines
from hydra_recipes.cli.terminal import Command, json_option, json_text, say, style_for
from hydra_recipes.findings.rendering import Style
from hydra_recipes.library_tools.migrate import Migrated
from hydra_recipes.library_tools.migrate import migrate as migrated
from hydra_recipes.sources.active import active_libraries, library_in, using
from hydra_recipes.text import counted
from hydra_recipes.writing import write_whole


@click.command(
    cls=Command,
    follows_links=False,
    examples=[
        "recipe library migrate . --dry-run",
        "recipe library migrate . --json",
    ],
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@json_option
def migrate(directory: Path, dry_run: bool, as_json: bool) -> int:
    """Rewrite what uses old names of options, groups and keys.

    Libraries tell them by moved: in their rules. Options, presets, sweeps and rules of the library
    in DIR are rewritten, and recipes whose first line says how they were composed; comments stay.
    If one can't be without touching more, none is.

    In JSON: a list of {"file", "renamed": [{"old", "new", "line"}]}.
    """
    found = library_in(directory)
    named = [one for one in active_libraries().members if one.source == "option"]
    with using([*named, found] if found else named) as libraries:
        files = migrated(directory, found, libraries)
    if not dry_run:
        for one in files:
            write_whole(one.path, one.text, force=True)
    if as_json:
        say(json_text([_as_json(one) for one in files]))
        return 0

    for one in files:
        say("\n".join(_lines(one, dry_run, style_for(sys.stdout))))
    number = counted(len(files), "file")
    say(f"{number} {'would change' if dry_run else 'rewritten'}", err=True)
    return 0


def _lines(one: Migrated, dry_run: bool, style: Style) -> Iterator[str]:
    if dry_run:
        yield changed_lines(str(one.path), one.before, one.text, "with the names of now")
        return
    yield style(str(one.path), "key")
    for name in one.renamed:
        yield f"  {name.line}: {name.old} is {name.new} now"


def _as_json(one: Migrated) -> dict[str, object]:
    renamed = [{"old": name.old, "new": name.new, "line": name.line} for name in one.renamed]
    return {"file": str(one.path), "renamed": renamed}
