"""Extensions: options that bring other options by their defaults lists.

An option that extends another of its group is also one of those: whatever is said of ``nova-lite``
in limits, rules, families and offers holds for an option that begins with ``/model/nova-lite``.
"""

from __future__ import annotations

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.defaults import brought
from hydra_recipes.library.model import Libraries, configs


def check_circles(shelf: Libraries) -> None:
    """Refuses options that extend each other in a circle.

    Raises:
        LibraryError: With the place where the circle closes.
    """
    done: set[str] = set()
    for library in shelf.members:
        for config in configs(library):
            _walk(shelf, config, (), done)


def _walk(shelf: Libraries, config: str, above: tuple[str, ...], done: set[str]) -> None:
    if config in done:
        return
    file = shelf.config_file(config)
    for one in brought(file, config.rpartition("/")[0]) if file else ():
        chain = (*above, config, one.config)
        if one.config in chain[:-1]:
            circle = chain[chain.index(one.config) :]
            raise LibraryError("extension-circle", one.origin, file=str(file), options=circle)
        _walk(shelf, one.config, (*above, config), done)
    done.add(config)
