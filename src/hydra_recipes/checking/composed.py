"""Findings about a composed recipe, or about a tree whose choices are recognised.

Never raises for a bad recipe, and never stops at the first finding.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache, partial
from typing import Any

from hydra_recipes.checking.beside import beside_findings, misheaded
from hydra_recipes.checking.candidates import Placed, common_findings, with_every_option
from hydra_recipes.checking.family_match import misfit, other_method
from hydra_recipes.checking.meant import with_choice_meant, with_name_meant, with_text_meant
from hydra_recipes.checking.method_findings import OriginOf, method_findings, of_one_method
from hydra_recipes.checking.missing_values import without_value
from hydra_recipes.checking.offers import contradictions, misplaced_option, not_offered, told_at
from hydra_recipes.checking.recognition import Recognised, recognise
from hydra_recipes.checking.structure import check_structure
from hydra_recipes.checking.typed_texts import Typed, as_typed, steps_of, typed_at, typed_in
from hydra_recipes.composing.history import History, histories, origin_in
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.environment import redact
from hydra_recipes.findings.finding import Finding, Report, deduplicate
from hydra_recipes.findings.messages.base import Detail
from hydra_recipes.findings.messages.families import NoFamily
from hydra_recipes.findings.messages.library import MovedName
from hydra_recipes.findings.messages.limits import AboutLimit, ForbiddenKey
from hydra_recipes.findings.messages.links import LinkMissing
from hydra_recipes.findings.messages.offers import ContradictedChoice, DerivedGroup, NotOffered
from hydra_recipes.findings.messages.values import NoChoiceFits, UnknownKeyInRecipe, WrongType
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.moves import Moved
from hydra_recipes.links.dependencies import DynamicLinkError, targets
from hydra_recipes.links.grammar import contains_link, expand_shell_links
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import Scope
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, OverrideOrigin, dotted, is_users
from hydra_recipes.rules.book import looked_at_once, rule_book
from hydra_recipes.rules.evaluation import active_rules, evaluate
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.rules.offers import OFFER
from hydra_recipes.shell_words import quote
from hydra_recipes.tree import lookup, within

_AT_KEYS = (UnknownKeyInRecipe, ForbiddenKey)
"""The kinds of findings that stand at the key, not at its value."""


@looked_at_once()
def check_composed(recipe: Recipe, libraries: Libraries) -> Report:
    """Check a composed recipe by the rules of these libraries."""
    book = rule_book(libraries)
    set_by = recipe.set_by

    def origin_of(path: KeyPath, _: bool) -> Origin | None:
        for length in range(len(path), 0, -1):
            if path[:length] in set_by:
                return OverrideOrigin(set_by[path[:length]])
        below = (text for key, text in set_by.items() if key[: len(path)] == path)
        return next(map(OverrideOrigin, below), None)

    typed = frozenset(recipe.provenance.chosen_by)
    recognised = Recognised((dict(recipe.choices),), book.is_offered(recipe.choices), (), typed)
    subject = " ".join(map(quote, recipe.overrides))
    by_hand: list[Placed] = [
        (None, finding) for finding in contradictions(book, recipe.provenance, libraries)
    ]
    report = _check(subject, recipe.scope, recognised, origin_of, by_hand, book)
    made_histories = cache(lambda: histories(recipe))  # reads files, so only if a finding needs it
    with_misplaced = misplaced_option(report.findings, recipe, book)
    placed = [
        _from_choice(_from_library(finding, made_histories), recipe) for finding in with_misplaced
    ]
    findings = (
        with_choice_meant(_as_typed(finding, recipe), book, recipe.choices)
        for finding in misheaded(placed, recipe, book)
    )
    moved = map(moved_finding, recipe.provenance.moved)
    beside = beside_findings(recipe, book, libraries)
    return dataclasses.replace(report, findings=(*findings, *beside, *moved))


def moved_finding(one: Moved) -> Finding:
    """Return the warning about an old name that was used."""
    detail = MovedName(old=one.old, new=one.new)
    return Finding("warning", detail.kind, detail, origin=one.origin)


def _from_choice(finding: Finding, recipe: Recipe) -> Finding:
    """Return a finding with, if about options that aren't offered, the override that chose one.

    That is the override of the group to change, or else of another.
    """
    if not isinstance(finding.detail, NotOffered):
        return finding
    chosen_by = recipe.provenance.chosen_by
    groups = (group for group in (finding.key, *finding.detail.choices) if group in chosen_by)
    group = next(groups, None)
    return dataclasses.replace(finding, origin=chosen_by[group].origin if group else None)


def _as_typed(finding: Finding, recipe: Recipe) -> Finding:
    """Return a finding with, if about a value that should be text, what was typed there."""
    if not isinstance(finding.detail, WrongType):
        return finding
    if not isinstance(finding.origin, FileOrigin):
        steps = recipe.provenance.steps or tuple(steps_of(recipe.overrides))
        return as_typed(finding, typed_in(steps), "Hydra")
    text = typed_at(finding.origin)
    return as_typed(finding, {finding.key or "": text}, "YAML") if text else finding


def _from_library(
    finding: Finding, made_histories: Callable[[], Mapping[KeyPath, History]]
) -> Finding:
    """Return a finding with the place in a library where its value stands.

    A value that is still to be filled in is nobody's mistake, so its finding stays without a place.
    """
    if finding.origin is not None or finding.severity == "incomplete" or finding.key is None:
        return finding
    prefix = f"{finding.key}."
    paths = finding.paths or [
        path for path in made_histories() if f"{dotted(path)}.".startswith(prefix)
    ]
    origins = (origin_in(made_histories(), path) for path in paths)
    return dataclasses.replace(
        finding, origin=next((origin for origin in origins if origin is not None), None)
    )


@looked_at_once()
def check_tree(
    subject: str,
    tree: Mapping[str, Any],
    beside: Mapping[str, Any],
    hints: Mapping[str, str],
    origin_of: OriginOf,
    troubles: Iterable[Placed],
    libraries: Libraries,
    asked: Mapping[str, str] | None = None,
    typed: Typed | None = None,
    *,
    foreign: bool = False,
) -> Report:
    """Check a tree whose choices are recognised from what it says.

    Args:
        subject: What the report calls it.
        tree: The recipe, links unresolved.
        beside: What stands beside it, for links that leave it.
        hints: Choices named beside the recipe, group to option.
        origin_of: Returns where a key or its value stands.
        troubles: Findings there are already; their keys get no others.
        libraries: The libraries whose rules hold.
        asked: Those of the hints that the user typed: group to override.
        typed: What the user typed for values that aren't read as text, by dotted key.
        foreign: Whether it may be of a method or shape without a family. Such a recipe gets a
            single finding: the requirements of the families say nothing about it.
    """
    book = rule_book(libraries)
    scope = Scope(expand_shell_links(tree), beside)
    resolved, _ = scope.resolve()
    if foreign and (other := other_method("this", resolved, book, hints)):
        place = origin_of(other.path, bool(other.path))
        return Report(subject, (Finding("error", other.kind, other, origin=place),))
    recognised = recognise(book, resolved, hints, default_choices(libraries))
    if foreign:
        stranger = misfit("this", resolved, book, book.family_of(recognised.candidates[0]))
        if stranger is not None and not stranger.is_part:
            place = origin_of(stranger.path, False)
            finding = Finding("error", stranger.kind, stranger, origin=place)
            return Report(subject, (finding,))
    placed = [
        *troubles,
        *_contradicted(recognised, hints, asked or {}),
        *method_findings(resolved, hints, recognised, origin_of),
    ]
    report = _check(subject, scope, recognised, origin_of, placed, book)
    findings = (
        as_typed(told_at(one, report.choices, resolved, origin_of, book), typed or {}, "YAML")
        for one in of_one_method(report.findings)
    )
    return dataclasses.replace(report, findings=tuple(findings))


def _contradicted(
    recognised: Recognised, hints: Mapping[str, str], asked: Mapping[str, str]
) -> Iterable[Placed]:
    """Yield an error for each choice that the user typed and the recipe contradicts."""
    for group, text in asked.items():
        possible = {choices.get(group): None for choices in recognised.candidates}
        option = hints.get(group)
        if option not in possible:
            detail = ContradictedChoice(possible=tuple(filter(None, possible)))
            origin = OverrideOrigin(text)
            yield None, Finding("error", "choice", detail, group, option, origin=origin)


def _check(
    subject: str,
    scope: Scope,
    recognised: Recognised,
    origin_of: OriginOf,
    findings: list[Placed],
    book: RuleBook,
) -> Report:
    """Return the report on a recipe under all its candidates.

    Args:
        subject: What the report calls it.
        scope: The recipe, to follow its links.
        recognised: Its candidates.
        origin_of: Returns where a key or its value stands.
        findings: Findings there are already; others are appended.
        book: The rules.
    """
    resolved, problems = scope.resolve()
    kinds = book.kinds(recognised.candidates[0])
    findings += without_value(scope, resolved, problems, book, kinds)
    skip = frozenset(path for path, _ in findings if path is not None) | set(problems)
    # By family and rules in force, as candidates mostly have the same.
    findings_by_rules: dict[Any, list[Placed]] = {}
    results: list[tuple[dict[str, str], list[Placed]]] = []
    for choices in recognised.candidates:
        family = book.family_of(choices)
        active_ids = (
            active_rules(book, choices, family).ids if family and recognised.offered else None
        )
        key = (family, active_ids) if active_ids is not None else len(results)
        if key not in findings_by_rules:
            findings_by_rules[key] = list(_break(resolved, choices, recognised, skip, book))
        results.append((choices, findings_by_rules[key]))
    findings += [
        (path, with_every_option(finding, book, recognised))
        for path, finding in common_findings(results, recognised.unknown, partial(_allows, book))
    ]
    wrong_types = {
        path for path, finding in findings if path and isinstance(finding.detail, WrongType)
    }
    placed = [
        _with_origin(path, finding, origin_of)
        for path, finding in findings
        if path is None or path not in wrong_types or not _is_brought(path, wrong_types, scope)
    ]
    if not recognised.offered or any(
        isinstance(finding.detail, DerivedGroup) for _, finding in findings
    ):
        # Such a combination composes to a broken shape: only what the user wrote counts.
        placed = [
            finding for finding in placed if is_users(finding.origin) or finding.rule == OFFER
        ]
    choices = {
        group: option
        for group, option in recognised.candidates[0].items()
        if group not in recognised.unknown
    }
    of_candidates = [book.kinds(candidate) for candidate in recognised.candidates]
    off = tuple(
        off_rule.told()
        for off_rule in book.off
        if any(map(off_rule.entry.when.matches, of_candidates))
    )
    shown = tuple(_hidden(finding, scope) for finding in deduplicate(placed))
    return Report(subject, shown, choices, off=off)


def _hidden(finding: Finding, scope: Scope) -> Finding:
    """Return a finding without the values of environment variables."""
    if not scope.environment:
        return finding
    detail = finding.detail.but(**redact(vars(finding.detail), scope.environment))
    value = _told(finding.key, redact(finding.value, scope.environment), scope)
    if value != finding.value:  # suggestions made from the value would show it
        detail = _without_suggestions(detail)
    return dataclasses.replace(finding, value=value, detail=detail)


def _without_suggestions(detail: Detail) -> Detail:
    """Return the detail of a finding without what was made from the key's value."""
    match detail:
        case WrongType():
            return detail.but(meant=None)
        case AboutLimit() | NoChoiceFits():
            return detail.but(nearest=None)
        case UnknownKeyInRecipe() | LinkMissing():
            return detail.but(nearest=())
    return detail


def _told(key: str | None, value: Any, scope: Scope) -> Any:
    """Return a key's value with the names of environment variables instead of their values."""
    path = tuple((key or "").split("."))
    try:
        if scope.value(path) != value:
            return value  # masked already, or not the recipe's own value
        return scope.masked.value(path)
    except KeyError:
        return value
    except LinkProblem as problem:
        return problem.hops[0].text if problem.hops else value


def _break(
    resolved: Mapping[str, Any],
    choices: Mapping[str, str],
    recognised: Recognised,
    skip: frozenset[KeyPath],
    book: RuleBook,
) -> Iterable[Placed]:
    """Yield what a recipe breaks under one set of choices."""
    offered = recognised.offered
    if not offered:
        yield None, not_offered(book, choices, recognised.told)
    family = book.family_of(choices)
    if family is None:
        if offered:
            yield None, Finding("error", "family", NoFamily(choices=dict(choices)))
        return
    structural = [
        (path, with_name_meant(finding, path, family, book, choices))
        for path, finding in check_structure(resolved, family, skip)
    ]
    if not offered:
        yield from structural
        return
    skip |= {path for path, _ in structural}
    active = active_rules(book, choices, family)
    structural = [(path, with_text_meant(finding, path, active)) for path, finding in structural]
    broken = list(evaluate(active, resolved, skip, family))
    # A key that must go anyway needs no finding about its shape.
    forbidden = {
        path
        for path, finding in broken
        if path and isinstance(finding.detail, ForbiddenKey) and finding.severity == "error"
    }
    yield from ((path, finding) for path, finding in structural if not within(path, forbidden))
    yield from broken


def _allows(book: RuleBook, choices: Mapping[str, str], path: KeyPath, value: Any) -> bool:
    """Return whether no limit that holds for some choices makes a value an error."""
    family = book.family_of(choices)
    limits = active_rules(book, choices, family).limits if family else ()
    return all(
        satisfies(value, active.schema)
        for active in limits
        if active.path == path and active.limit.severity == "error"
    )


def _is_brought(path: KeyPath, wrong_types: Collection[KeyPath], scope: Scope) -> bool:
    """Return whether a link brings a value from a key that has a finding about its type already."""
    value = lookup(scope.recipe, path)
    if not contains_link(value):
        return False
    try:
        return any(
            target.inside and target.path in wrong_types for target in targets(scope, value, path)
        )
    except DynamicLinkError:
        return False


def _with_origin(path: KeyPath | None, finding: Finding, origin_of: OriginOf) -> Finding:
    """Return a finding with the place of the first of its keys that has one."""
    if finding.origin is not None:
        return finding
    paths = [*finding.paths, *([path] if path is not None else [])]
    about_key = isinstance(finding.detail, _AT_KEYS)
    places = (origin_of(path, about_key) for path in paths)
    origins = [origin for origin in places if origin is not None]
    return dataclasses.replace(finding, origin=origins[0]) if origins else finding
