"""Defaults: what the defaults lists of configs choose, as far as they say it themselves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.library.model import Libraries, load_yaml


def defaults_of(
    shelf: Libraries, config: str, above: tuple[str, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """Group and option of each entry of a config, and before them those of what it includes.

    Args:
        shelf: The libraries.
        config: The config's name.
        above: The configs that include it.

    Raises:
        LibraryError: If a file can't be read.
    """
    if config in above:
        return  # composing says that they go in a circle
    path = shelf.config_file(config)
    for entry in _entries(path, stamp_of(str(path))) if path else ():
        if isinstance(entry, str) and entry != "_self_":
            inner = entry.removeprefix("optional ").lstrip("/")
            yield from defaults_of(shelf, inner, (*above, config))
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
