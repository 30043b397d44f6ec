"""Methods: which one a recipe is of, told by the evidence that a library's ``methods`` list."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.record import Record
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import Method, RuleBook, Schema
from hydra_recipes.rules.offers import METHOD
from hydra_recipes.text import one_of
from hydra_recipes.tree import lookup, matches, named, nearest, walk

_LITERAL = re.compile(r"(?:\(\?i\))?\^(\w+)\$")
"""A pattern that only one word has."""


class ToldMethod(Record):
    """The method that a recipe is recognised to be of.

    Attributes:
        method: The method.
        evidence: What tells it, in words.
        path: The key path that tells it; empty if only missing keys do.
        is_block: Whether the presence of that key tells it, whatever its value.
        by_absence: Whether a missing key is part of the evidence.
    """

    method: Method
    evidence: str
    path: KeyPath
    is_block: bool
    by_absence: bool


def told_methods(
    book: RuleBook, resolved: Mapping[str, Any], hints: Mapping[str, str]
) -> tuple[ToldMethod, ...]:
    """Return the method that a recipe tells, followed by those whose blocks it has besides.

    Of the methods that libraries list, the surest first, the first with evidence is told. Another
    one is told as well if a key that tells it is in no recipe of the first: the recipe mixes both.

    Args:
        book: The rules, with the evidence for each method.
        resolved: The recipe without links.
        hints: Choices named beside the recipe. If they name a method with a family, evidence that
            includes a missing key doesn't count.
    """
    last_names = {
        key.rpartition(".")[2]
        for method in book.methods
        for conditions in method.told_by
        for key, _ in conditions
    }
    paths = list(named(resolved, last_names))
    method_is_known = hints.get(METHOD) in known_methods(book)
    told = [
        found
        for method in book.methods
        if (found := _told_by(method, paths, resolved, absence_counts=not method_is_known))
    ]
    if told and not method_is_known and (meant := _meant_block(book, resolved, told[0])):
        told = [meant, *(other for other in told if other.method != meant.method)]
    first = told[:1]
    return (*first, *(other for other in told[1:] if _is_mixed_in(book, first[0], other)))


def _meant_block(
    book: RuleBook, resolved: Mapping[str, Any], told: ToldMethod
) -> ToldMethod | None:
    """Return the method whose block a mapping is meant to be by its misspelt name, or None.

    No recipe of the method that is told has such a mapping, and the recipe's other mappings are all
    in one of the other method: ``dpo_config`` in what else would be a recipe of SFT.

    Args:
        book: The rules.
        resolved: The recipe without links.
        told: The method that the recipe tells.
    """
    from hydra_recipes.rules import families  # few recipes misspell a block

    blocks = {
        key.rpartition(".")[2]: method
        for method in book.methods
        for conditions in method.told_by
        for key, schema in conditions
        if len(conditions) == 1 and schema is True
    }
    sections = [path for path in walk(resolved) if isinstance(lookup(resolved, path), Mapping)]
    own_models = _models(book, told.method)
    for path in sections:
        if path[-1] in blocks or any(path in families.descriptions(model) for model in own_models):
            continue
        similar = nearest(str(path[-1]), blocks)
        if not similar:
            continue
        method = blocks[similar[0]]
        others = [section for section in sections if section[: len(path)] != path]
        for model in _models(book, method) if method != told.method else ():
            if set(others) <= set(families.keys(model)):
                evidence = f"{dotted(path)}, meant as {similar[0]}"
                return ToldMethod(method, evidence, path, is_block=False, by_absence=False)
    return None


def _models(book: RuleBook, method: Method) -> list[str]:
    """Return the models of the families of a method."""
    return [
        family.model
        for family in book.families
        if method.id in dict(family.when.groups).get(METHOD, ())
    ]


def _is_mixed_in(book: RuleBook, first: ToldMethod, other: ToldMethod) -> bool:
    """Return whether the evidence for a method stands in no recipe of the first."""
    from hydra_recipes.rules import families  # few recipes mix methods

    if not other.is_block:
        return False
    shapes = _models(book, first.method)
    return not any(other.path in families.descriptions(shape) for shape in shapes)


def _told_by(
    method: Method,
    paths: Collection[KeyPath],
    resolved: Mapping[str, Any],
    *,
    absence_counts: bool,
) -> ToldMethod | None:
    """Return a method with its evidence in a recipe, or None if the recipe has none."""
    for conditions in method.told_by:
        if not absence_counts and any(schema is False for _, schema in conditions):
            continue
        evidence_paths = [_evidence(key, schema, paths, resolved) for key, schema in conditions]
        if None not in evidence_paths:
            return _told(method, conditions, [path for path in evidence_paths if path], resolved)
    return None


def foreign_method(
    book: RuleBook, resolved: Mapping[str, Any], hints: Mapping[str, str]
) -> ToldMethod | None:
    """Return the method that a recipe is of if no family is for it, otherwise None.

    Args:
        book: The rules, with the evidence for each method.
        resolved: The recipe without links.
        hints: As for ``told_methods``.
    """
    known = known_methods(book)
    if not known or all(method.id in known for method in book.methods):
        return None
    told = told_methods(book, resolved, hints)
    return told[0] if told and told[0].method.id not in known else None


def known_methods(book: RuleBook) -> tuple[str, ...]:
    """Return the methods that families are for, in the order of the families."""
    options_by_family = (dict(family.when.groups).get(METHOD, ()) for family in book.families)
    return tuple(dict.fromkeys(option for options in options_by_family for option in options))


def evidence_to_write(method: Method, keys: Collection[KeyPath]) -> tuple[str, str]:
    """Return a key that tells a method, and in words what to write: ``model_type=mtrl``.

    Args:
        method: The method.
        keys: The keys that a recipe may have. A block among them is named before a value.
    """
    single = [conditions[0] for conditions in method.told_by if len(conditions) == 1]
    for key, schema in single:
        if schema is True and matches(tuple(key.split(".")), keys):
            return key, f"add {key}"
    key, schema = single[0]
    pattern = schema.get("pattern") if isinstance(schema, Mapping) else None
    value = _LITERAL.fullmatch(str(pattern))
    return key, f"{key}={value[1]}" if value else f"add {key}"


def _evidence(
    key: str, schema: Schema, paths: Collection[KeyPath], resolved: Mapping[str, Any]
) -> KeyPath | None:
    """Return the path of a key that satisfies a schema, () for one rightly absent, or None."""
    paths_found = matches(tuple(key.split(".")), paths)
    if schema is False:
        return None if paths_found else ()
    values = ((path, lookup(resolved, path)) for path in paths_found)
    return next((path for path, value in values if schema is True or _is_told(value, schema)), None)


def _is_told(value: Any, schema: Schema) -> bool:
    """Return whether a value satisfies a schema.

    JSON Schema lets every value but a text pass a pattern; here only a text passes one.
    """
    is_pattern = isinstance(schema, Mapping) and "pattern" in schema
    return satisfies(value, schema) and (isinstance(value, str) or not is_pattern)


def _told(
    method: Method,
    conditions: tuple[tuple[str, Schema], ...],
    paths: list[KeyPath],
    resolved: Mapping[str, Any],
) -> ToldMethod:
    """Return a method with its evidence in words: ``loss: dpo``, ``a.b and a.c without d``.

    Args:
        method: The method.
        conditions: The keys that tell it, each with the schema that it satisfies.
        paths: The key paths that were found for them; none for keys that must be absent.
        resolved: The recipe without links.
    """
    words = [dotted(path) for path in paths]
    if len(conditions) == 1 and isinstance(conditions[0][1], Mapping):
        words = [f"{words[0]}: {lookup(resolved, paths[0])}"]
    evidence = " and ".join(words)
    absent = [key for key, schema in conditions if schema is False]
    if absent:
        evidence += f" without {one_of(absent)}"
    is_block = [schema for _, schema in conditions] == [True]
    return ToldMethod(method, evidence, paths[0] if paths else (), is_block, bool(absent))
