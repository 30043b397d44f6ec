"""Messages about making a new library."""

from __future__ import annotations

from hydra_recipes.findings.messages.base import Detail, Text
from hydra_recipes.text import one_line, shown

_WAYS = {
    "form": "begin with a letter; letters, digits and single dashes follow, 60 at most",
    "keyword": "it is a word of Python's; add -recipes",
    "taken": "there is a package or a library of this name; add -recipes",
}


class BadLibraryName(Detail, kind="bad-library-name"):
    """A name that a library can't have.

    Attributes:
        name: The name.
        reason: ``form``, ``keyword`` or ``taken``.
    """

    name: str
    reason: str

    def text(self) -> Text:
        if self.reason == "form" and "/" in self.name:
            parent, _, last = self.name.rstrip("/").rpartition("/")
            hint = f"recipe library init {last}"
            if parent or self.name.startswith("/"):  # else there is only a slash at its end
                hint += f" --dir {parent or '/'}"
            return Text(f"{one_line(self.name)} is a path, not the name of a library", hint)
        return Text(f"{shown(self.name)} can't be the name of a library", _WAYS[self.reason])


class DirectoryExists(Detail, kind="directory-exists"):
    """A directory that would be overwritten."""

    directory: str

    def text(self) -> Text:
        return Text(
            f"{one_line(self.directory)} is there already", "take another name, or another --dir"
        )
