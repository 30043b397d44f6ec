"""What commands take for recipes: files, directories of them, and overrides."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hydra_recipes.cli.terminal import hold_to_lock
from hydra_recipes.documents.document import Document
from hydra_recipes.documents.header import lock_in_header
from hydra_recipes.documents.reader import read_document
from hydra_recipes.findings.errors import DocumentError, LibraryError

STDIN = Path("/dev/stdin")
"""What ``-`` stands for."""
_SUFFIXES = (".yaml", ".yml", ".json")
MANIFEST, REQUEST = "manifest.jsonl", "sweep.yaml"
"""The files that tell of a sweep beside its recipes; the second is YAML, and no recipe."""


def read_input(name: str | Path) -> Document:
    """Reads a recipe file, or standard input for ``-``.

    Raises:
        DocumentError: If it can't be read as a recipe.
        LibraryError: If ``--locked`` was given, and it was composed from another lock.
    """
    document = read_document(STDIN, "<stdin>") if name == "-" else read_document(Path(name))
    lock = hold_to_lock()
    if lock is not None:
        asked = lock_in_header(document.text) or lock
        if asked != lock:
            raise LibraryError("recipe-of-other-lock", file=document.file, asked=asked, digest=lock)
    return document


def is_override(subject: str) -> bool:
    """Whether an argument is an override, not the name of a file."""
    looks_so = "=" in subject or subject.startswith(("~", "+"))
    return looks_so and not os.path.exists(subject)  # noqa: PTH110 - false for too long a name


def recipe_files(name: str) -> Iterator[Path]:
    """The file itself, or the recipe files in a directory and those below it, in order.

    Raises:
        DocumentError: If it is a directory without recipe files, or has no name.
    """
    if not name:
        raise DocumentError("no-input")
    path = Path(name)
    if not os.path.isdir(path):  # noqa: PTH112 - false for too long a name
        yield path
        return
    found = False
    unread: list[str] = []  # folders; reading one as a file says why
    walked = os.walk(path, onerror=lambda error: unread.append(error.filename))
    for directory, below, files in walked:  # doesn't follow links, so a loop ends
        below[:] = sorted(one for one in below if not one.startswith("."))
        told = {REQUEST} if MANIFEST in files else set()
        for file in sorted(set(files) - told):
            if file.lower().endswith(_SUFFIXES) and not file.startswith("."):
                path = Path(directory, file)
                if path.exists() and not path.is_file():
                    continue  # a pipe or a device; a link that leads nowhere is read, and told
                found = True
                yield path
    yield from map(Path, unread)
    if not found and not unread:
        raise DocumentError("no-recipes", directory=name)
