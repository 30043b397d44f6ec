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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Libraries, Library, Source, builtin
from hydra_recipes.rules.book import placing_families
from hydra_recipes.sources import pyproject
from hydra_recipes.sources.installed import installed

VARIABLE = "HYDRA_RECIPES_LIBRARIES"
"""The environment variable; several are separated as in PATH."""
OPTION = "--library"
Named = Sequence["str | os.PathLike[str] | Library"]
"""Libraries that were named: directories, names of packages, or libraries themselves."""
_named: ContextVar[tuple[str | Library, ...]] = ContextVar("named", default=())


def active_libraries() -> Libraries:
    """The libraries in force, the built-in Nova library last; as above.

    Raises:
        LibraryError: If one isn't there or can't be used, or two don't go together.
    """
    return in_force(_named.get(), builtin())


@contextmanager
def using(named: Named, allow_env: Iterable[str] = ()) -> Iterator[Libraries]:
    """Puts libraries in force for as long as it lasts, before all others; none changes nothing.

    Args:
        named: Directories, names of packages, or libraries that were found already.
        allow_env: The environment's variables that links may read meanwhile.

    Raises:
        LibraryError: If one isn't there or can't be used, or two don't go together.
    """
    from hydra_recipes.environment import allowing  # most commands name none

    words = tuple(one if isinstance(one, Library) else os.fspath(one) for one in named)
    token = _named.set(tuple(dict.fromkeys((*words, *_named.get()))))
    try:
        with allowing(allow_env), placing_families(active_libraries):
            yield active_libraries()
    finally:
        _named.reset(token)


def in_force(named: tuple[str | Library, ...], builtin: Library) -> Libraries:
    """The libraries that hold here and now.

    What is merely installed gives way to one of the same name that was named: a new version of it,
    or a checkout. A library that is given itself takes the place of all of its name, or goes first.

    Args:
        named: Directories or packages that were named for this call, or libraries themselves.
        builtin: The library that comes last.

    Raises:
        LibraryError: If one isn't there or can't be used, or two don't go together.
    """
    found = _located([one for one in named if isinstance(one, str)])
    if not named and not found and not installed():
        return Libraries((builtin,))  # as mostly, and at once
    given = {_plain(one.name): one for one in named if isinstance(one, Library)}
    last = given.pop(_plain(builtin.name), builtin)
    names = {_plain(library.name) for library in found}
    found += [library for library in installed() if _plain(library.name) not in names]
    asked = [given.get(_plain(library.name), library) for library in found]
    members: dict[Path, Library] = {}
    for library in (*(one for one in given.values() if one not in asked), *asked):
        if library.root != last.root:
            members.setdefault(library.root, library)  # found in two ways, it is still one
    together = Libraries((*members.values(), last))
    if members:
        _check(together)
    return together


def _located(named: Iterable[str]) -> list[Library]:
    """The libraries that somebody named, in order."""
    here = Path.cwd()
    words: list[tuple[str, Source, str, Path]] = [(one, "option", OPTION, here) for one in named]
    variable = os.environ.get(VARIABLE, "").split(os.pathsep)
    words += [(one, "environment", VARIABLE, here) for one in variable if one]
    file = pyproject.nearest(here)
    if file is not None:
        listed = pyproject.libraries_in(file)
        words += [(one, "pyproject", str(file), file.parent) for one in listed]
    if not words:
        return []
    from hydra_recipes.sources.locating import locate  # few runs have any

    return [locate(*one) for one in words]


@lru_cache(maxsize=32)
def _check(together: Libraries) -> None:
    """Refuses libraries that don't go together; a process asks once."""
    from hydra_recipes.sources.shadowing import check_shadows

    names: dict[str, Library] = {}
    for library in together.members:
        name = _plain(library.name)
        if name in names:
            files = [str(one.root) for one in (names[name], library)]
            raise LibraryError("same-library-name", name=library.name, files=files)
        names[name] = library
    check_shadows(together)


def check_files(together: Libraries) -> None:
    """Sees to it that Hydra, which follows every link, may read all files of the libraries.

    Raises:
        LibraryError: If one leads out of its library, or can't be read.
    """
    for library in together.members:
        if library.source != "built-in":
            library.files()


def named_library(word: str) -> Library:
    """The one library that a word names: a directory, one that is in force, or a package.

    ``with using([library])`` puts it in force, in place of any other version of it.

    Raises:
        LibraryError: If there is none, or those in force can't be used.
    """
    here = Path.cwd()
    if not (here / Path(word).expanduser()).is_dir():
        for member in active_libraries().members:
            if _plain(member.name) == _plain(word):
                return member
    from hydra_recipes.sources.locating import locate

    return locate(word, "option", "asked for", here)


def library_in(directory: Path) -> Library | None:
    """The library in a directory; None if it holds none.

    Raises:
        LibraryError: If there is no such directory, or it can't be read.
    """
    from hydra_recipes.sources.locating import holds_library, locate

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
