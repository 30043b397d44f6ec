"""The entries of the defaults lists that Hydra loaded, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from hydra_recipes.library.entries import Entry, entries_of
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.option_file import package_of
from hydra_recipes.library.reading import read_file
from hydra_recipes.origin import FileOrigin, KeyPath, Origin
from hydra_recipes.record import Record
from hydra_recipes.rules.book import moves_of

GROUP_LINK = re.compile(r"\$\{([^${}:]*)\}")
"""A link to the choice of a group, which is its match 1."""


class Listed(Record):
    """An entry of a defaults list that was loaded.

    Attributes:
        config: The name of its file in the library: ``model/nova-lite``.
        path: The file.
        entry: The entry, with the names that groups and options have now.
        origin: Where it stands.
        package: The key path at which the file is mounted by its header or group.
    """

    config: str
    path: Path
    entry: Entry
    origin: Origin | None
    package: KeyPath

    def whole(self, name: str) -> list[str]:
        """Return what a group or option as written may name, the likeliest first.

        Versions of Hydra take it from the file's folder or its group: in ``preset/team/bot.yaml``,
        ``x`` may be ``preset/team/x`` or ``preset/x``.
        """
        if name.startswith("/"):
            return [name.lstrip("/")]
        folders = self.config.split("/")[:-1]
        bases = ["/".join(folders[:length]) for length in range(len(folders), 0, -1)]
        return [f"{base}/{name}" for base in bases] or [name]

    def configs(self, option: str) -> list[str]:
        """Return the configs that one of its options may be, the likeliest first."""
        return self.whole(f"{self.entry.group}/{option}" if self.entry.group else option)

    @property
    def groups(self) -> list[str]:
        """The whole names of the groups that it may be about, the likeliest first."""
        return self.whole(self.entry.group)


def following(listed: Iterable[Listed]) -> Iterator[tuple[Listed, str]]:
    """Yield each entry with each group that it follows from: ``model`` for ``preset: ${model}``."""
    for item in listed:
        for option in item.entry.options:
            yield from ((item, name) for name in GROUP_LINK.findall(option))


def listed_in(libraries: Libraries, config: str) -> Iterator[Listed]:
    """Yield the entries of a config's defaults list."""
    path = libraries.config_file(config)
    document = read_file(path) if path else None
    if path is None or document is None:
        return
    moves = moves_of(libraries)
    package = package_of(document.text, config)
    for entry in entries_of(document.tree, config.rpartition("/")[0]):
        origin = document.origin(entry.place)
        yield Listed(config, path, moves.entry(entry), origin, package)


def bringing(listed: Iterable[Listed]) -> Iterator[Listed]:
    """Return the entries that bring an option of a group themselves, overrides left out."""
    return (item for item in listed if item.entry.group and not item.entry.is_override)


def place_of(one: Listed) -> str:
    """Return the name of an entry's file in its library, with the line: ``peft/lora.yaml:3``."""
    line = one.origin.line if isinstance(one.origin, FileOrigin) else 1
    return f"{one.config}.yaml:{line}"
