"""Listed: the entries of the defaults lists that Hydra loaded, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.entries import Entry, entries_of
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.option_file import package_of
from hydra_recipes.library.reading import read_file
from hydra_recipes.origin import FileOrigin, KeyPath, Origin
from hydra_recipes.rules.book import moves_of

_NAMED = re.compile(r"\$\{([^${}:]*)\}")


class Listed(NamedTuple):
    """An entry of a file that was loaded.

    Attributes:
        config: The file's name in its library.
        path: The file.
        entry: The entry, with the names of now.
        origin: Where it stands.
        package: Where the file's content goes.
    """

    config: str
    path: Path
    entry: Entry
    origin: Origin | None
    package: KeyPath

    def whole(self, name: str) -> list[str]:
        """What a group or option may mean that is written in the file, the likeliest first.

        Lines of Hydra differ on what a name without a slash begins with: the file's group, or its
        folder in that.
        """
        if name.startswith("/"):
            return [name.lstrip("/")]
        folders = self.config.split("/")[:-1]
        ways = ["/".join(folders[:length]) for length in range(len(folders), 0, -1)]
        return [f"{way}/{name}" for way in ways] or [name]

    @property
    def groups(self) -> list[str]:
        """The group that it names, in each way it may be meant."""
        return self.whole(self.entry.group)


def following(listed: Iterable[Listed]) -> Iterator[tuple[Listed, str]]:
    """The entries that follow from other choices, each with a group it follows from."""
    for one in listed:
        for option in one.entry.options:
            yield from ((one, name) for name in _NAMED.findall(option))


def listed_in(libraries: Libraries, config: str) -> Iterator[Listed]:
    """The entries of a config's defaults list, with their places."""
    path = libraries.config_file(config)
    document = read_file(path) if path else None
    if path is None or document is None or not isinstance(document.tree, dict):
        return
    group = config.rpartition("/")[0]
    raw = document.tree.get("defaults")
    moves = moves_of(libraries)
    now = [moves.entry(one, group) for one in raw] if isinstance(raw, list) else []
    tree = {"defaults": [new[0] if new else old for new, old in zip(now, raw or (), strict=True)]}
    for entry in entries_of(tree):
        origin = document.origin(("defaults", entry.at))
        yield Listed(config, path, entry, origin, package_of(document.text, config))


def bringing(listed: Iterable[Listed]) -> Iterator[Listed]:
    """The entries that bring an option of a group themselves."""
    return (one for one in listed if one.entry.group and not one.entry.is_override)


def refuse(kind: str, one: Listed, **data: Any) -> NoReturn:
    """Raise an error about an entry, with its place.

    Raises:
        LibraryError: Always.
    """
    raise LibraryError(kind, one.origin, file=str(one.path), **data)


def place_of(one: Listed) -> str:
    """Return the name of an entry's file in its library, with the line: ``peft/lora.yaml:3``."""
    line = one.origin.line if isinstance(one.origin, FileOrigin) else 1
    return f"{one.config}.yaml:{line}"
