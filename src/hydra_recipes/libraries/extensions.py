"""Extensions: options that bring other options by their defaults lists."""

from __future__ import annotations

from collections.abc import Iterator

from hydra_recipes.errors import LibraryError
from hydra_recipes.libraries.shadowing import configs
from hydra_recipes.library import Libraries, read_file


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
    for at, brought in _brought(shelf, config):
        chain = (*above, config, brought)
        if brought in chain[:-1]:
            circle = chain[chain.index(brought) :]
            file = shelf.config_file(config)
            document = read_file(file) if file else None
            origin = document.origin(("defaults", at)) if document else None
            raise LibraryError("extension-circle", origin, file=str(file), options=circle)
        _walk(shelf, brought, (*above, config), done)
    done.add(config)


def _brought(shelf: Libraries, config: str) -> Iterator[tuple[int, str]]:
    """The configs that a config's defaults list brings, as far as they are named outright."""
    file = shelf.config_file(config)
    document = read_file(file) if file else None
    tree = document.tree if document else None
    entries = tree.get("defaults") if isinstance(tree, dict) else None
    group = config.rpartition("/")[0]
    for at, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, str) and entry != "_self_":
            names = [entry.removeprefix("optional ")]
        elif isinstance(entry, dict):
            names = [
                f"{str(key).removeprefix('optional ').partition('@')[0]}/{option}"
                for key, options in entry.items()
                for option in (options if isinstance(options, list) else [options])
                if not str(key).startswith("override ")
            ]
        else:
            continue
        for name in names:
            if "${" not in name:
                yield at, (name if name.startswith("/") else f"{group}/{name}").lstrip("/")
