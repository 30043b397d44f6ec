"""Extensions: options that bring other options by their defaults lists.

An option that extends another of its group is also one of those: whatever is said of ``nova-lite``
in limits, rules, families and offers holds for an option that begins with ``/model/nova-lite``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Libraries, read_file, read_text
from hydra_recipes.library.moves import moves_of
from hydra_recipes.origin import Origin
from hydra_recipes.sources.shadowing import configs


def extended(shelf: Libraries, group: str, option: str) -> tuple[str, ...]:
    """The options of its own group that an option extends, the nearest first.

    Raises:
        LibraryError: If a file can't be used.
    """
    found: dict[str, None] = {}
    waiting = [option]
    while waiting:
        file = shelf.config_file(f"{group}/{waiting.pop(0)}")
        for config in _extended(file, file.stat().st_mtime_ns, group) if file else ():
            base = moves_of(shelf).config(config).removeprefix(f"{group}/")
            if base != option and base not in found:
                found[base] = None
                waiting.append(base)
    return tuple(found)


@lru_cache(maxsize=4096)
def _extended(file: Path, _: int, group: str) -> tuple[str, ...]:
    if "defaults" not in read_text(file, errors="replace"):
        return ()  # most haven't, and reading the YAML takes longer
    brought = (one for one in _brought(file, group) if not one.package)
    return tuple(one.config for one in brought if one.config.startswith(f"{group}/"))


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
    for one in _brought(file, config.rpartition("/")[0]) if file else ():
        chain = (*above, config, one.config)
        if one.config in chain[:-1]:
            circle = chain[chain.index(one.config) :]
            raise LibraryError("extension-circle", one.origin, file=str(file), options=circle)
        _walk(shelf, one.config, (*above, config), done)
    done.add(config)


class _Brought(NamedTuple):
    """A config that a defaults list brings: its name, its package, and the entry's place.

    If the entry leaves it to a group's choice, the group as it is written.
    """

    config: str
    package: str
    origin: Origin | None
    group: str


def _brought(file: Path, group: str) -> Iterator[_Brought]:
    """The configs that an option's defaults list brings, as far as they are named outright."""
    document = read_file(file)
    tree = document.tree if document else None
    entries = tree.get("defaults") if isinstance(tree, dict) else None
    for at, entry in enumerate(entries if isinstance(entries, list) else ()):
        for name, as_option_of in _named(entry):
            path, _, package = name.partition("@")
            whole = (path if path.startswith("/") else f"{group}/{path}").lstrip("/")
            if "${" not in name:
                assert document is not None
                origin = document.origin(("defaults", at))
                yield _Brought(whole, package, origin, as_option_of)


def _named(entry: Any) -> Iterator[tuple[str, str]]:
    """What an entry brings, as ``/group/option@package``, and the group it names for it, if any."""
    if isinstance(entry, str) and entry != "_self_":
        yield entry, ""
    for key, options in entry.items() if isinstance(entry, dict) else ():
        name = str(key).removeprefix("optional ")
        if not name.startswith("override "):
            group, at, package = name.partition("@")
            for option in options if isinstance(options, list) else [options]:
                if option is not None:
                    yield f"{group}/{option}{at}{package}", str(key)
