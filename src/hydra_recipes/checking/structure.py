"""Findings about a recipe's shape, as its family's pydantic model asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.values import (
    MissingKey,
    MoreItems,
    UnknownKeyInRecipe,
    WrongType,
)
from hydra_recipes.library.mistake import expected
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.numbers import is_finite, is_too_long
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.text import spell
from hydra_recipes.tree import near_keys, nearest, shortest

_MOST_ITEMS = 5
"""How many wrong items of one list get findings of their own; the others are counted."""
_MOST_HINTS = 50
"""For how many unknown keys the nearest known ones are looked up, which is slow."""


def check_structure(
    resolved: Mapping[str, Any], family: str, skip: frozenset[KeyPath] = frozenset()
) -> Iterator[tuple[KeyPath, Finding]]:
    """Yield the findings about a recipe's shape, each with its key path.

    Args:
        resolved: The recipe without links.
        family: Import path of the family's model.
        skip: Key paths without a value, which have findings already.
    """
    if families.outline(family).fits(resolved):
        return
    from pydantic import ValidationError

    hints_left = _MOST_HINTS
    wrong_items: dict[KeyPath, list[KeyPath]] = {}
    try:
        families.model(family).model_validate(resolved)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            path = tuple(detail["loc"])
            has_finding = path in skip or detail["input"] == UNSET
            if path and isinstance(path[-1], int):
                wrong_items.setdefault(path[:-1], []).append(path)
                has_finding |= len(wrong_items[path[:-1]]) > _MOST_ITEMS
            if not has_finding or detail["type"] == "extra_forbidden":
                hints_left -= detail["type"] == "extra_forbidden"
                yield path, _finding(path, detail["type"], detail, family, hint=hints_left >= 0)
    for path, items in wrong_items.items():
        if len(items) > _MOST_ITEMS:  # told where the first of the others stands
            more = MoreItems(more=len(items) - _MOST_ITEMS)
            yield items[_MOST_ITEMS], Finding("error", "type", more, dotted(path))


def _finding(
    path: KeyPath, kind: str, detail: Mapping[str, Any], family: str, *, hint: bool
) -> Finding:
    """Return the finding about one of pydantic's errors.

    Args:
        path: The key path that the error is about.
        kind: Pydantic's name for the error.
        detail: The error.
        family: Import path of the family's model.
        hint: Whether to look up the keys nearest to an unknown one.
    """
    key = dotted(path)
    if kind == "invalid_key":  # a key that isn't text
        return _unknown(key, detail["input"], ())
    if kind == "extra_forbidden":
        if not hint:
            return _unknown(key, detail["input"], ())
        return _unknown(key, detail["input"], _near(path, family))
    if kind == "missing":
        about = families.descriptions(family).get(path, "")
        mapping = any(known_path[:-1] == path for known_path in families.keys(family))
        return Finding("error", "missing-key", MissingKey(about=about, mapping=mapping), key)
    short = shortest(path, families.keys(family)) if path in families.keys(family) else key
    either = (True, False) if kind == "bool_type" else ()
    meant = _meant(detail["input"], kind)
    wrong_type = WrongType(expected=expected(detail), short=short, meant=meant, either=either)
    return Finding("error", "type", wrong_type, key, detail["input"])


@lru_cache(maxsize=1024)  # a search for repairs asks for the same keys again and again
def _near(path: KeyPath, family: str) -> tuple[str, ...]:
    """Return the keys of a family that are spelled most like an unknown one."""
    family_keys = families.keys(family)
    # A key that stands in the wrong mapping: its short name would say nothing.
    elsewhere = tuple(dotted(key) for key in family_keys if key[-1] == path[-1])
    if elsewhere:
        return elsewhere
    siblings = {str(key[-1]): key for key in family_keys if key[:-1] == path[:-1]}
    beside = [siblings[name] for name in nearest(str(path[-1]), siblings)]
    return tuple(shortest(key, family_keys) for key in beside) or near_keys(path, family_keys)


def _unknown(key: str, value: Any, near: tuple[str, ...]) -> Finding:
    """Return the error about a key that the family doesn't have."""
    return Finding("error", "unknown-key", UnknownKeyInRecipe(nearest=near), key, value)


def _meant(value: Any, kind: str) -> Any:
    """Return the value of the right type that was probably meant, or None."""
    if kind == "string_type" and isinstance(value, bool | int | float):
        return spell(value)
    convert = {"int_type": int, "float_type": float}.get(kind)
    if convert is None or isinstance(value, bool) or not isinstance(value, str | float):
        return None
    try:
        meant = convert(value)
    except (ValueError, OverflowError):
        return None
    if not is_finite(meant) or is_too_long(meant):
        return None
    return meant if isinstance(value, str) or meant == value else None
