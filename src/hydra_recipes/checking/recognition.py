"""Recognition: which choices a recipe was made from, told from the recipe itself.

A limit that ``identifies`` a group tells its option: where only ``model=nova-lite`` allows
``model_type: lite``, a recipe with ``model_type: lite`` is of that model. Hints, such as the file's
first line, tell more groups unless the recipe contradicts them. Each offered combination with what
was told is a candidate; if families differ, the candidates whose family fits the shape best remain.
If no combination is offered with what was told, the closest one completes it, as not offered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.record import Record
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import Method, Offer, RuleBook, Schema
from hydra_recipes.text import one_of
from hydra_recipes.tree import lookup, matches, named


class Recognised(Record):
    """What a recipe may have been made from.

    Attributes:
        candidates: Every possible set of choices, each complete: group to option.
        offered: Whether the service offers them.
        unknown: The groups in which the candidates differ.
        told: The groups that the recipe itself tells.
    """

    candidates: tuple[dict[str, str], ...]
    offered: bool
    unknown: tuple[str, ...]
    told: frozenset[str] = frozenset()


def recognise(
    book: RuleBook,
    resolved: Mapping[str, Any],
    hints: Mapping[str, str],
    defaults: Mapping[str, str],
) -> Recognised:
    """Recognise the choices that a recipe may have been made from.

    Args:
        book: The rules; a limit that ``identifies`` a group tells its option from the recipe.
        resolved: The recipe without links.
        hints: Choices named beside the recipe, as in a file's first line. What the recipe tells
            counts more; where neither tells a group, the shape that fits best does.
        defaults: The options that hold where nothing else is known.
    """
    identified = dict(_identified(book, resolved))
    hinted = {
        group: option for group, option in hints.items() if _may_be(book, group, option, identified)
    }
    hinted_as_offered = book.offered_as(hinted)
    others = {
        group: option for group, option in {**defaults, **hinted}.items() if "${" not in option
    }
    wanted = {**{group: (option,) for group, option in hinted_as_offered.items()}, **identified}
    fitting = _combinations(offer.narrowed(wanted) for offer in book.offers)
    if not fitting and (offered := _combinations(book.offers)):
        closest = max(offered, key=lambda combination: _shared(combination, wanted))
        asked = {group: options[0] for group, options in wanted.items()}
        choices = {**others, **closest, **asked}
        return Recognised((choices,), offered=False, unknown=(), told=frozenset(identified))
    extensions = {
        group: option for group, option in hinted.items() if option != hinted_as_offered[group]
    }
    candidates = _best_shaped(
        [
            {
                **others,
                **combination,
                **{
                    group: option
                    for group, option in extensions.items()
                    if combination.get(group, option) == hinted_as_offered[group]
                },
            }
            for combination in fitting or [{}]
        ],
        book,
        resolved,
    )
    unknown = tuple(
        group for group in candidates[0] if len({choices.get(group) for choices in candidates}) > 1
    )
    return Recognised(candidates, offered=True, unknown=unknown, told=frozenset(identified))


METHOD = "method"
"""The group whose options a library's ``methods`` tell."""


class ToldMethod(Record):
    """The method that a recipe is recognised to be of.

    Attributes:
        method: The method.
        evidence: What tells it, in words.
        path: The key path that tells it; empty if only missing keys do.
    """

    method: Method
    evidence: str
    path: KeyPath


def foreign_method(
    book: RuleBook, resolved: Mapping[str, Any], hints: Mapping[str, str]
) -> ToldMethod | None:
    """Return the method that a recipe is of if no family is for it, otherwise None.

    Args:
        book: The rules, with the evidence for each method.
        resolved: The recipe without links.
        hints: Choices named beside the recipe. If they name a method with a family, evidence that
            includes a missing key doesn't count.
    """
    known = known_methods(book)
    foreign = [method for method in book.methods if method.id not in known]
    if not known or not foreign:
        return None
    last_names = {
        key.rpartition(".")[2]
        for method in foreign
        for conditions in method.told_by
        for key, _ in conditions
    }
    paths = list(named(resolved, last_names))
    method_is_known = hints.get(METHOD) in known
    for method in foreign:
        for conditions in method.told_by:
            if method_is_known and any(schema is False for _, schema in conditions):
                continue
            evidence_paths = [_evidence(key, schema, paths, resolved) for key, schema in conditions]
            if None not in evidence_paths:
                return _told(
                    method, conditions, [path for path in evidence_paths if path], resolved
                )
    return None


def known_methods(book: RuleBook) -> tuple[str, ...]:
    """Return the methods that families are for, in the order of the families."""
    options_by_family = (dict(family.when.groups).get(METHOD, ()) for family in book.families)
    return tuple(dict.fromkeys(option for options in options_by_family for option in options))


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
    return ToldMethod(method, evidence, paths[0] if paths else ())


def _may_be(
    book: RuleBook, group: str, option: str, identified: Mapping[str, tuple[str, ...]]
) -> bool:
    """Return whether a recipe may be of an option: it tells that, one it extends, or none."""
    return group not in identified or not set(identified[group]).isdisjoint(
        book.kinds_of(group, option)
    )


def _shared(combination: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]]) -> int:
    """Return in how many groups a combination has one of the options wanted."""
    return sum(option in wanted.get(group, ()) for group, option in combination.items())


def _best_shaped(
    candidates: list[dict[str, str]], book: RuleBook, resolved: Mapping[str, Any]
) -> tuple[dict[str, str], ...]:
    """Return the candidates whose family fits best: fewest unknown keys, then fewest findings."""
    family_by_candidate = [book.family_of(choices) for choices in candidates]
    families = tuple(filter(None, dict.fromkeys(family_by_candidate)))
    if len(families) <= 1:
        return tuple(candidates)
    from hydra_recipes.checking.structure import check_structure

    misfits: dict[str, tuple[int, int]] = {}
    for family in families:
        findings = [finding for _, finding in check_structure(resolved, family, frozenset())]
        misfits[family] = (
            sum(finding.rule == "unknown-key" for finding in findings),
            len(findings),
        )
    best = min(misfits.values())
    return tuple(
        choices
        for choices, family in zip(candidates, family_by_candidate, strict=True)
        if family and misfits[family] == best
    )


def _combinations(offers: Iterable[Offer]) -> list[dict[str, str]]:
    """Return the offered combinations, each once."""
    combinations: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for offer in offers:
        for combination in offer.combinations():
            combinations.setdefault(tuple(sorted(combination.items())), combination)
    return list(combinations.values())


def _identified(
    book: RuleBook, resolved: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each group that the recipe tells, with the options that it may be."""
    telling = [(limit.identifies, limit) for limit in book.limits if limit.identifies is not None]
    last_names = {key.rpartition(".")[2] for _, limit in telling for key, _ in limit.keys}
    paths_by_name: dict[Any, list[KeyPath]] = {}
    for path in named(resolved, last_names):
        paths_by_name.setdefault(path[-1], []).append(path)
    groups: dict[str, list[str]] = {}
    for group, limit in telling:
        options = dict(limit.when.groups).get(group, ())
        shorts = ((tuple(key.split(".")), schema) for key, schema in limit.keys)
        matched = [
            (matches(short, paths_by_name.get(short[-1], ())), schema) for short, schema in shorts
        ]
        if all(
            len(places) == 1 and satisfies(lookup(resolved, places[0]), schema)
            for places, schema in matched
        ):
            groups.setdefault(group, []).extend(options)
    yield from ((name, tuple(dict.fromkeys(options))) for name, options in groups.items())
