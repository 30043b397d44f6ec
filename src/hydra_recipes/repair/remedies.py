"""Remedies: single changes that may mend one finding, each kind of finding its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hydra_recipes.documents.editing.change import Change
from hydra_recipes.findings.finding import Finding, Severity
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.numbers import as_double
from hydra_recipes.origin import KeyPath, OverrideOrigin, dotted
from hydra_recipes.repair.candidate import Candidate
from hydra_recipes.repair.choices import derived, misplaced_option, not_offered, other_choices
from hydra_recipes.repair.losses import Loss, loss_of
from hydra_recipes.repair.remedy import Remedy, set_value, settings
from hydra_recipes.repair.values import accepted, bounds, distance, fitting
from hydra_recipes.rules.evaluation import BoundRule, holds
from hydra_recipes.rules.model import Schema
from hydra_recipes.tree import ABSENT, lookup, matches, walk

_TO_LIBRARY = 2.0
"""How far it is to what the library has at a key."""
_TO_NOTHING = 4.0
"""How far it is to a recipe without the key: what somebody wrote is lost."""
_MISSPELLED = 0.25
"""A key whose name is further than this from another's is hardly that one, misspelled."""
_MOST_VALUES = 5
"""A section that takes more values is no small change: it would be made up."""


def remedies(finding: Finding, candidate: Candidate) -> list[Remedy]:
    """What may mend a finding, what leads the least far first."""
    paths = [*finding.data.get("paths", ()), path_of(finding, candidate)]
    secret = next((path for path in paths if path and candidate.reads_environment(path)), None)
    if secret is None:
        make = _REMEDIES.get(finding.kind)
        found = [*make(finding, candidate)] if make else []
    else:
        found = [*_from_library(candidate, secret), *_without(candidate, secret)]
    kept: list[Remedy] = []
    for remedy in sorted(found, key=lambda remedy: remedy.distance):
        if not any(remedy.does_as(other) for other in kept):
            loss = remedy.loss or loss_of(remedy.changes, remedy.choices, finding, candidate)
            kept.append(replace(remedy, loss=loss))
    return kept


def path_of(finding: Finding, candidate: Candidate) -> KeyPath | None:
    """The key a finding is about."""
    if finding.key is None:
        return None
    every = (*walk(candidate.tree), *candidate.keys)
    split = tuple(finding.key.split("."))
    return next((path for path in every if dotted(path) == finding.key), split)


def _limit(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    path = path_of(finding, candidate)
    if path is None:
        return
    value = lookup(candidate.resolved, path)
    told = finding.data.get("nearest")
    more = [one for one in (told, candidate.library_value(path)) if one not in (None, ABSENT)]
    more += _by_rules(candidate, path, value)
    schemas = _schemas(candidate, path)
    near = fitting(value, [*schemas, *_schemas(candidate, path, "warning")], more)
    near += [one for one in fitting(value, schemas, more) if not near]
    # What only this limit allows mends nothing, but shows what it is in conflict with.
    own = [
        b.schema for b in candidate.active.limits if (b.limit.id, b.path) == (finding.rule, path)
    ]
    yield from settings(candidate, path, value, near or fitting(value, own))
    yield from other_choices(candidate, path, value)


def _by_rules(candidate: Candidate, path: KeyPath, value: Any) -> Iterator[Any]:
    """The numbers nearest to one that the rules about its key accept, others being as they are."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return
    for rule in candidate.active.rules:
        others = [lookup(candidate.resolved, at) for _, at in rule.paths if at != path]
        if others and all(one is ABSENT for one in others):
            continue  # it ties the key to nothing
        for name, at in rule.paths:
            if at == path:
                accepts = _accepts(rule, name, candidate.resolved)
                number = _as_number(value, candidate.library_value(path))
                yield from accepted(number, _schemas(candidate, path), accepts)


def _as_number(value: float, usual: Any) -> float:
    """A number as the library has that key: ``lr=2`` is no whole number for that."""
    return as_double(value) if isinstance(usual, float) else value


def _wrong_type(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    path = path_of(finding, candidate)
    if path is None:
        return
    meant = finding.data.get("meant")
    if meant is not None:
        yield set_value(candidate, path, meant, 0.1)
        for one in fitting(meant, _schemas(candidate, path)):
            yield set_value(candidate, path, one, 0.2 + distance(meant, one))
    yield from _from_library(candidate, path)
    if meant is None and "written" in finding.data:  # null, which is hardly meant as text
        yield set_value(candidate, path, finding.data["written"], _TO_LIBRARY + 1)
    for one in finding.data.get("either", ()):
        yield set_value(candidate, path, one, _TO_LIBRARY + 1)
    yield from _without(candidate, path)


def _unknown(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    path = path_of(finding, candidate)
    if path is None:
        return
    value = lookup(candidate.tree, path)
    meant_by = renamings(finding, candidate) if value != UNSET else []
    for meant in meant_by:
        there = lookup(candidate.tree, meant) is not ABSENT
        named = "by" in finding.data  # a library says so, however it is spelled
        far = 0.0 if named else distance(str(path[-1]), str(meant[-1]))
        loss: Loss | None = "guesses" if far > _MISSPELLED else None
        typed = candidate.typed.get(dotted(path))  # where the other key wants text
        for one in (value, typed) if typed and value is not None else (value,):
            changes = (Change("delete", path), Change("change" if there else "add", meant, one))
            yield Remedy(changes, distance=far, loss="elsewhere" if there else loss)
    if not (meant_by and "by" in finding.data):  # it isn't to go if it is known what it means
        yield from _without(candidate, path)


def renamings(finding: Finding, candidate: Candidate) -> list[KeyPath]:
    """The keys that an unknown one may stand for: known ones that the recipe lacks.

    What was composed has its keys from a library, and of these an override may mean any.
    """
    if finding.kind != "unknown-key-in-recipe" or not finding.data.get("as_it_is", True):
        return []
    named = (matches(tuple(short.split(".")), candidate.keys) for short in finding.data["nearest"])
    meant = [found[0] for found in named if len(found) == 1]
    typed = candidate.overrides is not None and isinstance(finding.origin, OverrideOrigin)
    return [path for path in meant if typed or lookup(candidate.tree, path) is ABSENT]


def _forbidden(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    path = path_of(finding, candidate)
    if path is not None:
        yield from _without(candidate, path)
        yield from other_choices(candidate, path, lookup(candidate.tree, path))


def _missing(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    path = path_of(finding, candidate)
    if path is not None:
        yield from _from_library(candidate, path)
        for one in fitting(None, _schemas(candidate, path)):
            yield set_value(candidate, path, one, _TO_LIBRARY + 1)
        for alike in (other for other in walk(candidate.tree) if other[-1] == path[-1]):
            yield set_value(candidate, path, lookup(candidate.resolved, alike), _TO_LIBRARY - 1)
        for other in candidate.errors:  # perhaps it is there, misspelled
            if path in renamings(other, candidate):
                yield from _unknown(other, candidate)


def _rule(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    rule = next((one for one in candidate.active.rules if one.rule.id == finding.rule), None)
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
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = _as_number(value, library)
            near = accepted(
                number, schemas, accepts, [lookup(resolved, at) for _, at in rule.paths]
            )
            # What only the rule allows shows the limit that it is in conflict with.
            for one in near or accepted(number, (), accepts):
                # Where one number alone is accepted, it is the other key's: either may be meant.
                only = not (accepts(one - 1) or accepts(one + 1)) and isinstance(one, int)
                remedy = set_value(candidate, path, one, distance(value, one))
                yield replace(remedy, loss="guesses" if only else None)
        else:
            near = fitting(value, schemas, [] if library is ABSENT else [library])
            yield from settings(candidate, path, value, near)
        yield from _without(candidate, path)


def far_remedies(finding: Finding, candidate: Candidate) -> list[Remedy]:
    """The ends of what is allowed for each key of a rule; they help where other keys follow."""
    rule = next((one for one in candidate.active.rules if one.rule.id == finding.rule), None)
    values = {path: lookup(candidate.resolved, path) for _, path in rule.paths} if rule else {}
    found = [
        set_value(candidate, path, one, distance(value, one))
        for path, value in values.items()
        for one in bounds(_schemas(candidate, path))
        if value is not ABSENT and one != value
    ]
    losing = (replace(one, loss=loss_of(one.changes, (), finding, candidate)) for one in found)
    return sorted(losing, key=lambda remedy: remedy.distance)


def _accepts(rule: BoundRule, name: str, resolved: Mapping[str, Any]) -> Callable[[Any], bool]:
    found = {other: lookup(resolved, path) for other, path in rule.paths}
    values = {other: None if value is ABSENT else value for other, value in found.items()}
    return lambda one: holds(rule, {**values, name: one})


def _link(finding: Finding, candidate: Candidate) -> Iterator[Remedy]:
    path = path_of(finding, candidate)
    if path is None:
        return
    for target in finding.data.get("nearest", ()):
        yield set_value(candidate, path, f"${{{dotted(target)}}}", 0.5)
    yield from _from_library(candidate, path)
    yield from _without(candidate, path)


def _from_library(candidate: Candidate, path: KeyPath) -> Iterator[Remedy]:
    value = candidate.library_value(path)
    if value is ABSENT:
        return
    remedy = set_value(candidate, path, value, _TO_LIBRARY)
    if remedy.changes[0].weight <= _MOST_VALUES:
        yield remedy


def _without(candidate: Candidate, path: KeyPath) -> Iterator[Remedy]:
    if lookup(candidate.tree, path) is not ABSENT:
        yield Remedy((Change("delete", path),), distance=_TO_NOTHING)


def _schemas(candidate: Candidate, path: KeyPath, severity: Severity = "error") -> list[Schema]:
    """The limits on a key that make an error, or something lighter, of what they forbid."""
    return [
        bound.schema
        for bound in candidate.active.limits
        if bound.path == path and bound.limit.severity == severity
    ]


_REMEDIES: dict[str, Callable[[Finding, Candidate], Iterator[Remedy]]] = {
    "limit": _limit,
    "no-choice-fits": _limit,
    "wrong-type": _wrong_type,
    "unknown-key-in-recipe": _unknown,
    "forbidden-key": _forbidden,
    "missing-key": _missing,
    "required-key": _missing,
    "rule": _rule,
    "link-cycle": _link,
    "link-missing": _link,
    "link-syntax": _link,
    "link-failed": _link,
    "link-resolver": _link,
    "link-environment": _link,
    "not-offered": not_offered,
    "misplaced-option": misplaced_option,
    "derived-group": derived,
}
