"""Entries of a defaults list as they stand in a file; ``entry_checks`` says what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.library.reading import load_yaml
from hydra_recipes.origin import KeyPath
from hydra_recipes.record import Record
from hydra_recipes.tree import nearest

KEYWORDS = ("optional", "override")
"""What may stand before the group of an entry: at most one of these."""
SELF = "_self_"
"""The entry that stands for the file itself."""
OPEN = "???"
"""The mark, in place of an option, for one that has to be chosen."""


class Entry(Record):
    """An entry of a defaults list.

    Attributes:
        keyword: ``optional``, ``override``, or nothing.
        group: The group as it is written; empty where the entry names an option outright.
        package: The package that it gives; empty if it gives none.
        value: What it chooses, as written: an option or a list of them, or nothing (null); where it
            names a config outright, the config.
        at: Its position in the list, from 0.
        within: The group of the config that the list stands in.
    """

    keyword: str
    group: str
    package: str
    value: Any
    at: int
    within: str

    @property
    def place(self) -> KeyPath:
        """The key path at which it stands in its file."""
        return ("defaults", self.at)

    @property
    def is_override(self) -> bool:
        """Whether it replaces the choice of another defaults list."""
        return self.keyword == "override"

    @property
    def is_list(self) -> bool:
        """Whether it names a list of options."""
        return isinstance(self.value, list)

    @property
    def options(self) -> tuple[str, ...]:
        """The options it chooses, or the one config that it names outright."""
        values = self.value if self.is_list else [self.value]
        return tuple(option for option in values if isinstance(option, str))

    @property
    def name(self) -> str:
        """The group as it is written, with its package if one is given."""
        return f"{self.group}@{self.package}" if self.package else self.group

    @property
    def bare_group(self) -> str:
        """The group without the slash that may stand before it."""
        return self.group.lstrip("/")

    @property
    def written(self) -> Any:
        """The entry as a defaults list has it."""
        if not self.group:
            return f"{self.value}{self.name}"
        return {f"{self.keyword} {self.name}".lstrip(): self.value}

    @property
    def whole(self) -> str:
        """Its group, or the config that it names outright, from the library's root."""
        name: str = self.group or self.value
        is_whole = name.startswith("/") or not self.within
        return name.lstrip("/") if is_whole else f"{self.within}/{name}"

    @property
    def choices(self) -> str:
        """What it chooses, ``group=option``, or the config that it names, from the root."""
        options = self.value if self.is_list else [self.value]
        pairs = [f"{self.whole}={option}" for option in options]
        return " ".join(pairs) if self.group else self.whole

    @property
    def configs(self) -> list[str]:
        """The configs that it brings itself, except those named by a link."""
        names = [f"{self.whole}/{option}" for option in self.options]
        names = names if self.group else [self.whole]
        return [name for name in names if "${" not in name and not self.is_override]


def entries_of(tree: Any, group: str = "") -> Iterator[Entry]:
    """Yield the well-formed entries of the defaults list of a config in ``group``."""
    listed = tree.get("defaults") if isinstance(tree, dict) else None
    for position, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, str) and entry != SELF:
            config, _, package = entry.partition("@")
            yield Entry("", "", package, config, position, group)
        for key, value in entry.items() if isinstance(entry, dict) else ():
            *keywords, name = str(key).split() or [""]
            named_group, _, package = name.partition("@")
            if named_group:
                keyword = next(iter(keywords), "")
                yield Entry(keyword, named_group, package, value, position, group)


def settings_in(tree: Any) -> dict[Any, Any]:
    """Return what a file sets itself: all that it holds but its defaults list."""
    items = tree.items() if isinstance(tree, dict) else ()
    return {key: value for key, value in items if key != "defaults"}


def entries_in(file: Path, group: str = "") -> tuple[Entry, ...]:
    """Return the entries in the file of a config in ``group``, read again only when it changes.

    Raises:
        LibraryError: If the file can't be read.
    """
    return _entries_in(file, stamp_of(file), group)


@lru_cache(maxsize=256)
def _entries_in(file: Path, _: Stamp, group: str) -> tuple[Entry, ...]:
    return tuple(entries_of(load_yaml(file), group))


def misspelt_defaults(tree: Any) -> str | None:
    """Return the key that holds a list and is ``defaults`` misspelt; None if there is none."""
    for key, value in tree.items() if isinstance(tree, dict) and "defaults" not in tree else ():
        begins_alike = str(key).casefold().startswith("de")
        if begins_alike and isinstance(value, list) and nearest(str(key), ("defaults",)):
            return str(key)
    return None
