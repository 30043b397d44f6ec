"""``recipe library migrate``: rewrite files that use old names."""

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
from hydra_recipes.sources.active import active_libraries, using
from hydra_recipes.sources.locating import library_in
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
    own = library_in(directory)
    named = [library for library in active_libraries().members if library.source == "option"]
    with using([*named, own] if own else named) as libraries:
        files = migrated(directory, own, libraries)
    if not dry_run:
        for file in files:
            write_whole(file.path, file.text, force=True)
    if as_json:
        say(json_text([_as_json(file) for file in files]))
        return 0

    for file in files:
        say("\n".join(_lines(file, dry_run, style_for(sys.stdout))))
    number = counted(len(files), "file")
    say(f"{number} {'would change' if dry_run else 'rewritten'}", err=True)
    return 0


def _lines(file: Migrated, dry_run: bool, style: Style) -> Iterator[str]:
    """Yield the lines about one file: its renamed names, or in a dry run its changes."""
    if dry_run:
        yield changed_lines(str(file.path), file.before, file.text, "with the names of now")
        return
    yield style(str(file.path), "key")
    for name in file.renamed:
        yield f"  {name.line}: {name.old} is {name.new} now"


def _as_json(file: Migrated) -> dict[str, object]:
    """Return one file's renamed names as JSON data."""
    renamed = [{"old": name.old, "new": name.new, "line": name.line} for name in file.renamed]
    return {"file": str(file.path), "renamed": renamed}
