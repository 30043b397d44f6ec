"""The search for the choices from which a recipe is composed with the fewest overrides.

What a set of overrides costs is how much it says: 1 for each choice, each value it writes and each
key it deletes. (To count a mapping as one would make two overrides of any recipe: ``run={…}`` and
``training_config={…}``.) A choice that the file's first line names costs nothing, as the recipe
may not tell it; what that adds or drops (``+preset=…``) decides between equals only.

The recipe tells some choices itself (``recognition``), and the offers which go with them; those
under which it has the fewest errors are tried. The groups that no offer is about (presets, parts
that can be added or dropped) are tried one option after another, and what helps is combined.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hydra_recipes.checking.composed import check_tree
from hydra_recipes.checking.recognition import Recognised
from hydra_recipes.composing.compose import compose_groups
from hydra_recipes.composing.hydra_bridge import Composition, parse_override
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.importing.changes import key_changes
from hydra_recipes.importing.goal import Goal
from hydra_recipes.importing.options import brings_choices, contradictions
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.links.grammar import expand_shell_links
from hydra_recipes.literals import spell_choice
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.rules.offers import offered_groups
from hydra_recipes.tree import MOUNT, canonical

_WORTH = 2
"""A choice costs 1; to say less with it than without, it has to save this much."""

Choices = Mapping[str, str]
Move = tuple[str, str | None]
"""A group and the option to choose in it; None drops the group."""


@dataclass(frozen=True)
class Aims:
    """What overrides are searched for.

    Attributes:
        said: The choices that the file's first line names, as overrides of groups.
        deletion: What deleting a key costs.
        untouched: Groups in which nothing is chosen.
        droppable: Groups that may be dropped although they follow from others.
    """

    said: tuple[str, ...] = ()
    deletion: int = 1
    untouched: frozenset[str] = frozenset()
    droppable: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Trial:
    """Choices that were composed, and what is missing to the recipe that is wanted.

    Attributes:
        groups: The overrides of groups.
        composition: What they compose.
        tree: The composed recipe, links unresolved.
        beside: What is composed beside it.
        changes: The changes of keys that are missing.
        keys: What those cost.
        rank: What all overrides cost, and what decides between equals.
    """

    groups: tuple[str, ...]
    composition: Composition
    tree: Mapping[str, Any]
    beside: Mapping[str, Any]
    changes: tuple[Change, ...]
    keys: int
    rank: tuple[Any, ...]

    @property
    def cost(self) -> int:
        """What all overrides cost."""
        return int(self.rank[0])


@dataclass
class Search:
    """A search; ``best`` runs it, and nothing is composed twice.

    Attributes:
        goal: The recipe to be composed.
        libraries: The libraries.
        book: Their rules.
        aims: What counts.
        compositions: What overrides of groups compose, as far as it was tried; None if they
            don't go together.
    """

    goal: Goal
    libraries: Libraries
    book: RuleBook
    aims: Aims = Aims()
    compositions: dict[tuple[str, ...], Composition | None] = field(default_factory=dict)
    _trials: dict[tuple[str, ...], Trial] = field(default_factory=dict)

    def best(self, candidates: Sequence[Choices]) -> Trial | None:
        """The trial that costs least; None if nothing can be composed.

        Args:
            candidates: The sets of choices that the recipe may have been made from.
        """
        candidates = self._likeliest(candidates)
        beside = (text for text in self.aims.said if group_of(text) not in self._offered)
        bases = dict.fromkeys([(), tuple(beside)])
        starts = [
            (choices, trial)
            for base in bases
            for choices in candidates
            if (trial := self._reach(base, choices)) is not None
        ]
        if not starts:
            return None
        best = min((trial for _, trial in starts), key=_by_rank)
        presets = self._presets(best, [choices for choices, _ in _different(starts)])
        found = min([best, *presets], key=_by_rank)
        for end in dict.fromkeys([found, best]):
            found = min(found, self._with_parts(end, found.cost), key=_by_rank)
        return self._without_idle(found)

    def _without_idle(self, trial: Trial) -> Trial:
        """The trial without what the first line names and is chosen anyway."""
        for text in trial.groups:
            rest = tuple(one for one in trial.groups if one != text)
            less = self._try(rest) if text in self.aims.said else None
            same = less and less.composition.choices == trial.composition.choices
            if less and same and canonical(less.tree) == canonical(trial.tree):
                trial = less
        return trial

    def errors(self, recognised: Recognised) -> int:
        """How many errors the recipe has with the choices that suit it best."""
        if not recognised.offered:
            return sys.maxsize
        return min(map(self._errors, recognised.candidates))

    def _likeliest(self, candidates: Sequence[Choices]) -> list[Choices]:
        """The candidates under which the recipe has the fewest errors."""
        errors = [self._errors(choices) for choices in candidates] if len(candidates) > 1 else [0]
        return [c for c, count in zip(candidates, errors, strict=True) if count == min(errors)]

    def _errors(self, choices: Choices) -> int:
        report = check_tree(
            "recipe", self.goal.written, {}, choices, lambda *_: None, (), self.libraries
        )
        return sum(finding.severity == "error" for finding in report.findings)

    def _presets(self, best: Trial, candidates: Sequence[Choices]) -> list[Trial]:
        """What costs less with an option that brings choices of its own."""
        found: list[Trial] = []
        for move in self._moves:
            if not brings_choices(self.libraries, *move):
                continue
            base = self._with((), move)
            if base is None or 1 + contradictions(self.libraries, *move, self.goal) >= best.cost:
                continue
            reached = (self._reach(base, choices) for choices in candidates)
            found += [trial for trial in reached if trial and trial.cost < best.cost]
        return found

    def _with_parts(self, trial: Trial, bound: int) -> Trial:
        """The trial with those options added, changed or dropped with which it costs less.

        Args:
            trial: Where to start.
            bound: What the best trial costs so far; more is of no use.
        """
        moves = [move for move in self._moves if not brings_choices(self.libraries, *move)]
        while moves and trial.keys >= _WORTH:
            better: list[tuple[Trial, Move]] = []
            for move in moves:
                groups = self._with(trial.groups, move)
                lost = contradictions(self.libraries, *move, self.goal)
                if groups is None or self._said(groups) + lost >= min(trial.cost, bound):
                    continue
                found = self._try(groups)
                if found is not None and found.cost < trial.cost:
                    better.append((found, move))
            if not better:
                break
            trial, (group, _) = min(better, key=lambda pair: pair[0].rank)
            moves = [move for _, move in better if move[0] != group]
        return trial

    def with_fewer_parts(self, trial: Trial) -> Trial:
        """The trial with as many droppable groups dropped as it takes to delete the fewest keys.

        Where two groups bring the same key, dropping one of them deletes nothing; so all are
        dropped, and those taken back that do no harm.
        """
        groups = trial.groups
        for group in sorted(self.aims.droppable):
            without = self._with(groups, (group, None))
            groups = without if without and self._compose(without) else groups
        least = self._try(groups) or trial
        for group in sorted(self.aims.droppable):
            less = self._try(tuple(t for t in least.groups if group_of(t) != group or t[0] != "~"))
            if less is not None and less.rank < least.rank:
                least = less
        return min(least, trial, key=_by_rank)

    @cached_property
    def _derived(self) -> frozenset[str]:
        return self.book.derived

    @cached_property
    def _offered(self) -> tuple[str, ...]:
        """The groups that offers are about and that people choose in."""
        return tuple(g for g in offered_groups(self.book) if g not in self._derived)

    @cached_property
    def _moves(self) -> tuple[Move, ...]:
        """All that can be chosen beside what the offers are about."""
        left_alone = {*self._offered, *self._derived, *self.aims.untouched, SWEEPS}
        open_groups = [group for group in self.libraries.groups() if group not in left_alone]
        options = [(g, option) for g in open_groups for option in self.libraries.options(g)]
        droppable = dict.fromkeys([*open_groups, *sorted(self.aims.droppable)])
        return (*options, *((group, None) for group in droppable))

    def _reach(self, groups: tuple[str, ...], choices: Choices) -> Trial | None:
        """The trial with these overrides, and those it takes to arrive at the choices offered."""
        for group in self._offered:
            composition = self._compose(groups)
            if composition is None:
                return None
            if group in choices and _known(composition, group)[1] != choices[group]:
                extended = self._with(groups, (group, choices[group]))
                groups = groups if extended is None else extended
        return self._try(groups)

    def _with(self, groups: tuple[str, ...], move: Move) -> tuple[str, ...] | None:
        """The overrides with another option in one group; None if they can't be composed."""
        group, option = move
        rest = tuple(text for text in groups if group_of(text) != group)
        composition = self._compose(rest)
        if composition is None:
            return None
        name, now = _known(composition, group)
        if now == option:
            return rest
        if option is None:
            return (*rest, f"~{name}")
        return (*rest, spell_choice(group, option, "" if now else "+"))

    def _said(self, groups: Iterable[str]) -> int:
        """What the overrides of groups cost."""
        free = (text for text in self.aims.said if text[:1] not in "+~")
        return len(set(groups).difference(free))

    def _try(self, groups: tuple[str, ...]) -> Trial | None:
        composition = self._compose(groups)
        if composition is None:
            return None
        if groups not in self._trials:
            beside = expand_shell_links(composition.tree())
            tree = beside.pop(MOUNT)
            changes = key_changes(tree, beside, self.goal)
            keys = sum(
                self.aims.deletion if change.kind == "delete" else change.weight
                for change in changes
            )
            agrees = sum(text in self.aims.said for text in groups)
            rank = (self._said(groups) + keys, -agrees, keys, len(self._trials))
            self._trials[groups] = Trial(groups, composition, tree, beside, changes, keys, rank)
        return self._trials[groups]

    def _compose(self, groups: tuple[str, ...]) -> Composition | None:
        """What overrides of groups compose; None if they don't go together."""
        if groups not in self.compositions:
            try:
                parsed = tuple(map(parse_override, groups))
                self.compositions[groups] = compose_groups(parsed, self.libraries)
            except OverrideError:
                self.compositions[groups] = None
        return self.compositions[groups]


def group_of(text: str) -> str:
    """The group that an override of one is about; a folder in it is part of the option."""
    return text.lstrip("+~").partition("=")[0].partition("/")[0]


def _known(composition: Composition, group: str) -> tuple[str, str | None]:
    """How Hydra names a group, and its option.

    To Hydra 1.4 ``preset=team/bot`` is ``bot`` of the group ``preset/team``.
    """
    for name, option in composition.choices.items():
        if name == group:
            return name, option
        if name.startswith(f"{group}/"):
            return name, f"{name.removeprefix(f'{group}/')}/{option}"
    return group, None


def _by_rank(trial: Trial) -> tuple[Any, ...]:
    return trial.rank


def _different(starts: Sequence[tuple[Choices, Trial]]) -> Iterator[tuple[Choices, Trial]]:
    """One of each set of choices that compose the same, the cheapest."""
    seen: set[str] = set()
    for choices, trial in sorted(starts, key=lambda pair: pair[1].rank):
        mark = canonical(trial.tree)
        if mark not in seen:
            seen.add(mark)
            yield choices, trial
