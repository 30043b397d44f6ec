"""Repair: changes that leave no error, and the search for the smallest.

The search mends the first error by each of its remedies in turn, looks at the errors that are left,
and goes on with the first of those: one change deep, then two, then three. It ends at the first
depth that leaves no error, so fewer changes always win.

Say that ``epochs: 99`` is above its limit of 20, and a rule requires ``warmup``, which is 50, to be
below ``epochs``. The remedy ``epochs: 20`` breaks the rule, so nothing is found one change deep; at
the second, ``warmup: 19`` mends that.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, product, starmap
from typing import Any, Literal

from hydra_recipes.composing.spelling import spell_changes
from hydra_recipes.documents.editing.change import Change, applied
from hydra_recipes.findings.finding import Finding
from hydra_recipes.literals import spell_choice
from hydra_recipes.origin import KeyPath
from hydra_recipes.repair.candidate import Candidate
from hydra_recipes.repair.losses import Loss
from hydra_recipes.repair.remedies import far_remedies, remedies
from hydra_recipes.repair.remedy import Remedy
from hydra_recipes.tree import ABSENT, MOUNT, equal, lookup

MOST_CHANGES = 3
"""The most changes that are made for one part of what is wrong."""
MOST_REPAIRS = 3
"""The most repairs that are suggested."""
_WORTH_A_LOOK = 3.0
"""How much greater than the best repair's distance another's may be."""
_MOST_LOOKED_AT = 300
"""The most changed recipes that are looked at for one part, at one depth."""

Mark = tuple[str, str | None]
"""The rule and key of a finding; findings with the same mark are the same."""


@dataclass(frozen=True)
class Repair:
    """Changes that, made together, leave no error.

    Attributes:
        remedies: The changes, in the order in which they are made.
    """

    remedies: tuple[Remedy, ...]

    @property
    def loss(self) -> Loss | None:
        """Return what it takes from what was written, or None if it keeps all of it."""
        return next((remedy.loss for remedy in self.remedies if remedy.loss), None)

    @property
    def cost(self) -> tuple[int, float]:
        """Return what repairs are ranked by: the number of changes, then their distance."""
        changes = sum(max(1, len(remedy.choices)) for remedy in self.remedies)
        return changes, sum(remedy.distance for remedy in self.remedies)

    def is_near(self, best: Repair) -> bool:
        """Return whether it is worth suggesting beside the best."""
        return self.cost[0] == best.cost[0] and self.cost[1] <= best.cost[1] + _WORTH_A_LOOK

    @property
    def chosen(self) -> dict[str, str]:
        """Return group to option, where it chooses differently."""
        return {
            group: option for remedy in self.remedies for group, option in remedy.choices.items()
        }

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return the changes of keys.

        A key that is set twice is set once, at the first place, to the last value.
        """
        by_slot: dict[tuple[KeyPath, bool], Change] = {}
        for change in (change for remedy in self.remedies for change in remedy.changes):
            slot = (change.path, change.kind == "delete")
            by_slot[slot] = replace(by_slot.get(slot, change), value=change.value)
        return tuple(by_slot.values())

    @property
    def done(self) -> tuple[Any, ...]:
        """Return the changes and choices that it comes to; equal for repairs that do the same."""
        return self.changes, self.chosen

    def overrides(self, candidate: Candidate) -> tuple[str, ...]:
        """Return the repair as overrides, to be given after those of the candidate.

        Empty if Hydra's grammar can't express part of it, such as a key with a space, or if the
        candidate doesn't compose with them.
        """
        chosen = self.chosen
        changed = candidate.choosing(chosen) if chosen else candidate
        if changed is None:
            return ()
        tree = copy.deepcopy({MOUNT: dict(changed.tree), **changed.beside})
        changes = [_placed(change, changed.tree) for change in self.changes]
        wanted = applied(changed.tree, changes)
        texts = spell_changes(tree, changed.report.choices, changes, candidate.libraries)
        words = (*starmap(spell_choice, chosen.items()), *texts)
        complete = equal(tree[MOUNT], wanted)
        return words if complete and candidate.takes(words) else ()


def _placed(change: Change, tree: Mapping[str, Any]) -> Change:
    """Return a change as ``add`` or ``change``, whichever the tree needs."""
    if change.kind == "delete":
        return change
    kind: Literal["add", "change"] = "add" if lookup(tree, change.path) is ABSENT else "change"
    return replace(change, kind=kind)


def mark(finding: Finding) -> Mark:
    """Return what makes two findings the same."""
    return finding.rule, finding.key


def smallest_repairs(
    candidate: Candidate, others: frozenset[Mark], *, keeping: bool = False
) -> list[Repair]:
    """Return the smallest repairs after which only ``others`` are errors, the best first.

    Empty if no three changes within reach do it.

    Args:
        candidate: The recipe.
        others: The errors that may stay.
        keeping: Whether only changes without a loss are made.
    """
    for far, depth in product((False, True), range(1, MOST_CHANGES + 1)):
        looked_at = islice(_solutions(candidate, others, depth, far, keeping), _MOST_LOOKED_AT)
        solutions = (made for made in looked_at if made is not None and not _is_detour(made))
        repairs = sorted((Repair(_shortened(made)) for made in solutions), key=cost)
        # Of repairs that do the same, the cheapest is put into the dictionary last, and stays.
        distinct = {repr(repair.done): repair for repair in reversed(repairs)}
        ranked = sorted(distinct.values(), key=cost)
        if ranked:
            return [repair for repair in ranked if repair.is_near(ranked[0])][:MOST_REPAIRS]
    return []


def _is_detour(made: tuple[Remedy, ...]) -> bool:
    """Return whether a key is set that is deleted later on."""
    already_set: set[KeyPath] = set()
    for change in (change for remedy in made for change in remedy.changes):
        if change.kind == "delete" and change.path in already_set:
            return True
        already_set.add(change.path)
    return False


def _shortened(made: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    """Return the changes without those whose keys are all changed again later."""
    changed_later: set[object] = set()
    kept: list[Remedy] = []
    for remedy in reversed(made):
        touched = {change.path for change in remedy.changes} | set(remedy.choices)
        if not touched <= changed_later:
            kept.append(remedy)
        changed_later |= touched
    return tuple(reversed(kept))


def cost(repair: Repair) -> tuple[int, float]:
    """Return what repairs are ranked by, as a sort key."""
    return repair.cost


def _solutions(
    candidate: Candidate, others: frozenset[Mark], depth: int, far: bool, keeping: bool
) -> Iterator[tuple[Remedy, ...] | None]:
    """Yield each list of at most ``depth`` changes that leaves only ``others`` as errors.

    Yield None for each recipe looked at in vain, so that callers can count them. With ``far``, also
    try values that mend nothing alone; with ``keeping``, only changes without a loss.
    """
    wrong = [finding for finding in candidate.errors if mark(finding) not in others]
    if not wrong:
        yield ()
        return
    if depth == 0 or candidate.budget.spent:
        yield None
        return
    more = far_remedies(wrong[0], candidate) if far else []
    for remedy in (*remedies(wrong[0], candidate), *more):
        changed = None if keeping and remedy.loss else remedy.applied_to(candidate)
        if changed is None:
            continue
        for rest in _solutions(changed, others, depth - 1, far, keeping):
            yield None if rest is None else (remedy, *rest)
