"""Checking recipe files: findings with the file and line of everything found."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra_recipes.checking.candidates import Placed
from hydra_recipes.checking.composed import check_tree
from hydra_recipes.checking.family_match import misfit, raise_unless_recipe
from hydra_recipes.checking.typed_texts import Typed
from hydra_recipes.composing.compose import chosen
from hydra_recipes.composing.engine import compose_groups
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.documents.document import Document, Mark, Trouble, mount_of, place, recipe_in
from hydra_recipes.documents.header import command_in
from hydra_recipes.documents.json_text import is_json
from hydra_recipes.documents.reader import MERGE, read_document
from hydra_recipes.documents.scalars import is_text_to_some
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import STRANGERS, Finding, Report, deduplicate
from hydra_recipes.findings.messages.families import UnknownFamily
from hydra_recipes.findings.messages.links import MountedLink
from hydra_recipes.findings.messages.offers import NotOffered
from hydra_recipes.findings.messages.yaml import OddSpelling, TextToSome, UnclearValue
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.mounting import mounted_links
from hydra_recipes.origin import FileOrigin, KeyPath, OverrideOrigin, dotted
from hydra_recipes.rules.book import placing_families, rule_book
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.tree import value_at


def check_file(path: Path, name: str | None = None, known: tuple[str, ...] = ()) -> Report:
    """Check a recipe file: one that was composed, written by hand, or published by others.

    Args:
        path: The file.
        name: What the report calls it; the path itself if left out.
        known: Choices that hold for it, as overrides: ``platform=training-job``. They count more
            than those of its first line, and less than what it says itself.

    Raises:
        DocumentError: If the file can't be read as a recipe at all.
        OverrideError: If a choice can't be understood.
    """
    document = read_document(path, name)
    libraries = active_libraries()
    groups = read_overrides(known, libraries).groups
    return check_document(document, *hints_for(document.text, libraries, groups), libraries)


def hints_for(
    text: str, libraries: Libraries, known: tuple[ParsedOverride, ...] = ()
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the choices known beside a file, and the overrides of those that the user typed.

    Both are by group.

    Args:
        text: The file's text.
        libraries: The libraries in force.
        known: Choices that the user typed, as overrides of groups.
    """
    asked = {override.key: override.text for override in known if override.kind != "delete"}
    return choices_known(groups_in_header(text, libraries), libraries, known), asked


@placing_families(active_libraries)
def check_document(
    document: Document, hints: Mapping[str, str], asked: Mapping[str, str], libraries: Libraries
) -> Report:
    """Check a recipe file that was read already.

    Args:
        document: The file.
        hints: Choices known beside it, group to option.
        asked: Those of the hints that the user typed: group to override.
        libraries: The libraries whose rules hold.

    Raises:
        DocumentError: If it holds no mapping, or nothing of a recipe.
    """
    tree, beside = recipe_in(document)
    mount = mount_of(document)
    troubles = [trouble_finding(document, mount, trouble) for trouble in document.troubles]
    report = check_tree(
        document.file,
        tree,
        beside,
        hints,
        lambda path, key: document.value_origin((*mount, *path), key=key),
        [*troubles, *((None, spelling) for spelling in odd_spellings(document))],
        libraries,
        asked,
        typed_in_file(document, mount),
        foreign=True,
    )
    if report.valid:
        return _by_line(_with_links(report, document, tree, beside, mount, libraries))
    if any(isinstance(finding.detail, UnknownFamily) for finding in report.findings):
        command = command_in(document.text)
        if command and not set(command.named) <= set(libraries.as_options()):
            return _of_others(report, command.named)
        raise_unless_recipe(document.file, tree, rule_book(libraries))
    if any(finding.kind in STRANGERS for finding in report.findings):
        return report
    findings = (_with_choice(finding, document, hints, asked) for finding in report.findings)
    book = rule_book(libraries)
    part = tuple(_part(document, tree, mount, book, book.family_of(report.choices)))
    report = replace(report, findings=tuple(findings))
    if part:
        report = _by_line(report)
        return replace(report, findings=(*part, *report.findings))
    return _by_line(_with_links(report, document, tree, beside, mount, libraries))


def _of_others(report: Report, named: tuple[str, ...]) -> Report:
    """Return the report with the options by which the first line names other libraries."""
    findings = (
        replace(finding, detail=finding.detail.but(named=named))
        if isinstance(finding.detail, UnknownFamily)
        else finding
        for finding in report.findings
    )
    return replace(report, findings=tuple(findings))


def _by_line(report: Report) -> Report:
    """Return the report with its findings in the order of the file's lines, those of none first."""

    def place_of(finding: Finding) -> tuple[int, int]:
        origin = finding.origin
        return (origin.line, origin.column) if isinstance(origin, FileOrigin) else (0, 0)

    return replace(report, findings=tuple(sorted(report.findings, key=place_of)))


def _part(
    document: Document, tree: Mapping[str, Any], mount: KeyPath, book: RuleBook, likely: str | None
) -> Iterator[Finding]:
    """Yield an error if the tree is only part of a recipe, to come before all that it lacks."""
    wrong = misfit("this", tree, book, likely)
    if wrong is not None:
        yield Finding("error", wrong.kind, wrong, origin=document.origin(mount))


def _with_links(
    report: Report,
    document: Document,
    tree: Mapping[str, Any],
    beside: Mapping[str, Any],
    mount: KeyPath,
    libraries: Libraries,
) -> Report:
    """Return the report with a finding for each link that holds only under ``recipes``."""
    book = rule_book(libraries)
    kinds = book.kinds(report.choices)
    limits = [limit for limit in book.limits if limit.links and limit.when.matches(kinds)]
    if not limits:
        return report
    findings = list(report.findings)
    for path, link in mounted_links(tree, beside):
        origin = document.value_origin((*mount, *path))
        findings += [
            Finding(
                limit.severity,
                limit.id,
                MountedLink(relative=link.relative, resolved=link.resolved),
                dotted(path),
                link.text,
                limit.because,
                origin,
                source=limit.source,
            )
            for limit in limits
        ]
    return replace(report, findings=deduplicate(findings))


def _with_choice(
    finding: Finding, document: Document, hints: Mapping[str, str], asked: Mapping[str, str]
) -> Finding:
    """Return a finding with, if about an option that isn't offered, where that option was named.

    That is the override that the user typed, or the file's first line.
    """
    group = finding.key
    if not isinstance(finding.detail, NotOffered) or hints.get(group or "") != finding.value:
        return finding
    typed = asked.get(group or "")
    first = place(document.file, document.text, Mark(1, 1))
    return replace(finding, origin=OverrideOrigin(typed) if typed else first)


def typed_in_file(document: Document, mount: KeyPath) -> Typed:
    """Return what was typed for the recipe's values that aren't read as text, by dotted key."""
    return {dotted(path): text for path, text in _inside(document.plain, mount)}


def _inside(texts: Mapping[KeyPath, str], mount: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of the recipe's own values in a file, by key path in the recipe."""
    for path, text in texts.items():
        if path[: len(mount)] == mount and MERGE not in path:
            yield path[len(mount) :], text


def odd_spellings(document: Document) -> Iterator[Finding]:
    """Yield a warning for each value that YAML readers understand differently.

    The warnings are about no key, so they don't keep other findings from being about the same one.
    """
    tree, _ = recipe_in(document)
    mount = mount_of(document)
    for path, text in _inside(document.unclear, mount):
        yield _odd_spelling(UnclearValue(written=text), document, mount, path)
    floats = {
        path: text
        for path, text in _inside(document.plain, mount)
        if is_text_to_some(text) and _is_finite(tree, path)
    }
    if floats and not is_json(document.text):
        reported: set[Mark] = set()  # an alias has the place of its anchor, where the text is once
        for path, text in floats.items():
            mark = document.marks[(*mount, *path)]
            if mark not in reported:
                yield _odd_spelling(TextToSome(written=text), document, mount, path)
            reported.add(mark)


def _is_finite(tree: Mapping[str, Any], path: KeyPath) -> bool:
    """Return whether a finite float stands at a key.

    A key that is written twice may hold nothing of what its first value held.
    """
    value = value_at(tree, path, None)
    return isinstance(value, float) and math.isfinite(value)


def _odd_spelling(
    detail: OddSpelling, document: Document, mount: KeyPath, path: KeyPath
) -> Finding:
    """Return the warning about a value that YAML readers understand differently."""
    whole_path = (*mount, *path)
    value, origin = value_at(document.tree, whole_path), document.origin(whole_path)
    return Finding("warning", detail.kind, detail, dotted(path), value, origin=origin)


def trouble_finding(document: Document, mount: KeyPath, trouble: Trouble) -> Placed:
    """Return the error, with its key path, about a mistake that leaves a file readable.

    For example, a key written twice, or a tag.
    """
    path = trouble.path
    recipe_path = path[len(mount) :] if path[: len(mount)] == mount else path
    origin = place(document.file, document.text, trouble.mark)
    finding = Finding(
        "error", trouble.detail.kind, trouble.detail, dotted(recipe_path), origin=origin
    )
    return recipe_path, finding


def groups_in_header(text: str, libraries: Libraries) -> tuple[ParsedOverride, ...] | None:
    """Return the overrides of groups in the command of a recipe file's first line.

    None without a command, or if somebody edited it to one that can't be understood.
    """
    command = command_in(text)
    return groups_in(command.overrides, libraries) if command else None


def groups_in(
    overrides: tuple[str, ...], libraries: Libraries
) -> tuple[ParsedOverride, ...] | None:
    """Return those of a file's overrides that name groups; None if one can't be understood."""
    with contextlib.suppress(RecipeError):  # the recipe itself may be good
        return read_overrides(overrides, libraries).groups
    return None


def choices_known(
    groups: tuple[ParsedOverride, ...] | None,
    libraries: Libraries,
    known: tuple[ParsedOverride, ...] = (),
) -> Mapping[str, str]:
    """Return the choices, group to option, that are known beside a recipe file.

    Args:
        groups: The overrides of groups in its first line. If None, or if they compose nothing, only
            ``known`` ones are returned; else those that follow from them too.
        libraries: The libraries in force.
        known: Overrides of groups that count more.
    """
    with contextlib.suppress(RecipeError):
        if groups is not None:
            by_group = {override.group: override for override in (*groups, *known)}
            return _choices(libraries, tuple(by_group.values()))
    return {override.key: override.value for override in known if isinstance(override.value, str)}


@lru_cache(maxsize=1024)
def _choices(libraries: Libraries, groups: tuple[ParsedOverride, ...]) -> Mapping[str, str]:
    """Return what overrides of groups choose, group to option, defaults included.

    Cached, as the files of one sweep mostly have the same overrides.
    """
    return chosen(compose_groups(libraries, groups).choices, libraries)
