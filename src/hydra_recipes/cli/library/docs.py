"""``recipe library docs``: write a library's catalogue as a page."""

from __future__ import annotations

from pathlib import Path

import click

from hydra_recipes.cli.terminal import Command, say
from hydra_recipes.library.model import Libraries
from hydra_recipes.library_tools.page import page_of
from hydra_recipes.sources.active import named_library, using
from hydra_recipes.writing import make_directory, write_whole


@click.command(
    cls=Command,
    follows_links=False,
    examples=["recipe library docs nova", "recipe library docs nova -o ."],
)
@click.argument("name", metavar="LIBRARY")
@click.option(
    "-o",
    "--output",
    "named",
    metavar="FILE|DIR",
    help="Write to a file, or in a directory to LIBRARY.md; - is standard output.",
)
@click.option("--force", is_flag=True, help="Overwrite the page if there is one.")
def docs(name: str, named: str | None, force: bool) -> int:
    """Write a library's catalogue as a Markdown page.

    It has the library's groups, options and what each sets, offers, presets with the recipe they
    give, sweeps, limits and rules. The same library gives the same page, so it can be checked in.
    LIBRARY is a directory, a package, or the name of one that recipe library list shows.
    """
    if named == "":
        raise click.UsageError("-o names no file; is a variable of the shell empty?")
    library = named_library(name)
    with using([library]) as libraries:
        # The page of the built-in library must not depend on what else is installed.
        alone = library.source == "built-in"
        text = page_of(library, Libraries((library,)) if alone else libraries)
    if named in (None, "-"):
        say(text, nl=False)
        return 0
    assert named is not None
    output = Path(named)
    if output.is_dir() or named.endswith("/"):
        make_directory(output)  # a slash at the end asks for a directory
        output /= f"{library.name}.md"
    if output.is_file() and output.read_text(encoding="utf-8", errors="replace") == text:
        say(f"{output} is up to date", err=True)
        return 0
    write_whole(output, text, force=force)
    say(f"wrote {output}", err=True)
    return 0
