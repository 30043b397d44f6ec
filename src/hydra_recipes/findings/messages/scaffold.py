"""Messages about making a new library."""

from __future__ import annotations

from collections.abc import Callable

from hydra_recipes.findings.messages.base import Data, Text
from hydra_recipes.text import one_line, shown

_WAYS = {
    "form": "begin with a letter; letters, digits and single dashes follow, 60 at most",
    "keyword": "it is a word of Python's; add -recipes",
    "taken": "there is a package or a library of this name; add -recipes",
}


def _bad_name(data: Data) -> Text:
    name = str(data["name"])
    if data["reason"] == "form" and "/" in name:
        parent, _, last = name.rstrip("/").rpartition("/")
        hint = f"recipe library init {last}"
        if parent or name.startswith("/"):  # else there is only a slash at its end
            hint += f" --dir {parent or '/'}"
        return Text(f"{one_line(name)} is a path, not the name of a library", hint)
    return Text(f"{shown(name)} can't be the name of a library", _WAYS[data["reason"]])


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "bad-library-name": _bad_name,
    "directory-exists": lambda data: Text(
        f"{one_line(data['directory'])} is there already", "take another name, or another --dir"
    ),
}
