"""Shadowing: an option that a library has under the name of another's; it has to be declared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import RULES, Libraries, Library


def check_shadows(together: Libraries) -> None:
    """Refuses an option of the same name in two libraries, unless the first declares it.

    Raises:
        LibraryError: Naming both files.
    """
    for first, second, config in shadows(together):
        if config not in declared(first):
            files = [str(library.root / f"{config}.yaml") for library in (first, second)]
            libraries = [first.name, second.name]
            raise LibraryError("undeclared-shadow", option=config, files=files, libraries=libraries)


def shadows(together: Libraries) -> Iterator[tuple[Library, Library, str]]:
    """What is shadowed: the library that does, the one whose option it is, and the option."""
    owners: dict[str, Library] = {}
    found = []
    for library in reversed(together.members):
        for config in configs(library):
            if config in owners:
                found.append((library, owners[config], config))
            owners[config] = library
    yield from reversed(found)


def declared(library: Library) -> tuple[str, ...]:
    """What a library's rules files say it shadows."""
    from hydra_recipes.rules.book import shadows as said

    return tuple(shadow.config for shadow in said(Libraries((library,))))


def configs(library: Library) -> Iterator[str]:
    """Every option, as ``group/option``, and every config at the root; hidden folders aren't."""
    root = str(library.root)
    for directory, below, files in os.walk(root):
        inside = Path(directory).relative_to(root).as_posix()
        below[:] = sorted(
            name
            for name in below
            if not name.startswith((".", "_")) and not (inside == "." and name == RULES)
        )
        for file in sorted(files):
            if file.endswith(".yaml"):
                name = file.removesuffix(".yaml")
                yield name if inside == "." else f"{inside}/{name}"
