"""Shadowing: a library's option with the name of another library's, which has to be declared."""

from __future__ import annotations

from collections.abc import Iterator

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.library import UndeclaredShadow
from hydra_recipes.library.model import Libraries, Library, configs
from hydra_recipes.rules.book import shadows as declarations


def check_shadows(together: Libraries) -> None:
    """Check that two libraries have an option of the same name only if the first declares it.

    Raises:
        LibraryError: If it isn't declared; the error names both files.
    """
    for first, second, config in shadows(together):
        if config not in declared(first):
            files = (str(first.root / f"{config}.yaml"), str(second.root / f"{config}.yaml"))
            names = (first.name, second.name)
            raise LibraryError(UndeclaredShadow(option=config, files=files, libraries=names))


def shadows(together: Libraries) -> Iterator[tuple[Library, Library, str]]:
    """Yield every case of shadowing: first library, shadowed library, name of the option."""
    owners: dict[str, Library] = {}
    cases = []
    for library in reversed(together.members):
        for config in configs(library):
            if config in owners:
                cases.append((library, owners[config], config))
            owners[config] = library
    yield from reversed(cases)


def declared(library: Library) -> tuple[str, ...]:
    """Return the names of the options that a library's rules files declare to shadow."""
    return tuple(shadow.config for shadow in declarations(Libraries((library,))))
