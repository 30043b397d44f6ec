"""Recipes as arguments of commands: files, directories of files, and overrides."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from hydra_recipes.cli.terminal import hold_recipe_to_lock, say, style_for
from hydra_recipes.documents.document import Document
from hydra_recipes.documents.reader import STDIN, read_document
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.choices import GivenTwice
from hydra_recipes.findings.messages.files import NoInput, NoRecipes, RecordStream
from hydra_recipes.findings.rendering import finding_text
from hydra_recipes.override import Override

_SUFFIXES = (".yaml", ".yml", ".json")
MANIFEST, REQUEST = "manifest.jsonl", "sweep.yaml"
"""The files of a sweep beside its recipes. The request is YAML too, but no recipe."""
STREAM = "recipes.jsonl"
"""The file of a sweep that holds all its recipes, if it wasn't asked for one file each."""
TABLE = ".parquet"
"""How the directory of a sweep's tables ends."""
_UNREADABLE = ("recipes.csv", "recipes.jsonl.zst", f"recipes{TABLE}")
"""What holds the recipes of a sweep in another form."""


def read_input(name: str | Path) -> Document:
    """Read a recipe file, or standard input for ``-``.

    Raises:
        DocumentError: If it can't be read as a recipe.
        LibraryError: If ``--locked`` was given, and it was composed from another lock.
    """
    document = read_document(STDIN, "<stdin>") if name == "-" else read_document(Path(name))
    hold_recipe_to_lock(document)
    return document


def recipe_files(
    name: str, *, streams: bool = False, suffixes: tuple[str, ...] = _SUFFIXES
) -> Iterator[Path]:
    """Yield the file itself, or the recipe files in a directory and below it, in order.

    Args:
        name: The file or directory.
        streams: Whether the JSONL streams of sweeps are among them.
        suffixes: How the names of recipe files end.

    Raises:
        DocumentError: If it is a directory without recipe files, or with recipes in tables only,
            or has no name.
    """
    if not name:
        raise DocumentError(NoInput())
    path = Path(name)
    is_table = path.name.endswith(TABLE)  # a directory, which reading it tells about
    if is_table or not os.path.isdir(path):  # noqa: PTH112 - false for too long a name
        yield path
        return
    has_recipes = False
    others: list[Path] = []
    unread: list[str] = []  # directories; reading one as a file later raises the reason
    walked = os.walk(path, onerror=lambda error: unread.append(error.filename))
    for directory, below, files in walked:  # doesn't follow links, so a loop ends
        below[:] = sorted(folder for folder in below if not folder.startswith("."))
        others += [Path(directory, name) for name in (*files, *below) if name in _UNREADABLE]
        requests = {REQUEST} if MANIFEST in files else set()
        for file in sorted(set(files) - requests):
            is_stream = streams and file == STREAM and MANIFEST in files
            if (is_stream or file.lower().endswith(suffixes)) and not file.startswith("."):
                path = Path(directory, file)
                if not path.is_file() and path.exists():
                    continue  # a pipe or a device; a broken symbolic link is read, for its error
                has_recipes = True
                yield path
    yield from map(Path, unread)
    if not has_recipes and not unread:
        none = NoRecipes(directory=name, suffixes=suffixes)
        raise DocumentError(RecordStream(file=str(others[0])) if others else none)


def given_twice(overrides: Iterable[str]) -> Iterator[Finding]:
    """Yield a warning for each override of a group or key that a later one gives another value."""
    plain = (one for one in map(Override.read, overrides) if not one.sign)
    counting: dict[str, Override] = {}
    for one in plain:
        before = counting.get(one.name, one)
        if before != one:
            detail = GivenTwice(override=one.text, name=one.name, first=before.text)
            yield Finding("warning", detail.kind, detail)
        counting[one.name] = one


def say_given_twice(overrides: Iterable[str]) -> None:
    """Print the warnings about groups and keys that are given twice."""
    for finding in given_twice(overrides):
        say(finding_text(finding, style_for(sys.stderr)), err=True)
