"""The cache: what rules files say, kept for the next process.

Reading them as YAML takes longer than all else that a small command does. What is kept is used only
for the very same texts, read by the very same code. Whatever goes wrong with it, the files are
read. There are never more than ``_SLOTS`` of it, so that nobody has to tidy up.

It is in the format of Python's own cache: exact, and read before ``json`` is even imported. That is
data, but no format for what others may have written, so theirs isn't read.
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
"""The environment variable that names its directory; if it is empty, nothing is kept."""

Sections = Mapping[str, Sequence[Any]]
"""What rules files say, by section."""

_SLOTS = 32
_SUM = 4
"""How many bytes of a sum stand before the rest, so that no damage is taken for rules."""
_READERS = (
    "documents/document.py",
    "documents/json_text.py",
    "documents/reader.py",
    "documents/scalars.py",
    "findings/finding.py",
    "library/reading.py",
    "numbers.py",
    "rules/declarations.py",
    "rules/file.py",
    "rules/keywords.py",
    "rules/model.py",
)
"""What decides how a text is read, with this file: when it was changed counts, as for Python."""
_UNUSABLE = (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, MemoryError)
"""What a file that is missing, cut off, or something else altogether leads to."""

_ENTRIES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "families": lambda row: Family._make((row[0], When(row[1]), *row[2:])),
    "groups": Group._make,
    "methods": Method._make,
    "aliases": lambda row: Alias._make((row[0], When(row[1]), *row[2:])),
    "offers": Offer._make,
    "limits": lambda row: Limit._make((*row[:3], When(row[3]), *row[4:])),
    "rules": lambda row: Rule._make((*row[:3], When(row[3]), *row[4:])),
}
"""How an entry of a section is made from its values."""
_DECLARATIONS = {"off": "Off", "shadows": "Shadow", "moved": "Move"}
"""The same for those that few libraries have, and that aren't imported for the others."""


class Cache:
    """What is kept of some rules files.

    Args:
        files: For each, the name of its library and its path.
    """

    def __init__(self, files: Iterable[tuple[str, str]]) -> None:
        self._files = tuple(files)
        directory = _directory()
        slot = sum(repr(self._files).encode()) % _SLOTS
        name = f"rules-{slot:02}.{sys.implementation.cache_tag}"
        self._path = f"{directory}/{name}" if directory else None
        self._before: Any = None

    def read(self) -> Sections | None:
        """What the files say; None if that isn't known."""
        with suppress(*_UNUSABLE):
            if self._path is not None:
                self._before = self._read_from()
                read_from, says = marshal.loads(_own(self._path))  # noqa: S302 - ours
                if read_from == self._before:
                    return {section: _entries(section, rows) for section, rows in says.items()}
        return None

    def write(self, says: Sections) -> None:
        """Keeps what was read from the files after ``read`` didn't know it."""
        rows = {name: list(map(_plain, entries)) for name, entries in says.items()}
        with suppress(*_UNUSABLE):
            # Nobody may have written to the files meanwhile.
            if self._path is not None and self._before == self._read_from():
                _put(self._path, marshal.dumps((self._before, rows)))

    def _read_from(self) -> list[Any]:
        """The texts, and what reads them."""
        package = Path(__file__).parents[1]
        readers = [(package / name).stat().st_mtime_ns for name in (*_READERS, __file__)]
        return [readers, [(library, path, content_of(path)) for library, path in self._files]]


def _entries(section: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
    if not rows:
        return []
    if section in _ENTRIES:
        return list(map(_ENTRIES[section], rows))
    from hydra_recipes.rules import declarations

    return list(map(getattr(declarations, _DECLARATIONS[section])._make, rows))


def _plain(entry: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(one.groups if isinstance(one, When) else one for one in entry)


def _directory() -> str | None:
    named = os.environ.get(VARIABLE)
    if named is not None:
        return os.path.expanduser(named) or None  # noqa: PTH111 - text, and in quotes no shell does
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    return f"{caches}/hydra-recipes" if os.path.isabs(caches) else None  # noqa: PTH117 - text


def _sum(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(_SUM, "big")


def _own(path: str) -> bytes:
    """What is in a file that nobody else can have written.

    Raises:
        PermissionError: If somebody else can, or it is no file.
        ValueError: If it is damaged.
    """
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe isn't waited for
    with os.fdopen(number, "rb") as stream:
        about = os.fstat(number)
        others = about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if not stat.S_ISREG(about.st_mode) or (
            os.name == "posix" and (others or about.st_uid != os.geteuid())
        ):
            raise PermissionError(path)
        content = stream.read()
    if content[:_SUM] != _sum(content[_SUM:]):
        raise ValueError(path)
    return content[_SUM:]


def _put(path: str, content: bytes) -> None:
    """Writes a file whole or not at all."""
    import tempfile

    from hydra_recipes.writing import SCRATCH

    Path(path).parent.mkdir(0o700, parents=True, exist_ok=True)
    number, scratch = tempfile.mkstemp(dir=Path(path).parent, prefix=SCRATCH)  # nobody else's
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(_sum(content) + content)
            stream.flush()
            os.fsync(number)
        os.replace(scratch, path)  # noqa: PTH105 - text
    finally:
        Path(scratch).unlink(missing_ok=True)
