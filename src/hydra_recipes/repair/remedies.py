"""Remedies: single changes that may mend one finding; each kind of finding has its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from hydra_recipes.documents.editing.change import Change
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.base import Detail, Severity
from hydra_recipes.findings.messages.limits import AbsentKey, BrokenLimit, ForbiddenKey
from hydra_recipes.findings.messages.links import (
    LinkCycle,
    LinkEnvironment,
    LinkFailed,
    LinkMissing,
    LinkResolver,
    LinkSyntax,
)
from hydra_recipes.findings.messages.offers import DerivedGroup, MisplacedOption, NotOffered
from hydra_recipes.findings.messages.values import (
    BrokenRule,
    MissingKey,
    NoChoiceFits,
    UnknownKeyInRecipe,
    WrongType,
)
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.numbers import as_double, is_number
from hydra_recipes.origin import KeyPath, OverrideOrigin, dotted
from hydra_recipes.repair.candidate import Candidate
from hydra_recipes.repair.choices import derived, misplaced_option, not_offered, other_choices
from hydra_recipes.repair.losses import Loss, loss_of
from hydra_recipes.repair.remedy import Remedy, set_value, settings
from hydra_recipes.repair.values import accepted, bounds, distance, fitting, in_region_of
from hydra_recipes.rules.evaluation import BoundRule, holds
from hydra_recipes.rules.model import Schema
from hydra_recipes.tree import ABSENT, lookup, matches, walk
from hydra_recipes.tree import path_of as key_path_of

_TO_LIBRARY = 2.0
"""The distance of the libraries' value of a key."""
_TO_NOTHING = 4.0
"""The distance of deleting a key: what somebody wrote is lost."""
_MISSPELLED = 0.25
"""A name at a greater distance from another is hardly that one, misspelled."""
_MOST_VALUES = 5
"""The most values of a section that is added from a library; more would be made up."""


def remedies(finding: Finding, candidate: Candidate) -> list[Remedy]:
    """Return the changes that may mend a finding, the nearest first, each with its loss."""
    paths = [*finding.paths, path_of(finding, candidate)]
    secret = next((path for path in paths if path and candidate.reads_environment(path)), None)
    if secret is None:
        make = _REMEDIES.get(type(finding.detail))
        unranked = [*make(finding, candidate)] if make else []
    else:
        unranked = [*_from_library(candidate, secret), *_without(candidate, secret)]
    kept: list[Remedy] = []
    for remedy in sorted(unranked, key=lambda remedy: remedy.distance):
        if not any(remedy.does_as(other) for other in kept):
            loss = remedy.loss or loss_of(remedy.changes, remedy.choices, finding, candidate)
            kept.append(replace(remedy, loss=loss))
    return kept


def path_of(finding: Finding, candidate: Candidate) -> KeyPath | None:
    """Return the path of the key that a finding is about, or None if it is about none."""
    if finding.key is None:
        return None
    paths = (*walk(candidate.tree), *candidate.keys)  # a name in a path may hold dots
    split = tuple(finding.key.split("."))
    return next((path for path in paths if dotted(path) == finding.key), split)


def _limit(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    """Yield allowed values of a key, then other choices that allow the value it has."""
    path = path_of(finding, candidate)
    if path is None:
        return
    value = lookup(candidate.resolved, path)
    detail = finding.detail
    if isinstance(detail, BrokenLimit) and detail.choice:
        yield Remedy(choices=dict([detail.choice]))
    nearest = detail.nearest if isinstance(detail, BrokenLimit | NoChoiceFits) else None
    usual = (nearest, candidate.library_value(path))
    more = [other for other in usual if other not in (None, ABSENT)]
    more += _by_rules(candidate, path, value)
    errors, warnings = _schemas(candidate, path), _schemas(candidate, path, "warning")
    # A value without a warning is better; where there is none, one without an error will do.
    allowed = fitting(value, [*errors, *warnings], more) or fitting(value, errors, more)
    # What only this limit allows mends nothing, but shows which limit it is in conflict with.
    own = [
        bound.schema
        for bound in candidate.active.limits
        if (bound.limit.id, bound.path) == (finding.rule, path)
    ]
    yield from settings(candidate, path, value, allowed or fitting(value, own))
    yield from other_choices(candidate, path, value)


def _by_rules(candidate: Candidate, path: KeyPath, value: Any) -> Iterator[Any]:
    """Yield the numbers nearest to a key's that its rules accept if no other key changes."""
    if not is_number(value):
        return
    for rule in candidate.active.rules:
        others = [lookup(candidate.resolved, other) for _, other in rule.paths if other != path]
        if others and all(other is ABSENT for other in others):
            continue  # it ties the key to nothing
        for name, rule_path in rule.paths:
            if rule_path == path:
                accepts = _accepts(rule, name, candidate.resolved)
                number = _as_number(value, candidate.library_value(path))
                yield from accepted(number, _schemas(candidate, path), accepts)


def _as_number(value: float, usual: Any) -> float:
    """Return a number as a float if the library's value is one: ``lr=2`` then means 2.0."""
    return as_double(value) if isinstance(usual, float) else value


def _wrong_type(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    """Yield the value that was meant, if it can be told, the libraries' value, and deletion."""
    path, detail = path_of(finding, candidate), finding.detail
    if path is None or not isinstance(detail, WrongType):
        return
    meant = detail.meant
    if meant is not None:
        yield set_value(candidate, path, meant, 0.1)
        for allowed in fitting(meant, _schemas(candidate, path)):
            yield set_value(candidate, path, allowed, 0.2 + distance(meant, allowed))
    yield from _from_library(candidate, path)
    if meant is None and detail.written is not None:  # null, which is hardly meant as text
        yield set_value(candidate, path, detail.written, _TO_LIBRARY + 1)
    for alternative in detail.either:
        yield set_value(candidate, path, alternative, _TO_LIBRARY + 1)
    yield from _without(candidate, path)


def _unknown(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    """Yield the known keys that an unknown one may be, misspelled or renamed, then deletion."""
    path, detail = path_of(finding, candidate), finding.detail
    if path is None or not isinstance(detail, UnknownKeyInRecipe):
        return
    value = lookup(candidate.tree, path)
    renamed = detail.by is not None  # a library names the new key, so similarity doesn't count
    meant_paths = renamings(finding, candidate) if value != UNSET else []
    for meant in meant_paths:
        present = lookup(candidate.tree, meant) is not ABSENT
        far = 0.0 if renamed else distance(str(path[-1]), str(meant[-1]))
        loss: Loss | None = "guesses" if far > _MISSPELLED else None
        typed = candidate.typed.get(dotted(path))  # the value as text, if the other key wants that
        for moved in (value, typed) if typed and value is not None else (value,):
            kind: Literal["change", "add"] = "change" if present else "add"
            changes = (Change("delete", path), Change(kind, meant, moved))
            yield Remedy(changes, distance=far, loss="elsewhere" if present else loss)
    if not (meant_paths and renamed):  # a key whose meaning is known is never just deleted
        yield from _without(candidate, path)


def renamings(finding: Finding, candidate: Candidate) -> list[KeyPath]:
    """Return the paths of the keys that an unknown one may stand for.

    Only keys that the recipe lacks, save for an override of a composed recipe: there the libraries
    set the keys, and the override may mean any of them.
    """
    detail = finding.detail
    if not isinstance(detail, UnknownKeyInRecipe) or not detail.as_it_is:
        return []
    by_name = (matches(tuple(short.split(".")), candidate.keys) for short in detail.nearest)
    meant = [paths[0] for paths in by_name if len(paths) == 1]
    is_override = candidate.overrides is not None and isinstance(finding.origin, OverrideOrigin)
    return [path for path in meant if is_override or lookup(candidate.tree, path) is ABSENT]


def _forbidden(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    """Yield deletion of a key, then other choices that allow it."""
    path = path_of(finding, candidate)
    if path is not None:
        yield from _without(candidate, path)
        yield from other_choices(candidate, path, lookup(candidate.tree, path))


def _missing(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    """Yield values for a missing key: the libraries', allowed ones, those of its namesakes."""
    path = path_of(finding, candidate)
    if path is not None:
        yield from _from_library(candidate, path)
        for allowed in fitting(None, _schemas(candidate, path)):
            yield set_value(candidate, path, allowed, _TO_LIBRARY + 1)
        for namesake in (other for other in walk(candidate.tree) if other[-1] == path[-1]):
            yield set_value(candidate, path, lookup(candidate.resolved, namesake), _TO_LIBRARY - 1)
        for error in candidate.errors:  # perhaps it is there, misspelled
            if path in renamings(error, candidate):
                yield from _unknown(error, candidate)


def _rule(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    """Yield changes of each key of a broken rule: a value that the rule accepts, or deletion."""
    rule = _broken_rule(finding, candidate)
    if rule is None:
        return
    resolved = candidate.resolved
    for name, path in rule.paths:
        value = lookup(resolved, path)
        accepts = _accepts(rule, name, resolved)
        schemas = _schemas(candidate, path)
        library = candidate.library_value(path)
        if value is ABSENT:
            if library is not ABSENT:
                yield set_value(candidate, path, library, _TO_LIBRARY)
            continue
        if is_number(value):
            number = _as_number(value, library)
            others = [lookup(resolved, other) for _, other in rule.paths]
            allowed = accepted(number, schemas, accepts, others)
            # What only the rule accepts shows the limit that it is in conflict with.
            for new in allowed or accepted(number, (), accepts):
                # Where one number alone is accepted, it is the other key's: either may be meant.
                only = not (accepts(new - 1) or accepts(new + 1)) and isinstance(new, int)
                remedy = set_value(candidate, path, new, distance(value, new))
                yield replace(remedy, loss="guesses" if only else None)
        else:
            allowed = fitting(value, schemas, [] if library is ABSENT else [library])
            yield from settings(candidate, path, value, allowed)
            for _, other in rule.paths:
                moved = in_region_of(value, lookup(resolved, other))
                if moved not in (None, value) and accepts(moved):
                    remedy = set_value(candidate, path, moved, distance(value, moved))
                    yield replace(remedy, loss="guesses")
        yield from _without(candidate, path)


def far_remedies(finding: Finding, candidate: Candidate) -> list[Remedy]:
    """Return the bounds of each key of a broken rule as its value, the nearest first.

    Alone they may mend nothing; they help where another key has to follow.
    """
    rule = _broken_rule(finding, candidate)
    values = {path: lookup(candidate.resolved, path) for _, path in rule.paths} if rule else {}
    settings_to_bounds = (
        set_value(candidate, path, bound, distance(value, bound))
        for path, value in values.items()
        for bound in bounds(_schemas(candidate, path))
        if value is not ABSENT and bound != value
    )
    with_loss = (
        replace(remedy, loss=loss_of(remedy.changes, (), finding, candidate))
        for remedy in settings_to_bounds
    )
    return sorted(with_loss, key=lambda remedy: remedy.distance)


def _broken_rule(finding: Finding, candidate: Candidate) -> BoundRule | None:
    return next((rule for rule in candidate.active.rules if rule.rule.id == finding.rule), None)


def _accepts(rule: BoundRule, name: str, resolved: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Return a function that tells whether the rule holds with a value for one of its names."""
    present = {other: lookup(resolved, path) for other, path in rule.paths}
    values = {other: None if value is ABSENT else value for other, value in present.items()}
    return lambda value: holds(rule, {**values, name: value})


def _link(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    """Yield links to similar keys, the key that the link leads to, a value, and deletion."""
    path, detail = path_of(finding, candidate), finding.detail
    if path is None:
        return
    if isinstance(detail, LinkMissing):
        for target in detail.nearest:
            yield set_value(candidate, path, f"${{{dotted(target)}}}", 0.5)
        lacking = key_path_of(detail.target)
        if lacking in candidate.keys:  # nearer than a value, as the link stays
            for remedy in _from_library(candidate, lacking):
                yield replace(remedy, distance=_TO_LIBRARY - 1)
    yield from _from_library(candidate, path)
    yield from _without(candidate, path)


def _from_library(candidate: Candidate, path: KeyPath) -> Iterator[Remedy]:
    """Yield the libraries' value of a key, unless it is a section of too many values."""
    value = candidate.library_value(path)
    if value is ABSENT:
        return
    remedy = set_value(candidate, path, value, _TO_LIBRARY)
    if remedy.changes[0].weight <= _MOST_VALUES:
        yield remedy


def _without(candidate: Candidate, path: KeyPath) -> Iterator[Remedy]:
    """Yield the deletion of a key, if it is there."""
    if lookup(candidate.tree, path) is not ABSENT:
        yield Remedy((Change("delete", path),), distance=_TO_NOTHING)


def _schemas(candidate: Candidate, path: KeyPath, severity: Severity = "error") -> list[Schema]:
    """Return the schemas of the limits on a key that have this severity."""
    return [
        bound.schema
        for bound in candidate.active.limits
        if bound.path == path and bound.limit.severity == severity
    ]


_REMEDIES: dict[type[Detail], Callable[[Finding, Candidate], Iterator[Remedy]]] = {
    BrokenLimit: _limit,
    NoChoiceFits: _limit,
    WrongType: _wrong_type,
    UnknownKeyInRecipe: _unknown,
    ForbiddenKey: _forbidden,
    MissingKey: _missing,
    AbsentKey: _missing,
    BrokenRule: _rule,
    LinkCycle: _link,
    LinkMissing: _link,
    LinkSyntax: _link,
    LinkFailed: _link,
    LinkResolver: _link,
    LinkEnvironment: _link,
    NotOffered: not_offered,
    MisplacedOption: misplaced_option,
    DerivedGroup: derived,
}
