"""Reports with repairs: what to type for each error, and what mends all of them together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from hydra_recipes.checking.recipe_file import typed_in_file
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import Document, recipe_in
from hydra_recipes.documents.editing.repeats import repeats, without_repeats
from hydra_recipes.findings.finding import STRANGERS, Finding, Report
from hydra_recipes.findings.messages.packages import WrongPart
from hydra_recipes.findings.messages.values import WrongType
from hydra_recipes.findings.messages.yaml import DuplicateKey
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import expand_shell_links
from hydra_recipes.origin import FileOrigin, KeyPath, OverrideOrigin
from hydra_recipes.repair.candidate import Candidate, of_recipe, of_tree
from hydra_recipes.repair.repair import mark
from hydra_recipes.repair.search import Outcome, search
from hydra_recipes.tree import MOUNT

_MOST_REPEATS = 8
"""The most keys written twice whose first value is tried; of the others the last stays."""


def of_composed(recipe: Recipe, report: Report, libraries: Libraries) -> Report:
    """Return the report on a composed recipe with repairs.

    Unchanged if the recipe is valid, or if a library's file is what has to be mended.
    """
    if report.valid or any(isinstance(finding.detail, WrongPart) for finding in report.findings):
        return report  # no override mends a library's file
    candidate = of_recipe(recipe, libraries)
    in_libraries = {
        finding.key: finding.detail.written
        for finding in report.findings
        if finding.key and isinstance(finding.detail, WrongType) and finding.detail.written
    }
    candidate = replace(candidate, typed={**in_libraries, **candidate.typed})
    repaired = suggested(report, _with_overrides(search(candidate), candidate), candidate)
    findings = (_with_what_to_leave_out(finding, candidate) for finding in repaired.findings)
    return replace(repaired, findings=tuple(findings))


def _with_what_to_leave_out(finding: Finding, candidate: Candidate) -> Finding:
    """Return an error that has no repair with the override without which it isn't there."""
    origin = finding.origin
    if finding.severity != "error" or finding.repair or not isinstance(origin, OverrideOrigin):
        return finding
    rest = candidate.without(origin.override)
    gone = rest is not None and mark(finding) not in set(map(mark, rest.errors))
    return replace(finding, without=origin.override) if gone else finding


def of_file(
    document: Document, hints: Mapping[str, str], report: Report, libraries: Libraries
) -> tuple[Report, Outcome]:
    """Return the report on a recipe file with repairs, and what the search for them returned.

    Args:
        document: The file.
        hints: Choices that are known besides what the file says.
        report: What ``check`` reports for it.
        libraries: The libraries whose rules hold.
    """
    if report.valid or any(finding.kind in STRANGERS for finding in report.findings):
        return report, Outcome()
    first = _better_first(document, hints, libraries)
    candidate = _as_candidate(without_repeats(document, first), hints, libraries)
    doubtful = {_inside(document, path) for path, same in repeats(document).items() if not same}
    wrong = frozenset(finding.key for finding in candidate.errors)
    candidate = replace(candidate, doubtful=frozenset(doubtful), wrong=wrong)
    outcome = replace(_with_overrides(search(candidate), candidate), first=first)
    repaired = _with_what_to_remove(suggested(report, outcome, candidate), document, first)
    kinds = {trouble.detail.kind for trouble in document.troubles} - {DuplicateKey.kind}
    odd = {mark(finding): finding for finding in repaired.findings if finding.kind in kinds}
    if odd:  # no change of a key mends these
        repaired = replace(repaired, conflict=(*odd.values(), *repaired.conflict))
    return repaired, outcome


def _inside(document: Document, path: KeyPath) -> KeyPath:
    """Return the path of a file's key within its recipe."""
    tree, _ = recipe_in(document)
    return path if tree is document.tree else path[1:]


def _as_candidate(document: Document, hints: Mapping[str, str], libraries: Libraries) -> Candidate:
    """Return a file's recipe as the candidate to repair."""
    tree, beside = recipe_in(document)
    mount = () if tree is document.tree else (MOUNT,)
    return of_tree(
        expand_shell_links(tree), beside, hints, libraries, typed_in_file(document, mount)
    )


def _better_first(
    document: Document, hints: Mapping[str, str], libraries: Libraries
) -> frozenset[KeyPath]:
    """Return the keys written twice whose first value leaves fewer errors than the last."""
    first: frozenset[KeyPath] = frozenset()
    doubtful = [path for path, same in repeats(document).items() if not same]
    if doubtful:
        fewest = len(_as_candidate(document, hints, libraries).errors)
    for path in doubtful[:_MOST_REPEATS]:
        single = without_repeats(document, first | {path})
        errors = len(_as_candidate(single, hints, libraries).errors)
        if errors < fewest:
            first, fewest = first | {path}, errors
    return first


def _with_what_to_remove(report: Report, document: Document, first: Collection[KeyPath]) -> Report:
    """Return the report with ``same`` set for keys in ``first``, of which one value is to go."""
    lines = {trouble.mark.line for trouble in document.troubles if trouble.path in first}
    findings = (
        replace(finding, detail=finding.detail.but(same=True))
        if isinstance(finding.detail, DuplicateKey)
        and isinstance(finding.origin, FileOrigin)
        and finding.origin.line in lines
        else finding
        for finding in report.findings
    )
    return replace(report, findings=tuple(findings)) if lines else report


def _with_overrides(outcome: Outcome, candidate: Candidate) -> Outcome:
    """Return the outcome with its repairs as overrides."""
    return replace(
        outcome,
        words=tuple(repair.overrides(candidate) for repair in outcome.repairs),
        fix_words=outcome.fix.overrides(candidate) if outcome.fix.remedies else (),
        left_words=tuple(repair.overrides(candidate) for repair in outcome.left),
    )


def suggested(report: Report, outcome: Outcome, candidate: Candidate) -> Report:
    """Return the report with the repairs and the conflict that the search returned."""
    by_error = {key: repair.overrides(candidate) for key, repair in outcome.by_error.items()}
    conflict = {mark(finding): finding for finding in outcome.conflict}

    def with_advice(finding: Finding) -> Finding:
        repair = by_error.get(mark(finding), ())
        if finding.severity == "error" and repair:
            return replace(finding, repair=repair)
        return replace(finding, in_conflict=len(conflict) > 1 and mark(finding) in conflict)

    return replace(
        report,
        findings=tuple(map(with_advice, report.findings)),
        repairs=tuple(filter(None, outcome.words)),
        conflict=tuple(conflict.values()),
        search_ended=outcome.ended,
    )
