"""Versions: a library as a directory, a package or a name has it now, or as git had it then."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Library, builtin
from hydra_recipes.library_tools.diff import git
from hydra_recipes.sources.active import named_library
from hydra_recipes.sources.locating import name_of, root_in


@dataclass(frozen=True)
class Version:
    """One of two versions.

    Attributes:
        word: What it was named by.
        library: The library.
    """

    word: str
    library: Library


@contextmanager
def versions(old: str, new: str) -> Iterator[tuple[Version, Version]]:
    """The two versions that words name, for as long as it lasts.

    Both have the name of the second, so that either takes the place of the library that is in
    force under that name; a version of the built-in library takes its place.

    Args:
        old: A directory, the name of a library or a package; or ``DIR@REV``.
        new: The same.

    Raises:
        LibraryError: If one isn't there, or git can't give it.
    """
    with tempfile.TemporaryDirectory(prefix="recipe-") as scratch:
        found = [_library(word, Path(scratch, str(at))) for at, word in enumerate((old, new))]
        own = builtin()
        is_own = any(one.name == own.name or one.root == own.root for one in found)
        name = own.name if is_own else found[1].name
        first, second = (one._replace(name=name) for one in found)
        yield Version(old, first), Version(new, second)


def _library(word: str, scratch: Path) -> Library:
    if "@" not in word or Path(word).expanduser().is_dir():
        return named_library(word)
    place, revision = _parts(word)
    directory = Path(place).expanduser()
    if directory.is_dir():
        name = name_of(directory)
    else:
        library = named_library(place)
        name, directory = library.name, library.root
    # Messages about its files show where they are, so that says what they are.
    copy = scratch / f"{name}@{revision.replace('/', '-')}"
    git.copy_files(directory, revision, copy)
    return Library(name, root_in(copy), "option")


def _parts(word: str) -> tuple[str, str]:
    """The directory or name before an ``@``, and the revision; either may have others in it."""
    ats = [at for at, character in enumerate(word) if character == "@"]
    parts = [(word[:at], word[at + 1 :]) for at in ats]
    there = (pair for pair in parts if pair[0] and Path(pair[0]).expanduser().is_dir())
    place, revision = next(there, parts[0])
    if not place or not revision:
        raise LibraryError("no-revision", word=word)
    return place, revision
