"""Circles: options that extend each other, which only whole libraries are looked through for."""

from __future__ import annotations

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.defaults import ExtensionCircle
from hydra_recipes.library.entries import entries_in
from hydra_recipes.library.model import Libraries, configs
from hydra_recipes.library.reading import read_file


def check_circles(libraries: Libraries) -> None:
    """Refuse options that extend each other in a circle.

    Raises:
        LibraryError: With the place where the circle closes.
    """
    done: set[str] = set()
    for library in libraries.members:
        for config in configs(library):
            _walk(libraries, config, (), done)


def _walk(libraries: Libraries, config: str, above: tuple[str, ...], done: set[str]) -> None:
    """Raise if a config leads back to itself or to one ``above`` it; add it to ``done`` if not."""
    if config in done:
        return
    file = libraries.config_file(config)
    for entry in entries_in(file, config.rpartition("/")[0]) if file else ():
        for base in entry.configs:
            chain = (*above, config, base)
            if base in chain[:-1]:
                document = read_file(file) if file else None
                origin = document.origin(entry.place) if document else None
                circle = chain[chain.index(base) :]
                raise LibraryError(ExtensionCircle(file=str(file), options=circle), origin)
            _walk(libraries, base, (*above, config), done)
    done.add(config)
