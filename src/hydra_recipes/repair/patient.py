"""A recipe that is to be repaired: its tree, and what is wrong with it after each change."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hydra_recipes import families
from hydra_recipes.changes import Change, apply
from hydra_recipes.checking import check, check_tree
from hydra_recipes.composing import compose
from hydra_recipes.errors import RecipeError
from hydra_recipes.findings import Finding, Report
from hydra_recipes.library import Libraries
from hydra_recipes.links import Scope
from hydra_recipes.origins import KeyPath
from hydra_recipes.recipe import Recipe
from hydra_recipes.rules.evaluation import ActiveRules, active_rules
from hydra_recipes.rules.loading import rule_book
from hydra_recipes.rules.model import RuleBook

Judge = Callable[[Mapping[str, Any]], Report]


@dataclass(frozen=True)
class Patient:
    """A recipe that is to be repaired. It doesn't change; a change gives another.

    Attributes:
        tree: The recipe, links unresolved.
        beside: What stands beside it.
        judge: What ``check`` says of such a tree.
        overrides: What it was composed with; None for a file, whose choices can't be changed.
        shelf: The libraries.
        changes: The changes of keys made so far.
    """

    tree: Mapping[str, Any]
    beside: Mapping[str, Any]
    judge: Judge
    overrides: tuple[str, ...] | None
    shelf: Libraries
    changes: tuple[Change, ...] = ()

    @cached_property
    def report(self) -> Report:
        """What is wrong with it."""
        return self.judge(self.tree)

    @cached_property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps it from being valid."""
        return tuple(f for f in self.report.findings if f.severity == "error")

    @cached_property
    def resolved(self) -> Mapping[str, Any]:
        """The tree with links resolved."""
        return Scope(self.tree, self.beside).resolve()[0]

    @property
    def book(self) -> RuleBook:
        """The rules of all libraries."""
        return rule_book(self.shelf)

    @cached_property
    def family(self) -> str | None:
        """The shape it should have."""
        return self.book.family_of(self.report.choices)

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
        groups = [g for g in self.report.choices if g in self.shelf.defaults()]
        derived = {group.name for group in self.book.groups if group.derived}
        chosen = [f"{g}={self.report.choices[g]}" for g in groups if g not in derived]
        try:
            return compose(chosen).scope.resolve()[0]
        except RecipeError:
            return {}

    def changed(self, changes: tuple[Change, ...]) -> Patient | None:
        """The recipe after some changes of keys; None if they can't be made."""
        tree = copy.deepcopy(dict(self.tree))
        try:
            for change in changes:
                apply(tree, change)
        except (KeyError, IndexError, TypeError):
            return None
        return replace(self, tree=tree, changes=(*self.changes, *changes))

    def choosing(self, choices: Mapping[str, str]) -> Patient | None:
        """The recipe composed with other choices, and changed as so far; None if that can't be."""
        if self.overrides is None:
            return None
        words = (*self.overrides, *(f"{group}={option}" for group, option in choices.items()))
        try:
            return of_recipe(compose(words), self.shelf).changed(self.changes)
        except RecipeError:
            return None


def of_recipe(recipe: Recipe, shelf: Libraries) -> Patient:
    """A composed recipe."""

    def judge(tree: Mapping[str, Any]) -> Report:
        return check(replace(recipe, _tree=tree))

    return Patient(recipe.scope.recipe, recipe.scope.beside, judge, recipe.overrides, shelf)


def of_tree(
    tree: Mapping[str, Any], beside: Mapping[str, Any], hints: Mapping[str, str], shelf: Libraries
) -> Patient:
    """A recipe that stands in a file; ``hints`` are choices named beside it."""

    def judge(tree: Mapping[str, Any]) -> Report:
        return check_tree("", tree, beside, hints, lambda *_: None, (), shelf)

    return Patient(tree, beside, judge, None, shelf)
