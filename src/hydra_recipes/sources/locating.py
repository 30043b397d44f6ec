"""Locating of libraries by a directory or a package's name, without running any of their code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hydra_recipes.files import reason_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.library import NoLibrary, NotALibrary, NotLocal, OutsideLibrary
from hydra_recipes.library.model import PRIMARY, RULES, Library, Source, builtin

CONF = "conf"
"""The folder of a project or a package that holds its library."""


SCHEMES = ("file", "pkg")
"""The schemes of Hydra's search path whose places are on this machine."""


def locate(word: str, source: Source, asked: str, base: Path) -> Library:
    """Return the library that a directory or a package's name stands for.

    A directory is tried first, then the name of the built-in library; ``file://`` or ``pkg://``
    before the name selects a directory or a package. Nothing is downloaded.

    Args:
        word: The directory, or the name of an installed package.
        source: Where it was named.
        asked: The name of that place in messages.
        base: The directory that a relative one starts from.

    Raises:
        LibraryError: If there is neither, or it holds no library.
    """
    scheme, _, place = word.rpartition("://")
    if scheme not in ("", *SCHEMES):
        raise LibraryError(NotLocal(name=word, asked=asked))
    if not place.strip():  # from an unset shell variable; it doesn't mean the current directory
        reason = "it names nothing; the directory here is ."
        raise LibraryError(NotALibrary(directory=repr(word), reason=reason))
    directory = base / Path(place).expanduser()
    if scheme != "pkg" and directory.is_dir():
        return Library(name_of(directory), root_in(directory), source, word=word)
    if scheme != "pkg" and directory.exists():
        raise LibraryError(NotALibrary(directory=word, reason="it is a file"))
    if word == builtin().name:
        return builtin()._replace(source=source, word=word)
    name = place.replace("-", "_")  # the import package of the distribution that pip installs
    package = package_directory(name) if scheme != "file" else None
    if package is None:
        raise LibraryError(NoLibrary(name=word, asked=asked))
    return in_package(name, package, source)._replace(word=word)


def config_directory(word: str) -> Library:
    """Return the library of ``--config-dir``: any directory, as Hydra takes it.

    Raises:
        LibraryError: If it isn't there.
    """
    directory = Path(word).expanduser()
    if not directory.is_dir():
        reason = "it is a file" if directory.exists() else "it isn't there"
        raise LibraryError(NotALibrary(directory=word, reason=reason))
    resolved = directory.resolve()
    return Library(resolved.name, resolved, "config-dir", word=word)


def library_in(directory: Path) -> Library | None:
    """Return the library in a directory, or None if it holds none.

    Raises:
        LibraryError: If there is no such directory, or it can't be read.
    """
    if not directory.is_dir():
        reason = "it is a file" if directory.exists() else "it isn't there"
        raise _unfit(directory, reason)
    if holds_library(directory):
        return locate(str(directory), "option", "asked for", Path.cwd())
    return None


def in_package(package: str, directory: Path, source: Source) -> Library:
    """Return the library of the package in a directory.

    That is its folder ``conf``. For a package that is installed as editable, ``conf`` may also
    stand at the root of its project.

    Raises:
        LibraryError: If it has none.
    """
    name = package.replace("_", "-")
    project = directory.parents[package.count(".")]
    project = project.parent if project.name == "src" else project
    roots = [directory / CONF]
    if (project / "pyproject.toml").is_file():
        roots.append(project / CONF)
    for root in roots:
        if root.is_dir():
            return Library(name, root.resolve(), source, package)
    reason = "the package has no folder conf"
    raise LibraryError(NotALibrary(directory=str(directory), reason=reason))


def package_directory(name: str) -> Path | None:
    """Return the directory of an installed package, or None.

    Python is asked for the outermost package only, since asking for an inner one would run the
    outer.
    """
    top, *rest = name.split(".")
    if not all(part.isidentifier() for part in (top, *rest)):
        return None
    from importlib.util import find_spec  # imported late, as few libraries are found by name

    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:  # any folder on the path is a namespace package
        return None
    for place in spec.submodule_search_locations or ():
        directory = Path(place, *rest)
        if directory.is_dir():
            return directory
    return None


def module_file(name: str) -> Path | None:
    """Return the file of an installed module, or None, without running any code."""
    parent, _, last = name.rpartition(".")
    if parent:
        directory = package_directory(parent)
        names = (f"{last}.py", f"{last}/__init__.py") if last.isidentifier() else ()
        files = [directory / name for name in names] if directory else []
        return next((file for file in files if file.is_file()), None)
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.has_location and spec.origin else None


def name_of(directory: Path) -> str:
    """Return a library's name: that of its directory, or of the one around its ``conf``."""
    resolved = directory.resolve()
    named = resolved.parent if resolved.name == CONF else resolved
    return named.name.replace("_", "-") or CONF


def root_in(directory: Path) -> Path:
    """Return the root of the library in a directory.

    That is its folder ``conf``, or the directory itself if it holds groups.

    Raises:
        LibraryError: If there is none, or it can't be read.
    """
    try:
        if (directory / CONF).is_dir():
            root = directory / CONF
            if not root.resolve().is_relative_to(directory.resolve()):
                file, name = str(root), name_of(directory)
                raise LibraryError(OutsideLibrary(file=file, library=name))
            os.scandir(root).close()  # raises if it can't be read
        elif _holds_groups(directory):
            root = directory
        else:
            raise _unfit(directory, "it has no folder conf, and no groups either")
    except OSError as error:
        raise _unfit(directory, reason_of(error)) from None
    return root.resolve()


def holds_library(directory: Path) -> bool:
    """Return whether there is a library in a directory.

    Raises:
        LibraryError: If it can't be read.
    """
    try:
        return (directory / CONF).is_dir() or _holds_groups(directory)
    except OSError as error:
        raise _unfit(directory, reason_of(error)) from None


def _unfit(directory: Path, reason: str) -> LibraryError:
    """Return the error for a directory that can't be used as a library."""
    return LibraryError(NotALibrary(directory=str(directory), reason=reason))


def _holds_groups(directory: Path) -> bool:
    """Return whether a directory looks like a library's root.

    It does if it has a primary config, rules, or a YAML file one or two folders deeper.
    """
    if (directory / f"{PRIMARY}.yaml").is_file() or (directory / RULES).is_dir():
        return True
    folders = list(_folders(directory))
    below = [inner for folder in folders for inner in _folders(folder)]
    return any(any(folder.glob("*.yaml")) for folder in (*folders, *below))


def _folders(directory: Path) -> Iterator[Path]:
    """Yield the folders of a directory, except hidden ones and those that begin with ``_``."""
    for path in directory.iterdir():
        if path.is_dir() and not path.name.startswith((".", "_")):
            yield path
