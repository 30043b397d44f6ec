"""Recognition: which choices a recipe was made from, told from the recipe itself.

The method is told first, by the evidence that a library's ``methods`` list. Then a limit that
``identifies`` a group tells its option: where only ``model=nova-lite`` allows ``model_type: lite``,
a recipe with ``model_type: lite`` is of that model. Hints, such as the file's first line, tell more
groups unless the recipe contradicts them. Each offered combination with what was told is a
candidate; if families differ, the candidates whose family fits the shape best remain. If no
combination is offered with what was told, the closest one completes it, as not offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hydra_recipes.checking.methods import ToldMethod, known_methods, told_methods
from hydra_recipes.origin import KeyPath
from hydra_recipes.record import Record
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import Limit, Offer, RuleBook, Schema
from hydra_recipes.rules.offers import METHOD, offered_groups
from hydra_recipes.tree import lookup, matches, named


class Recognised(Record):
    """What a recipe may have been made from.

    Attributes:
        candidates: Every possible set of choices, each complete: group to option.
        offered: Whether the service offers them.
        unknown: The groups in which the candidates differ.
        told: The groups that the recipe itself tells; of a composed one, those that were chosen.
        methods: The methods that it tells, with the evidence.
    """

    candidates: tuple[dict[str, str], ...]
    offered: bool
    unknown: tuple[str, ...]
    told: frozenset[str] = frozenset()
    methods: tuple[ToldMethod, ...] = ()


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
    told = told_methods(book, resolved, hints)
    possible = told if told and told[0].is_block else told[:1]  # a value that names it is clear
    methods = tuple(found.method.id for found in possible if found.method.id in known_methods(book))
    identified = dict(_identified(book, resolved, methods))
    hinted = {
        group: option for group, option in hints.items() if _may_be(book, group, option, identified)
    }
    hinted_as_offered = book.offered_as(hinted)
    others = {
        group: option
        for group, option in {**defaults, **hinted}.items()
        if isinstance(option, str) and "${" not in option  # null and several options tell nothing
    }
    wanted = {**{group: (option,) for group, option in hinted_as_offered.items()}, **identified}
    fitting = _combinations(offer.narrowed(wanted) for offer in book.offers)
    if not fitting and (offered := _combinations(book.offers)):
        groups = offered_groups(book)[::-1]
        closest = max(offered, key=lambda combination: _shared(combination, wanted, groups))
        asked = {group: options[0] for group, options in wanted.items()}
        choices = {**others, **closest, **asked}
        return Recognised((choices,), False, (), frozenset(identified), told)
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
        defaults.get(METHOD) or next(iter(known_methods(book)), None),
    )
    unknown = tuple(
        group for group in candidates[0] if len({choices.get(group) for choices in candidates}) > 1
    )
    return Recognised(candidates, True, unknown, frozenset(identified), told)


def _may_be(
    book: RuleBook, group: str, option: str, identified: Mapping[str, tuple[str, ...]]
) -> bool:
    """Return whether a recipe may be of an option: it tells that, one it extends, or none."""
    return group not in identified or not set(identified[group]).isdisjoint(
        book.kinds_of(group, option)
    )


def _shared(
    combination: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]], groups: Iterable[str]
) -> tuple[int, list[bool]]:
    """Return in how many groups a combination has one of the options wanted, and in which.

    The groups are in the order in which they count: the last that offers name tells most, so a
    benchmark of images makes it an evaluation of images, whatever the model.
    """
    shared = [combination.get(group) in wanted.get(group, ()) for group in groups]
    return sum(shared), shared


def place_of(
    book: RuleBook, resolved: Mapping[str, Any], choices: Mapping[str, str], group: str
) -> KeyPath | None:
    """Return the key by which a recipe tells its option of a group, or None if none does."""
    for limit in book.limits:
        is_option = choices.get(group) in dict(limit.when.groups).get(group, ())
        for key, schema in limit.keys if limit.identifies == group and is_option else ():
            places = matches(tuple(key.split(".")), named(resolved, {key.rpartition(".")[2]}))
            if schema is not False and _tells(places, schema, resolved):
                return places[0]
    return None


def _best_shaped(
    candidates: list[dict[str, str]],
    book: RuleBook,
    resolved: Mapping[str, Any],
    usual: str | None,
) -> tuple[dict[str, str], ...]:
    """Return the candidates whose family fits best.

    That is the one with the fewest unknown keys; of several, those of the usual method; of these,
    the one with the fewest findings, so that a part of a recipe isn't taken for a smaller one's.
    """
    family_by_candidate = [book.family_of(choices) for choices in candidates]
    families = tuple(filter(None, dict.fromkeys(family_by_candidate)))
    if len(families) <= 1:
        return tuple(candidates)
    from hydra_recipes.checking.structure import check_structure

    of_usual = {
        family
        for family, choices in zip(family_by_candidate, candidates, strict=True)
        if choices.get(METHOD) == usual
    }
    misfits: dict[str, tuple[int, bool, int]] = {}
    for family in families:
        findings = [finding for _, finding in check_structure(resolved, family, frozenset())]
        misfits[family] = (
            sum(finding.rule == "unknown-key" for finding in findings),
            family not in of_usual,
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
    book: RuleBook, resolved: Mapping[str, Any], methods: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each group that the recipe tells, with the options that it may be.

    Args:
        book: The rules.
        resolved: The recipe without links.
        methods: The methods that it tells; limits of other methods tell nothing.
    """
    if methods:
        yield METHOD, methods
    telling = [
        (limit.identifies, limit)
        for limit in book.limits
        if limit.identifies is not None and _is_about(limit, methods)
    ]
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
        if all(_tells(places, schema, resolved) for places, schema in matched):
            groups.setdefault(group, []).extend(options)
    yield from ((name, tuple(dict.fromkeys(options))) for name, options in groups.items())


def _is_about(limit: Limit, methods: tuple[str, ...]) -> bool:
    """Return whether a limit may hold for a recipe that tells these methods, or none.

    What a missing key says holds for the limit's own method only.
    """
    asked = dict(limit.when.groups).get(METHOD)
    if not methods:
        return asked is None or all(schema is not False for _, schema in limit.keys)
    return asked is None or not set(asked).isdisjoint(methods)


def _tells(places: list[KeyPath], schema: Schema, resolved: Mapping[str, Any]) -> bool:
    """Return whether a key tells an option: it satisfies the schema, or is absent if ``False``."""
    if schema is False:
        return not places
    return len(places) == 1 and satisfies(lookup(resolved, places[0]), schema)
