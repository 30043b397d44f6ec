"""The search for repairs: the fewest changes that leave no error, then the nearest.

Errors that share no key are mended apart: what is wrong with the name of a run has nothing to do
with its learning rate. Each such part is searched to a depth of three changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, islice

from hydra_recipes.findings.finding import Finding
from hydra_recipes.origin import KeyPath
from hydra_recipes.repair.candidate import Candidate
from hydra_recipes.repair.remedies import path_of, remedies, renamings
from hydra_recipes.repair.repair import MOST_REPAIRS, Mark, Repair, cost, mark, smallest_repairs
from hydra_recipes.rules.book import looked_at_once

_MOST_ERRORS = 50
"""With more errors nothing is searched for: the file is hardly meant to be a recipe."""
_MOST_CHOICES = 4
"""How many other choices are tried in place of those that aren't offered."""
_MOST_MET = 6
"""How many errors are looked at that only a change brings."""
_KINDS = ("limit", "rule", "no-answer")
"""What can be in conflict; that a key is missing, say, comes of taking it away."""
_MOST_TRIED = 20
"""How many sets of one size are tried."""


@dataclass(frozen=True)
class Outcome:
    """What the search found.

    Attributes:
        repairs: The repairs, the best first. They leave no error but those in ``conflict``.
        conflict: A smallest set of errors that can't be mended together, if a part of what is
            wrong can't be repaired; some may be there only once others are mended.
        by_error: For each error that a repair of its part mends, that part's best repair.
        fix: The changes that keep all that was written, which ``--fix`` makes.
        left: The best repairs of the other parts, which would lose something.
        ended: Whether the search came to the end of its budget.
        first: The keys of a file that it writes twice and whose first value is to stay.
        words: Each repair as overrides, once that is worked out; empty where there are none for it.
        fix_words: The same for ``fix``.
        left_words: The same for ``left``.
    """

    repairs: tuple[Repair, ...] = ()
    conflict: tuple[Finding, ...] = ()
    by_error: Mapping[Mark, Repair] = field(default_factory=dict)
    fix: Repair = field(default_factory=lambda: Repair(()))
    left: tuple[Repair, ...] = ()
    ended: bool = False
    first: frozenset[KeyPath] = frozenset()
    words: tuple[tuple[str, ...], ...] = ()
    fix_words: tuple[str, ...] = ()
    left_words: tuple[tuple[str, ...], ...] = ()


@looked_at_once()
def search(candidate: Candidate) -> Outcome:
    """Search for the smallest repairs of a recipe."""
    if not 0 < len(candidate.errors) <= _MOST_ERRORS:
        return Outcome()
    refused = next((f for f in candidate.errors if f.kind == "not-offered"), None)
    found = _in_parts(candidate) if refused is None else _by_choice(candidate, refused)
    return replace(found, ended=candidate.budget.spent)


def _by_choice(candidate: Candidate, refused: Finding) -> Outcome:
    """Repairs of choices that aren't offered: with others, what is wrong is seen only then."""
    found: list[tuple[Repair, Outcome]] = []
    conflict: tuple[Finding, ...] = ()
    for remedy in remedies(refused, candidate)[:_MOST_CHOICES]:
        changed = remedy.applied_to(candidate)
        if changed is None or any(mark(f) == mark(refused) for f in changed.errors):
            continue
        outcome = search(changed) if changed.errors else Outcome((Repair(()),))
        conflict = conflict or outcome.conflict
        whole = () if outcome.conflict else outcome.repairs
        found += [(Repair((remedy, *rest.remedies)), outcome) for rest in whole]
    if not found:
        return Outcome(conflict=conflict or (refused,))
    found.sort(key=lambda pair: pair[0].cost)
    best, outcome = found[0]
    repairs = tuple(repair for repair, _ in found if repair.is_near(best))
    by_error = {**outcome.by_error, mark(refused): replace(best, remedies=best.remedies[:1])}
    return Outcome(repairs[:MOST_REPAIRS], (), by_error, left=(best,))


def _in_parts(candidate: Candidate) -> Outcome:
    """Repairs of each part of what is wrong, put together; a part without one stays as it is."""
    solved: list[tuple[list[Finding], list[Repair]]] = []
    unsolved: list[Finding] = []
    conflict: tuple[Finding, ...] = ()
    parts_of_all = _parts(candidate)
    keeping = [_keeping(candidate, part) for part in parts_of_all]  # before the budget is spent
    for part, kept in zip(parts_of_all, keeping, strict=True):
        found, rest = _of_part(candidate, part, kept)
        solved += found
        unsolved += rest
        if rest and not conflict:
            conflict = smallest_conflict(candidate, rest)
    parts, ways = [part for part, _ in solved], [found for _, found in solved]
    stay = frozenset(map(mark, unsolved))
    whole = (
        _minimal(candidate, repair, stay)
        for repair in _together(candidate, parts, ways)
        if _leaves(candidate, repair, stay)
    )
    repairs = sorted({repr(one.done): one for one in whole}.values(), key=cost)
    if not repairs and len(parts) > 1:  # mended apart they get in each other's way
        repairs = smallest_repairs(candidate, stay)
    if parts and not repairs:
        conflict = conflict or candidate.errors
    best = [found[0] for found in ways]
    by_error = {mark(f): found[0] for part, found in solved for f in part}
    fix = _kept(candidate, [repair for repair in best if not repair.loss])
    left = tuple(repair for repair in best if repair.loss)
    return Outcome(tuple(repairs[:MOST_REPAIRS]), conflict, by_error, fix, left)


def _keeping(candidate: Candidate, part: list[Finding]) -> list[Repair]:
    """Return the repairs of a part of a file that keep what somebody wrote."""
    if candidate.overrides is not None:
        return []
    others = frozenset(map(mark, candidate.errors)) - {mark(finding) for finding in part}
    return smallest_repairs(candidate, others, keeping=True)


def _of_part(
    candidate: Candidate, part: list[Finding], kept: list[Repair]
) -> tuple[list[tuple[list[Finding], list[Repair]]], list[Finding]]:
    """Return what is mended of a part with its repairs, and the findings that nothing mends.

    Changes that keep what somebody wrote, ``kept``, come first. If nothing mends the part as a
    whole, each of its findings is tried alone.
    """
    marks = {mark(finding) for finding in part}
    others = frozenset(map(mark, candidate.errors)) - marks
    found = list(kept)
    told = {repr(repair.done) for repair in found}
    more = smallest_repairs(candidate, others) if len(found) < MOST_REPAIRS else ()
    found += [repair for repair in more if repr(repair.done) not in told]
    if found:
        return [(part, found[:MOST_REPAIRS])], []
    solved: list[tuple[list[Finding], list[Repair]]] = []
    for finding in part if len(part) > 1 else ():
        alone = frozenset(map(mark, candidate.errors)) - {mark(finding)}
        if single := smallest_repairs(candidate, alone, keeping=True):
            solved.append(([finding], single))
    mended = {mark(finding) for several, _ in solved for finding in several}
    return solved, [finding for finding in part if mark(finding) not in mended]


def _kept(candidate: Candidate, repairs: Sequence[Repair]) -> Repair:
    """Return as many repairs as can be made together without bringing an error."""
    wrong = set(map(mark, candidate.errors))
    made = Repair(())
    for repair in repairs:
        together = Repair((*made.remedies, *repair.remedies))
        left = set(map(mark, _errors_after(candidate, together)))
        if left < wrong:
            made, wrong = together, left
    return made


def _leaves(candidate: Candidate, repair: Repair, stay: frozenset[Mark]) -> bool:
    """Whether a repair leaves no errors but those that may stay."""
    return stay.issuperset(map(mark, _errors_after(candidate, repair)))


def _minimal(candidate: Candidate, repair: Repair, stay: frozenset[Mark]) -> Repair:
    """The repair without what isn't needed: a part's remedy may mend another part as well."""
    for remedy in reversed(repair.remedies):
        rest = Repair(tuple(one for one in repair.remedies if one is not remedy))
        if rest.remedies and _leaves(candidate, rest, stay):
            repair = rest
    return repair


def _parts(candidate: Candidate) -> list[list[Finding]]:
    """The errors, those that share a key together."""
    parts: list[tuple[set[str], list[Finding]]] = []
    for finding in candidate.errors:
        path = path_of(finding, candidate)
        about = [path] if path else []
        rule = next((r for r in candidate.active.rules if r.rule.id == finding.rule), None)
        about += [at for _, at in rule.paths] if rule else []
        about += renamings(finding, candidate)
        keys = set(map(str, about))
        touching = [part for part in parts if part[0] & keys]
        rest = [part for part in parts if not part[0] & keys]
        merged = (keys.union(*(k for k, _ in touching)), [f for _, fs in touching for f in fs])
        parts = [*rest, (merged[0], [*merged[1], finding])]
    return [findings for _, findings in parts]


def _together(
    candidate: Candidate, parts: list[list[Finding]], solved: list[list[Repair]]
) -> Iterator[Repair]:
    """Each repair of a part with the best of the others, save of those that it mends as well.

    Another choice, or what a link leads to, may mend several parts.
    """
    mends = [[_mended(candidate, parts, repair) for repair in found] for found in solved]
    ways: dict[str, Repair] = {}
    for at, found in enumerate(solved):
        for repair, also in zip(found, mends[at], strict=True):
            others = set(range(len(parts))) - also - {at}
            if any(at in mends[other][0] for other in others):
                continue  # that other one is all it takes
            way = [
                repair if part == at else solved[part][0]
                for part in range(len(parts))
                if part == at or part in others
            ]
            whole = Repair(tuple(remedy for one in way for remedy in one.remedies))
            ways.setdefault(repr(whole.done), whole)
    yield from sorted(ways.values(), key=cost)


def _mended(candidate: Candidate, parts: list[list[Finding]], repair: Repair) -> set[int]:
    """The parts of what is wrong that a repair mends, by their places."""
    left = {mark(finding) for finding in _errors_after(candidate, repair)}
    return {at for at, part in enumerate(parts) if not left & set(map(mark, part))}


def _errors_after(candidate: Candidate, repair: Repair) -> Iterable[Finding]:
    changed = candidate.choosing(repair.chosen) if repair.chosen else candidate
    changed = changed and changed.changed(repair.changes)
    return changed.errors if changed else candidate.errors


def smallest_conflict(candidate: Candidate, part: list[Finding]) -> tuple[Finding, ...]:
    """A smallest set of errors that nothing within reach mends together.

    Args:
        candidate: The recipe.
        part: The errors of one part of what is wrong, which has no repair.

    Returns:
        Errors of that part, and those that mending it would bring.
    """
    wrong = {mark(finding): finding for finding in candidate.errors}
    own = {mark(finding): finding for finding in part}
    met = _met(candidate, part, wrong)
    several = [*own, *met]
    for size in range(1, len(several) + 1):
        for some in islice(combinations(several, size), _MOST_TRIED):
            passed = frozenset([*wrong, *met]) - set(some)
            if not own.keys().isdisjoint(some) and not smallest_repairs(candidate, passed):
                return tuple((own | met)[one] for one in some)
    return tuple(part)


def _met(
    candidate: Candidate, part: list[Finding], wrong: dict[Mark, Finding]
) -> dict[Mark, Finding]:
    """The errors that are there only after a change that mends something of a part."""
    found: dict[Mark, Finding] = {}
    for remedy in (remedy for finding in part for remedy in remedies(finding, candidate)):
        changed = remedy.applied_to(candidate)
        for finding in changed.errors if changed and not remedy.choices else ():
            new = mark(finding) not in wrong and finding.kind in _KINDS
            if new and len(found) < _MOST_MET:
                found.setdefault(mark(finding), finding)
    return found
