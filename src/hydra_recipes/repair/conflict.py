"""Conflict: a smallest set of limits and rules that nothing near satisfies together."""

from __future__ import annotations

from itertools import combinations, islice

from hydra_recipes.findings.finding import Finding
from hydra_recipes.repair.candidate import Patient
from hydra_recipes.repair.remedies import remedies
from hydra_recipes.repair.repair import Mark, mark, smallest_repairs

_MOST_MET = 6
"""How many errors are looked at that only a change brings."""
_KINDS = ("limit", "rule", "no-answer")
"""What can be in conflict; that a key is missing, say, comes of taking it away."""
_MOST_TRIED = 20
"""How many sets of one size are tried."""


def smallest_conflict(patient: Patient, part: list[Finding]) -> tuple[Finding, ...]:
    """A smallest set of errors that nothing within reach mends together.

    Args:
        patient: The recipe.
        part: The errors of one part of what is wrong, which has no repair.

    Returns:
        Errors of that part, and those that mending it would bring.
    """
    wrong = {mark(finding): finding for finding in patient.errors}
    own = {mark(finding): finding for finding in part}
    met = _met(patient, part, wrong)
    several = [*own, *met]
    for size in range(1, len(several) + 1):
        for some in islice(combinations(several, size), _MOST_TRIED):
            passed = frozenset([*wrong, *met]) - set(some)
            if not own.keys().isdisjoint(some) and not smallest_repairs(patient, passed):
                return tuple((own | met)[one] for one in some)
    return tuple(part)


def _met(patient: Patient, part: list[Finding], wrong: dict[Mark, Finding]) -> dict[Mark, Finding]:
    """The errors that are there only after a change that mends something of a part."""
    found: dict[Mark, Finding] = {}
    for remedy in (remedy for finding in part for remedy in remedies(finding, patient)):
        changed = remedy.applied_to(patient)
        for finding in changed.errors if changed and not remedy.choices else ():
            new = mark(finding) not in wrong and finding.kind in _KINDS
            if new and len(found) < _MOST_MET:
                found.setdefault(mark(finding), finding)
    return found
