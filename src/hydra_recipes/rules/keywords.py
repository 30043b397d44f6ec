"""JSON Schema keywords: does a value satisfy them, how to say them, and the nearest that does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from hydra_recipes.rules.model import Schema


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _multiple(value: Any, step: Any) -> bool:
    return Fraction(str(value)) % Fraction(str(step)) == 0


_PARTS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$")
"""The parts of a pattern in which a ``$`` may stand: after a backslash, in brackets, or alone."""


@lru_cache
def _pattern(regex: str) -> re.Pattern[str]:
    """A pattern with ``$`` as JSON Schema has it: the very end, not before a last line break."""
    return re.compile(_PARTS.sub(lambda part: r"\Z" if part[0] == "$" else part[0], regex))


_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "const": lambda value, wanted: equal(value, wanted),  # noqa: PLW0108 - defined below
    "enum": lambda value, wanted: any(equal(value, one) for one in wanted),
    "minimum": lambda value, bound: not _number(value) or value >= bound,
    "maximum": lambda value, bound: not _number(value) or value <= bound,
    "exclusiveMinimum": lambda value, bound: not _number(value) or value > bound,
    "exclusiveMaximum": lambda value, bound: not _number(value) or value < bound,
    "multipleOf": lambda value, step: not _number(value) or _multiple(value, step),
    "pattern": lambda value, regex: (
        not isinstance(value, str) or _pattern(regex).search(value) is not None
    ),
    "minLength": lambda value, bound: not isinstance(value, str) or len(value) >= bound,
    "maxLength": lambda value, bound: not isinstance(value, str) or len(value) <= bound,
    "minItems": lambda value, bound: not isinstance(value, list) or len(value) >= bound,
    "maxItems": lambda value, bound: not isinstance(value, list) or len(value) <= bound,
    "items": lambda value, schema: (
        not isinstance(value, list) or all(satisfies(item, schema) for item in value)
    ),
    "anyOf": lambda value, schemas: any(satisfies(value, schema) for schema in schemas),
    "not": lambda value, schema: not satisfies(value, schema),
}
_NOTES = ("description",)


def equal(value: Any, wanted: Any) -> bool:
    """Equality as JSON has it: 1 is 1.0, but neither is true."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value == wanted)


def satisfies(value: Any, schema: Schema) -> bool:
    """Whether a value satisfies all keywords of a schema."""
    if isinstance(schema, bool):
        return schema
    return all(
        _CHECKS[keyword](value, wanted)
        for keyword, wanted in schema.items()
        if keyword not in _NOTES
    )


def unknown_keywords(schema: Any) -> tuple[str, ...]:
    """The keywords of a schema that this module doesn't know."""
    if isinstance(schema, bool):
        return ()
    if not isinstance(schema, Mapping):
        return (str(schema),)
    return tuple(str(word) for word in schema if word not in _CHECKS and word not in _NOTES)


def allowed(schema: Schema) -> str:
    """What a schema allows, in words: ``6, 12 or 24``, ``1 to 20``, ``a multiple of 1024``."""
    if isinstance(schema, bool):
        return "anything" if schema else "no value: the key must not be there"
    if "description" in schema:
        return str(schema["description"])
    parts: list[str] = []
    for keyword, wanted in schema.items():
        if keyword in ("enum", "const"):
            parts.append(one_of(wanted if keyword == "enum" else [wanted]))
        elif keyword == "anyOf":
            parts.append(" or ".join(allowed(one) for one in wanted))
        elif keyword == "not":
            parts.append(f"not {allowed(wanted)}")
        elif keyword == "multipleOf":
            parts.append(f"a multiple of {spell(wanted)}")
        elif keyword == "items":
            parts.append(f"each {allowed(wanted)}")
        elif keyword == "pattern":
            parts.append(f"text like {wanted}")
    return " and ".join(filter(None, [_range(schema), _size(schema), *parts])) or "anything"


def _range(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    open_low, open_high = "exclusiveMinimum" in schema, "exclusiveMaximum" in schema
    if low is not None and high is not None and not open_low and not open_high:
        return f"{spell(low)} to {spell(high)}"
    bounds = []
    if low is not None:
        bounds.append(f"{'above' if open_low else 'at least'} {spell(low)}")
    if high is not None:
        bounds.append(f"{'below' if open_high else 'at most'} {spell(high)}")
    return " and ".join(bounds)


def _size(schema: Mapping[str, Any]) -> str:
    if schema.get("maxLength") == 0:
        return "empty"
    if schema.get("minLength") == 1 and "maxLength" not in schema:
        return "not empty"
    words = []
    for unit, low, high in (
        ("characters", "minLength", "maxLength"),
        ("values", "minItems", "maxItems"),
    ):
        least, most = schema.get(low), schema.get(high)
        if least is not None and least == most:
            words.append(f"{least} {unit}")
        elif least is not None and most is not None:
            words.append(f"{least} to {most} {unit}")
        elif least is not None:
            words.append(f"at least {least} {unit}")
        elif most is not None:
            words.append(f"at most {most} {unit}")
    return " and ".join(words)


def one_of(values: list[Any] | tuple[Any, ...]) -> str:
    """``2, 4 or 8``."""
    words = [spell(value) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def spell(value: Any) -> str:
    """A value as a person would type it: ``1e-06``, ``true``, ``null``, ``"null"``."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str) and value.lower() in ("", "null", "true", "false"):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(spell, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {spell(item)}" for key, item in value.items()) + "}"
    return str(value)


def nearest(value: Any, schema: Schema) -> Any:
    """The allowed value nearest to one that isn't, or None if the schema doesn't name one."""
    if isinstance(schema, bool):
        return None
    if "anyOf" in schema:
        found = (nearest(value, one) for one in schema["anyOf"])
        return next((near for near in found if near is not None), None)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        if not _number(value):
            return None
        numbers = [one for one in schema["enum"] if _number(one)]
        return min(numbers, key=lambda one: abs(one - value), default=None)
    return _clamped(value, schema) if _number(value) and math.isfinite(value) else None


def _clamped(value: float, schema: Mapping[str, Any]) -> Any:
    near: Any = value
    if "minimum" in schema:
        near = max(near, schema["minimum"])
    if "maximum" in schema:
        near = min(near, schema["maximum"])
    step = schema.get("multipleOf")
    if step:
        near = max(step, round(near / step) * step)
    return near if satisfies(near, schema) else None
