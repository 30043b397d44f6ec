"""The search for repairs: the fewest changes that leave no error, then the nearest.

Errors that share a key form a part: the name of a run has nothing to do with its learning rate.
Each part is searched alone, up to three changes deep. Then one repair of each part is put together
with the others, changes that aren't needed are dropped, and the whole is checked. If nothing within
reach mends a part, the answer is the conflict: a smallest set of errors that can't be mended
together.

Say that ``lr`` and ``warmup`` are above their limits, and a broken rule ties ``warmup`` to
``steps``. The parts are {limit of ``lr``} and {limit of ``warmup``, rule}. If lowering ``warmup``
mends both errors of the second part, the repair is two changes: ``lr`` and ``warmup``, each to its
limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.limits import BrokenLimit
from hydra_recipes.findings.messages.offers import NotOffered
from hydra_recipes.findings.messages.values import AboutRule
from hydra_recipes.origin import KeyPath
from hydra_recipes.repair.candidate import Candidate
from hydra_recipes.repair.remedies import path_of, remedies, renamings
from hydra_recipes.repair.repair import MOST_REPAIRS, Mark, Repair, cost, mark, smallest_repairs
from hydra_recipes.rules.book import looked_at_once
from hydra_recipes.rules.conflict import smallest_conflict

_MOST_ERRORS = 50
"""With more errors there is no search: the file is hardly meant to be a recipe."""
_MOST_CHOICES = 4
"""The most other choices that are tried for a combination that isn't offered."""
_MOST_MET = 6
"""The most errors looked at that are there only after a change."""
_KINDS = (BrokenLimit, AboutRule)
"""The kinds of error that count if a change brings them; a missing key was perhaps just deleted."""
_MOST_TRIED = 20
"""The most sets of one size that are tried as the conflict."""


@dataclass(frozen=True)
class Outcome:
    """What the search for repairs returns.

    Attributes:
        repairs: The repairs, the best first. They leave no error but those in ``conflict``.
        conflict: A smallest set of errors that can't be mended together, if a part can't be
            repaired; some may be there only once others are mended.
        by_error: The best repair of the part that each mended error is in.
        fix: The changes that lose nothing of what was written, which ``--fix`` makes.
        left: The best repairs of the other parts, which would lose something.
        ended: Whether the search ran out of its budget.
        first: The keys that a file writes twice and whose first value is to stay.
        words: Each repair as overrides, once that is worked out; empty for one that has none.
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
    """Return the smallest repairs of a recipe; none if it has no errors or too many."""
    if not 0 < len(candidate.errors) <= _MOST_ERRORS:
        return Outcome()
    refused = next(
        (error for error in candidate.errors if isinstance(error.detail, NotOffered)), None
    )
    outcome = _in_parts(candidate) if refused is None else _by_choice(candidate, refused)
    return replace(outcome, ended=candidate.budget.spent)


def _by_choice(candidate: Candidate, refused: Finding) -> Outcome:
    """Repair a combination that isn't offered: only with another are the other errors known."""
    tried: list[tuple[Repair, Outcome]] = []
    conflict: tuple[Finding, ...] = ()
    for remedy in remedies(refused, candidate)[:_MOST_CHOICES]:
        changed = remedy.applied_to(candidate)
        if changed is None or mark(refused) in map(mark, changed.errors):
            continue
        outcome = search(changed) if changed.errors else Outcome((Repair(()),))
        conflict = conflict or outcome.conflict
        complete = () if outcome.conflict else outcome.repairs
        tried += [(Repair((remedy, *rest.remedies)), outcome) for rest in complete]
    if not tried:
        return Outcome(conflict=conflict or (refused,))
    tried.sort(key=lambda pair: pair[0].cost)
    best, outcome = tried[0]
    repairs = tuple(repair for repair, _ in tried if repair.is_near(best))
    by_error = {**outcome.by_error, mark(refused): replace(best, remedies=best.remedies[:1])}
    return Outcome(repairs[:MOST_REPAIRS], (), by_error, left=(best,))


def _in_parts(candidate: Candidate) -> Outcome:
    """Repair each part alone and put the repairs together; a part without one stays as it is."""
    solved: list[tuple[list[Finding], list[Repair]]] = []
    unsolved: list[Finding] = []
    conflict: tuple[Finding, ...] = ()
    parts_of_all = _parts(candidate)
    keeping = [_keeping(candidate, part) for part in parts_of_all]  # before the budget is spent
    for part, kept in zip(parts_of_all, keeping, strict=True):
        mended, unmended = _of_part(candidate, part, kept)
        solved += mended
        unsolved += unmended
        if unmended and not conflict:
            conflict = _conflict_of(candidate, unmended)
    parts, repairs_of_parts = [part for part, _ in solved], [repairs for _, repairs in solved]
    stay = frozenset(map(mark, unsolved))
    minimal = (
        _minimal(candidate, repair, stay)
        for repair in _together(candidate, parts, repairs_of_parts)
        if _leaves(candidate, repair, stay)
    )
    repairs = sorted({repr(repair.done): repair for repair in minimal}.values(), key=cost)
    if not repairs and len(parts) > 1:  # mended apart they get in each other's way
        repairs = smallest_repairs(candidate, stay)
    if parts and not repairs:
        conflict = conflict or candidate.errors
    best = [of_part[0] for of_part in repairs_of_parts]
    by_error = {mark(error): of_part[0] for part, of_part in solved for error in part}
    fix = _kept(candidate, [repair for repair in best if not repair.loss])
    left = tuple(repair for repair in best if repair.loss)
    return Outcome(tuple(repairs[:MOST_REPAIRS]), conflict, by_error, fix, left)


def _keeping(candidate: Candidate, part: list[Finding]) -> list[Repair]:
    """Return the repairs of a part of a file that lose nothing; none for a composed recipe."""
    if candidate.overrides is not None:
        return []
    others = frozenset(map(mark, candidate.errors)) - {mark(finding) for finding in part}
    return smallest_repairs(candidate, others, keeping=True)


def _of_part(
    candidate: Candidate, part: list[Finding], kept: list[Repair]
) -> tuple[list[tuple[list[Finding], list[Repair]]], list[Finding]]:
    """Return the mended errors of a part with their repairs, and the errors that nothing mends.

    The repairs ``kept``, which lose nothing, come first. If nothing mends the part as a whole, each
    of its errors is tried alone.
    """
    marks = {mark(finding) for finding in part}
    others = frozenset(map(mark, candidate.errors)) - marks
    repairs = list(kept)
    effects = {repr(repair.done) for repair in repairs}
    more = smallest_repairs(candidate, others) if len(repairs) < MOST_REPAIRS else ()
    repairs += [repair for repair in more if repr(repair.done) not in effects]
    if repairs:
        return [(part, repairs[:MOST_REPAIRS])], []
    solved: list[tuple[list[Finding], list[Repair]]] = []
    for finding in part if len(part) > 1 else ():
        may_stay = frozenset(map(mark, candidate.errors)) - {mark(finding)}
        if of_finding := smallest_repairs(candidate, may_stay, keeping=True):
            solved.append(([finding], of_finding))
    mended = {mark(finding) for findings, _ in solved for finding in findings}
    return solved, [finding for finding in part if mark(finding) not in mended]


def _kept(candidate: Candidate, repairs: Sequence[Repair]) -> Repair:
    """Return as many repairs as can be made together, each leaving fewer errors and no new one."""
    wrong = set(map(mark, candidate.errors))
    made = Repair(())
    for repair in repairs:
        together = Repair((*made.remedies, *repair.remedies))
        left = set(map(mark, _errors_after(candidate, together)))
        if left < wrong:
            made, wrong = together, left
    return made


def _leaves(candidate: Candidate, repair: Repair, stay: frozenset[Mark]) -> bool:
    """Return whether a repair leaves only errors that may stay."""
    return stay.issuperset(map(mark, _errors_after(candidate, repair)))


def _minimal(candidate: Candidate, repair: Repair, stay: frozenset[Mark]) -> Repair:
    """Return the repair without the changes that it doesn't need.

    A change made for one part may have mended another as well.
    """
    for remedy in reversed(repair.remedies):
        rest = Repair(tuple(other for other in repair.remedies if other is not remedy))
        if rest.remedies and _leaves(candidate, rest, stay):
            repair = rest
    return repair


def _parts(candidate: Candidate) -> list[list[Finding]]:
    """Return the errors in groups; errors that share a key are in the same group."""
    parts: list[tuple[set[str], list[Finding]]] = []
    for finding in candidate.errors:
        path = path_of(finding, candidate)
        paths = [path] if path else []
        rules = candidate.active.rules
        rule = next((bound for bound in rules if bound.rule.id == finding.rule), None)
        paths += [rule_path for _, rule_path in rule.paths] if rule else []
        paths += renamings(finding, candidate)
        keys = set(map(str, paths))
        touching = [part for part in parts if part[0] & keys]
        apart = [part for part in parts if not part[0] & keys]
        merged = [earlier for _, findings in touching for earlier in findings]
        parts = [*apart, (keys.union(*(held for held, _ in touching)), [*merged, finding])]
    return [findings for _, findings in parts]


def _together(
    candidate: Candidate, parts: list[list[Finding]], solved: list[list[Repair]]
) -> Iterator[Repair]:
    """Yield each repair of a part with the best ones of the parts that it doesn't mend as well.

    Another choice, or what a link leads to, may mend several parts.
    """
    mended = [[_mended(candidate, parts, repair) for repair in repairs] for repairs in solved]
    by_effect: dict[str, Repair] = {}
    for place, repairs in enumerate(solved):
        for repair, mends in zip(repairs, mended[place], strict=True):
            others = set(range(len(parts))) - mends - {place}
            if any(place in mended[other][0] for other in others):
                continue  # the best repair of that other part mends this one too
            chosen = [
                repair if part == place else solved[part][0]
                for part in range(len(parts))
                if part == place or part in others
            ]
            whole = Repair(tuple(remedy for each in chosen for remedy in each.remedies))
            by_effect.setdefault(repr(whole.done), whole)
    yield from sorted(by_effect.values(), key=cost)


def _mended(candidate: Candidate, parts: list[list[Finding]], repair: Repair) -> set[int]:
    """Return the places, from 0, of the parts that a repair mends."""
    left = {mark(finding) for finding in _errors_after(candidate, repair)}
    return {place for place, part in enumerate(parts) if not left & set(map(mark, part))}


def _errors_after(candidate: Candidate, repair: Repair) -> Iterable[Finding]:
    """Return the errors after a repair; those before it if it can't be made."""
    changed = candidate.choosing(repair.chosen) if repair.chosen else candidate
    changed = changed and changed.changed(repair.changes)
    return changed.errors if changed else candidate.errors


def _conflict_of(candidate: Candidate, part: list[Finding]) -> tuple[Finding, ...]:
    """Return a smallest set of errors that no changes within reach mend together.

    Args:
        candidate: The recipe.
        part: The errors of one part, which has no repair.

    Returns:
        Errors of that part, and errors that mending it would bring.
    """
    wrong = {mark(finding): finding for finding in candidate.errors}
    own = {mark(finding): finding for finding in part}
    brought = _brought_errors(candidate, part, wrong)
    marks = [*own, *brought]

    def conflicts(subset: tuple[Mark, ...]) -> bool:
        may_stay = frozenset([*wrong, *brought]) - set(subset)
        return not own.keys().isdisjoint(subset) and not smallest_repairs(candidate, may_stay)

    conflict = smallest_conflict(marks, conflicts, len(marks), _MOST_TRIED)
    return tuple((own | brought)[member] for member in conflict) if conflict else tuple(part)


def _brought_errors(
    candidate: Candidate, part: list[Finding], wrong: dict[Mark, Finding]
) -> dict[Mark, Finding]:
    """Return the errors that a change that mends something of a part would bring, by mark."""
    brought: dict[Mark, Finding] = {}
    for remedy in (remedy for finding in part for remedy in remedies(finding, candidate)):
        changed = remedy.applied_to(candidate)
        for finding in changed.errors if changed and not remedy.choices else ():
            is_brought = mark(finding) not in wrong and isinstance(finding.detail, _KINDS)
            if is_brought and len(brought) < _MOST_MET:
                brought.setdefault(mark(finding), finding)
    return brought
