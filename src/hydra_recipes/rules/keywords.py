"""JSON Schema keywords: test a value, say in words what is allowed, find the nearest valid one.

Two keywords are ours: ``sum`` is about what several numbers add up to, and ``number`` about a text
that has to be a number, such as ``"5000"``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hydra_recipes.numbers import MAX_DIGITS, as_number, is_finite, is_number
from hydra_recipes.rules.model import Schema
from hydra_recipes.text import one_of, spell

if TYPE_CHECKING:
    from fractions import Fraction  # slow to import, and few values need it


def _multiple(value: Any, step: Any) -> bool:
    """Return whether a value is a multiple of a step, both taken as they are written."""
    return is_finite(value) and _exact(value) % _exact(step) == 0


def _exact(number: float) -> Fraction:
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
    return satisfies(_plain(sum(map(_exact, items), start=_exact(0))), schema)


_WHOLE = "-?[0-9]+"
_NUMBER = _WHOLE + r"(\.[0-9]+)?([eE][+-]?[0-9]+)?"
"""A text that is a number, as a regex; a whole one if its groups are empty."""


def number_pattern(schema: Schema) -> str:
    """Return the regex of the texts that are such numbers as the keyword ``number`` asks for.

    Where only whole numbers are allowed, 5000.0 isn't: what reads the text may not take it.
    """
    return f"^{_WHOLE if _is_counted(schema) else _NUMBER}$"


def _is_counted(schema: Schema) -> bool:
    """Return whether a schema of numbers allows whole ones only."""
    return isinstance(schema, Mapping) and isinstance(schema.get("multipleOf"), int)


def _number_in(text: str) -> float | None:
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
    number = _number_in(value) if _pattern(number_pattern(schema)).search(value) else None
    return number is not None and satisfies(number, schema)


def _plain(exact: Fraction) -> float:
    """Return an exact number as an int if it is whole or beyond any float, else as a float."""
    if exact.denominator == 1:
        return int(exact)
    try:
        return float(exact)
    except OverflowError:
        return int(exact)


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


USUAL = {"warning": "usually ", "incomplete": "to submit: "}
"""The words before a limit or rule that may be broken without an error, by severity."""


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
        number = _number_in(value) if isinstance(value, str) else value
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
    is_whole = _is_counted(schema) and isinstance(number, float) and number.is_integer()
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
    below = math.floor(_exact(near) / _exact(step))
    return [_times(below, step), _times(below + 1, step)]


def _times(count: int, step: float) -> float:
    """Return a multiple of a step as it is written: three times 0.1 is 0.3."""
    if isinstance(step, int):
        return count * step
    return as_number(count * _exact(step))
