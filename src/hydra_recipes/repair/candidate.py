"""A recipe that is to be repaired: its tree, and what is wrong with it after each change."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import starmap
from typing import Any

from hydra_recipes.checking.composed import check_composed, check_tree
from hydra_recipes.checking.typed_texts import Typed, after, as_typed, typed_in
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.editing.change import Change, apply
from hydra_recipes.environment import environment, redact
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding, Report
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.resolver import Scope
from hydra_recipes.literals import spell_choice
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.evaluation import ActiveRules, active_rules
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.tree import ABSENT, lookup

Judge = Callable[[Mapping[str, Any]], Report]
_COMPOSING = 20
"""How many recipes can be looked at in the time that composing one takes."""


@dataclass
class Budget:
    """How many changed recipes a search for repairs may still look at.

    They are counted and not timed, so that the same recipe has the same repairs everywhere.
    """

    left: int = 500

    @property
    def spent(self) -> bool:
        """Whether nothing more may be looked at."""
        return self.left <= 0

    def spend(self, count: int = 1) -> None:
        """Count what is looked at."""
        self.left -= count


@dataclass(frozen=True)
class Candidate:
    """A recipe that is to be repaired. It doesn't change; a change gives another.

    Attributes:
        tree: The recipe, links unresolved.
        beside: What stands beside it.
        judge: What ``check`` says of such a tree.
        overrides: What it was composed with; None for a file.
        libraries: The libraries.
        named: For a file, the same with choices named beside it; those it tells itself are wrong.
        typed: What was typed for values that aren't read as text, by key.
        changes: The changes of keys made so far.
        doubtful: Keys that a file writes twice, with different values.
        wrong: The keys that something was wrong with at first; others hold what is right.
        composed: What was composed on the way, by its overrides; None for what can't be. It is
            shared by all that come of one patient.
        budget: How much may still be looked at; it is shared likewise.
    """

    tree: Mapping[str, Any]
    beside: Mapping[str, Any]
    judge: Judge
    overrides: tuple[str, ...] | None
    libraries: Libraries
    named: Callable[[Mapping[str, str]], Candidate] | None = None
    typed: Typed = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    doubtful: frozenset[KeyPath] = frozenset()
    wrong: frozenset[str | None] = frozenset()
    composed: dict[tuple[str, ...], Recipe | None] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)

    @cached_property
    def report(self) -> Report:
        """What is wrong with it."""
        self.budget.spend()
        report = self.judge(self.tree)
        reader = "YAML" if self.overrides is None else "Hydra"
        findings = (as_typed(finding, self.typed, reader) for finding in report.findings)
        return replace(report, findings=tuple(findings))

    @cached_property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps it from being valid."""
        return tuple(f for f in self.report.findings if f.severity == "error")

    @cached_property
    def resolved(self) -> Mapping[str, Any]:
        """The tree with links resolved."""
        return Scope(self.tree, self.beside).resolve()[0]

    def reads_environment(self, path: KeyPath) -> bool:
        """Whether a key's value was read from the environment: nothing may be made of it."""
        scope = Scope(self.tree, self.beside)
        value = lookup(self.resolved, path)
        read = scope.environment
        return bool(read) and value is not ABSENT and redact(value, read) != value

    @property
    def book(self) -> RuleBook:
        """The rules of all libraries."""
        return rule_book(self.libraries)

    @cached_property
    def family(self) -> str | None:
        """The shape it should have; if it doesn't tell, the first that is possible."""
        known = self.report.choices
        families = self.book.families
        possible = [f for f in families if all(known.get(g, o[0]) in o for g, o in f.when.groups)]
        return self.book.family_of(known) or next((family.model for family in possible), None)

    @property
    def keys(self) -> tuple[KeyPath, ...]:
        """Every key that its family knows."""
        return families.keys(self.family) if self.family else ()

    @cached_property
    def active(self) -> ActiveRules:
        """The limits and rules that hold for it."""
        if self.family is None:
            return ActiveRules((), (), ())
        return active_rules(self.book, self.report.choices, self.family)

    @cached_property
    def library_tree(self) -> Mapping[str, Any]:
        """What the library composes for its choices, links resolved; empty if it can't."""
        choices = self.report.choices
        chosen = default_choices(self.libraries).keys() - self.book.derived
        words = tuple(spell_choice(group, choices[group]) for group in choices if group in chosen)
        recipe = self._compose(words)
        return recipe.scope.resolve()[0] if recipe else {}

    def library_value(self, path: KeyPath) -> Any:
        """What the library has at a key, unless that is read from the environment."""
        value = lookup(self.library_tree, path)
        return ABSENT if value is ABSENT or redact(value, environment()) != value else value

    def changed(self, changes: tuple[Change, ...]) -> Candidate | None:
        """The recipe after some changes of keys; None if they can't be made."""
        tree = copy.deepcopy(dict(self.tree))
        try:
            for change in changes:
                apply(tree, change)
        except (KeyError, IndexError, TypeError):
            return None
        typed = after(self.typed, changes, self.tree) if self.typed else self.typed
        return replace(self, tree=tree, typed=typed, changes=(*self.changes, *changes))

    def choosing(self, choices: Mapping[str, str]) -> Candidate | None:
        """The recipe with other choices, and changed as so far; None if that can't be."""
        if self.named is not None:
            return replace(
                self.named(choices),
                tree=self.tree,
                typed=self.typed,
                changes=self.changes,
                doubtful=self.doubtful,
                wrong=self.wrong,
                composed=self.composed,
                budget=self.budget,
            )
        if self.overrides is None:
            return None
        recipe = self._compose((*self.overrides, *starmap(spell_choice, choices.items())))
        if recipe is None:
            return None
        other = of_recipe(recipe, self.libraries)
        return replace(other, composed=self.composed, budget=self.budget).changed(self.changes)

    def without(self, override: str) -> Candidate | None:
        """The recipe composed without an override; None if that can't be."""
        words = tuple(word for word in self.overrides or () if word != override)
        recipe = self._compose(words) if words != self.overrides else None
        return of_recipe(recipe, self.libraries) if recipe else None

    def takes(self, words: tuple[str, ...]) -> bool:
        """Whether overrides can be given after those it was composed with, if it was."""
        return self.overrides is None or self._compose((*self.overrides, *words)) is not None

    def _compose(self, words: tuple[str, ...]) -> Recipe | None:
        if words not in self.composed:
            self.budget.spend(_COMPOSING)
            try:
                request = read_overrides(words, self.libraries)
                self.composed[words] = compose_request(request, words, self.libraries)
            except RecipeError:
                self.composed[words] = None
        return self.composed[words]


def of_recipe(recipe: Recipe, libraries: Libraries) -> Candidate:
    """A composed recipe."""
    # Without its sources, since nobody asks where the values of all that is tried came from.
    provenance = replace(recipe.provenance, sources=())

    def judge(tree: Mapping[str, Any]) -> Report:
        return check_composed(replace(recipe, _tree=tree, _making=provenance), libraries)

    tree, beside = recipe.scope.recipe, recipe.scope.beside
    typed = typed_in(recipe.provenance.steps)
    return Candidate(tree, beside, judge, recipe.overrides, libraries, typed=typed)


def of_tree(
    tree: Mapping[str, Any],
    beside: Mapping[str, Any],
    hints: Mapping[str, str],
    libraries: Libraries,
    typed: Typed | None = None,
    asked: Mapping[str, str] | None = None,
) -> Candidate:
    """A recipe that stands in a file; ``check_tree`` says what is known beside it."""

    def judge(tree: Mapping[str, Any]) -> Report:
        return check_tree("", tree, beside, hints, lambda *_: None, (), libraries, asked)

    def named(choices: Mapping[str, str]) -> Candidate:
        also = {group: spell_choice(group, option) for group, option in choices.items()}
        other = {**hints, **choices}
        return of_tree(tree, beside, other, libraries, typed, {**(asked or {}), **also})

    return Candidate(tree, beside, judge, None, libraries, named, typed or {})
