"""``recipe library against``: show which recipes of a directory the libraries compose."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import click

from hydra_recipes.cli.inputs import recipe_files
from hydra_recipes.cli.progress import progress
from hydra_recipes.cli.terminal import Command, answer_options, columns, json_text, say, style_for
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.findings.messages.files import NotADirectory
from hydra_recipes.library_tools.against.coverage import coverage
from hydra_recipes.library_tools.against.markdown import coverage_markdown
from hydra_recipes.library_tools.against.text import coverage_text
from hydra_recipes.sources.active import active_libraries

_SUFFIXES = (".yaml", ".yml")


@click.command(
    cls=Command,
    examples=[
        "recipe library against published/",
        "recipe library against published/ --format markdown",
    ],
)
@click.argument("directory", metavar="DIR")
@answer_options("markdown", "a comment on a pull request")
def against(directory: str, answer: str) -> int:
    """Show which recipes of a directory the libraries compose.

    DIR and the directories in it hold YAML files, such as a new release of published recipes. Told
    is which are composed exactly, by which choices; which differ from the nearest choices, in which
    keys, and which limits they break; which can't be composed, and why; and which combinations are
    offered, but in no file.

    In JSON: {"directory", "libraries", "exact", "counts", "files", "missing"}.

    Exit status: 0 each file is composed exactly, 1 one isn't, 2 not understood.
    """
    gc.enable()  # unlike most commands, this one may compose thousands of recipes
    files = _files(directory)
    with progress(0, "recipes") as progressed:
        found = coverage(Path(directory), files, active_libraries(), progressed)
    if answer == "json":
        say(json_text(found.as_json()))
    elif answer == "markdown":
        say(coverage_markdown(found), nl=False)
    else:
        say(coverage_text(found, columns(), style_for(sys.stdout)))
    return 0 if found.exact else 1


def _files(directory: str) -> list[Path]:
    """Return the YAML files in a directory and below, in order.

    Raises:
        DocumentError: If there are none, or it is no directory.
    """
    if directory and not os.path.isdir(directory):  # noqa: PTH112 - false for too long a name
        is_file = os.path.exists(directory)  # noqa: PTH110 - likewise
        raise DocumentError(NotADirectory(directory=directory, is_file=is_file))
    return sorted(recipe_files(directory, suffixes=_SUFFIXES))
