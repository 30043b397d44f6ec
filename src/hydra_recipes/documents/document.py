"""A document: a file that was read, with the place of each value in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.findings.messages.base import Detail
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, OverrideOrigin
from hydra_recipes.record import Record
from hydra_recipes.tree import MOUNT, mounted

MAX_DEPTH = 64
"""How deep values may stand in one another."""
MAX_NODES = 20_000
"""How many values a file may have."""
_NOT_IN_YAML = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_NOT_IN_ASCII_YAML = "[^\t\n\r\x20-\x7e]"


class Mark(Record):  # one for each value, and a tuple is made fastest
    """Line and column of a value, both from 1."""

    line: int
    column: int


class Trouble(Record):
    """Something wrong in a file that can still be read on: a key written twice, a tag."""

    detail: Detail
    path: KeyPath
    mark: Mark


class Document(Record):
    """A file that was read.

    Attributes:
        file: The path as the user gave it.
        text: The file's text.
        tree: Plain dicts, lists and scalars.
        marks: Where each value stands, by key path.
        keys: Where each mapping's key stands, by key path.
        troubles: What is wrong in the file but didn't keep it from being read.
        unclear: The text of values that readers of YAML take for different ones, by key path.
        plain: The text of values without quotes or a tag that aren't read as text, by key path.
        set_by: The overrides that set values after the file was read, by key path.
        first_line: The line of the file that the text begins on; 1 unless it is one of a stream.
    """

    file: str
    text: str
    tree: Any
    marks: dict[KeyPath, Mark]
    keys: dict[KeyPath, Mark]
    troubles: tuple[Trouble, ...]
    unclear: dict[KeyPath, str]
    plain: dict[KeyPath, str]
    set_by: Mapping[KeyPath, OverrideOrigin] = MappingProxyType({})
    first_line: int = 1

    def value_origin(self, path: KeyPath, *, key: bool = False) -> Origin | None:
        """Return the override that set the value at ``path``, or its place as ``origin`` does."""
        for length in range(len(path), 0, -1) if self.set_by else ():
            if path[:length] in self.set_by:
                return self.set_by[path[:length]]
        return self.origin(path, key=key)

    def origin(self, path: KeyPath, *, key: bool = False) -> FileOrigin | None:
        """Return the place of the value at ``path``, or with ``key`` of the key.

        For a key that isn't in the file: the place of the mapping that it is missing from.
        """
        mark = self.keys.get(path) if key else self.marks.get(path)
        while mark is None and path:
            path = path[:-1]
            mark = self.keys.get(path) or self.marks.get(path)
        return place(self.file, self.text, mark, self.first_line) if mark else None


def place(file: str, text: str, mark: Mark, first_line: int = 1) -> FileOrigin:
    """Return the origin for a mark in a text that begins on a line of a file."""
    lines = _lines(text) or [""]
    line, column = mark.line, mark.column
    if line > len(lines):  # how the parser tells the end of a file without a last line break
        line, column = len(lines), len(lines[-1]) + 1
    return FileOrigin(file, line + first_line - 1, column, lines[line - 1])


@lru_cache(maxsize=1)
def _lines(text: str) -> list[str]:
    """Return a text's lines, safe to show on a terminal; cached for the next finding."""
    return strangers(text).sub("\ufffd", text).splitlines()


def stranger_in(text: str) -> re.Match[str] | None:
    """Return the first character of a text that YAML doesn't allow, or None."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return None  # as in most files; compiling a pattern takes a third of reading one
    return strangers(text).search(text)


def strangers(text: str) -> re.Pattern[str]:
    """Return a pattern for the characters of a text that YAML doesn't allow.

    Most files are ASCII; compiling the whole range would take longer than reading one.
    """
    return re.compile(_NOT_IN_ASCII_YAML if text.isascii() else _NOT_IN_YAML)


def mount_of(document: Document) -> KeyPath:
    """Return the key path at which a file that was read holds its recipe; empty at its root.

    Raises:
        DocumentError: If the file holds no mapping.
    """
    return (MOUNT,) if recipe_in(document)[0] is not document.tree else ()


def recipe_in(document: Document) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return the recipe in a file that was read, and what stands beside it.

    Raises:
        DocumentError: If the file holds no mapping.
    """
    if not isinstance(document.tree, dict):
        from hydra_recipes.findings.messages.files import (
            NotAMapping,  # imported late, as it is rare
        )

        found = "a list" if isinstance(document.tree, list) else "a single value"
        raise DocumentError(NotAMapping(file=document.file, found=found), document.origin(()))
    return mounted(document.tree)
