"""Families: models loaded by their import path, their keys, and the order of those.

Only the model that a rules file names is imported, when a recipe of its family is looked at.
"""

from __future__ import annotations

import importlib
import types
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.origin import KeyPath

if TYPE_CHECKING:
    from pydantic import BaseModel


@lru_cache
def model(family: str) -> type[BaseModel]:
    """The pydantic model of a family, from its import path ``package.module:Name``.

    Raises:
        LibraryError: If there is no such module or model.
    """
    module, _, name = family.partition(":")
    from pydantic import BaseModel

    try:
        found = getattr(importlib.import_module(module), name)
        if isinstance(found, type(BaseModel)):
            found.model_rebuild()  # an annotation may name what there isn't
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a library's module does
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise LibraryError("bad-family", family=family, reason=reason) from None
    if not isinstance(found, type(BaseModel)):
        raise LibraryError("bad-family", family=family, reason="it is no pydantic model")
    return found


@lru_cache
def descriptions(family: str) -> dict[KeyPath, str]:
    """Every key that a recipe of the family may have, in the family's order, with its meaning."""
    return dict(_walk(model(family), ()))


def keys(family: str) -> tuple[KeyPath, ...]:
    """Every key that a recipe of the family may have, in the family's order."""
    return tuple(descriptions(family))


def ordered(tree: Mapping[str, Any], family: str) -> dict[str, Any]:
    """The tree with its keys in the family's order; keys that the family doesn't know come last."""
    rank = {path: at for at, path in enumerate(descriptions(family))}
    return _ordered(tree, (), rank)


def _ordered(tree: Mapping[str, Any], at: KeyPath, rank: Mapping[KeyPath, int]) -> dict[str, Any]:
    names = sorted(tree, key=lambda name: rank.get((*at, name), len(rank)))
    return {
        name: _ordered(tree[name], (*at, name), rank)
        if isinstance(tree[name], dict)
        else tree[name]
        for name in names
    }


def _walk(section: type[BaseModel], at: KeyPath) -> typing.Iterator[tuple[KeyPath, str]]:
    for name, field in section.model_fields.items():
        yield (*at, name), field.description or ""
        inner = nested(field.annotation)
        if inner is not None:
            yield from _walk(inner, (*at, name))


def nested(annotation: Any) -> type[BaseModel] | None:
    """The model that a field's type is, or that one of its alternatives is."""
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return next(filter(None, map(nested, typing.get_args(annotation))), None)
    return None
