"""Candidates: what is wrong with a recipe whose choices aren't all known, whichever of them holds.

A value passes if some candidate allows it, and what is said of it is the lightest that any
candidate says. Values that pass one by one but not together, under any candidate, get one finding
of their own.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable
from typing import Any

from hydra_recipes.findings.finding import GRAVITY, Finding
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.keywords import closest

NO_CHOICE_FITS = "no-choice-fits"
_ABOUT_VALUES = ("limit", "forbidden-key", "rule", "no-answer")

Placed = tuple[KeyPath | None, Finding]
"""A finding and the key it is about."""

Allows = Callable[[dict[str, str], KeyPath, Any], bool]
"""Whether a set of choices allows a value for a key."""

Result = tuple[dict[str, str], list[Placed]]
"""A set of choices and what is wrong under them."""


def common_findings(
    results: list[Result], unknown: tuple[str, ...], allows: Allows
) -> list[Placed]:
    """What is wrong under every candidate.

    Args:
        results: What is wrong under each candidate.
        unknown: The groups in which the candidates differ.
        allows: Tells whether a set of choices allows a value for a key.
    """
    if len(results) == 1:
        return results[0][1]
    ordered = sorted(results, key=lambda result: _weight(result[1]))
    gravest = [_gravest(found) for _, found in ordered]
    everywhere = set.intersection(*map(set, gravest))
    by_mark = [_by_mark(found) for _, found in ordered]
    common: list[Placed] = []
    errors = set()
    for mark in filter(everywhere.__contains__, gravest[0]):
        lightest = min(range(len(ordered)), key=lambda at: gravest[at][mark])
        if gravest[lightest][mark] == GRAVITY["error"]:
            errors.add(mark)
        common += [
            (path, _with_alternatives(path, finding, results, unknown))
            for path, finding in by_mark[lightest][mark]
        ]
    apart = [(choices, _apart(found, errors)) for choices, found in ordered]
    fits = any(not found for _, found in apart)
    return common if fits else common + _no_choice_fits(apart, unknown, allows)


def _weight(found: list[Placed]) -> tuple[int, int]:
    return sum(finding.severity == "error" for _, finding in found), len(found)


def _mark(path: KeyPath | None, finding: Finding) -> Any:
    return finding.rule if path is None else path


def _by_mark(found: list[Placed]) -> dict[Any, list[Placed]]:
    marked: dict[Any, list[Placed]] = {}
    for path, finding in found:
        marked.setdefault(_mark(path, finding), []).append((path, finding))
    return marked


def _gravest(found: list[Placed]) -> dict[Any, int]:
    """For each key with findings, how grave the gravest is."""
    marks: dict[Any, int] = {}
    for path, finding in found:
        mark = _mark(path, finding)
        marks[mark] = max(marks.get(mark, 0), GRAVITY[finding.severity])
    return marks


def _apart(found: list[Placed], common: set[Any]) -> list[Placed]:
    """The errors of one candidate that aren't errors under all of them."""
    return [
        (path, finding)
        for path, finding in found
        if finding.severity == "error" and _mark(path, finding) not in common
    ]


def _no_choice_fits(apart: list[Result], unknown: tuple[str, ...], allows: Allows) -> list[Placed]:
    """What to say where every candidate has errors of its own: those of the best of them.

    It is told at the first of its values, with what that one would have to be. Of two values that
    don't go together, it is the one that another value doesn't turn into one for other choices:
    one instance is told by its number, and a sample that is too long for it can be shortened.
    """
    stays = (result for result in apart if _keeps_choices(result, apart, allows))
    choices, best = next(stays, apart[0])
    others = [found for _, found in apart if found is not best]
    shape = [placed for placed in best if placed[1].kind not in _ABOUT_VALUES]
    values = [placed for placed in best if placed[1].kind in _ABOUT_VALUES]
    if not values:
        return shape
    path, first = values[0]
    elsewhere = [
        finding
        for found in others
        if all(_mark(*placed) != _mark(path, first) for placed in found)
        for _, finding in found
    ]
    broken = [(f.data.get("short", f.key), f.value, f.data.get("allowed")) for _, f in values]
    data = {
        "unknown": unknown,
        "choices": {group: choices[group] for group in unknown},
        "broken": broken,
        "against": tuple(dict.fromkeys(f.data.get("short", f.key) for f in elsewhere)),
        "hint": first.hint,
        "nearest": first.data.get("nearest"),
        "paths": first.data.get("paths", ()),
    }
    finding = dataclasses.replace(first, rule=NO_CHOICE_FITS, kind=NO_CHOICE_FITS, data=data)
    return [*shape, (path, finding)]


def _keeps_choices(result: Result, apart: list[Result], allows: Allows) -> bool:
    """Whether the values that a candidate asks for go with all that allow what is there."""
    if len(result[1]) > min(len(found) for _, found in apart):
        return False
    for path, finding in result[1]:
        near = finding.data.get("nearest")
        if path is None or near is None:
            return False
        for choices, found in apart:
            right = all(other != path for other, _ in found)
            if right and not allows(choices, path, near):
                return False
    return True


def _with_alternatives(
    path: KeyPath | None, finding: Finding, results: list[Result], unknown: tuple[str, ...]
) -> Finding:
    """The finding of a limit with all that the candidates would allow, where they differ."""
    if finding.kind != "limit":
        return finding
    options: dict[str, list[str]] = {}
    near: list[Any] = []
    sources: dict[str, None] = {}
    for choices, found in results:
        for other_path, other in found:
            alike = other_path == path and other.kind == "limit"
            if alike and other.severity == finding.severity:
                names = options.setdefault(other.data["allowed"], [])
                names += [o for o in (choices[g] for g in unknown) if o not in names]
                near.append(other.data["nearest"])
                sources |= dict.fromkeys(filter(None, other.source.split("; ")))
    data = {**finding.data, "unknown": unknown, "nearest": nearest_of(finding.value, near)}
    if len(options) > 1:
        # With one group unknown its options tell the ways apart; with more they would only confuse.
        data["alternatives"] = options if len(unknown) == 1 else {text: [] for text in options}
    because = finding.because if len(options) == 1 or len(unknown) == 1 else None
    source = "; ".join(sources)
    return dataclasses.replace(finding, data=data, because=because, source=source)


def nearest_of(value: Any, near: list[Any]) -> Any:
    """Of several allowed values (None for one that isn't known) the nearest to one that isn't."""
    known = [one for one in near if one is not None]
    if isinstance(value, str):
        texts = [one for one in known if isinstance(one, str)]
        return next(iter(difflib.get_close_matches(value, texts, n=1, cutoff=0)), None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        numbers = [one for one in known if isinstance(one, int | float)]
        return closest(value, numbers)
    return known[0] if known else None
