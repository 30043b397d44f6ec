"""Values that would do: the allowed ones nearest to one that isn't.

A schema names values and bounds to try. A rule only tells of a number whether it accepts it, so its
boundary is searched: growing steps lead to a number that it accepts, and halving back to the
nearest. Where it accepts the numbers from 12 on and 7 was written, the steps may end at 15, and
halving between 7 and 15 leads to 12.
"""

from __future__ import annotations

import difflib
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hydra_recipes.numbers import as_double, is_finite
from hydra_recipes.rules.allowed import blanks, nearest
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import Schema
from hydra_recipes.tree import same

Accepts = Callable[[Any], bool]
_MOST = 3
"""The most values that are returned for one key."""
_FAR = 10**9
"""The factor up to which a number is searched for where no limit ends the search."""


def distance(value: Any, other: Any) -> float:
    """Return how far a value is from another: 0 if equal, 1 for twice as much or another text.

    Two positive numbers are as far apart as the times that one is doubled to get the other. Other
    numbers are between 1 and 2 apart, the more the greater their difference. Texts are less far the
    more similar they are; in lists of one length the distances of the items add up.
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
    """Return how often a positive number is doubled to get another; negative if it is halved."""
    try:
        ratio = other / value
    except OverflowError:
        ratio = math.inf
    if 0 < ratio < math.inf:
        return math.log2(ratio)
    # No float holds the ratio, but the difference of the logarithms is the same.
    return math.log2(other) - math.log2(value)


def _difference(value: float, other: float) -> float:
    """Return how far apart two numbers are, infinite if no float holds it."""
    try:
        return float(abs(other - value))
    except OverflowError:
        return math.inf


def fitting(value: Any, schemas: Iterable[Schema], more: Iterable[Any] = ()) -> list[Any]:
    """Return the values nearest to one that satisfy all schemas, at most three, the nearest first.

    Args:
        value: The value that is there.
        schemas: The schemas of the limits on its key.
        more: Other values to try, such as what the library has there.
    """
    schemas = list(schemas)
    named = [allowed for schema in schemas for allowed in _named(value, schema)]
    respelled = _respelled(value) if isinstance(value, str) else ()
    fits: list[Any] = []
    for new in (*named, *respelled, *more):
        if any(same(new, known) for known in (*fits, value)):
            continue
        if not blanks(value, new) and all(satisfies(new, schema) for schema in schemas):
            fits.append(new)
    fits.sort(key=lambda new: (_is_off(value, new), distance(value, new)))
    distinct: list[Any] = []
    for new in fits:  # of 0 and 0.0 only the nearer
        if not any(_equal(new, nearer) for nearer in distinct):
            distinct.append(new)
    return distinct[:_MOST]


def _equal(value: Any, other: Any) -> bool:
    """Return whether two values are the same finite number, however they are written: 0 and 0.0."""
    return is_finite(value) and is_finite(other) and bool(value == other)


def _is_off(value: Any, other: Any) -> bool:
    """Return whether a positive number would become 0 or less, which often turns something off."""
    return is_finite(value) and is_finite(other) and value > 0 >= other


def accepted(
    value: float, schemas: Iterable[Schema], accepts: Accepts, more: Iterable[Any] = ()
) -> list[Any]:
    """Return the numbers nearest to one that satisfy schemas and a rule, the nearest first.

    At most three; none if ``value`` isn't finite.

    Args:
        value: The number.
        schemas: The schemas of the limits on its key.
        accepts: Returns whether the rule accepts a number in its place.
        more: Other values to try, such as those of the other keys of the rule.
    """
    schemas = list(schemas)
    if not is_finite(value):
        return []

    def fits(number: Any) -> bool:
        return all(satisfies(number, schema) for schema in schemas) and accepts(number)

    named = [number for schema in schemas for number in _named(value, schema) if is_finite(number)]
    listed = any(
        "enum" in schema or "const" in schema for schema in schemas if not isinstance(schema, bool)
    )
    if listed:
        numbers = [number for number in named if fits(number)]
    else:
        ends = (min([*named, _towards(value, -1)]), max([*named, _towards(value, 1)]))
        boundaries = (_boundary(value, end, fits) for end in (*ends, *named))
        numbers = [number for number in boundaries if number is not None]
    numbers += [number for number in more if is_finite(number) and fits(number)]
    return sorted(dict.fromkeys(numbers), key=lambda number: distance(value, number))[:_MOST]


def bounds(schemas: Iterable[Schema]) -> Iterator[Any]:
    """Yield the ``minimum`` and ``maximum`` of schemas."""
    for schema in schemas:
        if not isinstance(schema, bool):
            yield from (schema[end] for end in ("minimum", "maximum") if end in schema)


def _named(value: Any, schema: Schema) -> Iterator[Any]:
    """Yield the values that a schema lists, the allowed one nearest to a value, and its bounds."""
    if isinstance(schema, bool):
        return
    yield from schema.get("enum", ())
    if "const" in schema:
        yield schema["const"]
    for alternative in schema.get("anyOf", ()):
        yield from _named(value, alternative)
    if isinstance(value, list) and "items" in schema:
        items = schema["items"]
        yield [item if satisfies(item, items) else nearest(item, items) for item in value]
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
    """Yield a text without what is seldom allowed: outer spaces, capitals, punctuation."""
    address = re.fullmatch(r"\s*(?!arn:)(\w+):/*([^/\s]+)(/\S*)?\s*", text)
    if address:  # letters of the path behind the bucket may be meant as they are
        scheme, bucket, path = address.groups("")
        yield f"{scheme.lower()}://{bucket}{path}"
        yield f"{scheme.lower()}://{bucket.lower()}{path}"
    slug = re.sub(r"[^A-Za-z0-9-]+", "-", text).strip("-")
    yield from (text.strip(), *([] if "://" in text else [text.lower()]), slug, slug.lower())


_ARN = r"(arn:[^:]*:[^:]*:)([^:]*)(:.*)"
"""An ARN in three parts, the second of which is the Region."""


def in_region_of(arn: Any, other: Any) -> str | None:
    """Return an ARN with the Region of another instead of its own; None if one is no ARN."""
    texts = [value if isinstance(value, str) else "" for value in (arn, other)]
    parts, others = (re.fullmatch(_ARN, text) for text in texts)
    return f"{parts[1]}{others[2]}{parts[3]}" if parts and others else None


def _towards(value: float, sign: int) -> float:
    """Return a number far below (``sign`` -1) or above (1), where a search without a limit ends."""
    if isinstance(value, int):
        return sign * (abs(value) * _FAR or 1000)
    return sign * min(max(abs(value), 1e-6) * _FAR, sys.float_info.max)


def _boundary(value: float, end: float, fits: Accepts) -> float | None:
    """Return the number nearest to ``value`` that fits, on the way to ``end``; None if none does.

    Right wherever all numbers beyond a boundary fit, as it halves what lies between. A float is
    rounded to as few digits as fit.
    """
    stations = _stations(value, end)
    good = next((number for number in stations if is_finite(number) and fits(number)), None)
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
        rounded = [_rounded(number, value, digits) for number in scaled]
        usable = [number for number in rounded if number != value and fits(number)]
        if usable:
            return min(usable, key=lambda number: distance(value, number))
    return good


def _stations(value: float, end: float) -> Iterator[float]:
    """Yield about thirty numbers on the way from one to another, in growing steps."""
    from fractions import Fraction  # an import that few repairs need

    integer = isinstance(value, int)
    end = end if integer else as_double(end)
    for power in range(1, 31):
        if integer:
            station: float = value + round((Fraction(end) - Fraction(value)) / 2 ** (30 - power))
        elif value > 0 and end > 0:
            station = value * (end / value) ** (power / 30)
        else:
            station = value + (end - value) * 2.0 ** (power - 30)
        if station != value:
            yield station
    yield round(end) if integer else end


def _between(number: float, other: float) -> float:
    """Return the geometric mean of two positive numbers, else the average."""
    if number > 0 and other > 0:
        product = number * other
        is_finite_product = 0 < product < math.inf
        return math.sqrt(product) if is_finite_product else math.sqrt(number) * math.sqrt(other)
    return number / 2 + other / 2 if math.isinf(number + other) else (number + other) / 2


def _rounded(number: float, like: Any, digits: int = 1) -> float:
    """Return a number with that many digits, as an integer if ``like`` is one."""
    text = f"{number:.{digits - 1}e}"
    return round(float(text)) if isinstance(like, int) else float(text)
