"""Moves: renamed options, groups and keys, whose old names go on working.

An old name counts only where nothing has that name any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hydra_recipes.library.entries import Entry
from hydra_recipes.origin import KeyPath, Origin
from hydra_recipes.override import Override
from hydra_recipes.record import Record

_WORD = r"(?<![\w./-]){}(?![\w./-])"


class Moved(Record):
    """An old name that was used, and what to write instead.

    Attributes:
        old: The name that was written.
        new: Its name now.
        origin: Where it was written.
    """

    old: str
    new: str
    origin: Origin | None = None


class Moves(Record):
    """The old names of all libraries, each with the name it has now.

    Attributes:
        groups: Old group to new.
        options: By the new name of the group, old option to new.
        keys: Old key to new, each as short as rules files write it.
        spellings: By group, other names of options, which haven't moved and stay.
    """

    groups: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    keys: Mapping[KeyPath, KeyPath]
    spellings: Mapping[str, Mapping[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self.groups or self.options or self.keys)

    def spells_in(self, text: str) -> bool:
        """Return whether a text has another name of an option anywhere."""
        return any(name in text for names in self.spellings.values() for name in names)

    def group(self, name: str) -> str:
        """Return the new name of a group; only the part before a slash can have one."""
        head, slash, rest = name.partition("/")
        return self.groups.get(head, head) + slash + rest

    def option(self, group: str, option: str) -> str:
        """Return the new name of an option, given the new name of its group."""
        if option in self.spellings.get(group, {}):
            return self.spellings[group][option]
        head, _, subfolder = group.partition("/")
        if not subfolder:
            return self.options.get(head, {}).get(option, option)
        moved = self.options.get(head, {}).get(f"{subfolder}/{option}", "")
        return moved.removeprefix(f"{subfolder}/") if moved.startswith(f"{subfolder}/") else option

    def override(self, text: str) -> str:
        """Return an override with new names in its group and in the options it names."""
        if not self:
            return text
        override = Override.read(text)
        group, value = self.group(override.key), override.value
        for old, new in self.options.get(group, {}).items():
            value = re.sub(_WORD.format(re.escape(old)), new, value)
        return override._replace(key=group, assigned=value or override.assigned).text

    def spelled(self, text: str) -> str:
        """Return an override with the name of an option in place of each other name of it."""
        if not self.spells_in(text):
            return text
        override = Override.read(text)
        value = override.value
        for name, option in self.spellings.get(override.key, {}).items():
            value = re.sub(_WORD.format(re.escape(name)), option, value)
        return override._replace(assigned=value or override.assigned).text

    def key(self, path: KeyPath) -> KeyPath | None:
        """Return the new name of a key, or of the end of one; None if it hasn't moved."""
        for old, new in self.keys.items():
            if path[-len(old) :] == old:
                return (*path[: -len(old)], *new)
            if old[-len(path) :] == path:
                return new
        return None

    def whole_key(self, path: KeyPath) -> KeyPath | None:
        """Return the new name of a whole key, which an old name may be the end of, or None."""
        old = next((old for old in self.keys if path[-len(old) :] == old), None)
        return None if old is None else (*path[: -len(old)], *self.keys[old])

    def below(self, path: KeyPath) -> KeyPath:
        """Return a whole key with the new names of it and of the mappings that hold it."""
        for length in range(1, len(path) + 1):
            path = (*(self.whole_key(path[:length]) or path[:length]), *path[length:])
        return path

    def entry(self, entry: Entry) -> Entry:
        """Return an entry of a defaults list with new names; the same if it has no old one."""
        whole = entry.whole
        new = self.group(whole) if entry.group else self.config(whole)
        is_absolute = (entry.group or entry.value).startswith("/")
        name = f"/{new}" if is_absolute else new.removeprefix(f"{entry.within}/")
        if not entry.group:
            return entry if new == whole else entry._replace(value=name)
        renamed = [
            self.option(new, option) if isinstance(option, str) else option
            for option in (entry.value if entry.is_list else [entry.value])
        ]
        value = renamed if entry.is_list else renamed[0]
        return entry._replace(group=entry.group if new == whole else name, value=value)

    def config(self, config: str) -> str:
        """Return the new name of an option with its group, such as ``model/nova-lite``."""
        group, _, option = config.partition("/")
        new_group = self.group(group)
        return f"{new_group}/{self.option(new_group, option)}" if option else config


NO_MOVES = Moves({}, {}, {})
"""No old names, as in most libraries."""
