"""Defaults lists: the choices they make, and the options that they make others extend.

An option whose defaults list names another option of its group extends it: if
``model/acme.yaml`` begins with ``- /model/nova-lite``, then whatever limits, rules, families and
offers say of ``nova-lite`` holds for ``acme`` too.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.defaults import ExtensionCircle
from hydra_recipes.findings.messages.rules import NoPrimaryConfig
from hydra_recipes.library.model import Libraries, configs
from hydra_recipes.library.moves import Moves
from hydra_recipes.library.reading import load_yaml, read_file, read_text
from hydra_recipes.origin import Origin


def default_choices(libraries: Libraries) -> dict[str, str]:
    """Return group to option as the primary config sets them; links stay as written.

    Raises:
        LibraryError: If no library has a primary config, or it can't be read.
    """
    if libraries.config_file(libraries.primary) is None:
        raise LibraryError(NoPrimaryConfig(libraries=[str(m.root) for m in libraries.members]))
    return dict(defaults_of(libraries, libraries.primary))


def defaults_of(
    libraries: Libraries, config: str, above: tuple[str, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """Yield (group, option) of each entry of a config, after those of configs it includes.

    Args:
        libraries: The libraries.
        config: The config's name.
        above: The configs that include it, outermost first.

    Raises:
        LibraryError: If a file can't be read.
    """
    if config in above:
        return  # a circle, which composing reports
    path = libraries.config_file(config)
    for entry in _entries(path, stamp_of(str(path))) if path else ():
        if isinstance(entry, str) and entry != "_self_":
            inner = entry.removeprefix("optional ").lstrip("/")
            yield from defaults_of(libraries, inner, (*above, config))
        elif isinstance(entry, dict):
            for group, option in entry.items():
                name = str(group).removeprefix("optional ").removeprefix("override ").lstrip("/")
                if not name.startswith("hydra/"):
                    is_usable = option is None or isinstance(option, str | list)
                    # Composing refuses any other option; until then its text stands for it.
                    yield name, option if is_usable else str(option)


@lru_cache(maxsize=256)
def _entries(path: Path, _: Stamp) -> tuple[Any, ...]:
    """Return the defaults list of a file, read again only when the file changes."""
    content = load_yaml(path)
    entries = content.get("defaults") if isinstance(content, dict) else None
    return tuple(entries) if isinstance(entries, list) else ()  # composing reports it


def extended(libraries: Libraries, moves: Moves, group: str, option: str) -> tuple[str, ...]:
    """Return the options of its own group that an option extends, the nearest first.

    Args:
        libraries: The libraries.
        moves: The old names, since a defaults list may use one.
        group: The option's group.
        option: The option.

    Raises:
        LibraryError: If a file can't be used.
    """
    bases: dict[str, None] = {}
    unread = [option]
    while unread:
        file = libraries.config_file(f"{group}/{unread.pop(0)}")
        for config in _extended(file, file.stat().st_mtime_ns, group) if file else ():
            base = moves.config(config).removeprefix(f"{group}/")
            if base != option and base not in bases:
                bases[base] = None
                unread.append(base)
    return tuple(bases)


@lru_cache(maxsize=4096)
def _extended(file: Path, _: int, group: str) -> tuple[str, ...]:
    """Return the configs of a group that a file extends; its mtime is there for the cache."""
    if "defaults" not in read_text(file, errors="replace"):
        return ()  # true of most files, and parsing YAML takes far longer
    # With a package an entry brings values to another key, and extends nothing.
    configs = (entry.config for entry in brought(file, group) if not entry.package)
    return tuple(config for config in configs if config.startswith(f"{group}/"))


class Brought(NamedTuple):
    """A config that an entry of a defaults list brings.

    Attributes:
        config: Its name, such as ``model/nova-lite``.
        package: The package that the entry gives; empty if it gives none.
        origin: The entry's place.
        group: The group as it is written, if the entry chooses an option of one; else empty.
    """

    config: str
    package: str
    origin: Origin | None
    group: str


def brought(file: Path, group: str) -> Iterator[Brought]:
    """Yield the configs that an option's defaults list brings, except those named by a link."""
    document = read_file(file)
    tree = document.tree if document else None
    entries = tree.get("defaults") if isinstance(tree, dict) else None
    for position, entry in enumerate(entries if isinstance(entries, list) else ()):
        for name, written_group in _named(entry):
            path, _, package = name.partition("@")
            config = (path if path.startswith("/") else f"{group}/{path}").lstrip("/")
            if "${" not in name:
                assert document is not None
                origin = document.origin(("defaults", position))
                yield Brought(config, package, origin, written_group)


def _named(entry: Any) -> Iterator[tuple[str, str]]:
    """Yield each ``/group/option@package`` that an entry brings, and the group as it is written.

    The group is empty where the entry names a config outright.
    """
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
    for base in brought(file, config.rpartition("/")[0]) if file else ():
        chain = (*above, config, base.config)
        if base.config in chain[:-1]:
            circle = chain[chain.index(base.config) :]
            raise LibraryError(ExtensionCircle(file=str(file), options=circle), base.origin)
        _walk(libraries, base.config, (*above, config), done)
    done.add(config)
