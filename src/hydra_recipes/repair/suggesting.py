"""Reports with repairs: each error ends with what to type, and all of them with how to mend all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from hydra_recipes.checking.recipe_file import typed_in_file
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import Document, recipe_in
from hydra_recipes.documents.editing.repeats import repeats, without_repeats
from hydra_recipes.findings.finding import STRANGERS, Finding, Report
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import expand_shell_links
from hydra_recipes.origin import FileOrigin, KeyPath, OverrideOrigin
from hydra_recipes.repair.candidate import Candidate, of_recipe, of_tree
from hydra_recipes.repair.repair import mark
from hydra_recipes.repair.search import Outcome, search
from hydra_recipes.tree import MOUNT

_MOST_REPEATS = 8
"""Of more keys that are written twice the last value stays."""


def of_composed(recipe: Recipe, report: Report, libraries: Libraries) -> Report:
    """The report on a composed recipe, with repairs."""
    if report.valid or any(finding.kind == "wrong-part" for finding in report.findings):
        return report  # a file of a library is to be mended, and what it says is to stay
    candidate = of_recipe(recipe, libraries)
    in_libraries = {
        f.key: f.data["written"] for f in report.findings if f.key and "written" in f.data
    }
    candidate = replace(candidate, typed={**in_libraries, **candidate.typed})
    told = suggested(report, _in_words(search(candidate), candidate), candidate)
    findings = (_with_what_to_leave_out(finding, candidate) for finding in told.findings)
    return replace(told, findings=tuple(findings))


def _with_what_to_leave_out(finding: Finding, candidate: Candidate) -> Finding:
    """An error that nothing near mends, with the override that alone makes it."""
    origin = finding.origin
    if finding.severity != "error" or finding.repair or not isinstance(origin, OverrideOrigin):
        return finding
    left = candidate.without(origin.override)
    gone = left is not None and mark(finding) not in set(map(mark, left.errors))
    return replace(finding, without=origin.override) if gone else finding


def of_file(
    document: Document, hints: Mapping[str, str], report: Report, libraries: Libraries
) -> tuple[Report, Outcome]:
    """The report on a recipe file, with repairs, and the repairs themselves.

    Args:
        document: The file.
        hints: Choices that are known beside it.
        report: What ``check`` says of it.
        libraries: The libraries whose rules hold.
    """
    if report.valid or any(finding.kind in STRANGERS for finding in report.findings):
        return report, Outcome()
    first = _better_first(document, hints, libraries)
    candidate = _patient(without_repeats(document, first), hints, libraries)
    doubtful = {_inside(document, path) for path, same in repeats(document).items() if not same}
    wrong = frozenset(finding.key for finding in candidate.errors)
    candidate = replace(candidate, doubtful=frozenset(doubtful), wrong=wrong)
    outcome = replace(_in_words(search(candidate), candidate), first=first)
    told = _with_what_to_remove(suggested(report, outcome, candidate), document, first)
    kinds = {trouble.kind for trouble in document.troubles} - {"duplicate-key"}
    odd = {mark(finding): finding for finding in told.findings if finding.kind in kinds}
    if odd:  # what no change of a key mends
        told = replace(told, conflict=(*odd.values(), *told.conflict))
    return told, outcome


def _inside(document: Document, path: KeyPath) -> KeyPath:
    """Return a file's key as one of its recipe."""
    tree, _ = recipe_in(document)
    return path if tree is document.tree else path[1:]


def _patient(document: Document, hints: Mapping[str, str], libraries: Libraries) -> Candidate:
    tree, beside = recipe_in(document)
    mount = () if tree is document.tree else (MOUNT,)
    return of_tree(
        expand_shell_links(tree), beside, hints, libraries, typed_in_file(document, mount)
    )


def _better_first(
    document: Document, hints: Mapping[str, str], libraries: Libraries
) -> frozenset[KeyPath]:
    """The keys that are written twice and whose first value leaves fewer errors than the last."""
    first: frozenset[KeyPath] = frozenset()
    doubtful = [path for path, same in repeats(document).items() if not same]
    if doubtful:
        fewest = len(_patient(document, hints, libraries).errors)
    for path in doubtful[:_MOST_REPEATS]:
        other = without_repeats(document, first | {path})
        count = len(_patient(other, hints, libraries).errors)
        if count < fewest:
            first, fewest = first | {path}, count
    return first


def _with_what_to_remove(report: Report, document: Document, first: Collection[KeyPath]) -> Report:
    """The report that says of keys written twice which to remove, where only one does."""
    lines = {trouble.mark.line for trouble in document.troubles if trouble.path in first}
    findings = (
        replace(finding, data={**finding.data, "same": True})
        if finding.kind == "duplicate-key"
        and isinstance(finding.origin, FileOrigin)
        and finding.origin.line in lines
        else finding
        for finding in report.findings
    )
    return replace(report, findings=tuple(findings)) if lines else report


def _in_words(outcome: Outcome, candidate: Candidate) -> Outcome:
    return replace(
        outcome,
        words=tuple(one.overrides(candidate) for one in outcome.repairs),
        fix_words=outcome.fix.overrides(candidate) if outcome.fix.remedies else (),
        left_words=tuple(one.overrides(candidate) for one in outcome.left),
    )


def suggested(report: Report, outcome: Outcome, candidate: Candidate) -> Report:
    """The report with what the search for repairs found."""
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
