"""Cache of rules files on disk, so that the next process needn't parse them.

Parsing them as YAML takes longer than everything else in a small command. An entry is used only for
exactly the same texts, read by the same code; if anything goes wrong, the files are parsed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hydra_recipes.files import content_of
from hydra_recipes.rules.kept import UNUSABLE, KeptFile
from hydra_recipes.rules.model import (
    Alias,
    Chain,
    Family,
    Group,
    Limit,
    Method,
    Offer,
    Rule,
    Spelling,
    When,
)

Sections = Mapping[str, Sequence[Any]]
"""The entries of rules files, by section."""

_READERS = (
    "documents/document.py",
    "documents/faults.py",
    "documents/json_text.py",
    "documents/reader.py",
    "documents/scalars.py",
    "findings/messages/base.py",
    "library/reading.py",
    "library/shape.py",
    "numbers.py",
    "record.py",
    "rules/declarations.py",
    "rules/family_schema.py",
    "rules/file.py",
    "rules/keywords.py",
    "rules/model.py",
    "rules/shape.py",
)
"""The modules that decide how a text is read, with this one: their change makes entries invalid."""
_ENTRIES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "families": lambda row: Family._make((row[0], When(row[1]), *row[2:])),
    "groups": Group._make,
    "methods": Method._make,
    "aliases": lambda row: Alias._make((row[0], When(row[1]), *row[2:])),
    "chains": lambda row: Chain._make((row[0], When(row[1]), When(row[2]), *row[3:])),
    "spellings": Spelling._make,
    "offers": Offer._make,
    "limits": lambda row: Limit._make((*row[:3], When(row[3]), *row[4:])),
    "rules": lambda row: Rule._make((*row[:3], When(row[3]), *row[4:])),
}
"""The constructor of each section's entries from their rows."""
_DECLARATIONS = {"off": "Off", "shadows": "Shadow", "moved": "Move"}
"""The classes of other sections' entries, imported only for the few libraries that have some."""


class Cache:
    """The cached entries of some rules files.

    Args:
        files: Library name and path of each file.
    """

    def __init__(self, files: Iterable[tuple[str, str]]) -> None:
        self._files = tuple(files)
        self._kept = KeptFile("rules", repr(self._files))
        self._before: Any = None

    def read(self) -> Sections | None:
        """Return the entries by section, or None if they aren't in the cache."""
        with suppress(*UNUSABLE):
            if self._kept.path is not None:
                self._before = self._read_from()
                read_from, sections = self._kept.read()
                if read_from == self._before:
                    return {section: _entries(section, rows) for section, rows in sections.items()}
        return None

    def write(self, sections: Sections) -> None:
        """Cache the entries that were read from the files after ``read`` returned None."""
        rows = {name: list(map(_plain, entries)) for name, entries in sections.items()}
        with suppress(*UNUSABLE):
            # If a file has changed since, the entries may be those of its old or its new text.
            if self._before is not None and self._before == self._read_from():
                self._kept.write((self._before, rows))

    def _read_from(self) -> list[Any]:
        """Return what entries depend on: the reading code's times, and the files' texts."""
        package = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - text is faster
        # Not their stamps, in which a file that isn't there, as in a zip, would be no error.
        readers = [
            os.stat(os.path.join(package, name)).st_mtime_ns  # noqa: PTH116, PTH118 - text is faster
            for name in (*_READERS, "rules/cache.py")
        ]
        return [readers, [(library, path, content_of(path)) for library, path in self._files]]


def _entries(section: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return a section's entries, made from their rows."""
    if not rows:
        return []
    if section in _ENTRIES:
        return list(map(_ENTRIES[section], rows))
    from hydra_recipes.rules import declarations

    return list(map(getattr(declarations, _DECLARATIONS[section])._make, rows))


def _plain(entry: Sequence[Any]) -> tuple[Any, ...]:
    """Return an entry as a row of plain values, which ``marshal`` can write."""
    return tuple(value.groups if isinstance(value, When) else value for value in entry)
