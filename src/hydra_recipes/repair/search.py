"""The search for repairs: the fewest changes that leave no error, then the nearest.

Errors that share no key are mended apart: what is wrong with the name of a run has nothing to do
with its learning rate. Each such part is searched to a depth of three changes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Any, Literal

from hydra_recipes.changes import Change
from hydra_recipes.findings import Finding
from hydra_recipes.keys import ABSENT, lookup
from hydra_recipes.links.resolver import MOUNT
from hydra_recipes.origins import KeyPath
from hydra_recipes.repair.patient import Patient
from hydra_recipes.repair.remedies import Remedy, path_of, remedies, renamings
from hydra_recipes.spelling import spell_changes

MOST_CHANGES = 3
"""How many changes are tried for one part of what is wrong."""
_MOST_ERRORS = 50
"""With more errors nothing is searched for: the file is hardly meant to be a recipe."""
MOST_REPAIRS = 3
"""How many repairs are suggested."""
_WORTH_A_LOOK = 3.0
"""How much further than the best a repair may lead."""
_MOST_LOOKED_AT = 300
"""How many changed recipes are checked for one part."""

Mark = tuple[str, str | None]
"""What makes two findings the same: their rule and key."""


@dataclass(frozen=True)
class Repair:
    """Changes that, made together, leave no error.

    Attributes:
        remedies: The changes, in the order in which they are made.
    """

    remedies: tuple[Remedy, ...]

    @property
    def cost(self) -> tuple[int, float]:
        """What repairs are ranked by: how many changes, then how far they lead."""
        changes = sum(max(1, len(remedy.choices)) for remedy in self.remedies)
        return changes, sum(remedy.distance for remedy in self.remedies)

    def is_near(self, best: Repair) -> bool:
        """Whether it is worth a look beside the best."""
        return self.cost[0] == best.cost[0] and self.cost[1] <= best.cost[1] + _WORTH_A_LOOK

    @property
    def chosen(self) -> dict[str, str]:
        """Group to option, where it chooses otherwise."""
        return {g: o for remedy in self.remedies for g, o in remedy.choices.items()}

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of keys; of one that is set twice, the last value at the first place."""
        made: dict[tuple[KeyPath, bool], Change] = {}
        for change in (change for remedy in self.remedies for change in remedy.changes):
            slot = (change.path, change.kind == "delete")
            made[slot] = replace(made.get(slot, change), value=change.value)
        return tuple(made.values())

    def overrides(self, patient: Patient) -> tuple[str, ...]:
        """The repair as overrides, to be given after those there are."""
        chosen = self.chosen
        changed = patient.choosing(chosen) if chosen else patient
        if changed is None:
            return ()
        tree = copy.deepcopy({MOUNT: dict(changed.tree), **changed.beside})
        changes = [_placed(change, changed.tree) for change in self.changes]
        texts = spell_changes(tree, changed.report.choices, changes, patient.shelf)
        return (*(f"{group}={option}" for group, option in chosen.items()), *texts)


def _placed(change: Change, tree: Mapping[str, Any]) -> Change:
    """The change as it is made in a tree that may have its key already, or not yet."""
    if change.kind == "delete":
        return change
    kind: Literal["add", "change"] = "add" if lookup(tree, change.path) is ABSENT else "change"
    return replace(change, kind=kind)


@dataclass(frozen=True)
class Outcome:
    """What the search found.

    Attributes:
        repairs: The repairs, the best first; none if a part can't be repaired.
        conflict: If there are none, a smallest set of errors that can't be mended together.
        by_error: For each error that a repair of its part mends, that part's best repair.
        first: The keys of a file that it writes twice and whose first value is to stay.
    """

    repairs: tuple[Repair, ...]
    conflict: tuple[Finding, ...]
    by_error: dict[Mark, Repair]
    first: frozenset[KeyPath] = frozenset()


def search(patient: Patient) -> Outcome:
    """Searches for the smallest repairs of a recipe."""
    if not 0 < len(patient.errors) <= _MOST_ERRORS:
        return Outcome((), (), {})
    parts = _parts(patient)
    solved: list[list[Repair]] = []
    conflict: tuple[Finding, ...] = ()
    by_error: dict[Mark, Repair] = {}
    for part in parts:
        marks = {mark(finding) for finding in part}
        others = frozenset(mark(f) for f in patient.errors) - marks
        found = _repairs(patient, others)
        solved.append(found)
        by_error.update(dict.fromkeys(marks, found[0]) if found else {})
        if not found and not conflict:
            conflict = _conflict(patient, part)
    if not all(solved):
        return Outcome((), conflict, by_error)
    together = _together(patient, parts, solved)
    repairs = [repair for repair in together if not _errors_after(patient, repair)]
    if not repairs and len(parts) > 1:  # mended apart they get in each other's way
        repairs = _repairs(patient, frozenset())
    return Outcome(tuple(repairs[:MOST_REPAIRS]), () if repairs else patient.errors, by_error)


def mark(finding: Finding) -> Mark:
    """What makes two findings the same."""
    return finding.rule, finding.key


def _parts(patient: Patient) -> list[list[Finding]]:
    """The errors, those that share a key together."""
    parts: list[tuple[set[str], list[Finding]]] = []
    for finding in patient.errors:
        path = path_of(finding, patient)
        about = [path] if path else []
        rule = next((r for r in patient.active.rules if r.rule.id == finding.rule), None)
        about += [at for _, at in rule.paths] if rule else []
        about += renamings(finding, patient)
        keys = set(map(str, about))
        touching = [part for part in parts if part[0] & keys]
        rest = [part for part in parts if not part[0] & keys]
        merged = (keys.union(*(k for k, _ in touching)), [f for _, fs in touching for f in fs])
        parts = [*rest, (merged[0], [*merged[1], finding])]
    return [findings for _, findings in parts]


def _repairs(patient: Patient, others: frozenset[Mark]) -> list[Repair]:
    """The smallest repairs after which there are no errors but ``others``, the best first."""
    for depth in range(1, MOST_CHANGES + 1):
        looked_at = islice(_solutions(patient, others, depth), _MOST_LOOKED_AT)
        repairs = (Repair(_shortened(one)) for one in looked_at if one is not None)
        ordered = sorted(repairs, key=_cost)
        different = {repr((one.changes, one.chosen)): one for one in reversed(ordered)}
        found = sorted(different.values(), key=_cost)
        if found:
            return [one for one in found if one.is_near(found[0])][:MOST_REPAIRS]
    return []


def _shortened(made: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    """The changes without those of a key that is changed again after them."""
    again: set[object] = set()
    kept: list[Remedy] = []
    for remedy in reversed(made):
        about = {change.path for change in remedy.changes} | set(remedy.choices)
        if not about <= again:
            kept.append(remedy)
        again |= about
    return tuple(reversed(kept))


def _cost(repair: Repair) -> tuple[int, float]:
    return repair.cost


def _solutions(
    patient: Patient, others: frozenset[Mark], depth: int
) -> Iterator[tuple[Remedy, ...] | None]:
    """Every way with so many changes at most; None for each recipe looked at in vain."""
    wrong = [finding for finding in patient.errors if mark(finding) not in others]
    if not wrong:
        yield ()
        return
    if depth == 0:
        yield None
        return
    for remedy in remedies(wrong[0], patient):
        changed = remedy.applied_to(patient)
        if changed is None:
            continue
        for rest in _solutions(changed, others, depth - 1):
            yield None if rest is None else (remedy, *rest)


def _together(
    patient: Patient, parts: list[list[Finding]], solved: list[list[Repair]]
) -> Iterator[Repair]:
    """Each repair of a part with the best of the others, save of those that it mends as well.

    Another choice, or what a link leads to, may mend several parts.
    """
    mends = [[_mended(patient, parts, repair) for repair in found] for found in solved]
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
            ways.setdefault(repr((whole.changes, whole.chosen)), whole)
    yield from sorted(ways.values(), key=_cost)


def _mended(patient: Patient, parts: list[list[Finding]], repair: Repair) -> set[int]:
    """The parts of what is wrong that a repair mends, by their places."""
    left = {mark(finding) for finding in _errors_after(patient, repair)}
    return {at for at, part in enumerate(parts) if not left & set(map(mark, part))}


def _errors_after(patient: Patient, repair: Repair) -> Iterable[Finding]:
    changed = patient.choosing(repair.chosen) if repair.chosen else patient
    changed = changed and changed.changed(repair.changes)
    return changed.errors if changed else patient.errors


def _conflict(patient: Patient, part: list[Finding]) -> tuple[Finding, ...]:
    """A smallest set of a part's errors that nothing within reach mends together."""
    everything = frozenset(mark(finding) for finding in patient.errors)
    for size in range(1, len(part)):
        for some in islice(combinations(part, size), 20):
            if not _repairs(patient, everything - {mark(finding) for finding in some}):
                return some
    return tuple(part)
