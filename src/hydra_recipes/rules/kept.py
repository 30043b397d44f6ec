"""Files that are kept between processes, in the user's cache.

The format is ``marshal``, as in Python's own bytecode cache: exact, and needing no import. It isn't
safe for data that others may have written, so a file that others own or may write is not read.

There are at most so many files of a kind, which overwrite one another, so nothing has to be
tidied up. This imports little, since a shell's completion waits for it.
"""

from __future__ import annotations

import binascii
import marshal
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import PathFinder
from typing import Any

from hydra_recipes.files import content_of

VARIABLE = "HYDRA_RECIPES_CACHE"
"""The environment variable with the cache's directory; if it is empty, nothing is kept."""
UNUSABLE = (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, MemoryError)
"""The errors that a kept file leads to if it is missing, cut off, or holds something else."""
SLOTS = 32
_SUM = 4
"""The length in bytes of the checksum before the data, which tells damaged data."""


class KeptFile:
    """A file in the cache.

    Args:
        kind: What is kept in it.
        request: What it is kept for; another request may have the same file.
        slots: How many files of this kind there are at most.

    Attributes:
        path: Its path; None if nothing is kept.
    """

    def __init__(self, kind: str, request: str, slots: int = SLOTS) -> None:
        place = directory()
        slot = binascii.crc32(request.encode(errors="surrogateescape")) % slots
        name = f"{kind}-{slot:02}.{sys.implementation.cache_tag}"
        self.path = f"{place}/{name}" if place else None

    def read(self) -> Any:
        """Return what is kept.

        Raises:
            Exception: One of ``UNUSABLE``, if nothing is, or somebody else can have written it.
        """
        if self.path is None:
            raise FileNotFoundError
        return marshal.loads(_own(self.path))  # noqa: S302 - ours

    def write(self, data: Any) -> None:
        """Keep plain data in place of what was there.

        Raises:
            Exception: One of ``UNUSABLE``, if that can't be.
        """
        if self.path is not None:
            _put(self.path, marshal.dumps(data))


def state_of_code(rooms: Iterable[str], packages: Mapping[str, str]) -> list[Any]:
    """Return what tells the code that makes something: files' times and sizes, and versions.

    Args:
        rooms: The folders of this package that the code is in, besides the modules at its top.
        packages: Other packages, each with the file that says its version.
    """
    top = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - text is faster
    files = []
    for room in ("", *rooms):
        with os.scandir(f"{top}/{room}") as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    files.append((entry.path, status.st_mtime_ns, status.st_size))
    versions = []
    for name, file in packages.items():
        spec = PathFinder.find_spec(name)
        places = spec.submodule_search_locations if spec else None
        versions.append(content_of(f"{next(iter(places or ()))}/{file}"))
    return [sorted(files), versions]


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Neither read nor write what is kept, inside the ``with`` block and its processes."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = ""
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def directory() -> str | None:
    """Return the cache's directory, which may not be there yet, or None if nothing is kept."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return os.path.expanduser(named) or None  # noqa: PTH111 - text, and in quotes no shell does
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    return f"{caches}/hydra-recipes" if os.path.isabs(caches) else None  # noqa: PTH117 - text


def _sum(content: bytes | memoryview) -> bytes:
    """Return the checksum of some content."""
    return binascii.crc32(content).to_bytes(_SUM, "big")


def _own(path: str) -> memoryview:
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
    told, data = content[:_SUM], memoryview(content)[_SUM:]  # a view, as copying takes as long
    if told != _sum(data):
        raise ValueError(path)
    return data


def _put(path: str, content: bytes) -> None:
    """Write a cache file whole or not at all."""
    import tempfile
    from pathlib import Path

    from hydra_recipes.writing import SCRATCH

    Path(path).parent.mkdir(0o700, parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(dir=Path(path).parent, prefix=SCRATCH)  # nobody else's
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_sum(content) + content)  # not synced: damage is told by the sum
        os.replace(scratch, path)  # noqa: PTH105 - text
    finally:
        Path(scratch).unlink(missing_ok=True)
