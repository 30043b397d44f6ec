"""Lock: exactly which libraries recipes are composed from, down to each file; and its file.

The file says of each library what it is called, its version, where it was found, and a digest of
each of its files. A directory is told as it is seen from the lock, so that nothing in the file is
about one machine. Where a library stands doesn't count for anything: what is in it does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hydra_recipes.files import content_of, digest_of, digest_of_content
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.lock import (
    BadLock,
    FileChanged,
    LaterLock,
    LibraryGone,
    LibraryNew,
    LockChange,
    NoLock,
    OrderChanged,
    OtherLock,
    VersionChanged,
)
from hydra_recipes.findings.messages.rules import BadLibraryFile
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.library.reading import unusable
from hydra_recipes.library_tools.contents import version_of
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sources import pyproject
from hydra_recipes.sources.locating import module_file

NAME = "recipes.lock"
FORMAT = 1
"""The format that is written; a lock of a later one can't be read."""
_SHORT = 16
"""How many hexadecimal digits of its digest stand for a lock in a recipe's first line."""
PACKAGE, DIRECTORY = _SOURCES = ("package", "directory")
_OWN_PACKAGE = "hydra_recipes"
_HEADER = f"""\
# Written by recipe library lock. With --locked, whatever differs from it is refused.
format = {FORMAT}
"""


@dataclass(frozen=True)
class Locked:
    """One library as a lock has it.

    Attributes:
        name: What it is called.
        version: Its version, if it says one.
        source: ``package`` or ``directory``, and which.
        files: A digest of each file, by its name in the library; those of the modules of its
            families are among them, by their place in their package.
    """

    name: str
    version: str | None
    source: tuple[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Lock:
    """The libraries, the first on the search path first."""

    libraries: tuple[Locked, ...]

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits over all that bears on what is composed."""
        parts = {
            json.dumps([at, one.name, one.version]): digest_of(one.files)
            for at, one in enumerate(self.libraries)
        }
        return digest_of(parts).partition(":")[2][:_SHORT]

    def to_toml(self) -> str:
        """The text of its file."""
        return "\n".join([_HEADER, *map(_toml, self.libraries)])


def lock_file() -> Path:
    """Where the lock is: beside the nearest ``pyproject.toml``, or here where there is none."""
    here = Path.cwd()
    project = pyproject.nearest(here)
    return Path(os.path.relpath(project.parent if project else here, here)) / NAME


def lock_of(libraries: Libraries, directory: Path) -> Lock:
    """The lock of libraries as they are.

    Args:
        libraries: The libraries.
        directory: Where the lock is, which directories are told from.

    Raises:
        LibraryError: If a file of one can't be read.
    """
    return Lock(tuple(_locked(library, directory, libraries) for library in libraries.members))


def modules_of(library: Library, libraries: Libraries) -> dict[str, Path]:
    """The modules that the families of a library are made of, by their place in their package.

    Those are the family's own and those beside it, on which it may build.
    """
    found = {}
    for family in rule_book(libraries).families:
        module = family.model.partition(":")[0]
        if family.library == library.name and not f"{module}.".startswith(f"{_OWN_PACKAGE}."):
            file = module_file(module)
            if file is None:
                continue
            parents = module.split(".")[: None if file.name == "__init__.py" else -1]
            for one in sorted(file.parent.rglob("*.py")) if parents else [file]:
                inside = one.relative_to(file.parent).as_posix()
                found["/".join((*parents, inside))] = one
    return found


def read_lock(path: Path) -> Lock | None:
    """Reads a lock; None if there is none.

    Raises:
        LibraryError: If it can't be read, is none, or is of a later format.
    """
    try:
        data = content_of(str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from None
    try:
        found = pyproject.read_toml(path, data)
    except LibraryError as error:
        detail = error.detail
        reason = detail.reason if isinstance(detail, BadLibraryFile) else str(error)
        raise _unusable(path, reason) from None
    form = found.get("format")
    if type(form) is not int or form < 1:
        raise _unusable(path, "it has no format")
    if form > FORMAT:
        raise LibraryError(LaterLock(file=str(path), format=form, known=FORMAT))
    entries = found.get("library")
    if not isinstance(entries, list) or not entries:
        raise _unusable(path, "it names no library")
    if not all(map(_is_entry, entries)):
        raise _unusable(path, "a library in it is not as recipe library lock writes one")
    return Lock(tuple(map(_read, entries)))


def _locked(library: Library, directory: Path, libraries: Libraries) -> Locked:
    package = _OWN_PACKAGE if library.source == "built-in" else library.package
    if package is not None:
        source = (PACKAGE, package)
    else:
        source = (DIRECTORY, _seen_from(directory, library.root))
    files = library.digests()
    for name, file in modules_of(library, libraries).items():
        try:
            files[name] = digest_of_content(content_of(str(file)))
        except OSError as error:
            raise unusable(file, error) from None
    return Locked(library.name, version_of(library), source, files)


def _seen_from(directory: Path, root: Path) -> str:
    try:
        return Path(os.path.relpath(root, directory.resolve())).as_posix()
    except ValueError:  # on another drive of Windows there is no way from one to the other
        return root.name


def _toml(one: Locked) -> str:
    kind, where = one.source
    lines = ["[[library]]", f"name = {_quoted(one.name)}"]
    lines += [f"version = {_quoted(one.version)}"] if one.version is not None else []
    lines += [f"source = {{ {kind} = {_quoted(where)} }}", "", "[library.files]"]
    lines += [f"{_quoted(name)} = {_quoted(digest)}" for name, digest in one.files.items()]
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """A text as TOML has it, which is as JSON has it but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return False
    source, files = entry.get("source"), entry.get("files", {})
    return (
        isinstance(entry.get("version", ""), str)
        and isinstance(source, dict)
        and len(source) == 1
        and all(kind in _SOURCES and isinstance(where, str) for kind, where in source.items())
        and isinstance(files, dict)
        and all(isinstance(digest, str) for digest in files.values())
    )


def _read(entry: Mapping[str, Any]) -> Locked:
    (source,) = entry["source"].items()
    return Locked(entry["name"], entry.get("version"), source, entry.get("files", {}))


def _unusable(path: Path, reason: str) -> LibraryError:
    return LibraryError(BadLock(file=str(path), reason=reason))


def changes(old: Lock, new: Lock) -> list[LockChange]:
    """What differs between two locks, library by library."""
    before = {one.name: one for one in old.libraries}
    after = {one.name: one for one in new.libraries}
    found: list[LockChange] = [
        LibraryGone(library=name, source=list(before[name].source))
        for name in before
        if name not in after
    ]
    for name, one in after.items():
        if name in before:
            found += _in_library(before[name], one)
        else:
            found.append(LibraryNew(library=name))
    orders = [[one.name for one in lock.libraries] for lock in (old, new)]
    if not found and orders[0] != orders[1]:
        found.append(OrderChanged(old=orders[0], new=orders[1]))
    return found


def held_to_lock(libraries: Libraries, digest: str | None = None) -> Lock:
    """The lock, if all is as it says.

    Args:
        libraries: The libraries that are in force.
        digest: The digest that it has to have, as a recipe's first line carries it.

    Raises:
        LibraryError: If there is no lock or it can't be used, if it is another one, or if a
            library isn't as it says.
    """
    path = lock_file()
    lock = read_lock(path)
    if lock is None:
        raise LibraryError(NoLock(file=str(path)))
    if digest is not None and digest != lock.digest:
        raise LibraryError(OtherLock(file=str(path), asked=digest, digest=lock.digest))
    found = changes(lock, lock_of(libraries, path.parent))
    if found:
        first = found[0].but(lock=str(path), more=len(found) - 1)
        if isinstance(first, LibraryGone) and first.source[0] == DIRECTORY:
            first = first.but(directory=os.path.relpath(path.parent / first.source[1]))
        if isinstance(first, FileChanged):
            library = next(one for one in libraries.members if one.name == first.library)
            file = modules_of(library, libraries).get(first.file, library.root / first.file)
            first = first.but(path=str(file))
        raise LibraryError(first)
    return lock


def _in_library(old: Locked, new: Locked) -> Iterator[LockChange]:
    if old.version != new.version:
        yield VersionChanged(library=old.name, old=old.version, new=new.version)
    for name in sorted({*old.files, *new.files}):
        digests = old.files.get(name), new.files.get(name)
        if digests[0] != digests[1]:
            how = "new" if digests[0] is None else "gone" if digests[1] is None else "changed"
            yield FileChanged(library=old.name, file=name, how=how)
