"""Findings about a recipe whose choices aren't all known: those that hold whichever they are.

A candidate is one set of choices that the recipe may have been made from. A value passes if some
candidate allows it; otherwise it gets the lightest finding that any candidate has for it. Values
that pass one by one, but not all under one candidate, get one finding: ``no-choice-fits``.

For example, nothing tells whether a recipe is for a small model (at most 4 nodes, 8k tokens) or a
large one (at least 8 nodes, at most 32k tokens). 64k tokens are an error under both, so that is
reported with both limits. 2 nodes with 32k tokens pass one by one, but under no model together.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

from hydra_recipes.checking.recognition import Recognised
from hydra_recipes.findings.finding import GRAVITY, Finding
from hydra_recipes.findings.messages.limits import AboutLimit, BrokenLimit
from hydra_recipes.findings.messages.values import (
    AboutFamilyKey,
    AboutRule,
    NoChoiceFits,
    UnknownKeyInRecipe,
)
from hydra_recipes.numbers import is_number
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.allowed import allowed, closest, nearest
from hydra_recipes.rules.model import RuleBook, When
from hydra_recipes.tree import canonical

_ABOUT_VALUES = (AboutLimit, AboutRule)

Placed = tuple[KeyPath | None, Finding]
"""The key path that a finding is about (None if about no key), and the finding."""

Allows = Callable[[dict[str, str], KeyPath, Any], bool]
"""A function that tells whether a set of choices allows a value at a key path."""

Result = tuple[dict[str, str], list[Placed]]
"""A set of choices, and the findings under them."""


def common_findings(
    results: list[Result], unknown: tuple[str, ...], allows: Allows
) -> list[Placed]:
    """Return the findings that hold under every candidate.

    Args:
        results: The findings under each candidate.
        unknown: The groups in which the candidates differ.
        allows: Tells whether a set of choices allows a value at a key path.
    """
    if len(results) == 1:
        return results[0][1]
    ordered = sorted(results, key=lambda result: _weight(result[1]))
    gravest = [_gravest(findings) for _, findings in ordered]
    everywhere = set.intersection(*map(set, gravest))
    by_mark = [_by_mark(findings) for _, findings in ordered]
    common: list[Placed] = []
    errors = set()
    for mark in filter(everywhere.__contains__, gravest[0]):
        lightest = min(range(len(ordered)), key=lambda index: gravest[index][mark])
        if gravest[lightest][mark] == GRAVITY["error"]:
            errors.add(mark)
        common += [
            (path, _with_alternatives(path, finding, results, unknown))
            for path, finding in by_mark[lightest][mark]
        ]
    remaining = [(choices, _apart(findings, errors)) for choices, findings in ordered]
    fits = any(not findings for _, findings in remaining)
    return common if fits else common + _no_choice_fits(remaining, unknown, allows)


def _weight(findings: list[Placed]) -> tuple[int, int]:
    """Return how many errors and how many findings there are, to sort candidates by."""
    return sum(finding.severity == "error" for _, finding in findings), len(findings)


def _mark(path: KeyPath | None, finding: Finding) -> Any:
    """Return what findings of several candidates are compared by: the key, or else the rule."""
    return finding.rule if path is None else path


def _by_mark(findings: list[Placed]) -> dict[Any, list[Placed]]:
    """Return the findings grouped by their marks."""
    marked: dict[Any, list[Placed]] = {}
    for path, finding in findings:
        marked.setdefault(_mark(path, finding), []).append((path, finding))
    return marked


def _gravest(findings: list[Placed]) -> dict[Any, int]:
    """Return the highest gravity of the findings of each mark."""
    marks: dict[Any, int] = {}
    for path, finding in findings:
        mark = _mark(path, finding)
        marks[mark] = max(marks.get(mark, 0), GRAVITY[finding.severity])
    return marks


def _apart(findings: list[Placed], common: set[Any]) -> list[Placed]:
    """Return the errors of one candidate whose marks aren't errors under every candidate."""
    return [
        (path, finding)
        for path, finding in findings
        if finding.severity == "error" and _mark(path, finding) not in common
    ]


def _no_choice_fits(
    remaining: list[Result], unknown: tuple[str, ...], allows: Allows
) -> list[Placed]:
    """Return what to say where every candidate has errors: one finding about their values.

    It stands at the first wrong value of the best candidate, with what that value would have to be.
    Errors of the candidate's shape come before it, as they are.

    The best candidate is one whose correction doesn't lead to other choices. Take one instance and
    a sample too long for one: the number of instances tells the choices, so the sample is to be
    shortened.
    """
    keeping = (result for result in remaining if _keeps_choices(result, remaining, allows))
    choices, best = next(keeping, remaining[0])
    others = [errors for _, errors in remaining if errors is not best]
    shape = [placed for placed in best if not isinstance(placed[1].detail, _ABOUT_VALUES)]
    values = [placed for placed in best if isinstance(placed[1].detail, _ABOUT_VALUES)]
    if not values:
        return shape
    path, first = values[0]
    elsewhere = [
        finding
        for errors in others
        if all(_mark(*placed) != _mark(path, first) for placed in errors)
        for _, finding in errors
    ]
    detail = NoChoiceFits(
        unknown=unknown,
        choices={group: choices[group] for group in unknown},
        broken=[(_short(finding), finding.value, _allowed(finding)) for _, finding in values],
        against=tuple(dict.fromkeys(map(_short, elsewhere))),
        hint=first.hint,
        nearest=_nearest(first),
        paths=first.paths,
    )
    return [*shape, (path, dataclasses.replace(first, rule=detail.kind, detail=detail))]


def _short(finding: Finding) -> str:
    """Return the key that a finding is about, as short as the family allows."""
    return finding.detail.short if isinstance(finding.detail, AboutFamilyKey) else str(finding.key)


def _allowed(finding: Finding) -> str | None:
    """Return what the limit that a finding is about allows, in words; None if it is about none."""
    return finding.detail.allowed if isinstance(finding.detail, AboutLimit) else None


def _nearest(finding: Finding) -> Any:
    """Return the allowed value nearest to the one that a finding is about; None if unknown."""
    return finding.detail.nearest if isinstance(finding.detail, AboutLimit) else None


def _keeps_choices(result: Result, remaining: list[Result], allows: Allows) -> bool:
    """Return whether a candidate has fewest errors and corrects them without spoiling the others.

    That is: every other candidate that allows a present value also allows the corrected one.
    """
    if len(result[1]) > min(len(errors) for _, errors in remaining):
        return False
    for path, finding in result[1]:
        if isinstance(finding.detail, UnknownKeyInRecipe):
            continue  # leaving it out spoils nothing
        near = _nearest(finding)
        if path is None or near is None:
            return False
        for choices, errors in remaining:
            is_allowed = all(other_path != path for other_path, _ in errors)
            if is_allowed and not allows(choices, path, near):
                return False
    return True


def _with_alternatives(
    path: KeyPath | None, finding: Finding, results: list[Result], unknown: tuple[str, ...]
) -> Finding:
    """Return the finding of a limit with all that the candidates would allow, if it differs.

    Cited is, of numbers, the limit that allows the one nearest to the present. A finding of another
    kind is returned as it is.
    """
    detail = finding.detail
    if not isinstance(detail, BrokenLimit):
        return finding
    choices_by_limit: dict[str, list[Mapping[str, str]]] = {}
    cited_by_nearest: dict[str, Finding] = {}
    nearest_values: list[Any] = []
    reasons: dict[str | None, None] = {}
    sources: dict[str, None] = {}
    for choices, findings in results:
        for other_path, other in findings:
            if (
                isinstance(other.detail, BrokenLimit)
                and other_path == path
                and other.severity == finding.severity
            ):
                choices_by_limit.setdefault(other.detail.allowed, []).append(choices)
                cited_by_nearest.setdefault(canonical(other.detail.nearest), other)
                nearest_values.append(other.detail.nearest)
                reasons[other.because] = None
                sources |= dict.fromkeys(filter(None, other.source.split("; ")))
    near = nearest_of(finding.value, nearest_values)
    differs = is_number(near) and canonical(near) != canonical(detail.nearest)
    detail = detail.but(unknown=unknown, nearest=near)
    if len(choices_by_limit) > 1:
        detail = detail.but(alternatives=_whose(choices_by_limit, unknown))
    cited = cited_by_nearest[canonical(near)] if differs else finding
    beside = ({id(other) for _, other in findings} for _, findings in results)
    if any({id(finding), id(cited)} <= ids for ids in beside if cited is not finding):
        cited = finding  # both are told
    because = cited.because if len(reasons) == 1 or len(unknown) == 1 else None
    return dataclasses.replace(
        finding, detail=detail, rule=cited.rule, because=because, source="; ".join(sources)
    )


def _whose(
    choices_by_limit: Mapping[str, list[Mapping[str, str]]], unknown: tuple[str, ...]
) -> dict[str, list[str]]:
    """Return whose each limit is: the options, by what it allows.

    They are options of the one unknown group that tells the limits apart best, as those of several
    would confuse: for which model each number of instances is, say.
    """

    def options_by_limit(group: str) -> dict[str, list[str]]:
        return {
            text: list(dict.fromkeys(choices[group] for choices in alike))
            for text, alike in choices_by_limit.items()
        }

    def shared(named: Mapping[str, list[str]]) -> int:
        return sum(map(len, named.values())) - len(set(chain.from_iterable(named.values())))

    return min(map(options_by_limit, unknown), key=shared)


def with_every_option(finding: Finding, book: RuleBook, recognised: Recognised) -> Finding:
    """Return the finding of a limit that tells an option, with what tells each other option.

    Options whose shape fits worse are included: an unknown model type may be a typo of any model's.
    Any other finding is returned as it is.
    """
    group = next((limit.identifies for limit in book.limits if limit.id == finding.rule), None)
    detail = finding.detail
    if not isinstance(detail, BrokenLimit) or group not in recognised.unknown:
        return finding
    options_by_limit: dict[str, list[str]] = {}
    nearest_values: list[Any] = []
    for limit in book.limits:
        groups = dict(limit.when.groups)
        if limit.identifies != group or group not in groups:
            continue
        options = groups.pop(group)
        when = When(tuple(groups.items()))
        if any(when.matches(book.kinds(choices)) for choices in recognised.candidates):
            for _, schema in limit.keys:
                options_by_limit.setdefault(allowed(schema), []).extend(options)
                nearest_values.append(nearest(finding.value, schema))
    near = nearest_of(finding.value, nearest_values)
    detail = detail.but(alternatives=options_by_limit, nearest=near)
    return dataclasses.replace(finding, detail=detail)


def nearest_of(value: Any, near: list[Any]) -> Any:
    """Return the allowed value nearest to a value that isn't allowed; None if there is none.

    Args:
        value: The value that isn't allowed. To one that is neither text nor number, the first is
            nearest.
        near: Allowed values, with None for each that isn't known. An empty text is nearest only if
            it is the only one.
    """
    candidates = [candidate for candidate in near if candidate not in (None, "")]
    if "" in near and not candidates and None not in near:
        return ""
    if isinstance(value, str):
        texts = [candidate for candidate in candidates if isinstance(candidate, str)]
        return next(iter(difflib.get_close_matches(value, texts, n=1, cutoff=0)), None)
    if is_number(value):
        numbers = [candidate for candidate in candidates if isinstance(candidate, int | float)]
        return closest(value, numbers)
    return candidates[0] if candidates else None
