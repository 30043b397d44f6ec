"""Remedies by other choices: what isn't offered, and values that other choices would allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hydra_recipes.documents.editing.change import Change
from hydra_recipes.findings.finding import Finding
from hydra_recipes.origin import KeyPath
from hydra_recipes.repair.candidate import Candidate
from hydra_recipes.repair.remedy import Remedy, set_value
from hydra_recipes.repair.values import fitting
from hydra_recipes.rules.evaluation import active_rules
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.offers import alternatives, offered_groups
from hydra_recipes.tree import lookup, matches

_TO_CHOICE = 3.0
"""How far it is to another choice: further than to most values."""
_MOST_CHOICES = 3
"""More choices at once would be another recipe."""


def not_offered(_: Finding, candidate: Candidate) -> Iterator[Remedy]:
    """Return choices that are offered instead, one at a time or the fewest together."""
    choices, book = candidate.report.choices, candidate.book
    derived = book.derived
    names = [group for group in offered_groups(book) if group not in derived]
    ways = {group: alternatives(book, choices, group) for group in names}
    for step, group in enumerate(reversed(names)):
        for at, option in enumerate(ways[group]):
            yield from _choosing(candidate, group, option, _TO_CHOICE + step + at / 100)
    if not any(ways.values()) and candidate.overrides is not None:
        yield from _several_choices(candidate, names)


def _several_choices(candidate: Candidate, groups: Sequence[str]) -> Iterator[Remedy]:
    """The offered combinations that differ in the fewest groups, the later named ones first."""
    asked = candidate.book.offered_as(candidate.report.choices)
    found: dict[tuple[tuple[str, str], ...], int] = {}
    for offer in candidate.book.offers:
        for one in offer.combinations():
            other = [at for at, group in enumerate(groups) if one.get(group) != asked.get(group)]
            named = tuple((groups[at], one[groups[at]]) for at in other if groups[at] in one)
            found.setdefault(named, sum(len(groups) - at for at in other))
    fewest = min(map(len, found), default=0)
    for named, far in found.items():
        if len(named) == fewest <= _MOST_CHOICES:
            yield Remedy(choices=dict(named), distance=_TO_CHOICE * fewest + far)


def misplaced_option(finding: Finding, _: Candidate) -> Iterator[Remedy]:
    """Return the choices for which an option is made."""
    near, ways = finding.data["near"], finding.data["ways"]
    for at, option in enumerate(sorted(ways, key=lambda way: way != near)):
        yield Remedy(choices={finding.data["needed"]: option}, distance=_TO_CHOICE + at / 100)


def derived(finding: Finding, _: Candidate) -> Iterator[Remedy]:
    """Return the option that follows from the other choices."""
    if finding.key is not None:
        yield Remedy(choices={finding.key: finding.data["right"]}, distance=0.0)


def other_choices(candidate: Candidate, path: KeyPath, value: Any) -> Iterator[Remedy]:
    """Other choices, offered ones, under whose limits the value could stay as it is."""
    choices, book = dict(candidate.report.choices), candidate.book
    named = {group for limit in book.limits for group, _ in limit.when.groups}
    derived = book.derived
    for step, group in enumerate(offered_groups(book)):
        if group in derived or group not in named:
            continue
        for at, option in enumerate(alternatives(book, choices, group)):
            offers = (
                o for o in book.offers if o.includes(book.offered_as({**choices, group: option}))
            )
            fixed = {g: o[0] for offer in offers for g, o in offer.groups if len(o) == 1}
            if option != choices.get(group) and _allows(
                candidate, {**choices, **fixed, group: option}, path, value
            ):
                yield from _choosing(candidate, group, option, _TO_CHOICE + step + at / 100)


def _choosing(candidate: Candidate, group: str, option: str, far: float) -> Iterator[Remedy]:
    """Another choice: as it is, or for a file that tells it by the keys that do."""
    told = any(limit.identifies == group for limit in candidate.book.limits)
    if candidate.overrides is not None or not told:
        yield Remedy(choices={group: option}, distance=far)
        return
    choices = candidate.book.kinds({**candidate.report.choices, group: option})
    changes: list[Change] = []
    for limit in candidate.book.limits:
        if limit.identifies != group or not limit.when.matches(choices):
            continue
        for key, schema in limit.keys:
            for path in matches(tuple(key.split(".")), candidate.keys):
                value = lookup(candidate.resolved, path)
                near = [] if satisfies(value, schema) else fitting(value, [schema])
                changes += [
                    change
                    for one in near[:1]
                    for change in set_value(candidate, path, one, 0).changes
                ]
    if changes:
        yield Remedy(tuple(changes), distance=far)


def _allows(candidate: Candidate, choices: Mapping[str, str], path: KeyPath, value: Any) -> bool:
    """Whether, as far as is known before composing, a value would be allowed."""
    family = candidate.book.family_of(choices)
    if family is None:
        return False
    active = active_rules(candidate.book, choices, family)
    schemas = [bound.schema for bound in active.limits if bound.path == path]
    return all(satisfies(value, schema) for schema in schemas)
