"""Remedies by other choices: ones that are offered, or that allow a value as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hydra_recipes.documents.editing.change import Change
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.offers import DerivedGroup, MisplacedOption, NotOffered
from hydra_recipes.origin import KeyPath
from hydra_recipes.repair.candidate import Candidate
from hydra_recipes.repair.remedy import Remedy, set_value
from hydra_recipes.repair.values import fitting
from hydra_recipes.rules.evaluation import active_rules
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.offers import METHOD, alternatives, offered_groups
from hydra_recipes.tree import lookup, matches

_TO_CHOICE = 3.0
"""The distance of another choice: more than that of most values."""
_MOST_CHOICES = 3
"""The most choices that are changed at once; more would make another recipe."""


def not_offered(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    """Yield choices that make the combination an offered one.

    First another option of one group, that which the message names before others; if no single one
    does it and the recipe was composed, the offers that differ in the fewest groups.
    """
    book = candidate.book
    derived = book.derived
    names = [group for group in offered_groups(book) if group not in {*derived, METHOD}]
    told = _told(candidate)
    options = {group: alternatives(book, told, group) for group in names}
    detail = finding.detail
    if isinstance(detail, NotOffered) and detail.group and detail.group not in derived:
        options[detail.group] = tuple(detail.ways)
    groups = [*reversed(options)]
    groups.sort(key=lambda group: group != finding.key)
    for step, group in enumerate(groups):
        for place, option in enumerate(options[group]):
            yield from _choosing(candidate, group, option, _TO_CHOICE + step + place / 100)
    if not any(options.values()) and candidate.overrides is not None:
        yield from _several_choices(candidate, names)


def _told(candidate: Candidate) -> dict[str, str]:
    """Return the choices that another one leaves as they are.

    In a file, an option that no key tells follows from what the keys tell: that benchmarks are
    evaluated, from a benchmark.
    """
    choices = dict(candidate.report.choices)
    if candidate.overrides is not None:
        return choices
    telling = {
        (limit.identifies, option)
        for limit in candidate.book.limits
        for option in dict(limit.when.groups).get(limit.identifies or "", ())
    }
    told_by_keys = {group for group, _ in telling}
    return {
        group: option
        for group, option in choices.items()
        if group not in told_by_keys or (group, option) in telling
    }


def _several_choices(candidate: Candidate, groups: Sequence[str]) -> Iterator[Remedy]:
    """Yield the offers that differ in the fewest groups; changing a later group is nearer."""
    asked = candidate.book.offered_as(candidate.report.choices)
    distances: dict[tuple[tuple[str, str], ...], int] = {}
    for offer in candidate.book.offers:
        for offered in offer.combinations():
            if offered.get(METHOD) != asked.get(METHOD):
                continue
            differing = [
                place
                for place, group in enumerate(groups)
                if offered.get(group) != asked.get(group)
            ]
            names = (groups[place] for place in differing)
            choices = tuple((group, offered[group]) for group in names if group in offered)
            distances.setdefault(choices, sum(len(groups) - place for place in differing))
    fewest = min(map(len, distances), default=0)
    for choices, distance in distances.items():
        if len(choices) == fewest <= _MOST_CHOICES:
            yield Remedy(choices=dict(choices), distance=_TO_CHOICE * fewest + distance)


def misplaced_option(finding: Finding, _: Candidate) -> Iterator[Remedy]:
    """Yield each option that the misplaced one is made for, the most similar first."""
    detail = finding.detail
    assert isinstance(detail, MisplacedOption)
    if detail.needed == METHOD:
        return
    for place, option in enumerate(sorted(detail.ways, key=lambda option: option != detail.near)):
        yield Remedy(choices={detail.needed: option}, distance=_TO_CHOICE + place / 100)


def derived(finding: Finding, _: Candidate) -> Iterator[Remedy]:
    """Yield the option that follows from the other choices."""
    if finding.key is not None and isinstance(finding.detail, DerivedGroup):
        yield Remedy(choices={finding.key: finding.detail.right}, distance=0.0)


def other_choices(candidate: Candidate, path: KeyPath, value: Any) -> Iterator[Remedy]:
    """Yield other offered choices under whose limits a key could keep its value."""
    choices, book = dict(candidate.report.choices), candidate.book
    decisive = {group for limit in book.limits for group, _ in limit.when.groups}
    derived = book.derived
    for step, group in enumerate(offered_groups(book)):
        if group in derived or group == METHOD or group not in decisive:
            continue
        others = (way for way in alternatives(book, choices, group) if way != choices.get(group))
        for place, option in enumerate(others):
            wanted = book.offered_as({**choices, group: option})
            offers = (offer for offer in book.offers if offer.includes(wanted))
            # Where an offer leaves a group one option only, that option comes with the choice.
            fixed = {
                other: options[0]
                for offer in offers
                for other, options in offer.groups
                if len(options) == 1
            }
            if _allows(candidate, {**choices, **fixed, group: option}, path, value):
                yield from _choosing(candidate, group, option, _TO_CHOICE + step + place / 100)


def _choosing(candidate: Candidate, group: str, option: str, distance: float) -> Iterator[Remedy]:
    """Yield another choice.

    A file may tell that choice by its keys; then it is the keys that change.
    """
    is_told_by_keys = any(limit.identifies == group for limit in candidate.book.limits)
    if candidate.overrides is not None or not is_told_by_keys:
        yield Remedy(choices={group: option}, distance=distance)
        return
    choices = candidate.book.kinds({**candidate.report.choices, group: option})
    changes: list[Change] = []
    for limit in candidate.book.limits:
        if limit.identifies != group or not limit.when.matches(choices):
            continue
        for key, schema in limit.keys:
            for path in matches(tuple(key.split(".")), candidate.keys):
                value = lookup(candidate.resolved, path)
                nearest = [] if satisfies(value, schema) else fitting(value, [schema])[:1]
                for allowed in nearest:
                    changes += set_value(candidate, path, allowed, 0).changes
    if changes:
        yield Remedy(tuple(changes), distance=distance)


def _allows(candidate: Candidate, choices: Mapping[str, str], path: KeyPath, value: Any) -> bool:
    """Return whether the limits of some choices allow a value, as far as known before composing."""
    family = candidate.book.family_of(choices)
    if family is None:
        return False
    active = active_rules(candidate.book, choices, family)
    schemas = [bound.schema for bound in active.limits if bound.path == path]
    return all(satisfies(value, schema) for schema in schemas)
