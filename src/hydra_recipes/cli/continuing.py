"""The part of ``recipe compose --continue FILE``: read the file, and say what is carried over."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hydra_recipes.cli.terminal import say, style_for
from hydra_recipes.cli.varying import say_troubles
from hydra_recipes.documents.header import CONTINUE
from hydra_recipes.documents.reader import STDIN, read_document
from hydra_recipes.importing.chain import Continuation, continued
from hydra_recipes.shell_words import quote
from hydra_recipes.sources.active import active_libraries


def continue_file(source: str, overrides: Sequence[str]) -> Continuation | None:
    """Return the recipe that continues the one in a file, and say what is carried over.

    None, with the reasons printed, if it is doubtful what the file says: a key written twice, say.
    """
    if not source:
        raise click.UsageError(f"{CONTINUE} names no file; is a variable of the shell empty?")
    file, name = (STDIN, "<stdin>") if source == "-" else (Path(source), None)
    document = read_document(file, name)
    if document.troubles:
        say_troubles(document)
        return None
    continuation = continued(document, overrides, active_libraries())
    _say_carried(document.file, continuation)
    return continuation


def _say_carried(file: str, continuation: Continuation) -> None:
    """Print what a recipe has from the one that it continues, and what it hasn't."""
    style = style_for(sys.stderr)
    values = (one.override for one in continuation.carried)
    carried = " ".join(map(quote, (*continuation.choices, *values)))
    say(f"{style('continues', 'key')} {file}: {carried}", err=True)
    for left in continuation.left:
        say(f"{style('not carried over', 'warning')}: {left.line().message}", err=True)
