"""Verdict: the findings about an option, a preset, a sweep or an offer, from its trials."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.library_check import (
    AboutCase,
    InvalidIn,
    NeverApplies,
    NeverOffered,
)
from hydra_recipes.findings.messages.offers import MisplacedOption, NotOffered
from hydra_recipes.findings.messages.overrides import UnknownKey
from hydra_recipes.findings.messages.packages import WrongPart
from hydra_recipes.library_tools.check.cases import Case
from hydra_recipes.library_tools.check.places import place_in, top_of
from hydra_recipes.library_tools.check.trial import Trial
from hydra_recipes.origin import FileOrigin, Origin
from hydra_recipes.rules import families
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.rules.offers import OFFER
from hydra_recipes.tree import matches

Declared = Callable[[Finding], bool]


def declared_by(book: RuleBook) -> Declared:
    """Return a function that tells whether a finding says what the libraries declare.

    That is a finding of a limit, a rule or an offer, or about a key that other choices have.
    """
    entries = {entry.id for entry in book.entries}

    def declared(finding: Finding) -> bool:
        if isinstance(finding.detail, UnknownKey):
            short = tuple(finding.detail.key.removeprefix("recipes.").split("."))
            return any(matches(short, families.keys(family.model)) for family in book.families)
        is_about_choice = isinstance(finding.detail, NotOffered | MisplacedOption)
        return finding.rule in entries or is_about_choice

    return declared


def verdict(case: Case, ran: Sequence[Trial], book: RuleBook) -> list[Finding]:
    """Return the findings about an option, a preset, a sweep or an offer.

    It has to be valid in some combination; in any other, a declaration has to say why it isn't. A
    preset has to be valid by itself, and an offer in every combination.

    Args:
        case: The case.
        ran: Its trials, in the order of its rows.
        book: The rules.
    """
    if not case.offered:
        never = NeverApplies if case.kind == "offer" else NeverOffered
        broken = [trial for trial in ran if not trial.composed]
        return [_of(case, never(what=case.typed)), *_told(case, broken, lambda _: True)]
    if case.kind == "preset" and ran[0].errors:
        return list(_told(case, ran[:1], lambda _: True))
    if all(trial.errors for trial in ran):
        first = [trial for trial in ran if trial.errors[0].rule != OFFER][:1] or ran[:1]
        return list(_told(case, first, lambda _: True, never=len(ran)))
    if case.kind == "offer":
        return list(_told(case, ran, lambda _: True))
    declared = declared_by(book)
    return list(_told(case, ran, lambda finding: not declared(finding)))


def _told(
    case: Case,
    trials: Sequence[Trial],
    is_counted: Callable[[Finding], bool],
    never: int | None = None,
) -> Iterator[Finding]:
    """Yield a finding for each different error, with the first combination that has it.

    Args:
        case: The case.
        trials: Its trials.
        is_counted: Tells which errors count.
        never: How many combinations were tried, if none of them is valid.
    """
    occurrences: dict[Any, list[tuple[Trial, Finding]]] = {}
    for trial in trials:
        for finding in trial.errors:
            if is_counted(finding):
                key = (finding.rule, finding.kind, finding.key)
                occurrences.setdefault(key, []).append((trial, finding))
    for same in occurrences.values():
        trial, finding = same[0]
        detail = InvalidIn(
            what=case.typed,
            message=finding.message,
            overrides=trial.overrides,
            more=len(same) - 1,
            hint=finding.hint if isinstance(finding.detail, WrongPart) else None,
            never=never,
        )
        shown = _of(case, detail)
        place = finding.origin if _is_inside(finding.origin, case) else shown.origin
        yield replace(
            shown, rule=finding.rule, because=finding.because, origin=place, source=finding.source
        )


def _is_inside(origin: Origin | None, case: Case) -> bool:
    """Return whether a place is in the library; one in another library can't be mended here."""
    file = Path(origin.path or origin.file) if isinstance(origin, FileOrigin) else Path()
    return file.is_relative_to(case.root)


def _of(case: Case, detail: AboutCase) -> Finding:
    """Return a finding about a case, at the offer or at the top of its file."""
    if case.kind == "offer":
        position = int(case.name.rpartition(":")[2])
        origin = place_in(case.file, ("offers", position))
    else:
        origin = top_of(case.file)
    return Finding("error", detail.kind, detail, origin=origin)
