"""Values that would do: the allowed ones nearest to one that isn't."""

from __future__ import annotations

import difflib
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hydra_recipes.numbers import as_double, is_finite
from hydra_recipes.rules.keywords import blanks, nearest, satisfies
from hydra_recipes.rules.model import Schema

Accepts = Callable[[Any], bool]
_MOST = 3
"""How many values are tried for one key."""
_FAR = 10**9
"""How far from a number another is looked for where no limit ends the search."""


def distance(value: Any, other: Any) -> float:
    """How far a value is from another: 0 for the same, 1 for twice as much, or another text.

    From a number that isn't above zero, nothing is twice as far: the difference counts, and all of
    it is less than 2.
    """
    if is_finite(value) and is_finite(other):
        if value > 0 and other > 0:
            return abs(_doublings(value, other))
        gap = _difference(value, other)
        return 1 + (gap / (1 + gap) if gap < math.inf else 1.0) if gap else 0.0
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        return sum(distance(*pair) for pair in zip(value, other, strict=True) if pair[0] != pair[1])
    if isinstance(value, str) and isinstance(other, str):
        return 1 - difflib.SequenceMatcher(None, value, other).ratio()
    return 1.0


def _doublings(value: float, other: float) -> float:
    """How often a number above zero is doubled for it to be another."""
    try:
        ratio = other / value
    except OverflowError:
        ratio = math.inf
    if 0 < ratio < math.inf:
        return math.log2(ratio)
    return math.log2(other) - math.log2(
        value
    )  # no double holds the ratio; their logarithms it does


def _difference(value: float, other: float) -> float:
    try:
        return float(abs(other - value))
    except OverflowError:
        return math.inf


def fitting(value: Any, schemas: Iterable[Schema], more: Iterable[Any] = ()) -> list[Any]:
    """The values nearest to one that satisfy all its limits, the nearest first.

    Args:
        value: The value that is there.
        schemas: The limits on its key.
        more: Other values to try, such as what the library has there.
    """
    schemas = list(schemas)
    named = [one for schema in schemas for one in _named(value, schema)]
    respelled = _respelled(value) if isinstance(value, str) else ()
    found: list[Any] = []
    for one in (*named, *respelled, *more):
        new = all(one != other or type(one) is not type(other) for other in (*found, value))
        if new and not blanks(value, one) and all(satisfies(one, schema) for schema in schemas):
            found.append(one)
    found.sort(key=lambda one: (_is_off(value, one), distance(value, one)))
    once = [one for at, one in enumerate(found) if not any(_equal(one, o) for o in found[:at])]
    return once[:_MOST]


def _equal(one: Any, other: Any) -> bool:
    """Whether two numbers are the same, however they are written: 0 and 0.0."""
    return is_finite(one) and is_finite(other) and bool(one == other)


def _is_off(value: Any, other: Any) -> bool:
    """Whether a number above zero would become one that isn't, which mostly turns something off."""
    return is_finite(value) and is_finite(other) and value > 0 >= other


def accepted(
    value: float, schemas: Iterable[Schema], accepts: Accepts, more: Iterable[Any] = ()
) -> list[Any]:
    """Return the numbers nearest to one that satisfy its limits and a rule: one below, one above.

    Args:
        value: The number.
        schemas: Its limits.
        accepts: Whether the rule accepts a number in its place.
        more: Other values to try, such as those that the rule reads beside it.
    """
    schemas = list(schemas)
    if not is_finite(value):
        return []

    def fits(one: Any) -> bool:
        return all(satisfies(one, schema) for schema in schemas) and accepts(one)

    named = [one for schema in schemas for one in _named(value, schema) if is_finite(one)]
    listed = any("enum" in s or "const" in s for s in schemas if not isinstance(s, bool))
    if listed:
        found = [one for one in named if fits(one)]
    else:
        ends = (min([*named, _towards(value, -1)]), max([*named, _towards(value, 1)]))
        searched = (_boundary(value, end, fits) for end in (*ends, *named))
        found = [one for one in searched if one is not None]
    found += [one for one in more if is_finite(one) and fits(one)]
    return sorted(dict.fromkeys(found), key=lambda one: distance(value, one))[:_MOST]


def bounds(schemas: Iterable[Schema]) -> Iterator[Any]:
    """The numbers at the ends of what limits allow."""
    for schema in schemas:
        if not isinstance(schema, bool):
            yield from (schema[end] for end in ("minimum", "maximum") if end in schema)


def _named(value: Any, schema: Schema) -> Iterator[Any]:
    """The values that a limit names or that stand at its bounds."""
    if isinstance(schema, bool):
        return
    yield from schema.get("enum", ())
    if "const" in schema:
        yield schema["const"]
    for one in schema.get("anyOf", ()):
        yield from _named(value, one)
    if isinstance(value, list) and "items" in schema:
        items = schema["items"]
        yield [one if satisfies(one, items) else nearest(one, items) for one in value]
    near = nearest(value, schema)
    if near is not None:
        yield near
    for bound in ("minimum", "maximum"):
        if bound in schema:
            yield schema[bound]
    if is_finite(value) and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"]
        above = low + 1 if isinstance(value, int) else as_double(low) + 1e-6
        if is_finite(above):
            yield above if isinstance(value, int) else _rounded(above, value)


def _respelled(text: str) -> Iterator[str]:
    """A text without what is seldom allowed in one."""
    address = re.fullmatch(r"\s*(\w+):/*([^/\s]+)(/\S*)?\s*", text)
    if address:  # letters of the path behind the bucket may be meant as they are
        scheme, bucket, path = address.groups("")
        yield f"{scheme.lower()}://{bucket}{path}"
        yield f"{scheme.lower()}://{bucket.lower()}{path}"
    slug = re.sub(r"[^A-Za-z0-9-]+", "-", text).strip("-")
    yield from (text.strip(), *([] if "://" in text else [text.lower()]), slug, slug.lower())


def _towards(value: float, sign: int) -> float:
    if isinstance(value, int):
        return sign * (abs(value) * _FAR or 1000)
    return sign * min(max(abs(value), 1e-6) * _FAR, sys.float_info.max)


def _boundary(value: float, end: float, fits: Accepts) -> float | None:
    """The number nearest to one that fits, between it and another that does; None if that doesn't.

    Halves what lies between: it is right wherever all numbers beyond a boundary fit.
    """
    good = next((one for one in _stations(value, end) if is_finite(one) and fits(one)), None)
    if good is None:
        return None
    bad = value
    if isinstance(value, int) and isinstance(good, int):
        while abs(good - bad) > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if fits(middle) else (good, middle)
        return good
    good, bad = as_double(good), as_double(bad)
    for _ in range(80):
        middle = _between(bad, good)
        if middle in (bad, good):
            break
        good, bad = (middle, bad) if fits(middle) else (good, middle)
    for digits in range(1, 17):
        scaled = filter(is_finite, (good * scale for scale in (1, 1.1, 0.9, 1.5, 0.6)))
        near = [_rounded(one, value, digits) for one in scaled]
        usable = [one for one in near if one != value and fits(one)]
        if usable:
            return min(usable, key=lambda one: distance(value, one))
    return good


def _stations(value: float, end: float) -> Iterator[float]:
    """Numbers on the way from one to another, in growing steps."""
    from fractions import Fraction  # an import that few repairs need

    integer = isinstance(value, int)
    end = end if integer else as_double(end)
    for power in range(1, 31):
        if integer:
            one: float = value + round((Fraction(end) - Fraction(value)) / 2 ** (30 - power))
        elif value > 0 and end > 0:
            one = value * (end / value) ** (power / 30)
        else:
            one = value + (end - value) * 2.0 ** (power - 30)
        if one != value:
            yield one
    yield round(end) if integer else end


def _between(one: float, other: float) -> float:
    """The middle of two numbers; of two above zero, the one with the same ratio to both."""
    if one > 0 and other > 0:
        product = one * other
        return math.sqrt(product) if 0 < product < math.inf else math.sqrt(one) * math.sqrt(other)
    return one / 2 + other / 2 if math.isinf(one + other) else (one + other) / 2


def _rounded(number: float, like: Any, digits: int = 1) -> float:
    text = f"{number:.{digits - 1}e}"
    return round(float(text)) if isinstance(like, int) else float(text)
