"""Locking: what differs from a lock, and refusing it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Libraries
from hydra_recipes.library_tools.lock import (
    DIRECTORY,
    Lock,
    Locked,
    lock_file,
    lock_of,
    modules_of,
    read_lock,
)


@dataclass(frozen=True)
class Change:
    """One thing that isn't as a lock says.

    Attributes:
        kind: Which message tells it.
        data: What the message tells.
    """

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The change for programs."""
        return {"kind": self.kind.removeprefix("lock-"), **self.data}


def changes(old: Lock, new: Lock) -> list[Change]:
    """What differs between two locks, library by library."""
    before = {one.name: one for one in old.libraries}
    after = {one.name: one for one in new.libraries}
    found = [
        Change("lock-library-gone", {"library": name, "source": list(before[name].source)})
        for name in before
        if name not in after
    ]
    for name, one in after.items():
        if name in before:
            found += _in_library(before[name], one)
        else:
            found.append(Change("lock-library-new", {"library": name}))
    orders = [[one.name for one in lock.libraries] for lock in (old, new)]
    if not found and orders[0] != orders[1]:
        found.append(Change("lock-order", {"old": orders[0], "new": orders[1]}))
    return found


def held_to_lock(shelf: Libraries, digest: str | None = None) -> Lock:
    """The lock, if all is as it says.

    Args:
        shelf: The libraries that are in force.
        digest: The digest that it has to have, as a recipe's first line carries it.

    Raises:
        LibraryError: If there is no lock or it can't be used, if it is another one, or if a
            library isn't as it says.
    """
    path = lock_file()
    lock = read_lock(path)
    if lock is None:
        raise LibraryError("no-lock", file=str(path))
    if digest is not None and digest != lock.digest:
        raise LibraryError("other-lock", file=str(path), asked=digest, digest=lock.digest)
    found = changes(lock, lock_of(shelf, path.parent))
    if found:
        first = found[0]
        data = dict(first.data)
        if first.kind == "lock-library-gone" and data["source"][0] == DIRECTORY:
            data["directory"] = os.path.relpath(path.parent / data["source"][1])
        if "file" in data:
            library = next(one for one in shelf.members if one.name == data["library"])
            file = library.root / data["file"]
            data["path"] = str(modules_of(library, shelf).get(data["file"], file))
        raise LibraryError(first.kind, lock=str(path), more=len(found) - 1, **data)
    return lock


def _in_library(old: Locked, new: Locked) -> Iterator[Change]:
    if old.version != new.version:
        data = {"library": old.name, "old": old.version, "new": new.version}
        yield Change("lock-version", data)
    for name in sorted({*old.files, *new.files}):
        digests = old.files.get(name), new.files.get(name)
        if digests[0] != digests[1]:
            how = "new" if digests[0] is None else "gone" if digests[1] is None else "changed"
            yield Change("lock-file", {"library": old.name, "file": name, "how": how})
