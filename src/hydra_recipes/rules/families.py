"""Families: their pydantic models by import path or schema, the keys of these, and their order.

A model is imported or made only where its outline doesn't say enough.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.rules import BadFamily, NotInstalled
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.family_schema import model_of
from hydra_recipes.rules.model import is_schema
from hydra_recipes.rules.outline import Outline, outline_of
from hydra_recipes.tree import in_order

if TYPE_CHECKING:
    from pydantic import BaseModel


@lru_cache
def model(family: str) -> type[BaseModel]:
    """Return the pydantic model of a family.

    Args:
        family: The import path ``package.module:Name``, or the text of its JSON Schema.

    Raises:
        LibraryError: If there is no such module or model, or none can be made of the schema.
    """
    module, _, name = family.partition(":")
    from pydantic import BaseModel

    try:
        candidate = (
            model_of(family)
            if is_schema(family)
            else getattr(importlib.import_module(module), name)
        )
        if isinstance(candidate, type(BaseModel)):
            candidate.model_rebuild()  # fails if an annotation names an unknown type
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a library's module may raise any
        reason = str(error).partition("\n")[0] or type(error).__name__
        missing = _not_installed(error)
        if missing:
            detail = NotInstalled(family=family, reason=reason, module=missing)
            raise LibraryError(detail) from None
        raise LibraryError(BadFamily(family=family, reason=reason)) from None
    if not isinstance(candidate, type(BaseModel)):
        raise LibraryError(BadFamily(family=family, reason="it is no pydantic model"))
    return candidate


def _not_installed(error: BaseException) -> str | None:
    """Return the package that an import lacked, or None if that isn't what went wrong."""
    from importlib.util import find_spec  # most models are there

    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    package = error.name.partition(".")[0]
    return package if find_spec(package) is None else None


def with_project(detail: BadFamily, file: str) -> BadFamily:
    """Return a detail with the project to install, if that of the rules file has the module."""
    if not isinstance(detail, NotInstalled):
        return detail
    for place in Path(file).parents:
        if (place / "pyproject.toml").is_file():
            names = (detail.module, f"{detail.module}.py")
            is_there = any((place / src / name).exists() for src in ("", "src") for name in names)
            return detail.but(project=os.path.relpath(place)) if is_there else detail
    return detail


@lru_cache
def outline(family: str) -> Outline:
    """Return what the model of a family says of its keys.

    Raises:
        LibraryError: As ``model`` does.
    """
    return outline_of(family, model)


def descriptions(family: str) -> Mapping[KeyPath, str]:
    """Return each key that a recipe of the family may have, in order, with its meaning."""
    return outline(family).meanings


@lru_cache
def keys(family: str) -> tuple[KeyPath, ...]:
    """Return every key that a recipe of the family may have, in the family's order."""
    return tuple(outline(family).meanings)


def ordered(tree: Mapping[str, Any], family: str) -> dict[str, Any]:
    """Return the tree with its keys in the family's order; unknown keys come last."""
    return in_order(tree, descriptions(family))
