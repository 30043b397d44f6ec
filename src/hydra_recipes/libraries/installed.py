"""Installed libraries: packages that declare the entry point group ``hydra_recipes.libraries``.

Every command asks for them, so the packages' metadata are searched for the group's name as text,
which takes a tenth of what ``importlib.metadata`` takes; nothing is imported.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache

from hydra_recipes.errors import LibraryError
from hydra_recipes.libraries.locating import in_package, package_directory
from hydra_recipes.library import Library

GROUP = "hydra_recipes.libraries"
"""The entry point group; an entry point's value is the package that has a folder ``conf``."""

_SECTION = re.compile(rf"^\[{re.escape(GROUP)}\]\s*$([^\[]*)", re.MULTILINE)
_ENTRY = re.compile(r"^\s*([^=#;\s][^=]*?)\s*=\s*([\w.]+)", re.MULTILINE)


def installed() -> tuple[Library, ...]:
    """The libraries of installed packages, by name.

    Raises:
        LibraryError: If a package declares a library and has none.
    """
    return _installed(tuple(sys.path))


@lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> tuple[Library, ...]:
    libraries: dict[str, Library] = {}
    for metadata, package in sorted(set(_declared(path))):
        directory = package_directory(package)
        if directory is None:
            asked = f"the entry points of {os.path.basename(metadata)}"  # noqa: PTH119 - it is text
            raise LibraryError("no-library", name=package, asked=asked)
        libraries[package] = in_package(package, directory, "installed")
    return tuple(sorted(libraries.values(), key=lambda library: library.name))


def _declared(path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The packages that are declared as libraries, each with the metadata that do so."""
    seen: set[str] = set()
    for place in path:
        try:
            with os.scandir(place or ".") as entries:
                found = [e for e in entries if e.name.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue  # a zip file, or a directory that isn't there
        for entry in found:
            distribution = re.split(r"-\d|\.egg-info$", entry.name)[0].lower().replace("-", "_")
            if distribution in seen:
                continue  # another one on the path comes first, as for Python's own import
            try:
                with open(f"{entry.path}/entry_points.txt", "rb") as stream:  # noqa: PTH123 - fast
                    content = stream.read()
            except OSError:
                continue
            if GROUP.encode() in content:
                seen.add(distribution)
                for section in _SECTION.findall(content.decode(errors="replace")):
                    yield from ((entry.path, package) for _, package in _ENTRY.findall(section))
