"""What JSON Schema keywords allow: in words, and the allowed value that is nearest to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hydra_recipes.numbers import as_number, is_finite
from hydra_recipes.rules.keywords import exact, is_counted, number_in, satisfies
from hydra_recipes.rules.model import Schema
from hydra_recipes.text import one_of, spell

USUAL = {"warning": "usually ", "incomplete": "to submit: "}
"""The words before a limit or rule that may be broken without an error, by severity."""


def allowed(schema: Schema) -> str:
    """Return in words what a schema allows: ``6, 12 or 24``, ``1 to 20``, ``a multiple of 8``."""
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
    "number": lambda wanted: _number_words(wanted),  # noqa: PLW0108 - defined below
    "pattern": lambda wanted: f"text like {wanted}",
}
"""The words for each keyword that is described by itself; ``_range`` and ``_size`` do the rest."""


def _number_words(schema: Schema) -> str:
    """Return in words what number a text may be: ``a whole number from 1 to 20, as text``."""
    what, rest = "a number", schema
    if isinstance(schema, Mapping) and schema.get("multipleOf") == 1:
        what = "a whole number"
        rest = {word: value for word, value in schema.items() if word != "multipleOf"}
    if isinstance(rest, Mapping) and rest.keys() == {"minimum", "maximum"}:
        return f"{what} from {_range(rest)}, as text"
    return ", ".join([what, *([allowed(rest)] if rest not in ({}, True) else []), "as text"])


def _range(schema: Mapping[str, Any]) -> str:
    """Return the bounds on a number in words, or an empty text."""
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
    """Return the bounds on a length in words, or an empty text."""
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
    """Return the allowed value nearest to a value; None if the schema names none."""
    if isinstance(schema, bool):
        return None
    candidates: list[Any]
    if "const" in schema:
        candidates = [schema["const"]]
    elif "enum" in schema:
        candidates = list(filter(is_finite, schema["enum"])) if is_finite(value) else []
    elif "anyOf" in schema:
        by_alternative = [nearest(value, alternative) for alternative in schema["anyOf"]]
        candidates = [near for near in by_alternative if near is not None]
        if not is_finite(value) or not all(map(is_finite, candidates)):
            candidates = candidates[:1]  # of anything but numbers, none is nearer than another
    elif "number" in schema:
        number = number_in(value) if isinstance(value, str) else value
        near = nearest(_whole(number, schema["number"]), schema["number"])
        candidates = [] if near is None else [spell(near)]
    else:
        candidates = _around(value, schema) if is_finite(value) else []
    fitting = [near for near in candidates if satisfies(near, schema) and not blanks(value, near)]
    return fitting[0] if len(fitting) == 1 else closest(value, fitting)


_PLACE = r"(?i)\s*(\w+:/|s3:|arn:)"
"""The start of a text that says where something is: a URL, an S3 path or an ARN."""


def blanks(value: Any, other: Any) -> bool:
    """Return whether replacing a text by another would only lose what somebody wrote.

    That is so if the other text is empty, or if only the first names a place such as ``s3://…``.
    """
    if not isinstance(value, str) or not isinstance(other, str):
        return False
    is_lost = re.match(_PLACE, value) and not re.match(_PLACE, other)
    return bool(value.strip() and (other == "" or is_lost))


def _whole(number: Any, schema: Schema) -> Any:
    """Return a number as an int where a schema allows only whole ones and it is one: 5000.0."""
    is_whole = is_counted(schema) and isinstance(number, float) and number.is_integer()
    return int(number) if is_whole else number


def closest(value: float, numbers: Iterable[float]) -> Any:
    """Return the number closest to a value, the first of several; None if there are no numbers."""
    from fractions import Fraction

    return min(numbers, key=lambda number: abs(Fraction(number) - Fraction(value)), default=None)


def _around(value: float, schema: Mapping[str, Any]) -> list[float]:
    """Return the value moved between the bounds, or the multiples of a step next to that."""
    near = max(value, schema.get("minimum", value))
    near = min(near, schema.get("maximum", near))
    if "multipleOf" not in schema:
        return [near]
    step = schema["multipleOf"]
    below = exact(near) // exact(step)
    return [_times(below, step), _times(below + 1, step)]


def _times(count: int, step: float) -> float:
    """Return a multiple of a step as it is written: three times 0.1 is 0.3."""
    if isinstance(step, int):
        return count * step
    return as_number(count * exact(step))
