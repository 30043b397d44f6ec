"""Unsatisfiable limits: those that leave no value of their key beside the others that apply.

If one limit says that ``lr`` is at least 0.1 and another that it is at most 0.01, they leave no
value. The limit is compared with each other limit on the key, and then with all of them together.
Listed values are tried one by one, and so are the first multiples of a step; of other schemas only
bounds are compared, so that what is reported is certain, though not complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from typing import Any

from hydra_recipes.numbers import as_number
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.conflict import smallest_conflict
from hydra_recipes.rules.evaluation import ActiveRules
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import Limit, Schema
from hydra_recipes.tree import ABSENT


def conflict(limit: Limit, short: str, active: ActiveRules, family: str) -> tuple[str, ...] | None:
    """Return the ids of the limits with which one certainly leaves no value of a key.

    Args:
        limit: The limit.
        short: Its key, as it is written there.
        active: The limits and rules that apply together.
        family: The family of the recipe, whose model has to accept a value too.

    Returns:
        The ids, of the limit alone if nothing else is needed; None if some value may be left.
    """
    schema = dict(limit.keys)[short]
    own = [
        bound for bound in active.limits if bound.limit.id == limit.id and bound.schema is schema
    ]
    if not own:
        return None
    path: KeyPath = own[0].path
    schemas = {
        bound.limit.id: bound.schema
        for bound in active.limits
        if bound.path == path and bound.limit.severity == "error"
    }
    needed = tuple(bound.limit.id for bound in active.required if bound.path == path)
    del schemas[limit.id]
    if schema is False:
        needed = tuple(name for name in needed if name != limit.id)
        return needed or (None if _accepts(family, path, ABSENT) else (limit.id,))

    def leaves_none(names: Sequence[str]) -> bool:
        beside = [schemas[name] for name in names]
        return _empty([schema, *beside], lambda value: _accepts(family, path, value))

    if leaves_none(()):
        return (limit.id,)
    others = tuple(schemas)
    return smallest_conflict(others, leaves_none, 1) or (others if leaves_none(others) else None)


def _accepts(family: str, path: KeyPath, value: Any) -> bool:
    """Return whether a family lets a key have a value, or be absent."""
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
        return not any(tuple(detail["loc"])[: len(path)] == path for detail in error.errors())
    return True


def _empty(schemas: Sequence[Schema], accepts: Callable[[Any], bool]) -> bool:
    """Return whether certainly no value satisfies all of some schemas and is accepted."""
    if any(schema is False for schema in schemas):
        return True
    mappings = [schema for schema in schemas if not isinstance(schema, bool)]
    listed = next((_listed(schema) for schema in mappings if _listed(schema) is not None), None)
    if listed is not None:
        fitting = [
            value for value in listed if all(satisfies(value, schema) for schema in mappings)
        ]
        return not any(map(accepts, fitting))
    for low, high in (("minLength", "maxLength"), ("minItems", "maxItems")):
        least = max((schema[low] for schema in mappings if low in schema), default=0)
        most = min((schema[high] for schema in mappings if high in schema), default=least)
        if least > most:
            return True
    return _no_number(mappings)


def _listed(schema: Mapping[str, Any]) -> list[Any] | None:
    """Return the only values that a schema allows; None if it lists none."""
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _no_number(schemas: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether bounds leave no number; a text satisfies them, but is of no use."""
    lows = [
        schema[word]
        for schema in schemas
        for word in ("minimum", "exclusiveMinimum")
        if word in schema
    ]
    highs = [
        schema[word]
        for schema in schemas
        for word in ("maximum", "exclusiveMaximum")
        if word in schema
    ]
    if not lows or not highs:
        return False
    low, high = max(lows), min(highs)
    if low > high:
        return True
    steps = [Fraction(str(schema["multipleOf"])) for schema in schemas if "multipleOf" in schema]
    if len(steps) == 1:
        first = ceil(Fraction(str(low)) / steps[0]) * steps[0]
        # The second is for a first that an exclusive bound forbids.
        tries = [number for number in (first, first + steps[0]) if number <= Fraction(str(high))]
        return not any(
            all(satisfies(as_number(number), schema) for schema in schemas) for number in tries
        )
    return low == high and not all(satisfies(low, schema) for schema in schemas)
