"""Verdict: what the trials of an option, a preset, a sweep or an offer say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra_recipes.findings.finding import Finding
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
    """Tells whether a finding is what the libraries say by declaration.

    That is what a limit, a rule or an offer says, or that a key is one of other choices.
    """
    entries = {entry.id for entry in book.entries}

    def declared(finding: Finding) -> bool:
        if finding.kind == "unknown-key":
            short = tuple(str(finding.data["key"]).removeprefix("recipes.").split("."))
            return any(matches(short, families.keys(one.model)) for one in book.families)
        return finding.rule in entries or finding.kind in ("not-offered", "misplaced-option")

    return declared


def verdict(case: Case, ran: Sequence[Trial], book: RuleBook) -> list[Finding]:
    """What is wrong with an option, a preset, a sweep or an offer.

    It has to be valid somewhere, and where it isn't, a declaration has to say why; a preset is
    valid by itself, and what is offered is valid as it is.

    Args:
        case: What was tried.
        ran: What came of it, in the order of the case's rows.
        book: The rules.
    """
    if not case.offered:
        never = "never-applies" if case.kind == "offer" else "never-offered"
        broken = [trial for trial in ran if not trial.composed]
        return [_of(case, never, {}), *_told(case, broken, lambda _: True)]
    if case.kind == "preset" and ran[0].errors:
        return list(_told(case, ran[:1], lambda _: True))
    if all(trial.errors for trial in ran):
        first = [trial for trial in ran if trial.errors[0].rule != OFFER][:1] or ran[:1]
        found = _told(case, first, lambda _: True)
        return [replace(one, data={**one.data, "never": len(ran)}) for one in found]
    if case.kind == "offer":
        return list(_told(case, ran, lambda _: True))
    declared = declared_by(book)
    return list(_told(case, ran, lambda finding: not declared(finding)))


def _told(case: Case, ran: Sequence[Trial], counts: Callable[[Finding], bool]) -> Iterator[Finding]:
    """A finding for each thing that is wrong, with the first combination that it is wrong in."""
    found: dict[Any, list[tuple[Trial, Finding]]] = {}
    for trial in ran:
        for finding in trial.errors:
            if counts(finding):
                key = (finding.rule, finding.kind, finding.key)
                found.setdefault(key, []).append((trial, finding))
    for same in found.values():
        trial, finding = same[0]
        told = {
            "what": case.typed,
            "text": finding.message,
            "overrides": trial.overrides,
            "more": len(same) - 1,
            "hint": finding.hint if finding.kind == "wrong-part" else None,
        }
        one = _of(case, "invalid-in", told)
        place = finding.origin if _is_inside(finding.origin, case) else one.origin
        yield replace(
            one, rule=finding.rule, because=finding.because, origin=place, source=finding.source
        )


def _is_inside(origin: Origin | None, case: Case) -> bool:
    """Whether a place is in the library; what to mend isn't in another one."""
    file = Path(origin.path or origin.file) if isinstance(origin, FileOrigin) else Path()
    return file.is_relative_to(case.root)


def _of(case: Case, kind: str, data: Mapping[str, Any]) -> Finding:
    if case.kind == "offer":
        at = int(case.name.rpartition(":")[2])
        origin = place_in(case.file, ("offers", at))
    else:
        origin = top_of(case.file)
    return Finding("error", kind, kind, origin=origin, data={"what": case.typed, **data})
