"""``[tool.hydra-recipes]`` in the nearest ``pyproject.toml``."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra_recipes.files import content_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.rules import BadLibraryFile, BadRulesField
from hydra_recipes.library.reading import unusable

SECTION = "hydra-recipes"
_FIELDS = ("libraries",)


def nearest(directory: Path) -> Path | None:
    """The first ``pyproject.toml`` in a directory and those around it."""
    for place in (directory, *directory.parents):
        file = place / "pyproject.toml"
        if os.path.isfile(file):  # noqa: PTH113 - false for too long a name
            return file
    return None


def libraries_in(file: Path) -> tuple[str, ...]:
    """The libraries that a ``pyproject.toml`` lists.

    Raises:
        LibraryError: If it can't be read, or lists something else.
    """
    try:
        return _libraries_in(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise unusable(file, error) from None


def version_in(file: Path) -> str | None:
    """The version of the project that a ``pyproject.toml`` is of, if it says one."""
    try:
        version = read_toml(file, content_of(str(file))).get("project", {}).get("version")
    except (OSError, LibraryError, AttributeError):
        return None
    return version if isinstance(version, str) else None


def section_of(file: Path) -> dict[str, Any] | None:
    """The section of a ``pyproject.toml``, or None if it has none.

    Raises:
        LibraryError: If it isn't TOML, and seems to have one.
    """
    data = content_of(str(file))
    if SECTION.encode() not in data or b"tool" not in data:
        return None  # most haven't; reading TOML takes longer than all of this
    tools = read_toml(file, data).get("tool")
    section = tools.get(SECTION) if isinstance(tools, dict) else None
    return section if isinstance(section, dict) else None


def read_toml(file: Path, data: bytes) -> dict[str, Any]:
    """What TOML says.

    Raises:
        LibraryError: If it isn't TOML, or too deep.
    """
    import tomllib  # 15 ms, and most commands read none

    try:
        return tomllib.loads(data.decode())
    except ValueError as error:  # of both, the decoding of text and of TOML
        raise unusable(file, error) from None
    except RecursionError:
        raise unusable(file, ValueError("it nests too deep")) from None


@lru_cache(maxsize=16)
def _libraries_in(file: Path, _: int) -> tuple[str, ...]:
    section = section_of(file) or {}
    for field in section:
        if field not in _FIELDS:
            place = f"[tool.{SECTION}] of {file}"
            raise LibraryError(BadRulesField(entry=place, field=field, known=_FIELDS))
    listed = section.get("libraries", [])
    if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
        reason = f"[tool.{SECTION}] libraries has to be a list of texts"
        raise LibraryError(BadLibraryFile(file=str(file), reason=reason))
    return tuple(listed)
