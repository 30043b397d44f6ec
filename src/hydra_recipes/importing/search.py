"""The search for the choices from which a recipe is composed with the fewest overrides.

Overrides cost 1 for each choice, for each value that they write and for each key that they delete.
(If a mapping cost 1, any recipe would be two overrides: ``run={...}`` and
``training_config={...}``.) A choice that the file's first line names is free, as the recipe may not
tell it; one that it adds or drops, such as ``+preset=chat``, only decides between trials of equal
cost.

The search starts from the combinations of choices that the recipe itself tells, and keeps those
under which it has the fewest errors. Then it tries, one option after another, the groups that no
offer is about, such as presets and parts, and combines what lowers the cost. Say that a file has
the values of ``model=large`` and ``peft=lora``, but ``lr: 2e-4``. The starting trial costs 3: two
choices, and ``lr``. If ``+preset=chat`` brings the same choices and that ``lr``, its trial costs 1,
and is the result.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from hydra_recipes.checking.composed import check_tree
from hydra_recipes.checking.recognition import Recognised
from hydra_recipes.composing.compose import compose_groups
from hydra_recipes.composing.composition import Composition
from hydra_recipes.composing.engine import parse_override
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.importing.changes import key_changes
from hydra_recipes.importing.goal import Goal
from hydra_recipes.importing.options import brings_choices, contradictions
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.links.grammar import expand_shell_links
from hydra_recipes.literals import spell_choice
from hydra_recipes.override import Override
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.rules.offers import offered_groups
from hydra_recipes.tree import MOUNT, canonical, equal

_WORTH = 2
"""A choice costs 1, so it has to save at least this much to lower the cost."""

Choices = Mapping[str, str]
Move = tuple[str, str | None]
"""A group and the option to choose in it; None drops the group."""


@dataclass(frozen=True)
class Aims:
    """What overrides are searched for.

    Attributes:
        said: The overrides of groups in the file's first line.
        deletion: The cost of deleting a key.
        untouched: Groups in which nothing is chosen.
        droppable: Groups that may be dropped even if their option follows from other choices.
    """

    said: tuple[str, ...] = ()
    deletion: int = 1
    untouched: frozenset[str] = frozenset()
    droppable: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Trial:
    """Choices that were composed, and the changes that lead from there to the goal.

    Attributes:
        groups: The overrides of groups.
        composition: What they compose.
        tree: The composed recipe, links unresolved.
        beside: What is composed outside the recipe.
        changes: The changes of keys that lead to the goal.
        keys: The cost of those changes.
        rank: What trials are ranked by: the cost of all overrides first, then what decides between
            equals.
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
        """Return the cost of all overrides."""
        return int(self.rank[0])


@dataclass
class Search:
    """A search, which ``best`` runs; nothing is composed twice.

    Attributes:
        goal: The recipe to arrive at.
        libraries: The libraries.
        book: The rules of the libraries.
        aims: What is searched for.
    """

    goal: Goal
    libraries: Libraries
    book: RuleBook
    aims: Aims = Aims()
    _candidates: Sequence[Choices] = ()
    _trials: dict[tuple[str, ...], Trial] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._compose = cache(self._composed)

    def best(self, candidates: Sequence[Choices]) -> Trial | None:
        """Return the trial that costs least, or None if nothing composes.

        Args:
            candidates: The combinations of choices that the recipe may have been made from.
        """
        candidates = self._candidates = self._likeliest(candidates)
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
        cheapest = min([best, *presets], key=_by_rank)
        for start in dict.fromkeys([cheapest, best]):  # parts alone may beat a preset
            cheapest = min(cheapest, self._with_parts(start, cheapest.cost), key=_by_rank)
        return self._without_idle(cheapest)

    def _without_idle(self, trial: Trial) -> Trial:
        """Return the trial without the first line's choices that change nothing."""
        for text in trial.groups:
            rest = tuple(other for other in trial.groups if other != text)
            shorter = self._try(rest) if text in self.aims.said else None
            same = shorter and shorter.composition.choices == trial.composition.choices
            if shorter and same and equal(shorter.tree, trial.tree):
                trial = shorter
        return trial

    def errors(self, recognised: Recognised) -> int:
        """Return the fewest errors with any of the choices; ``sys.maxsize`` if none are offered."""
        if not recognised.offered:
            return sys.maxsize
        return min(map(self._errors, recognised.candidates))

    def _likeliest(self, candidates: Sequence[Choices]) -> list[Choices]:
        """Return the candidates with which the recipe has the fewest errors."""
        errors = [self._errors(choices) for choices in candidates] if len(candidates) > 1 else [0]
        fewest = min(errors)
        pairs = zip(candidates, errors, strict=True)
        return [choices for choices, count in pairs if count == fewest]

    def _errors(self, choices: Choices) -> int:
        """Return how many errors the recipe has with some choices."""
        report = check_tree(
            "recipe", self.goal.written, {}, choices, lambda *_: None, (), self.libraries
        )
        return sum(finding.severity == "error" for finding in report.findings)

    def _presets(self, best: Trial, candidates: Sequence[Choices]) -> list[Trial]:
        """Return the trials cheaper than ``best`` with an option that brings other choices."""
        cheaper: list[Trial] = []
        for move in self._moves:
            if not brings_choices(self.libraries, *move):
                continue
            base = self._with((), move)
            if base is None or 1 + contradictions(self.libraries, *move, self.goal) >= best.cost:
                continue
            reached = (self._reach(base, choices) for choices in candidates)
            cheaper += [trial for trial in reached if trial and trial.cost < best.cost]
        return cheaper

    def _with_parts(self, trial: Trial, bound: int) -> Trial:
        """Return the trial with the options added, changed or dropped that lower its cost.

        Args:
            trial: The trial to start from.
            bound: The cost of the best trial so far, which has to be undercut.
        """
        moves = [move for move in self._moves if not brings_choices(self.libraries, *move)]
        while moves and trial.keys >= _WORTH:
            better: list[tuple[Trial, Move]] = []
            for move in moves:
                groups = self._with(trial.groups, move)
                # Each value that the option sets otherwise has to be overridden, so it costs 1.
                wrong = contradictions(self.libraries, *move, self.goal)
                if groups is None or self._said(groups) + wrong >= min(trial.cost, bound):
                    continue
                moved = self._try(groups)
                if moved is not None and moved.cost < trial.cost:
                    better.append((moved, move))
            if not better:
                break
            trial, (group, _) = min(better, key=lambda pair: pair[0].rank)
            moves = [move for _, move in better if move[0] != group]
        return trial

    def with_fewer_parts(self, trial: Trial) -> Trial:
        """Return the trial with those droppable groups dropped that leave the least to delete.

        Where two groups bring the same key, dropping one of them deletes nothing. So all are
        dropped, and each is taken back if that is better.
        """
        groups = trial.groups
        for group in sorted(self.aims.droppable):
            without = self._with(groups, (group, None))
            groups = without if without and self._compose(without) else groups
        least = self._try(groups) or trial
        for group in sorted(self.aims.droppable):
            taken_back = tuple(
                text
                for text in least.groups
                if group_of(text) != group or Override.read(text).sign != "~"
            )
            trial_with = self._try(taken_back)
            if trial_with is not None and trial_with.rank < least.rank:
                least = trial_with
        return min(least, trial, key=_by_rank)

    @cached_property
    def _derived(self) -> frozenset[str]:
        return self.book.derived

    @cached_property
    def _offered(self) -> tuple[str, ...]:
        """Return the groups that offers of the candidates are about and that people choose in."""
        offers = [offer for offer in self.book.offers if any(map(offer.includes, self._candidates))]
        named = {group for offer in offers or self.book.offers for group, _ in offer.groups}
        return tuple(group for group in self._places if group in named - self._derived)

    @cached_property
    def _places(self) -> tuple[str, ...]:
        """Return the groups that any offers are about, in the order in which they are chosen."""
        return offered_groups(self.book)

    @cached_property
    def _in_turn(self) -> tuple[str, ...]:
        """Return the offered groups in the order in which Hydra reads the primary defaults list.

        Those in which the candidates differ come last, so that they share what is composed before.
        """
        places = {group: place for place, group in enumerate(default_choices(self.libraries))}

        def turn(group: str) -> tuple[bool, int]:
            options = {choices.get(group) for choices in self._candidates}
            return len(options) > 1, -places.get(group, 0)

        return tuple(sorted(self._offered, key=turn))

    @cached_property
    def _moves(self) -> tuple[Move, ...]:
        """Return the moves in groups that no offer is about."""
        left_alone = {*self._offered, *self._derived, *self.aims.untouched, SWEEPS}
        open_groups = [group for group in self.libraries.groups() if group not in left_alone]
        options = [
            (group, option) for group in open_groups for option in self.libraries.options(group)
        ]
        droppable = dict.fromkeys([*open_groups, *sorted(self.aims.droppable)])
        return (*options, *((group, None) for group in droppable))

    def _reach(self, groups: tuple[str, ...], choices: Choices) -> Trial | None:
        """Return the trial with these overrides, extended to get the offered choices.

        An option brings choices in groups that stand before its own in the primary defaults list,
        so the groups are gone through from the end: what is brought needn't be chosen.
        """
        for group in self._in_turn:
            composition = self._compose(groups)
            if composition is None:
                return None
            if group in choices and _known(composition, group)[1] != choices[group]:
                extended = self._with(groups, (group, choices[group]))
                groups = groups if extended is None else extended
        return self._try(tuple(sorted(groups, key=self._place)))

    def _place(self, text: str) -> int:
        """Return the place of an override among others: those about offered groups come last."""
        group = group_of(text)
        return self._places.index(group) if group in self._places else -1

    def _with(self, groups: tuple[str, ...], move: Move) -> tuple[str, ...] | None:
        """Return the overrides with another option in one group, or None if they don't compose."""
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
        """Return the cost of overrides of groups."""
        free = (text for text in self.aims.said if not Override.read(text).sign)
        return len(set(groups).difference(free))

    def _try(self, groups: tuple[str, ...]) -> Trial | None:
        """Return the trial with these overrides of groups, or None if they don't compose."""
        composition = self._compose(groups)
        if composition is None:
            return None
        if groups not in self._trials:
            beside = expand_shell_links(composition.tree)
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

    def _composed(self, groups: tuple[str, ...]) -> Composition | None:
        """Return what overrides of groups compose, or None if they don't go together."""
        with suppress(OverrideError):
            return compose_groups(tuple(map(parse_override, groups)), self.libraries)
        return None


def group_of(text: str) -> str:
    """Return the group of an override; a folder, as in ``preset/team``, isn't part of it."""
    return Override.read(text).name.partition("/")[0]


def _known(composition: Composition, group: str) -> tuple[str, str | None]:
    """Return Hydra's name of a group, and its option or None.

    Hydra 1.4 calls the choice ``preset=team/bot`` option ``bot`` of the group ``preset/team``.
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
    """Yield the cheapest of the choices and trials that compose the same tree, for each tree."""
    seen: set[str] = set()
    for choices, trial in sorted(starts, key=lambda pair: pair[1].rank):
        spelled = canonical(trial.tree)
        if spelled not in seen:
            seen.add(spelled)
            yield choices, trial
