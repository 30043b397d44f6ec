"""JSON Schema keywords: those that a limit may have, and whether a value satisfies them.

Two of them are ours: ``sum`` is about what several numbers add up to, and ``number`` about a text
that has to be a number, such as ``"5000"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hydra_recipes.numbers import MAX_DIGITS, is_finite, is_number
from hydra_recipes.rules.model import Schema

if TYPE_CHECKING:
    from fractions import Fraction  # slow to import, and few values need it


def _multiple(value: Any, step: Any) -> bool:
    """Return whether a value is a multiple of a step, both taken as they are written."""
    return is_finite(value) and exact(value) % exact(step) == 0


def exact(number: float) -> Fraction:
    """Return a number as the decimal that was written for it: 0.1 as 1/10."""
    from fractions import Fraction

    return Fraction(str(number))


def _adds_up(value: Any, schema: Schema) -> bool:
    """Return whether the numbers of a mapping or a list add up to what a schema allows.

    An empty one, and one that holds anything but numbers, passes: it has no sum.
    """
    items = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(items, list) or not items or not all(map(is_finite, items)):
        return True
    return satisfies(_plain(sum(map(exact, items), start=exact(0))), schema)


_WHOLE = "-?[0-9]+"
_NUMBER = _WHOLE + r"(\.[0-9]+)?([eE][+-]?[0-9]+)?"
"""A text that is a number, as a regex; a whole one if its groups are empty."""


def number_pattern(schema: Schema) -> str:
    """Return the regex of the texts that are such numbers as the keyword ``number`` asks for.

    Where only whole numbers are allowed, 5000.0 isn't: what reads the text may not take it.
    """
    return f"^{_WHOLE if is_counted(schema) else _NUMBER}$"


def is_counted(schema: Schema) -> bool:
    """Return whether a schema of numbers allows whole ones only."""
    return isinstance(schema, Mapping) and isinstance(schema.get("multipleOf"), int)


def number_in(text: str) -> float | None:
    """Return the number that a text is, as an int if it is digits only; None if it is none."""
    written = re.fullmatch(_NUMBER, text) if len(text) < MAX_DIGITS else None
    if written is None:
        return None
    number = float(text) if any(written.groups()) else int(text)
    return number if is_finite(number) else None


def _is_number_text(value: Any, schema: Schema) -> bool:
    """Return whether a text is a number that a schema allows; what is no text passes."""
    if not isinstance(value, str):
        return True
    number = number_in(value) if _pattern(number_pattern(schema)).search(value) else None
    return number is not None and satisfies(number, schema)


def _plain(total: Fraction) -> float:
    """Return an exact number as an int if it is whole or beyond any float, else as a float."""
    if total.denominator == 1:
        return int(total)
    try:
        return float(total)
    except OverflowError:
        return int(total)


_PARTS = r"\\.|\[(?:\\.|[^\]\\])*\]|\$"
"""The places in a regex where a ``$`` may stand: after a backslash, in brackets, or by itself."""


@lru_cache
def _pattern(regex: str) -> re.Pattern[str]:
    """Compile a regex with ``$`` as in JSON Schema: the very end, not before a last line break."""
    head, dollar, rest = regex.partition("$")
    if not rest and not head.endswith("\\"):
        return re.compile(head + (dollar and r"\Z"))
    return re.compile(re.sub(_PARTS, lambda part: r"\Z" if part[0] == "$" else part[0], regex))


_CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "const": lambda value, wanted: json_equal(value, wanted),  # noqa: PLW0108 - defined below
    "enum": lambda value, options: any(json_equal(value, option) for option in options),
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
    "number": _is_number_text,
    "anyOf": lambda value, schemas: any(satisfies(value, schema) for schema in schemas),
    "not": lambda value, schema: not satisfies(value, schema),
}
_NOTES = ("description",)
KEYWORDS = (*_CHECKS, *_NOTES)
"""The keywords that a limit may have."""
FOREIGN = (*_NOTES, "sum", "number")
"""Those of them that aren't a check in JSON Schema."""


def json_equal(value: Any, wanted: Any) -> bool:
    """Return whether two values are equal in JSON: 1 equals 1.0, but neither equals true."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(json_equal, value, wanted))
    if isinstance(value, dict) and isinstance(wanted, dict):
        return value.keys() == wanted.keys() and all(
            json_equal(value[key], wanted[key]) for key in value
        )
    return bool(value == wanted)


def satisfies(value: Any, schema: Schema) -> bool:
    """Return whether a value satisfies all keywords of a schema."""
    if isinstance(schema, bool):
        return schema
    return all(
        _CHECKS[keyword](value, wanted)
        for keyword, wanted in schema.items()
        if keyword not in _NOTES
    )


def unknown_keywords(schema: Any) -> tuple[str, ...]:
    """Return the keywords of a schema, and of schemas inside it, that limits can't have."""
    if isinstance(schema, bool):
        return ()
    if not isinstance(schema, Mapping):
        return (str(schema),)
    unknown = [str(word) for word in schema if word not in KEYWORDS]
    unknown += [word for inner in _inner(schema) for word in unknown_keywords(inner)]
    return tuple(dict.fromkeys(unknown))


def unusable_keywords(schema: Any) -> tuple[str, ...]:
    """Return the keywords of a schema, and of those in it, that have an unusable value."""
    if isinstance(schema, bool):
        return ()
    unusable = [word for word, value in schema.items() if not _USABLE[word](value)]
    if not unusable:  # else what looks like a schema inside may be none
        unusable = [word for inner in _inner(schema) for word in unusable_keywords(inner)]
    return tuple(dict.fromkeys(unusable))


def _inner(schema: Mapping[str, Any]) -> list[Any]:
    """Return the schemas inside a schema."""
    alternatives = schema.get("anyOf", ())
    words = ("items", "additionalProperties", "sum", "number", "not")
    inside = [schema[word] for word in words if word in schema]
    return [*inside, *(alternatives if isinstance(alternatives, list) else ())]


def _count(value: Any) -> bool:
    """Return whether a value is an integer from 0 on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _regex(value: Any) -> bool:
    """Return whether a value is a valid regex."""
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
        ("items", "additionalProperties", "sum", "number", "not"),
        lambda value: isinstance(value, Mapping | bool),
    ),
    "anyOf": lambda value: isinstance(value, list) and bool(value),
    "description": lambda value: isinstance(value, str),
}
"""For each keyword, whether it can be used with a value."""
assert set(_USABLE) == {*_CHECKS, *_NOTES}
