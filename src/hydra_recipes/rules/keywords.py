"""JSON Schema keywords: does a value satisfy them, how to say them, and the nearest that does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hydra_recipes.numbers import as_number, is_finite, is_number
from hydra_recipes.rules.model import Schema
from hydra_recipes.text import one_of, spell

if TYPE_CHECKING:
    from fractions import Fraction  # an import that few values need


def _multiple(value: Any, step: Any) -> bool:
    return is_finite(value) and _exact(value) % _exact(step) == 0


def _exact(number: float) -> Fraction:
    """A number as it is written, not as a computer stores it."""
    from fractions import Fraction

    return Fraction(str(number))


def _adds_up(value: Any, schema: Schema) -> bool:
    """Whether the numbers of a mapping or a list add up to what a schema allows.

    Where there are none, or other things too, there is nothing to add up.
    """
    items = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(items, list) or not items or not all(map(is_finite, items)):
        return True
    return satisfies(_plain(sum(map(_exact, items), start=_exact(0))), schema)


def _plain(exact: Fraction) -> float:
    """An exact number as one of Python's own: a float where it has to be one and can."""
    if exact.denominator == 1:
        return int(exact)
    try:
        return float(exact)
    except OverflowError:
        return int(exact)


_PARTS = r"\\.|\[(?:\\.|[^\]\\])*\]|\$"
"""The parts of a pattern in which a ``$`` may stand: after a backslash, in brackets, or alone."""


@lru_cache
def _pattern(regex: str) -> re.Pattern[str]:
    """A pattern with ``$`` as JSON Schema has it: the very end, not before a last line break."""
    head, dollar, rest = regex.partition("$")
    if not rest and not head.endswith("\\"):
        return re.compile(head + (dollar and r"\Z"))
    return re.compile(re.sub(_PARTS, lambda part: r"\Z" if part[0] == "$" else part[0], regex))


_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "const": lambda value, wanted: equal(value, wanted),  # noqa: PLW0108 - defined below
    "enum": lambda value, wanted: any(equal(value, one) for one in wanted),
    "minimum": lambda value, bound: not is_number(value) or value >= bound,
    "maximum": lambda value, bound: not is_number(value) or value <= bound,
    "exclusiveMinimum": lambda value, bound: not is_number(value) or value > bound,
    "exclusiveMaximum": lambda value, bound: not is_number(value) or value < bound,
    "multipleOf": lambda value, step: not is_number(value) or _multiple(value, step),
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
    "additionalProperties": lambda value, schema: (
        not isinstance(value, dict) or all(satisfies(item, schema) for item in value.values())
    ),
    "sum": _adds_up,
    "anyOf": lambda value, schemas: any(satisfies(value, schema) for schema in schemas),
    "not": lambda value, schema: not satisfies(value, schema),
}
_NOTES = ("description",)
KEYWORDS = (*_CHECKS, *_NOTES)
"""The keywords that a limit may have."""
FOREIGN = (*_NOTES, "sum")
"""Those of them that JSON Schema doesn't have, or not as a check."""


def equal(value: Any, wanted: Any) -> bool:
    """Equality as JSON has it: 1 is 1.0, but neither is true."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(equal, value, wanted))
    if isinstance(value, dict) and isinstance(wanted, dict):
        return value.keys() == wanted.keys() and all(equal(value[k], wanted[k]) for k in value)
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
    """The keywords of a schema, and of those inside it, that this module doesn't know."""
    if isinstance(schema, bool):
        return ()
    if not isinstance(schema, Mapping):
        return (str(schema),)
    found = [str(word) for word in schema if word not in KEYWORDS]
    found += [word for inner in _inner(schema) for word in unknown_keywords(inner)]
    return tuple(dict.fromkeys(found))


def unusable_keywords(schema: Any) -> tuple[str, ...]:
    """The keywords of a schema, and of those inside it, whose value can't be used."""
    if isinstance(schema, bool):
        return ()
    found = [word for word, value in schema.items() if not _USABLE[word](value)]
    inner = () if found else _inner(schema)
    return tuple(dict.fromkeys([*found, *(w for one in inner for w in unusable_keywords(one))]))


def _inner(schema: Mapping[str, Any]) -> list[Any]:
    """The schemas inside a schema."""
    several = schema.get("anyOf", ())
    words = ("items", "additionalProperties", "sum", "not")
    inside = [schema[word] for word in words if word in schema]
    return [*inside, *(several if isinstance(several, list) else ())]


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _regex(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(_pattern(value))
    except re.error:
        return False


_USABLE: Mapping[str, Callable[[Any], bool]] = {
    "const": lambda _: True,
    "enum": lambda value: isinstance(value, list) and bool(value),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), is_finite),
    "multipleOf": lambda value: is_finite(value) and value > 0,
    "pattern": _regex,
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _count),
    **dict.fromkeys(
        ("items", "additionalProperties", "sum"), lambda value: isinstance(value, Mapping | bool)
    ),
    "anyOf": lambda value: isinstance(value, list) and bool(value),
    "not": lambda value: isinstance(value, Mapping | bool),
    "description": lambda value: isinstance(value, str),
}
assert set(_USABLE) == {*_CHECKS, *_NOTES}


def allowed(schema: Schema) -> str:
    """What a schema allows, in words: ``6, 12 or 24``, ``1 to 20``, ``a multiple of 1024``."""
    if isinstance(schema, bool):
        return "anything" if schema else "left out"
    if "description" in schema:
        return str(schema["description"])
    parts = [_WORDS[word](wanted) for word, wanted in schema.items() if word in _WORDS]
    return " and ".join(filter(None, [_range(schema), _size(schema), *parts])) or "anything"


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "enum": lambda wanted: one_of(wanted),  # noqa: PLW0108 - defined below
    "const": lambda wanted: one_of([wanted]),
    "anyOf": lambda wanted: " or ".join(map(allowed, wanted)),
    "not": lambda wanted: f"not {allowed(wanted)}",
    "multipleOf": lambda wanted: f"a multiple of {spell(wanted)}",
    "items": lambda wanted: f"each {allowed(wanted)}",
    "additionalProperties": lambda wanted: f"each {allowed(wanted)}",
    "sum": lambda wanted: f"values that add up to {allowed(wanted)}",
    "pattern": lambda wanted: f"text like {wanted}",
}
"""What keywords that stand for themselves say."""


def _range(schema: Mapping[str, Any]) -> str:
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    given = [keyword for keyword in words if keyword in schema]
    if given == ["minimum", "maximum"]:
        return f"{spell(schema['minimum'])} to {spell(schema['maximum'])}"
    return " and ".join(f"{words[keyword]} {spell(schema[keyword])}" for keyword in given)


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


def nearest(value: Any, schema: Schema) -> Any:
    """The allowed value nearest to one that isn't, or None if the schema doesn't name one."""
    if isinstance(schema, bool):
        return None
    found: list[Any]
    if "const" in schema:
        found = [schema["const"]]
    elif "enum" in schema:
        found = [one for one in schema["enum"] if is_finite(one)] if is_finite(value) else []
    elif "anyOf" in schema:
        found = [near for one in schema["anyOf"] if (near := nearest(value, one)) is not None]
        found = found if is_finite(value) and all(map(is_finite, found)) else found[:1]
    else:
        found = _around(value, schema) if is_finite(value) else []
    fitting = [one for one in found if satisfies(one, schema) and not blanks(value, one)]
    return fitting[0] if len(fitting) == 1 else closest(value, fitting)


_PLACE = r"(?i)\s*(\w+:/|s3:|arn:)"
"""How a text begins that says where something is, well written or not."""


def blanks(value: Any, other: Any) -> bool:
    """Whether another value would only wipe out a text that somebody wrote, or a place."""
    if not isinstance(value, str) or not isinstance(other, str):
        return False
    is_lost = re.match(_PLACE, value) and not re.match(_PLACE, other)
    return bool(value.strip() and (other == "" or is_lost))


def closest(value: float, numbers: Iterable[float]) -> Any:
    """The number closest to a value, the first of several; None if there are no numbers."""
    from fractions import Fraction

    return min(numbers, key=lambda one: abs(Fraction(one) - Fraction(value)), default=None)


def _around(value: float, schema: Mapping[str, Any]) -> list[float]:
    """The value moved between the bounds, and to the multiples next to it."""
    near = max(value, schema.get("minimum", value))
    near = min(near, schema.get("maximum", near))
    if "multipleOf" not in schema:
        return [near]
    step = schema["multipleOf"]
    below = math.floor(_exact(near) / _exact(step))
    return [_times(below, step), _times(below + 1, step)]


def _times(count: int, step: float) -> float:
    """A multiple of a step as it is written: three times 0.1 is 0.3."""
    if isinstance(step, int):
        return count * step
    return as_number(count * _exact(step))
