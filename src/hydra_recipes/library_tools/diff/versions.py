"""Versions: a library as it is now in a directory or package, or as git had it in a revision."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.library_diff import NoRevision
from hydra_recipes.library.model import Library, builtin
from hydra_recipes.library_tools.diff import git
from hydra_recipes.sources.active import named_library
from hydra_recipes.sources.locating import name_of, root_in


@dataclass(frozen=True)
class Version:
    """One of the two versions of a comparison.

    Attributes:
        word: The word that named it.
        library: The library.
    """

    word: str
    library: Library


@contextmanager
def versions(old: str, new: str) -> Iterator[tuple[Version, Version]]:
    """Yield the two versions that words name; copies made of them are removed afterwards.

    Both get the name of the second, so that each takes the place of the library in force under
    that name. If one is of the built-in library, both get its name.

    Args:
        old: A directory, the name of a library or a package; or ``DIR@REV``.
        new: Likewise.

    Raises:
        LibraryError: If one isn't there, or git can't give it.
    """
    with tempfile.TemporaryDirectory(prefix="recipe-") as scratch:
        libraries = [
            _library(word, Path(scratch, str(index))) for index, word in enumerate((old, new))
        ]
        built_in = builtin()
        is_built_in = any(
            library.name == built_in.name or library.root == built_in.root for library in libraries
        )
        name = built_in.name if is_built_in else libraries[1].name
        first, second = (library._replace(name=name) for library in libraries)
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
    # Messages show the paths of its files, so the directory is named after the version.
    copy = scratch / f"{name}@{revision.replace('/', '-')}"
    git.copy_files(directory, revision, copy)
    return Library(name, root_in(copy), "option")


def _parts(word: str) -> tuple[str, str]:
    """Return the directory or name before an ``@``, and the revision; each may contain one."""
    positions = [position for position, character in enumerate(word) if character == "@"]
    parts = [(word[:position], word[position + 1 :]) for position in positions]
    existing = (pair for pair in parts if pair[0] and Path(pair[0]).expanduser().is_dir())
    place, revision = next(existing, parts[0])
    if not place or not revision:
        raise LibraryError(NoRevision(word=word))
    return place, revision
