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
from functools import lru_cache
from pathlib import Path

from hydra_recipes.errors import LibraryError
from hydra_recipes.libraries.installed import installed
from hydra_recipes.libraries.locating import locate
from hydra_recipes.library import Libraries, Library

VARIABLE = "HYDRA_RECIPES_LIBRARIES"
"""The environment variable; several are separated as in PATH."""

OPTION = "--library"


def in_force(named: tuple[str, ...], builtin: Library) -> Libraries:
    """The libraries that hold here and now.

    Args:
        named: Directories or packages that were named for this call.
        builtin: The library that comes last.

    Raises:
        LibraryError: If one isn't there or can't be used, or two don't go together.
    """
    from hydra_recipes.libraries import pyproject

    variable = tuple(filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)))
    here = Path.cwd()
    file = pyproject.nearest(here)
    listed = pyproject.libraries_in(file) if file else ()
    return _together(named, variable, file, listed, here, installed(), builtin)


@lru_cache(maxsize=32)
def _together(
    named: tuple[str, ...],
    variable: tuple[str, ...],
    file: Path | None,
    listed: tuple[str, ...],
    here: Path,
    found: tuple[Library, ...],
    builtin: Library,
) -> Libraries:
    members: dict[Path, Library] = {}
    for library in (
        *(locate(word, "option", OPTION, here) for word in named),
        *(locate(word, "environment", VARIABLE, here) for word in variable),
        *(locate(word, "pyproject", str(file), file.parent) for word in listed if file),
        *found,
    ):
        if library.root != builtin.root:
            members.setdefault(library.root, library)  # found in two ways, it is still one
    together = Libraries((*members.values(), builtin))
    if members:
        _check(together)
    return together


def _check(together: Libraries) -> None:
    """Refuses libraries that don't go together."""
    from hydra_recipes.libraries.shadowing import check_shadows

    names: dict[str, Library] = {}
    for library in together.members:
        name = re.sub(r"[-_.]+", "-", library.name).lower()
        if name in names:
            files = [str(one.root) for one in (names[name], library)]
            raise LibraryError("same-library-name", name=library.name, files=files)
        names[name] = library
    check_shadows(together)


def is_named(together: Libraries) -> bool:
    """Whether somebody named or installed a library besides the built-in one."""
    return any(library.source != "built-in" for library in together.members)
