"""Where libraries come from, in order of precedence.

1. those named for the call: ``--config-dir DIR``, ``--library DIR|PACKAGE``, or ``libraries=`` in
   Python
2. the environment variable ``HYDRA_RECIPES_LIBRARIES``
3. ``[tool.hydra-recipes] libraries`` in the nearest ``pyproject.toml``
4. installed packages that declare the entry point group ``hydra_recipes.libraries``
5. the built-in Nova library

All of them are in force, up to the first that stands alone: one with a primary config of its own
that doesn't say to take the place of another's. The built-in library is such a one, and may be
named like any other. If two have an option of the same name, the first one's is used. An installed
library that stands alone is in force only if it is named.
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
from hydra_recipes.library.model import PRIMARY, Libraries, Library, Source, builtin
from hydra_recipes.rules.book import placing_families, shadows
from hydra_recipes.sources import pyproject
from hydra_recipes.sources.installed import installed

VARIABLE = "HYDRA_RECIPES_LIBRARIES"
"""The environment variable; its libraries are separated as in PATH."""
OPTION = "--library"
Named = Sequence["str | os.PathLike[str] | Library"]
"""Libraries as callers name them: directories, names of packages, or libraries themselves."""
_named: ContextVar[tuple[str | Library, ...]] = ContextVar("named", default=())
_primary: ContextVar[str] = ContextVar("primary", default=PRIMARY)


def active_libraries() -> Libraries:
    """Return the libraries in force, in order of precedence; the last one stands alone.

    Raises:
        LibraryError: If one isn't there or can't be used, or two don't go together.
    """
    return in_force(_named.get(), builtin())._replace(primary=_primary.get())


@contextmanager
def using(
    named: Named, allow_env: Iterable[str] = (), primary: str | None = None
) -> Iterator[Libraries]:
    """Put libraries in force before all others, inside the ``with`` block.

    Args:
        named: Directories, names of packages, or libraries; none changes nothing.
        allow_env: The environment variables that links may read inside the block.
        primary: The name of the primary config; None changes nothing.

    Yields:
        The libraries in force.

    Raises:
        LibraryError: If one isn't there or can't be used, or two don't go together.
    """
    from hydra_recipes.environment import allowing  # imported late, as most commands name none

    words = tuple(item if isinstance(item, Library) else os.fspath(item) for item in named)
    token = _named.set(tuple(dict.fromkeys((*words, *_named.get()))))
    primary_token = _primary.set(primary or _primary.get())
    try:
        with allowing(allow_env), placing_families(active_libraries):
            yield active_libraries()
    finally:
        _named.reset(token)
        _primary.reset(primary_token)


def in_force(named: tuple[str | Library, ...], builtin: Library) -> Libraries:
    """Return the libraries in force, in order of precedence.

    An installed library gives way to one of the same name that was named: a newer version of it, or
    a checkout. A library object that was named replaces all others of its name, or comes first if
    there are none.

    Args:
        named: Directories, packages, or libraries that were named for this call.
        builtin: The library that comes last if no other stands alone.

    Raises:
        LibraryError: If one isn't there or can't be used, or two don't go together.
    """
    libraries = _located([word for word in named if isinstance(word, str)])
    if not named and not libraries and not installed():
        return Libraries((builtin,))  # the usual case, so decide it at once
    given = {_plain(library.name): library for library in named if isinstance(library, Library)}
    asked = given.pop(_plain(builtin.name), None)
    names = {_plain(library.name) for library in libraries}
    libraries += [
        library
        for library in installed()
        if _plain(library.name) not in names and not stands_alone(library)
    ]
    libraries = [given.get(_plain(library.name), library) for library in libraries]
    libraries = [library for library in given.values() if library not in libraries] + libraries
    if asked:
        libraries = [library for library in libraries if not stands_alone(library)]
    together = Libraries(_up_to_alone(libraries, asked or builtin))
    if len(together.members) > 1:
        _check(together)
    return together


def _up_to_alone(libraries: Iterable[Library], last: Library) -> tuple[Library, ...]:
    """Return the libraries, once each, up to the first that stands alone, or to ``last``."""
    members: dict[Path, Library] = {}
    for library in libraries:
        if library.root == last.root:
            is_typed = library.source == "option"
            last = last._replace(word=library.word) if is_typed else last
            break
        members.setdefault(library.root, library)  # it may have been named in two ways
        if stands_alone(library):
            return tuple(members.values())
    return (*members.values(), last)


def stands_alone(library: Library) -> bool:
    """Return whether a library has a primary config that doesn't take the place of another's."""
    try:
        has_primary = library.file(PRIMARY) is not None
        return has_primary and all(one.config != PRIMARY for one in shadows(Libraries((library,))))
    except LibraryError:
        return True  # whoever reads its files gets the error


def _located(named: Iterable[str]) -> list[Library]:
    """Return the libraries that the call, the environment and pyproject.toml name, in order."""
    here = Path.cwd()
    requests: list[tuple[str, Source, str, Path]]
    requests = [(word, "option", OPTION, here) for word in named]
    variable = os.environ.get(VARIABLE, "").split(os.pathsep)
    requests += [(word, "environment", VARIABLE, here) for word in variable if word]
    file = pyproject.nearest(here)
    if file is not None:
        listed = pyproject.libraries_in(file)
        requests += [(word, "pyproject", str(file), file.parent) for word in listed]
    if not requests:
        return []
    from hydra_recipes.sources.locating import locate  # imported late, as few runs need it

    return [locate(*request) for request in requests]


@lru_cache(maxsize=32)
def _check(together: Libraries) -> None:
    """Raise LibraryError if libraries don't go together; cached, so that a process asks once."""
    from hydra_recipes.findings.messages.library import SameLibraryName
    from hydra_recipes.sources.shadowing import check_shadows

    names: dict[str, Library] = {}
    for library in together.members:
        name = _plain(library.name)
        if name in names:
            files = (str(names[name].root), str(library.root))
            raise LibraryError(SameLibraryName(name=library.name, files=files))
        names[name] = library
    check_shadows(together)


def check_files(together: Libraries) -> None:
    """Check that Hydra, which follows every symbolic link, may read all files of the libraries.

    Raises:
        LibraryError: If a file leads out of its library, or can't be read.
    """
    for library in together.members:
        if library.source != "built-in":
            library.files()


def named_library(word: str) -> Library:
    """Return the library that a word names: a directory, a library in force, or a package.

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


def _plain(name: str) -> str:
    """Return a name normalized as Python packaging normalizes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_asked_for(together: Libraries) -> bool:
    """Return whether anybody named or installed a library, or configured them in pyproject.toml."""
    if any(library.source != "built-in" or library.word for library in together.members):
        return True
    file = pyproject.nearest(Path.cwd())
    return file is not None and pyproject.section_of(file) is not None
