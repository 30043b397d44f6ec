"""Candidates: what is wrong with a recipe whose choices aren't all known, whichever of them holds.

A value passes if some candidate allows it. Values that pass one by one but not together, under any
candidate, get one finding of their own.
"""

from __future__ import annotations

import dataclasses
import difflib
from typing import Any

from hydra_recipes.findings import Finding
from hydra_recipes.origins import KeyPath

Placed = tuple[KeyPath | None, Finding]
"""A finding and the key it is about."""

Result = tuple[dict[str, str], list[Placed]]
"""A set of choices and what is wrong under them."""


def common_findings(results: list[Result], unknown: tuple[str, ...]) -> list[Placed]:
    """What is wrong under every candidate.

    Args:
        results: What is wrong under each candidate.
        unknown: The groups in which the candidates differ.
    """
    if len(results) == 1:
        return results[0][1]
    best_choices, best = min(results, key=lambda result: _weight(result[1]))
    marks = [{_mark(path, finding) for path, finding in found} for _, found in results]
    everywhere = set.intersection(*marks)
    common = [
        (path, _with_alternatives(path, finding, results, unknown))
        for path, finding in best
        if _mark(path, finding) in everywhere
    ]
    apart = [
        finding
        for path, finding in best
        if finding.severity == "error" and _mark(path, finding) not in everywhere
    ]
    if apart and any(finding.kind in ("limit", "rule") for finding in apart):
        data = {
            "unknown": unknown,
            "choices": {group: best_choices[group] for group in unknown},
            "broken": [(f.data.get("short", f.key), f.value, f.data.get("allowed")) for f in apart],
        }
        common.append((None, Finding("error", "no-choice-fits", "no-choice-fits", data=data)))
    elif apart:
        common += [(None, finding) for finding in apart]
    return common


def _weight(found: list[Placed]) -> tuple[int, int, int]:
    """How badly a recipe fits: a key that has no place weighs more than one that is missing."""
    misplaced = sum(finding.rule == "unknown-key" for _, finding in found)
    errors = sum(finding.severity == "error" for _, finding in found)
    return misplaced, errors, len(found)


def _mark(path: KeyPath | None, finding: Finding) -> Any:
    return finding.rule if path is None else path


def _with_alternatives(
    path: KeyPath | None, finding: Finding, results: list[Result], unknown: tuple[str, ...]
) -> Finding:
    """The finding of a limit with all that the candidates would allow, where they differ."""
    if finding.kind != "limit":
        return finding
    options: dict[str, list[str]] = {}
    near: list[Any] = []
    for choices, found in results:
        for other_path, other in found:
            if other_path == path and other.kind == "limit":
                names = options.setdefault(other.data["allowed"], [])
                names += [o for o in (choices[g] for g in unknown) if o not in names]
                near.append(other.data["nearest"])
    data = {**finding.data, "unknown": unknown, "nearest": _nearest(finding.value, near)}
    if len(options) > 1:
        # With one group unknown its options tell the ways apart; with more they would only confuse.
        data["alternatives"] = options if len(unknown) == 1 else {text: [] for text in options}
    because = finding.because if len(options) == 1 or len(unknown) == 1 else None
    return dataclasses.replace(finding, data=data, because=because)


def _nearest(value: Any, near: list[Any]) -> Any:
    known = [one for one in near if one is not None]
    if isinstance(value, str):
        texts = [one for one in known if isinstance(one, str)]
        return next(iter(difflib.get_close_matches(value, texts, n=1, cutoff=0)), None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        numbers = [one for one in known if isinstance(one, int | float)]
        return min(numbers, key=lambda one: abs(one - value), default=None)
    return known[0] if known else None
