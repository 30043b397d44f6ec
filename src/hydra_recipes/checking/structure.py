"""Structure: whether a recipe has the shape its family asks for, by the family's pydantic model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from hydra_recipes.findings.finding import Finding
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.numbers import is_finite, is_too_long
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.text import spell
from hydra_recipes.tree import near_keys, nearest, shortest

_EXPECTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a finite number",
}

_MOST_ITEMS = 5
"""Of so many items of one list it is told what is wrong; of the others, how many there are."""
_MOST_HINTS = 50
"""For so many unknown keys the nearest known ones are looked up; that takes its time."""


def check_structure(
    resolved: Mapping[str, Any], family: str, skip: frozenset[KeyPath] = frozenset()
) -> Iterator[tuple[KeyPath, Finding]]:
    """What is wrong with the shape of a recipe.

    Args:
        resolved: The recipe without links.
        family: Import path of the family's model.
        skip: Keys that have no value and a finding of their own.

    Yields:
        The key that each finding is about, and the finding.
    """
    from pydantic import ValidationError

    hints = _MOST_HINTS
    items: dict[KeyPath, int] = {}
    try:
        families.model(family).model_validate(resolved)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            path = tuple(detail["loc"])
            has_finding = path in skip or detail["input"] == UNSET
            if path and isinstance(path[-1], int):
                items[path[:-1]] = items.get(path[:-1], 0) + 1
                has_finding |= items[path[:-1]] > _MOST_ITEMS
            if not has_finding or detail["type"] == "extra_forbidden":
                hints -= detail["type"] == "extra_forbidden"
                yield path, _finding(path, detail["type"], detail, family, hint=hints >= 0)
    for path, count in items.items():
        if count > _MOST_ITEMS:
            data = {"more": count - _MOST_ITEMS}
            yield path, Finding("error", "type", "more-items", dotted(path), data=data)


def _finding(
    path: KeyPath, kind: str, detail: Mapping[str, Any], family: str, *, hint: bool
) -> Finding:
    key = dotted(path)
    if kind == "invalid_key":  # a key that isn't text
        return _unknown(key, detail["input"], ())
    if kind == "extra_forbidden":
        if not hint:
            return _unknown(key, detail["input"], ())
        return _unknown(key, detail["input"], _near(path, family))
    if kind == "missing":
        about = families.descriptions(family).get(path, "")
        data = {"about": about, "mapping": any(p[:-1] == path for p in families.keys(family))}
        return Finding("error", "missing-key", "missing-key", key, data=data)
    expected = _EXPECTED.get(kind, str(detail["msg"]))
    short = shortest(path, families.keys(family)) if path in families.keys(family) else key
    either = (True, False) if kind == "bool_type" else ()
    meant = _meant(detail["input"], kind)
    data = {"expected": expected, "short": short, "meant": meant, "either": either}
    return Finding("error", "type", "wrong-type", key, detail["input"], data=data)


@lru_cache(maxsize=1024)  # a search for repairs asks again and again
def _near(path: KeyPath, family: str) -> tuple[str, ...]:
    """Return the keys of a family that are spelled most like an unknown one."""
    every = families.keys(family)
    # A key that stands in the wrong mapping: its short name would say nothing.
    elsewhere = tuple(dotted(known) for known in every if known[-1] == path[-1])
    if elsewhere:
        return elsewhere
    siblings = {str(known[-1]): known for known in every if known[:-1] == path[:-1]}
    beside = [siblings[name] for name in nearest(str(path[-1]), siblings)]
    return tuple(shortest(known, every) for known in beside) or near_keys(path, every)


def _unknown(key: str, value: Any, near: tuple[str, ...]) -> Finding:
    data = {"nearest": near}
    return Finding("error", "unknown-key", "unknown-key-in-recipe", key, value, data=data)


def _meant(value: Any, kind: str) -> Any:
    """The value of the right type that was probably meant, or None."""
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
