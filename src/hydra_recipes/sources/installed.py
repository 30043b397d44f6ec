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

from hydra_recipes.files import content_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.model import Library

GROUP = "hydra_recipes.libraries"
"""The entry point group; an entry point's value is the package that has a folder ``conf``."""

_SECTION = rf"(?m)^\[{re.escape(GROUP)}\]\s*$([^\[]*)"
_ENTRY = r"(?m)^\s*([^=#;\s][^=]*?)\s*=\s*([\w.]+)"


def installed() -> tuple[Library, ...]:
    """The libraries of installed packages, by name.

    Raises:
        LibraryError: If a package declares a library and has none.
    """
    return _installed(tuple(sys.path))


@lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> tuple[Library, ...]:
    libraries: dict[str, Library] = {}
    declared = sorted(set(_declared(path)))
    if not declared:
        return ()
    from hydra_recipes.sources.locating import in_package, package_directory

    for metadata, package in declared:
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
            names = os.listdir(place or ".")  # noqa: PTH208 - fast
        except OSError:
            continue  # a zip file, or a directory that isn't there
        for name in names:
            if not name.endswith((".dist-info", ".egg-info")):
                continue
            metadata = f"{place or '.'}/{name}"
            try:
                content = content_of(f"{metadata}/entry_points.txt")
            except OSError:
                continue
            if GROUP.encode() not in content:
                continue
            distribution = re.split(r"-\d|\.egg-info$", name)[0].lower().replace("-", "_")
            if distribution not in seen:  # what comes first on the path counts, as for an import
                seen.add(distribution)
                for section in re.findall(_SECTION, content.decode(errors="replace")):
                    yield from ((metadata, package) for _, package in re.findall(_ENTRY, section))
