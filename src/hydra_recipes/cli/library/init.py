"""``recipe library init``: make the package of a new library."""

from __future__ import annotations

from pathlib import Path

import click

from hydra_recipes.cli.terminal import Command, say
from hydra_recipes.library_tools.scaffold.scaffold import scaffold
from hydra_recipes.shell_words import quote


@click.command(cls=Command, follows_links=False, examples=["recipe library init acme-recipes"])
@click.argument("name", metavar="NAME")
@click.option(
    "--dir",
    "parent",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Make it in this directory instead of here.",
)
def init(name: str, parent: Path) -> int:
    """Make the package of a new library, with its tests.

    It has a preset, an optimizer, a sweep, a limit and a rule to begin with, tests, and settings
    for pre-commit and GitHub. Its tests pass as soon as it is installed.
    """
    made = scaffold(name, parent)
    directory = parent / name
    say(f"wrote {directory}: {len(made)} files", err=True)
    place = str(directory) if directory.is_absolute() else f"./{directory}"
    install = f"pip install -e {quote(f'{place}[test]')}"
    say(f"next: {install} && pytest {quote(str(directory))}", err=True)
    return 0
