"""Defaults lists: what configs choose by them, and which options extend others by theirs.

An option that extends another of its group is also one of those: whatever is said of ``nova-lite``
in limits, rules, families and offers holds for an option that begins with ``/model/nova-lite``.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Libraries, configs
from hydra_recipes.library.moves import Moves
from hydra_recipes.library.reading import load_yaml, read_file, read_text
from hydra_recipes.origin import Origin


def default_choices(libraries: Libraries) -> dict[str, str]:
    """Group to option as the primary config sets them; a derived default is left as written.

    Raises:
        LibraryError: If no library has a primary config, or it can't be read.
    """
    if libraries.config_file(libraries.primary) is None:
        raise LibraryError("no-primary-config", libraries=[str(m.root) for m in libraries.members])
    return dict(defaults_of(libraries, libraries.primary))


def defaults_of(
    libraries: Libraries, config: str, above: tuple[str, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """Group and option of each entry of a config, and before them those of what it includes.

    Args:
        libraries: The libraries.
        config: The config's name.
        above: The configs that include it.

    Raises:
        LibraryError: If a file can't be read.
    """
    if config in above:
        return  # composing says that they go in a circle
    path = libraries.config_file(config)
    for entry in _entries(path, stamp_of(str(path))) if path else ():
        if isinstance(entry, str) and entry != "_self_":
            inner = entry.removeprefix("optional ").lstrip("/")
            yield from defaults_of(libraries, inner, (*above, config))
        elif isinstance(entry, dict):
            for group, option in entry.items():
                name = str(group).removeprefix("optional ").removeprefix("override ").lstrip("/")
                if not name.startswith("hydra/"):
                    is_any = option is None or isinstance(option, str | list)
                    yield name, option if is_any else str(option)  # composing refuses the others


@lru_cache(maxsize=256)
def _entries(path: Path, _: Stamp) -> tuple[Any, ...]:
    """The defaults list of a file, read once for as long as the file doesn't change."""
    content = load_yaml(path)
    entries = content.get("defaults") if isinstance(content, dict) else None
    return tuple(entries) if isinstance(entries, list) else ()  # Hydra says what is wrong


def extended(libraries: Libraries, moves: Moves, group: str, option: str) -> tuple[str, ...]:
    """The options of its own group that an option extends, the nearest first.

    Args:
        libraries: The libraries.
        moves: The old names, since a defaults list may use one.
        group: The option's group.
        option: The option.

    Raises:
        LibraryError: If a file can't be used.
    """
    found: dict[str, None] = {}
    waiting = [option]
    while waiting:
        file = libraries.config_file(f"{group}/{waiting.pop(0)}")
        for config in _extended(file, file.stat().st_mtime_ns, group) if file else ():
            base = moves.config(config).removeprefix(f"{group}/")
            if base != option and base not in found:
                found[base] = None
                waiting.append(base)
    return tuple(found)


@lru_cache(maxsize=4096)
def _extended(file: Path, _: int, group: str) -> tuple[str, ...]:
    if "defaults" not in read_text(file, errors="replace"):
        return ()  # most haven't, and reading the YAML takes longer
    found = (one for one in brought(file, group) if not one.package)
    return tuple(one.config for one in found if one.config.startswith(f"{group}/"))


class Brought(NamedTuple):
    """A config that a defaults list brings: its name, its package, and the entry's place.

    If the entry leaves it to a group's choice, the group as it is written.
    """

    config: str
    package: str
    origin: Origin | None
    group: str


def brought(file: Path, group: str) -> Iterator[Brought]:
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
                yield Brought(whole, package, origin, as_option_of)


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


def check_circles(libraries: Libraries) -> None:
    """Refuses options that extend each other in a circle.

    Raises:
        LibraryError: With the place where the circle closes.
    """
    done: set[str] = set()
    for library in libraries.members:
        for config in configs(library):
            _walk(libraries, config, (), done)


def _walk(libraries: Libraries, config: str, above: tuple[str, ...], done: set[str]) -> None:
    if config in done:
        return
    file = libraries.config_file(config)
    for one in brought(file, config.rpartition("/")[0]) if file else ():
        chain = (*above, config, one.config)
        if one.config in chain[:-1]:
            circle = chain[chain.index(one.config) :]
            raise LibraryError("extension-circle", one.origin, file=str(file), options=circle)
        _walk(libraries, one.config, (*above, config), done)
    done.add(config)
