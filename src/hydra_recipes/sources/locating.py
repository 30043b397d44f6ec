"""Locating a library by a directory or a package's name, without running any of its code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import PRIMARY, RULES, Library, Source

CONF = "conf"
"""The folder of a project or a package that holds its library."""


SCHEMES = ("file", "pkg")
"""How the places of Hydra's search path begin that are on this machine."""


def locate(word: str, source: Source, asked: str, base: Path) -> Library:
    """The library that a directory or a package's name stands for; a directory goes first.

    ``file://`` and ``pkg://`` say which of them is meant. Nothing is fetched from anywhere.

    Args:
        word: The directory, or the name of an installed package.
        source: Where it was named.
        asked: How messages tell where it was named.
        base: What a relative directory starts from.

    Raises:
        LibraryError: If there is neither, or it holds no library.
    """
    scheme, _, place = word.rpartition("://")
    if scheme not in ("", *SCHEMES):
        raise LibraryError("not-local", name=word, scheme=scheme, asked=asked)
    if not place.strip():  # as a variable that isn't set leaves it; not the current directory
        reason = "it names nothing; the directory here is ."
        raise LibraryError("not-a-library", directory=repr(word), reason=reason, asked=asked)
    directory = base / Path(place).expanduser()
    if scheme != "pkg" and directory.is_dir():
        return Library(name_of(directory), root_in(directory), source, word=word)
    if scheme != "pkg" and directory.exists():
        raise LibraryError("not-a-library", directory=word, reason="it is a file", asked=asked)
    name = place.replace("-", "_")  # as pip installs it, and as Python imports it
    package = package_directory(name) if scheme != "file" else None
    if package is None:
        raise LibraryError("no-library", name=word, asked=asked)
    return in_package(name, package, source)._replace(word=word)


def in_package(package: str, directory: Path, source: Source) -> Library:
    """The library of a package that is in a directory.

    Of a package that is installed for editing, ``conf`` may also stand at its project's root.

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
    raise LibraryError("not-a-library", directory=str(directory), reason=reason, asked=package)


def package_directory(name: str) -> Path | None:
    """Where an installed package is; only its outermost package is asked for, so nothing runs."""
    top, *rest = name.split(".")
    if not all(part.isidentifier() for part in (top, *rest)):
        return None
    from importlib.util import find_spec  # few libraries are found by a name

    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:  # any folder on the path would do for a namespace
        return None
    for place in spec.submodule_search_locations or ():
        directory = Path(place, *rest)
        if directory.is_dir():
            return directory
    return None


def module_file(name: str) -> Path | None:
    """Where an installed module is; like a package, it is found without running anything."""
    parent, _, last = name.rpartition(".")
    if parent:
        directory = package_directory(parent)
        inside = (f"{last}.py", f"{last}/__init__.py") if last.isidentifier() else ()
        places = [directory / one for one in inside] if directory else []
        return next((place for place in places if place.is_file()), None)
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.has_location and spec.origin else None


def name_of(directory: Path) -> str:
    """What a library in a directory is called: as the directory, or the one around its ``conf``."""
    whole = directory.resolve()
    named = whole.parent if whole.name == CONF else whole
    return named.name.replace("_", "-") or CONF


def root_in(directory: Path) -> Path:
    """The library in a directory: its ``conf``, or the directory itself if it holds groups.

    Raises:
        LibraryError: If there is none, or it can't be read.
    """
    try:
        if (directory / CONF).is_dir():
            root = directory / CONF
            if not root.resolve().is_relative_to(directory.resolve()):
                file, name = str(root), name_of(directory)
                raise LibraryError("outside-library", file=file, library=name)
            os.scandir(root).close()  # raises if it can't be read
        elif _holds_groups(directory):
            root = directory
        else:
            reason = "it has no folder conf, and no groups either"
            raise LibraryError("not-a-library", directory=str(directory), reason=reason)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LibraryError("not-a-library", directory=str(directory), reason=reason) from None
    return root.resolve()


def holds_library(directory: Path) -> bool:
    """Whether there is a library in a directory.

    Raises:
        LibraryError: If it can't be read.
    """
    try:
        return (directory / CONF).is_dir() or _holds_groups(directory)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LibraryError("not-a-library", directory=str(directory), reason=reason) from None


def _holds_groups(directory: Path) -> bool:
    """Whether there is a primary config, rules, or an option in a folder or one folder deeper."""
    if (directory / f"{PRIMARY}.yaml").is_file() or (directory / RULES).is_dir():
        return True
    folders = list(_folders(directory))
    below = [folder for one in folders for folder in _folders(one)]
    return any(any(folder.glob("*.yaml")) for folder in (*folders, *below))


def _folders(directory: Path) -> Iterator[Path]:
    for one in directory.iterdir():
        if one.is_dir() and not one.name.startswith((".", "_")):
            yield one
