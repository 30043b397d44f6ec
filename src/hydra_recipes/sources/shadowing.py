"""Shadowing: an option that a library has under the name of another's; it has to be declared."""

from __future__ import annotations

from collections.abc import Iterator

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Libraries, Library, configs
from hydra_recipes.rules.book import shadows as said


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
    return tuple(shadow.config for shadow in said(Libraries((library,))))
