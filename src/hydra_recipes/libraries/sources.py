"""Where libraries come from, in order of precedence.

1. named for the call: ``--library DIR|PACKAGE``, or ``libraries=`` in Python
2. the environment variable ``HYDRA_RECIPES_LIBRARIES``
3. ``[tool.hydra-recipes] libraries`` in the nearest ``pyproject.toml``
4. installed packages that declare the entry point group ``hydra_recipes.libraries``
5. the built-in Nova library

All take part; where two have an option of the same name, the one that comes first gives it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from hydra_recipes.errors import LibraryError
from hydra_recipes.libraries import pyproject
from hydra_recipes.libraries.installed import installed
from hydra_recipes.libraries.locating import holds_library, locate
from hydra_recipes.library import Libraries, Library

VARIABLE = "HYDRA_RECIPES_LIBRARIES"
"""The environment variable; several are separated as in PATH."""

OPTION = "--library"


def in_force(named: tuple[str | Library, ...], builtin: Library) -> Libraries:
    """The libraries that hold here and now.

    What is merely installed gives way to one of the same name that was named: a new version of it,
    or a checkout. All give way to one that is given as a library itself.

    Args:
        named: Directories or packages that were named for this call, or libraries themselves.
        builtin: The library that comes last.

    Raises:
        LibraryError: If one isn't there or can't be used, or two don't go together.
    """
    variable = filter(None, os.environ.get(VARIABLE, "").split(os.pathsep))
    here = Path.cwd()
    file = pyproject.nearest(here)
    given = {_plain(one.name): one for one in named if isinstance(one, Library)}
    last = given.pop(_plain(builtin.name), builtin)
    asked = [
        *given.values(),
        *(locate(word, "option", OPTION, here) for word in named if isinstance(word, str)),
        *(locate(word, "environment", VARIABLE, here) for word in variable),
        *(_listed(file) if file else ()),
    ]
    names = {_plain(library.name) for library in asked}
    asked += [library for library in installed() if _plain(library.name) not in names]
    members: dict[Path, Library] = {}
    for library in asked:
        known = given.get(_plain(library.name), library)
        if library.root != last.root and library.root == known.root:
            members.setdefault(library.root, known)  # found in two ways, it is still one
    together = Libraries((*members.values(), last))
    if members:
        _check(together)
    return together


def _listed(file: Path) -> Iterator[Library]:
    for word in pyproject.libraries_in(file):
        yield locate(word, "pyproject", str(file), file.parent)


@lru_cache(maxsize=32)
def _check(together: Libraries) -> None:
    """Refuses libraries that don't go together; a process asks once."""
    from hydra_recipes.libraries.shadowing import check_shadows

    names: dict[str, Library] = {}
    for library in together.members:
        name = _plain(library.name)
        if name in names:
            files = [str(one.root) for one in (names[name], library)]
            raise LibraryError("same-library-name", name=library.name, files=files)
        names[name] = library
    check_shadows(together)


def named_library(word: str) -> Library:
    """The one library that a word names: a directory, one that is in force, or a package.

    ``with using([library])`` puts it in force, in place of any other version of it.

    Raises:
        LibraryError: If there is none, or those in force can't be used.
    """
    from hydra_recipes.library import libraries

    here = Path.cwd()
    if not (here / Path(word).expanduser()).is_dir():
        for member in libraries().members:
            if _plain(member.name) == _plain(word):
                return member
    return locate(word, "option", "asked for", here)


def library_in(directory: Path) -> Library | None:
    """The library in a directory; None if it holds none.

    Raises:
        LibraryError: If there is no such directory, or it can't be read.
    """
    if not directory.is_dir():
        reason = "it is a file" if directory.exists() else "it isn't there"
        raise LibraryError("not-a-library", directory=str(directory), reason=reason)
    if holds_library(directory):
        return locate(str(directory), "option", "asked for", Path.cwd())
    return None


def _plain(name: str) -> str:
    """A name as Python's packaging compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_asked_for(together: Libraries) -> bool:
    """Whether somebody named or installed a library, or has a section for it in pyproject.toml."""
    if any(library.source != "built-in" for library in together.members):
        return True
    file = pyproject.nearest(Path.cwd())
    return file is not None and pyproject.section_of(file) is not None
