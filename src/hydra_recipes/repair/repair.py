"""Repair: changes that leave no error, and the search for the smallest."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, product, starmap
from typing import Any, Literal

from hydra_recipes.composing.spelling import spell_changes
from hydra_recipes.documents.editing.change import Change, apply
from hydra_recipes.findings.finding import Finding
from hydra_recipes.literals import spell_choice
from hydra_recipes.origin import KeyPath
from hydra_recipes.repair.candidate import Candidate
from hydra_recipes.repair.losses import Loss
from hydra_recipes.repair.remedies import far_remedies, remedies
from hydra_recipes.repair.remedy import Remedy
from hydra_recipes.tree import ABSENT, MOUNT, canonical, lookup

MOST_CHANGES = 3
"""How many changes are tried for one part of what is wrong."""
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
    def loss(self) -> Loss | None:
        """What it takes from what was written; None if it keeps all of it."""
        return next((remedy.loss for remedy in self.remedies if remedy.loss), None)

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

    @property
    def done(self) -> tuple[Any, ...]:
        """What it comes to, by which two are told apart."""
        return self.changes, self.chosen

    def overrides(self, candidate: Candidate) -> tuple[str, ...]:
        """The repair as overrides, to be given after those there are.

        None if Hydra's grammar has no words for part of it, such as a key with a space, or if what
        was composed doesn't take them.
        """
        chosen = self.chosen
        changed = candidate.choosing(chosen) if chosen else candidate
        if changed is None:
            return ()
        tree = copy.deepcopy({MOUNT: dict(changed.tree), **changed.beside})
        changes = [_placed(change, changed.tree) for change in self.changes]
        wanted = copy.deepcopy(dict(changed.tree))
        for change in changes:
            apply(wanted, change)
        texts = spell_changes(tree, changed.report.choices, changes, candidate.libraries)
        words = (*starmap(spell_choice, chosen.items()), *texts)
        whole = canonical(tree[MOUNT]) == canonical(wanted)
        return words if whole and candidate.takes(words) else ()


def _placed(change: Change, tree: Mapping[str, Any]) -> Change:
    """The change as it is made in a tree that may have its key already, or not yet."""
    if change.kind == "delete":
        return change
    kind: Literal["add", "change"] = "add" if lookup(tree, change.path) is ABSENT else "change"
    return replace(change, kind=kind)


def mark(finding: Finding) -> Mark:
    """What makes two findings the same."""
    return finding.rule, finding.key


def smallest_repairs(
    candidate: Candidate, others: frozenset[Mark], *, keeping: bool = False
) -> list[Repair]:
    """Return the smallest repairs after which there are no errors but ``others``, the best first.

    Args:
        candidate: The recipe.
        others: The errors that may stay.
        keeping: Whether only changes count that keep what was written.
    """
    for far, depth in product((False, True), range(1, MOST_CHANGES + 1)):
        looked_at = islice(_solutions(candidate, others, depth, far, keeping), _MOST_LOOKED_AT)
        straight = (one for one in looked_at if one is not None and not _is_detour(one))
        repairs = (Repair(_shortened(one)) for one in straight)
        ordered = sorted(repairs, key=cost)
        different = {repr(one.done): one for one in reversed(ordered)}
        found = sorted(different.values(), key=cost)
        if found:
            return [one for one in found if one.is_near(found[0])][:MOST_REPAIRS]
    return []


def _is_detour(made: tuple[Remedy, ...]) -> bool:
    """Whether a key is set that is taken away later on."""
    given: set[KeyPath] = set()
    for change in (change for remedy in made for change in remedy.changes):
        if change.kind == "delete" and change.path in given:
            return True
        given.add(change.path)
    return False


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


def cost(repair: Repair) -> tuple[int, float]:
    """What repairs are ranked by."""
    return repair.cost


def _solutions(
    candidate: Candidate, others: frozenset[Mark], depth: int, far: bool, keeping: bool
) -> Iterator[tuple[Remedy, ...] | None]:
    """Every way with so many changes at most; None for each recipe looked at in vain.

    With ``far``, values that alone mend nothing are tried as well; with ``keeping``, only changes
    that lose nothing.
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
