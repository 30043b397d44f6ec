"""Defaults lists: the choices they make, and the options that they make others extend.

An option whose defaults list names another option of its group extends it: if
``model/acme.yaml`` begins with ``- /model/nova-lite``, then whatever limits, rules, families and
offers say of ``nova-lite`` holds for ``acme`` too.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.library.entries import entries_in
from hydra_recipes.library.model import PRIMARY, Libraries
from hydra_recipes.library.moves import Moves
from hydra_recipes.library.reading import no_primary, read_text


def default_choices(libraries: Libraries) -> dict[str, str]:
    """Return group to option as the primary config sets them; links stay as written.

    Raises:
        LibraryError: If no library has a primary config, or it can't be read.
    """
    primary = libraries.primary
    if libraries.config_file(primary) is None:
        roots = (library.root for library in libraries.members)
        raise no_primary(roots, primary, asked=primary != PRIMARY)
    return dict(defaults_of(libraries, primary))


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
    for entry in entries_in(path) if path else ():
        name = entry.name.lstrip("/")
        if not entry.group and not entry.package:
            yield from defaults_of(libraries, entry.value.lstrip("/"), (*above, config))
        elif entry.group and not name.startswith("hydra/"):
            is_usable = entry.value is None or isinstance(entry.value, str | list)
            # Composing refuses any other option; until then its text stands for it.
            yield name, entry.value if is_usable else str(entry.value)


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
        for config in _extended(file, stamp_of(file), group) if file else ():
            base = moves.config(config).removeprefix(f"{group}/")
            if base != option and base not in bases:
                bases[base] = None
                unread.append(base)
    return tuple(bases)


@lru_cache(maxsize=4096)
def _extended(file: Path, _: Stamp, group: str) -> tuple[str, ...]:
    """Return the configs of a group that a file extends; its stamp is there for the cache."""
    if "defaults" not in read_text(file, errors="replace"):
        return ()  # true of most files, and parsing YAML takes far longer
    # With a package an entry brings values to another key, and extends nothing.
    own_entries = (entry for entry in entries_in(file, group) if not entry.package)
    configs = (config for entry in own_entries for config in entry.configs)
    return tuple(config for config in configs if config.startswith(f"{group}/"))
