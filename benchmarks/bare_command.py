"""The least that a click command can be, for ``recipe --help`` to be held against."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Do nothing."""


if __name__ == "__main__":
    command()
