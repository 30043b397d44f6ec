"""Findings about combinations of choices that the service doesn't offer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hydra_recipes.checking.method_findings import OriginOf
from hydra_recipes.checking.recognition import place_of
from hydra_recipes.composing.provenance import Provenance
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.offers import DerivedGroup, MisplacedOption, NotOffered
from hydra_recipes.findings.messages.values import UnknownKeyInRecipe
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.model import Family, RuleBook
from hydra_recipes.rules.offers import OFFER, offered_groups
from hydra_recipes.rules.unoffered import unoffered
from hydra_recipes.tree import ABSENT, MOUNT, lookup, nearest


def contradictions(
    book: RuleBook, provenance: Provenance, libraries: Libraries
) -> Iterator[Finding]:
    """Yield an error for each derived group with another option than its default pattern gives.

    With ``shape: ${generation}/${method}`` among the defaults, ``shape=nova-2/sft`` is one for a
    model of the first generation.
    """
    derived = book.derived
    for group, override in provenance.chosen_by.items():
        pattern = default_choices(libraries).get(group) if group in derived else None
        if not pattern or "${" not in pattern:
            continue
        right = re.sub(r"\$\{(\w+)\}", lambda match: provenance.choices.get(match[1], ""), pattern)
        if provenance.choices.get(group) != right:
            detail = DerivedGroup(right=right, sources=re.findall(r"\$\{(\w+)\}", pattern))
            option = provenance.choices.get(group)
            yield Finding("error", OFFER, detail, group, option, origin=override.origin)


def not_offered(book: RuleBook, choices: Mapping[str, str], typed: Collection[str] = ()) -> Finding:
    """Return the error about a combination that isn't offered; ``typed`` are the groups chosen."""
    detail = unoffered(book, choices, typed)
    because = "Only the combinations that a library offers can be run."
    return Finding("error", OFFER, detail, detail.key, detail.value, because)


def told_at(
    finding: Finding,
    choices: Mapping[str, str],
    resolved: Mapping[str, Any],
    origin_of: OriginOf,
    book: RuleBook,
) -> Finding:
    """Return a finding with, if about an option that isn't offered, the place that tells it."""
    detail = finding.detail
    if not isinstance(detail, NotOffered) or finding.origin is not None:
        return finding
    groups = filter(None, (detail.group, *detail.choices))
    places = (place_of(book, resolved, choices, group) for group in groups)
    place = next(filter(None, places), None)
    return replace(finding, origin=origin_of(place, False)) if place else finding


def misplaced_option(
    findings: Sequence[Finding], recipe: Recipe, book: RuleBook
) -> tuple[Finding, ...]:
    """Return the findings, with one for all unknown keys of an option meant for other choices.

    For example, for the keys of ``+preset=complete_sft`` in a recipe of another generation's model.
    """
    settled = {*offered_groups(book), *book.derived}  # what else is wrong with these is told
    chosen = recipe.provenance.chosen_by
    added = [group for group in chosen if group not in settled and "@" not in group]
    unknown = [
        finding.key
        for finding in findings
        if finding.key is not None and isinstance(finding.detail, UnknownKeyInRecipe)
    ]
    if len(added) != 1 or not unknown:
        return tuple(findings)
    (group,) = added
    steps = recipe.provenance.steps
    composed = steps[0].before[MOUNT] if steps else recipe.scope.recipe
    fitting: dict[Family, tuple[frozenset[str], str, tuple[str, ...]]] = {}
    for family in book.families:
        paths = families.keys(family.model)
        present = frozenset(dotted(path) for path in paths if lookup(composed, path) is not ABSENT)
        needed, ways = _choices_for(family, recipe, book)
        if ways and not present.isdisjoint(unknown):
            fitting[family] = present, needed, ways
    if not fitting:
        return tuple(findings)
    sections = tuple(f"{key}." for key in unknown)
    counts = {
        family: sum(f"{key}.".startswith(sections) for key in present)
        for family, (present, _, _) in fitting.items()
    }
    most = max(counts.values())
    fitting = {family: fitting[family] for family in fitting if counts[family] == most}
    nearest_family, (present, needed, _) = next(iter(fitting.items()))
    keys = tuple(key for key in unknown if key in present)
    ways = tuple(
        dict.fromkeys(
            way
            for others_keys, others_need, others_ways in fitting.values()
            if others_need == needed and others_keys.issuperset(keys)
            for way in others_ways
        )
    )
    override, option = chosen[group], recipe.choices[needed]
    near = next(iter(nearest(option, ways)), ways[0])
    detail = MisplacedOption(keys=keys, option=option, needed=needed, ways=ways, near=near)
    text, origin = override.text, override.origin
    misplaced = Finding("error", "unknown-key", detail, group, text, origin=origin)
    # A link among those keys is of no interest either.
    own = families.keys(book.family_of(recipe.choices) or nearest_family.model)
    foreign = {*keys, *(present - set(map(dotted, own)))}
    return (misplaced, *(one for one in findings if one.key not in foreign))


def _choices_for(family: Family, recipe: Recipe, book: RuleBook) -> tuple[str, tuple[str, ...]]:
    """Return the group whose option keeps a recipe from a family, and the options that wouldn't.

    A group chosen by hand goes first, since what it brings isn't to be chosen anew. Return an
    empty name and no options if there is no such group.
    """
    wanted = dict(family.when.groups)
    offers = [dict(offer.groups) for offer in book.offers]
    fitting = [
        offer
        for offer in offers
        if all(
            not set(options).isdisjoint(offer.get(group, options))
            for group, options in wanted.items()
        )
    ]
    derived, chosen = book.derived, recipe.provenance.chosen_by
    for group in sorted(offered_groups(book), key=lambda group: group not in chosen):
        ways = tuple(dict.fromkeys(option for offer in fitting for option in offer.get(group, ())))
        if group not in derived and book.offered_as(recipe.choices).get(group) not in ways:
            return group, ways
    return "", ()
