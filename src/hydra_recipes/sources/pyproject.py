"""``[tool.hydra-recipes]`` in the nearest ``pyproject.toml``."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra_recipes.files import Stamp, content_of, stamp_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.reading import unusable

SECTION = "hydra-recipes"


def nearest(directory: Path) -> Path | None:
    """Return the first ``pyproject.toml`` in a directory and its parents, or None."""
    for place in (directory, *directory.parents):
        file = place / "pyproject.toml"
        if os.path.isfile(file):  # noqa: PTH113 - false for too long a name
            return file
    return None


def libraries_in(file: Path) -> tuple[str, ...]:
    """Return the libraries that a ``pyproject.toml`` lists.

    Raises:
        LibraryError: If it can't be read, or its table has another shape.
    """
    try:
        return _libraries_in(file, stamp_of(file))
    except OSError as error:
        raise unusable(file, error) from None


def version_in(file: Path) -> str | None:
    """Return the version of a ``pyproject.toml``'s project, or None if it gives none."""
    try:
        version = read_toml(file, content_of(str(file))).get("project", {}).get("version")
    except (OSError, LibraryError, AttributeError):
        return None
    return version if isinstance(version, str) else None


def section_of(file: Path) -> dict[str, Any] | None:
    """Return the table ``[tool.hydra-recipes]`` of a ``pyproject.toml``, or None if it has none.

    Raises:
        LibraryError: If it seems to have the table, and isn't TOML.
    """
    data = content_of(str(file))
    if SECTION.encode() not in data or b"tool" not in data:
        return None  # most haven't; reading TOML takes longer than all of this
    tools = read_toml(file, data).get("tool")
    section = tools.get(SECTION) if isinstance(tools, dict) else None
    return section if isinstance(section, dict) else None


def read_toml(file: Path, data: bytes) -> dict[str, Any]:
    """Return the content of a TOML file.

    Args:
        file: The file, for messages.
        data: Its bytes.

    Raises:
        LibraryError: If it isn't TOML, or is too deep.
    """
    import tomllib  # 15 ms, and most commands read none

    try:
        return tomllib.loads(data.decode())
    except ValueError as error:  # of both, the decoding of text and of TOML
        raise unusable(file, error) from None
    except RecursionError:
        raise unusable(file, ValueError("it nests too deep")) from None


@lru_cache(maxsize=16)
def _libraries_in(file: Path, _: Stamp) -> tuple[str, ...]:
    """Return the libraries that a file lists; the modification time is part of the cache's key."""
    table = section_of(file) or {}
    listed = table.get("libraries", [])
    only_libraries = table.keys() <= {"libraries"}
    if only_libraries and type(listed) is list and all(type(word) is str for word in listed):
        return tuple(listed)  # without pydantic, which takes longer to import than all of this
    from hydra_recipes.sources.project_table import ProjectTable

    entry = f"[tool.{SECTION}] of {file}"
    return tuple(ProjectTable.read(table, str(file), entry=entry).libraries)
