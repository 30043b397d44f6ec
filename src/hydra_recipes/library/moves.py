"""Moves: old names of options, groups and keys, which go on working, and the names they have now.

A name is looked up among the old ones only where it isn't a name any more.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from hydra_recipes.origin import KeyPath, Origin

_OVERRIDE = r"(?s)(\+\+|\+|~)?([^=@\s]+)(@[^=]*)?(=.*)?"
_WORD = r"(?<![\w./-]){}(?![\w./-])"
_KEYWORDS = r"(?:(?:optional|override) +)*"


class Moved(NamedTuple):
    """An old name that was used, and what to write instead.

    Attributes:
        old: What was written.
        new: What it is called now.
        origin: Where.
    """

    old: str
    new: str
    origin: Origin | None = None


class Moves(NamedTuple):
    """The old names of all libraries, each with the name it has now.

    Attributes:
        groups: Group to group.
        options: By the group's name of now: option to option.
        keys: Key to key; either may be as short as it is in rules files.
    """

    groups: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    keys: Mapping[KeyPath, KeyPath]

    def __bool__(self) -> bool:
        return bool(self.groups or self.options or self.keys)

    def group(self, name: str) -> str:
        """The name of now of a group; of one in a group, with that group's."""
        head, slash, rest = name.partition("/")
        return self.groups.get(head, head) + slash + rest

    def option(self, group: str, option: str) -> str:
        """The name of now of an option, its group being called as it is now."""
        head, _, inside = group.partition("/")
        if not inside:
            return self.options.get(head, {}).get(option, option)
        whole = self.options.get(head, {}).get(f"{inside}/{option}", "")
        return whole.removeprefix(f"{inside}/") if whole.startswith(f"{inside}/") else option

    def override(self, text: str) -> str:
        """An override of a group with the names of now, in whatever it chooses or sweeps over."""
        found = re.fullmatch(_OVERRIDE, text)
        if not self or found is None:
            return text
        sign, name, package, rest = (part or "" for part in found.groups())
        group = self.group(name)
        for old, new in self.options.get(group, {}).items():
            rest = re.sub(_WORD.format(re.escape(old)), new, rest)
        return f"{sign}{group}{package}{rest}"

    def key(self, path: KeyPath) -> KeyPath | None:
        """The name of now of a key, or of the end of one; None if it hasn't moved."""
        for old, new in self.keys.items():
            if path[-len(old) :] == old:
                return (*path[: -len(old)], *new)
            if old[-len(path) :] == path:
                return new
        return None

    def whole_key(self, path: KeyPath) -> KeyPath | None:
        """The same of a whole key, which an old name may be the end of."""
        known = (old for old in self.keys if path[-len(old) :] == old)
        old = next(known, None)
        return None if old is None else (*path[: -len(old)], *self.keys[old])

    def below(self, path: KeyPath) -> KeyPath:
        """A whole key with the names of now, of it and of all that hold it."""
        for length in range(1, len(path) + 1):
            path = (*(self.whole_key(path[:length]) or path[:length]), *path[length:])
        return path

    def entry(self, entry: Any, group: str) -> tuple[Any, str, str] | None:
        """An entry of a defaults list with the names of now; the old one and the new as text.

        Args:
            entry: The entry.
            group: The group of the config that the list stands in.
        """
        if isinstance(entry, str):
            text = entry.removeprefix("optional ").strip()
            whole = text.lstrip("/") if text.startswith("/") else f"{group}/{text}".lstrip("/")
            new = self.config(whole)
            if new == whole:
                return None
            name = f"/{new}" if text.startswith("/") else new.removeprefix(f"{group}/")
            return entry.replace(text, name), whole, new
        if not isinstance(entry, dict) or len(entry) != 1:
            return None
        ((key, value),) = entry.items()
        if not isinstance(key, str):
            return None
        words = re.match(_KEYWORDS, key)
        assert words is not None
        name, at, package = key[words.end() :].partition("@")
        here = name.startswith("/") or not group
        slash = "/" if name.startswith("/") else ""
        whole = name.removeprefix("/") if here else f"{group}/{name}"
        now = self.group(whole)
        several = isinstance(value, list)
        options = value if several else [value]
        renamed = [self.option(now, o) if isinstance(o, str) else o for o in options]
        if now == whole and renamed == options:
            return None
        short = now if here else now.removeprefix(f"{group}/")
        result = {f"{words[0]}{slash}{short}{at}{package}": renamed if several else renamed[0]}
        return result, _spelled(whole, options), _spelled(now, renamed)

    def config(self, config: str) -> str:
        """The name of now of an option with its group: ``model/nova-lite``."""
        group, _, option = config.partition("/")
        now = self.group(group)
        return f"{now}/{self.option(now, option)}" if option else config


NO_MOVES = Moves({}, {}, {})
"""What most libraries have."""


def _spelled(group: str, options: list[Any]) -> str:
    return " ".join(f"{group}={option}" for option in options)
