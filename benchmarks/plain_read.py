"""The least that a command of ``recipe`` can do with two files, for ``recipe diff`` to be beside.

It starts as ``recipe`` does, with the same commands at hand, reads the files with PyYAML's C loader
(``recipe`` reads with its parser too), and ends as ``recipe`` does.
"""

from __future__ import annotations

from pathlib import Path

import click
import yaml

from hydra_recipes.cli.commands import recipe
from hydra_recipes.cli.main import run


@recipe.command()
@click.argument("files", nargs=-1, type=Path)
def plain_read(files: tuple[Path, ...]) -> None:
    """Reads and parses files, and says so."""
    for file in files:
        with file.open("rb") as stream:
            yaml.load(stream, Loader=yaml.CSafeLoader)
    click.echo("read")


if __name__ == "__main__":
    run()
