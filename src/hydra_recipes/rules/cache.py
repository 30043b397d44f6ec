"""Cache of rules files on disk, so that the next process needn't parse them.

Parsing them as YAML takes longer than everything else in a small command. An entry is used only for
exactly the same texts, read by the same code; if anything goes wrong, the files are parsed. There
are at most ``_SLOTS`` files, which overwrite one another, so nothing has to be tidied up.

The format is ``marshal``, as in Python's own bytecode cache: exact, and needing no import. It isn't
safe for data that others may have written, so a file that others own or may write is not read.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hydra_recipes.files import content_of
from hydra_recipes.rules.model import Alias, Family, Group, Limit, Method, Offer, Rule, When

VARIABLE = "HYDRA_RECIPES_CACHE"
"""The environment variable with the cache's directory; if it is empty, nothing is cached."""

Sections = Mapping[str, Sequence[Any]]
"""The entries of rules files, by section."""

_SLOTS = 32
_SUM = 4
"""The length in bytes of the checksum before the data, which tells damaged data from rules."""
_READERS = (
    "documents/document.py",
    "documents/json_text.py",
    "documents/reader.py",
    "documents/scalars.py",
    "findings/messages/base.py",
    "library/reading.py",
    "library/shape.py",
    "numbers.py",
    "rules/declarations.py",
    "rules/family_schema.py",
    "rules/file.py",
    "rules/keywords.py",
    "rules/model.py",
    "rules/shape.py",
)
"""The modules that decide how a text is read, with this one: their change makes entries invalid."""
_UNUSABLE = (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, MemoryError)
"""The errors that a cache file leads to if it is missing, cut off, or holds something else."""

_ENTRIES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "families": lambda row: Family._make((row[0], When(row[1]), *row[2:])),
    "groups": Group._make,
    "methods": Method._make,
    "aliases": lambda row: Alias._make((row[0], When(row[1]), *row[2:])),
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
        directory = _directory()
        slot = sum(repr(self._files).encode()) % _SLOTS
        name = f"rules-{slot:02}.{sys.implementation.cache_tag}"
        self._path = f"{directory}/{name}" if directory else None
        self._before: Any = None

    def read(self) -> Sections | None:
        """Return the entries by section, or None if they aren't in the cache."""
        with suppress(*_UNUSABLE):
            if self._path is not None:
                self._before = self._read_from()
                read_from, sections = marshal.loads(_own(self._path))  # noqa: S302 - ours
                if read_from == self._before:
                    return {section: _entries(section, rows) for section, rows in sections.items()}
        return None

    def write(self, sections: Sections) -> None:
        """Cache the entries that were read from the files after ``read`` returned None."""
        rows = {name: list(map(_plain, entries)) for name, entries in sections.items()}
        with suppress(*_UNUSABLE):
            # If a file has changed since, the entries may be those of its old or its new text.
            if self._path is not None and self._before == self._read_from():
                _put(self._path, marshal.dumps((self._before, rows)))

    def _read_from(self) -> list[Any]:
        """Return what entries depend on: the reading code's times, and the files' texts."""
        package = Path(__file__).parents[1]
        # Not their stamps, in which a file that isn't there, as in a zip, would be no error.
        readers = [(package / name).stat().st_mtime_ns for name in (*_READERS, __file__)]
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


def _directory() -> str | None:
    """Return the cache's directory, or None if nothing is cached."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return os.path.expanduser(named) or None  # noqa: PTH111 - text, and in quotes no shell does
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    return f"{caches}/hydra-recipes" if os.path.isabs(caches) else None  # noqa: PTH117 - text


def _sum(content: bytes) -> bytes:
    """Return the checksum of some content."""
    return zlib.crc32(content).to_bytes(_SUM, "big")


def _own(path: str) -> bytes:
    """Return the content of a cache file that nobody else can have written, without its checksum.

    Raises:
        PermissionError: If somebody else can write it, or it isn't a regular file.
        ValueError: If it is damaged.
    """
    descriptor = os.open(
        path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
    )  # a pipe isn't waited for
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if not stat.S_ISREG(status.st_mode) or (
            os.name == "posix" and (others or status.st_uid != os.geteuid())
        ):
            raise PermissionError(path)
        content = stream.read()
    if content[:_SUM] != _sum(content[_SUM:]):
        raise ValueError(path)
    return content[_SUM:]


def _put(path: str, content: bytes) -> None:
    """Write a cache file whole or not at all."""
    import tempfile

    from hydra_recipes.writing import SCRATCH

    Path(path).parent.mkdir(0o700, parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(dir=Path(path).parent, prefix=SCRATCH)  # nobody else's
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_sum(content) + content)
            stream.flush()
            os.fsync(descriptor)
        os.replace(scratch, path)  # noqa: PTH105 - text
    finally:
        Path(scratch).unlink(missing_ok=True)
