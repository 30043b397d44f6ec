"""Lock: exactly which libraries recipes are composed from, down to each file; and its file.

The file gives each library's name, version and source, and a digest of each of its files. The path
of a directory is relative to the lock, so that nothing in the file is about one machine. Two locks
differ by what is in the libraries; where a library stands makes no difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.header import command_in
from hydra_recipes.files import content_of, digest_of, digest_of_content
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.files import RecipeOfOtherLock
from hydra_recipes.findings.messages.lock import (
    BadLock,
    FileChanged,
    FileFate,
    LaterLock,
    LibraryGone,
    LibraryNew,
    LockChange,
    NoLock,
    OrderChanged,
    OtherLock,
    VersionChanged,
)
from hydra_recipes.library.mistake import reason_of
from hydra_recipes.library.model import Libraries, Library
from hydra_recipes.library.reading import unusable
from hydra_recipes.library_tools.contents import version_of
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.model import is_schema
from hydra_recipes.sources import pyproject
from hydra_recipes.sources.locating import module_file

NAME = "recipes.lock"
FORMAT = 1
"""The format that is written; a lock of a later one can't be read."""
_SHORT = 16
"""How many hexadecimal digits of its digest stand for a lock in a recipe's first line."""
PACKAGE, DIRECTORY = ("package", "directory")
_OWN_PACKAGE = "hydra_recipes"
_HEADER = f"""\
# Written by recipe library lock. With --locked, whatever differs from it is refused.
format = {FORMAT}
"""


@dataclass(frozen=True)
class Locked:
    """A library in a lock.

    Attributes:
        name: The library's name.
        version: Its version, or None if it gives none.
        source: ``package`` or ``directory``, and its name or path.
        files: Name of each file in the library to its digest. The modules of its families are
            among them, by their paths from their package.
    """

    name: str
    version: str | None
    source: tuple[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Lock:
    """The libraries, in the order of the search path."""

    libraries: tuple[Locked, ...]

    @cached_property
    def digest(self) -> str:
        """Return the digest of all that affects what is composed: 16 hexadecimal digits."""
        parts = {
            json.dumps([position, library.name, library.version]): digest_of(library.files)
            for position, library in enumerate(self.libraries)
        }
        return digest_of(parts).partition(":")[2][:_SHORT]

    def to_toml(self) -> str:
        """Return the text of the lock's file."""
        return "\n".join([_HEADER, *map(_toml, self.libraries)])


def lock_file() -> Path:
    """Return the path of the lock, beside the nearest ``pyproject.toml``; without one, here."""
    here = Path.cwd()
    project = pyproject.nearest(here)
    return Path(os.path.relpath(project.parent if project else here, here)) / NAME


def lock_of(libraries: Libraries, directory: Path) -> Lock:
    """Return the lock of libraries as they are now.

    Args:
        libraries: The libraries.
        directory: The directory of the lock, to which paths are relative.

    Raises:
        LibraryError: If a file of a library can't be read.
    """
    return Lock(tuple(_locked(library, directory, libraries) for library in libraries.members))


def modules_of(library: Library, libraries: Libraries) -> dict[str, Path]:
    """Return the modules that a library's families are made of, by their paths from their package.

    They are the module of each family and those beside it, on which it may build.
    """
    modules = {}
    for family in rule_book(libraries).families:
        module = "" if is_schema(family.model) else family.model.partition(":")[0]
        if (
            module
            and family.library == library.name
            and not f"{module}.".startswith(f"{_OWN_PACKAGE}.")
        ):
            file = module_file(module)
            if file is None:
                continue
            parents = module.split(".")[: None if file.name == "__init__.py" else -1]
            for path in sorted(file.parent.rglob("*.py")) if parents else [file]:
                inside = path.relative_to(file.parent).as_posix()
                modules["/".join((*parents, inside))] = path
    return modules


def read_lock(path: Path) -> Lock | None:
    """Return the lock in a file, or None if there is no file.

    Raises:
        LibraryError: If the file can't be read, isn't a lock, or has a later format.
    """
    try:
        return _lock_in(path, content_of(str(path)))
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or str(error)
    except LibraryError as error:
        if isinstance(error.detail, LaterLock):
            raise
        reason = reason_of(error)
    raise LibraryError(BadLock(file=str(path), reason=reason))


def _lock_in(path: Path, data: bytes) -> Lock:
    """Return the lock in the content of a file."""
    from hydra_recipes.library_tools.lock_shape import LockShape  # most commands read no lock

    content = pyproject.read_toml(path, data)
    form = content.get("format")
    if type(form) is int and form > FORMAT:
        raise LibraryError(LaterLock(file=str(path), format=form, known=FORMAT))
    shape = LockShape.read(content, str(path), entry=NAME)
    return Lock(
        tuple(
            Locked(library.name, library.version, next(iter(library.source.items())), library.files)
            for library in shape.library
        )
    )


def _locked(library: Library, directory: Path, libraries: Libraries) -> Locked:
    """Return a library as a lock in a directory has it."""
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
    """Return the path of a library's root, relative to a directory."""
    try:
        return Path(os.path.relpath(root, directory.resolve())).as_posix()
    except ValueError:  # on another drive of Windows there is no way from one to the other
        return root.name


def _toml(library: Locked) -> str:
    """Return the tables of a library in a lock's file."""
    kind, where = library.source
    lines = ["[[library]]", f"name = {_quoted(library.name)}"]
    lines += [f"version = {_quoted(library.version)}"] if library.version is not None else []
    lines += [f"source = {{ {kind} = {_quoted(where)} }}", "", "[library.files]"]
    lines += [f"{_quoted(name)} = {_quoted(digest)}" for name, digest in library.files.items()]
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """Return a text as TOML writes it, which is as JSON does but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def differences_between(old: Lock, new: Lock) -> list[LockChange]:
    """Return the differences between two locks, library by library."""
    before = {library.name: library for library in old.libraries}
    after = {library.name: library for library in new.libraries}
    differences: list[LockChange] = [
        LibraryGone(library=name, source=list(before[name].source))
        for name in before
        if name not in after
    ]
    for name, library in after.items():
        if name in before:
            differences += _in_library(before[name], library)
        else:
            differences.append(LibraryNew(library=name))
    orders = [[library.name for library in lock.libraries] for lock in (old, new)]
    if not differences and orders[0] != orders[1]:
        differences.append(OrderChanged(old=orders[0], new=orders[1]))
    return differences


def require_lock(libraries: Libraries, digest: str | None = None) -> Lock:
    """Return the lock; raise unless the libraries are as it says.

    Args:
        libraries: The libraries in force.
        digest: The digest that the lock must have, as in a recipe's first line; None for any.

    Raises:
        LibraryError: If there is no lock, it can't be used, it has another digest, or a library
            differs from it.
    """
    path = lock_file()
    lock = read_lock(path)
    if lock is None:
        raise LibraryError(NoLock(file=str(path)))
    if digest is not None and digest != lock.digest:
        raise LibraryError(OtherLock(file=str(path), asked=digest, digest=lock.digest))
    differences = differences_between(lock, lock_of(libraries, path.parent))
    if differences:
        first = differences[0].but(lock=str(path), more=len(differences) - 1)
        if isinstance(first, LibraryGone) and first.source[0] == DIRECTORY:
            first = first.but(directory=os.path.relpath(path.parent / first.source[1]))
        if isinstance(first, FileChanged):
            library = next(one for one in libraries.members if one.name == first.library)
            file = modules_of(library, libraries).get(first.file, library.root / first.file)
            first = first.but(path=str(file))
        raise LibraryError(first)
    return lock


def require_same_lock(document: Document, digest: str) -> None:
    """Raise if the first line of a recipe file names another lock than that of a digest.

    Raises:
        LibraryError: If it does.
    """
    command = command_in(document.text)
    named = command.lock if command else None
    if named and named != digest:
        raise LibraryError(RecipeOfOtherLock(file=document.file, asked=named, digest=digest))


def _in_library(old: Locked, new: Locked) -> Iterator[LockChange]:
    """Yield the differences between two locks' entries for one library."""
    if old.version != new.version:
        yield VersionChanged(library=old.name, old=old.version, new=new.version)
    for name in sorted({*old.files, *new.files}):
        digests = old.files.get(name), new.files.get(name)
        if digests[0] != digests[1]:
            how: FileFate = (
                "new" if digests[0] is None else "gone" if digests[1] is None else "changed"
            )
            yield FileChanged(library=old.name, file=name, how=how)
