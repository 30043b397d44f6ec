"""Unsatisfiable: a limit that leaves no value of its key beside the others that hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

from hydra_recipes.numbers import as_number
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.evaluation import ActiveRules
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import Limit, Schema
from hydra_recipes.tree import ABSENT


def conflict(limit: Limit, short: str, active: ActiveRules, family: str) -> tuple[str, ...] | None:
    """The limits with which one certainly leaves no value of a key; None if some may be left.

    Args:
        limit: The limit.
        short: Its key.
        active: All that holds where it is looked at.
        family: The family there, which has a say too.
    """
    schema = dict(limit.keys)[short]
    own = [one for one in active.limits if one.limit.id == limit.id and one.schema is schema]
    if not own:
        return None
    path: KeyPath = own[0].path
    schemas = {
        bound.limit.id: bound.schema
        for bound in active.limits
        if bound.path == path and bound.limit.severity == "error"
    }
    needed = tuple(one.limit.id for one in active.required if one.path == path)
    del schemas[limit.id]
    if schema is False:
        needed = tuple(one for one in needed if one != limit.id)
        return needed or (None if _accepts(family, path, ABSENT) else (limit.id,))

    def empty(schemas: Sequence[Schema]) -> bool:
        return _empty(schemas, lambda value: _accepts(family, path, value))

    if empty([schema]):
        return (limit.id,)
    alone = next(((one,) for one, other in schemas.items() if empty([schema, other])), None)
    return alone or (tuple(schemas) if empty([schema, *schemas.values()]) else None)


def _accepts(family: str, path: KeyPath, value: Any) -> bool:
    """Whether a family lets a key have a value, or be absent."""
    from pydantic import ValidationError

    tree: dict[str, Any] = {}
    node = tree
    for key in path[:-1]:
        node = node.setdefault(str(key), {})
    if value is not ABSENT:
        node[str(path[-1])] = value
    try:
        families.model(family).model_validate(tree)
    except ValidationError as error:
        return not any(tuple(one["loc"])[: len(path)] == path for one in error.errors())
    return True


def _empty(schemas: Sequence[Schema], accepts: Callable[[Any], bool]) -> bool:
    """Whether certainly no value satisfies all of these and is accepted."""
    if any(schema is False for schema in schemas):
        return True
    said = [schema for schema in schemas if not isinstance(schema, bool)]
    listed = next((_listed(schema) for schema in said if _listed(schema) is not None), None)
    if listed is not None:
        fitting = [one for one in listed if all(satisfies(one, schema) for schema in said)]
        return not any(map(accepts, fitting))
    for low, high in (("minLength", "maxLength"), ("minItems", "maxItems")):
        least = max((s[low] for s in said if low in s), default=0)
        most = min((s[high] for s in said if high in s), default=least)
        if least > most:
            return True
    return _no_number(said)


def _listed(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _no_number(said: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the bounds on a number leave none; text would satisfy them, but is of no use."""
    lows = [s[w] for s in said for w in ("minimum", "exclusiveMinimum") if w in s]
    highs = [s[w] for s in said for w in ("maximum", "exclusiveMaximum") if w in s]
    if not lows or not highs:
        return False
    low, high = max(lows), min(highs)
    if low > high:
        return True
    steps = [Fraction(str(s["multipleOf"])) for s in said if "multipleOf" in s]
    if len(steps) == 1:
        first = ceil(Fraction(str(low)) / steps[0]) * steps[0]
        tries = [one for one in (first, first + steps[0]) if one <= Fraction(str(high))]
        return not any(all(satisfies(as_number(one), s) for s in said) for one in tries)
    return low == high and not all(satisfies(low, s) for s in said)
