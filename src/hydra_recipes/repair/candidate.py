"""A candidate for repair: a recipe's tree, what is wrong with it, and what changes make of it."""

from __future__ import annotations

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
from hydra_recipes.documents.editing.change import Change, applied
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
"""What composing a recipe costs of the budget: about the time of checking this many."""


@dataclass
class Budget:
    """The number of changed recipes that a search for repairs may still check.

    Recipes are counted rather than timed, so that a recipe has the same repairs on every machine.
    """

    left: int = 500

    @property
    def spent(self) -> bool:
        """Return whether nothing is left."""
        return self.left <= 0

    def spend(self, count: int = 1) -> None:
        """Take ``count`` from what is left."""
        self.left -= count


@dataclass(frozen=True)
class Candidate:
    """A recipe to repair. It is immutable: a change returns another candidate.

    Attributes:
        tree: The recipe, links unresolved.
        beside: The keys of the file or composition outside the recipe, which links may read.
        judge: Returns what ``check`` reports for a tree in place of this one.
        overrides: The overrides that composed it; None for a file.
        libraries: The libraries.
        named: For a file, returns it checked with these choices, given beside it; choices that the
            file itself tells otherwise are then errors. None for a composed recipe.
        typed: What was typed, by key, for values that are read as another type than text.
        changes: The changes of keys made so far.
        doubtful: The keys that a file writes twice, with different values.
        wrong: The keys of the errors before any change.
        composed: The recipes composed so far, by their overrides; None for overrides that don't
            compose. Shared by all candidates derived from one.
        budget: How many recipes may still be checked. Shared likewise.
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
        """Return what ``check`` reports; takes 1 from the budget."""
        self.budget.spend()
        report = self.judge(self.tree)
        reader = "YAML" if self.overrides is None else "Hydra"
        findings = (as_typed(finding, self.typed, reader) for finding in report.findings)
        return replace(report, findings=tuple(findings))

    @cached_property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that are errors."""
        return tuple(finding for finding in self.report.findings if finding.severity == "error")

    @cached_property
    def resolved(self) -> Mapping[str, Any]:
        """Return the tree with links resolved."""
        return Scope(self.tree, self.beside).resolve()[0]

    def reads_environment(self, path: KeyPath) -> bool:
        """Return whether a key's value comes from the environment; no remedy may then show it."""
        scope = Scope(self.tree, self.beside)
        value = lookup(self.resolved, path)
        variables = scope.environment
        return bool(variables) and value is not ABSENT and redact(value, variables) != value

    @property
    def book(self) -> RuleBook:
        """Return the rules of all libraries."""
        return rule_book(self.libraries)

    @cached_property
    def family(self) -> str | None:
        """Return the family's model, or the first one that the choices leave possible, or None."""
        choices = self.report.choices
        possible = (
            family.model
            for family in self.book.families
            if all(
                choices.get(group, options[0]) in options for group, options in family.when.groups
            )
        )
        return self.book.family_of(choices) or next(possible, None)

    @property
    def keys(self) -> tuple[KeyPath, ...]:
        """Return the path of every key in its family's model; empty without a family."""
        return families.keys(self.family) if self.family else ()

    @cached_property
    def active(self) -> ActiveRules:
        """Return the limits and rules that apply to its choices; none without a family."""
        if self.family is None:
            return ActiveRules((), (), ())
        return active_rules(self.book, self.report.choices, self.family)

    @cached_property
    def library_tree(self) -> Mapping[str, Any]:
        """Return what the libraries compose for its choices, links resolved; empty if nothing."""
        choices = self.report.choices
        choosable = default_choices(self.libraries).keys() - self.book.derived
        words = tuple(
            spell_choice(group, choices[group]) for group in choices if group in choosable
        )
        recipe = self._compose(words)
        return recipe.scope.resolve()[0] if recipe else {}

    def library_value(self, path: KeyPath) -> Any:
        """Return the libraries' value of a key; ``ABSENT`` if none or from the environment."""
        value = lookup(self.library_tree, path)
        return ABSENT if value is ABSENT or redact(value, environment()) != value else value

    def changed(self, changes: tuple[Change, ...]) -> Candidate | None:
        """Return the recipe after changes of keys, or None if they can't be made."""
        try:
            tree = applied(self.tree, changes)
        except (KeyError, IndexError, TypeError):
            return None
        typed = after(self.typed, changes, self.tree) if self.typed else self.typed
        return replace(self, tree=tree, typed=typed, changes=(*self.changes, *changes))

    def choosing(self, choices: Mapping[str, str]) -> Candidate | None:
        """Return the recipe with other choices and its changes, or None if it doesn't compose."""
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
        chosen = of_recipe(recipe, self.libraries)
        return replace(chosen, composed=self.composed, budget=self.budget).changed(self.changes)

    def without(self, override: str) -> Candidate | None:
        """Return the recipe composed without an override, or None if it doesn't compose."""
        words = tuple(word for word in self.overrides or () if word != override)
        recipe = self._compose(words) if words != self.overrides else None
        return of_recipe(recipe, self.libraries) if recipe else None

    def takes(self, words: tuple[str, ...]) -> bool:
        """Return whether overrides compose when given after its own; True for a file."""
        return self.overrides is None or self._compose((*self.overrides, *words)) is not None

    def _compose(self, words: tuple[str, ...]) -> Recipe | None:
        """Return what overrides compose, or None; each list is composed once."""
        if words not in self.composed:
            self.budget.spend(_COMPOSING)
            try:
                request = read_overrides(words, self.libraries)
                self.composed[words] = compose_request(request, words, self.libraries)
            except RecipeError:
                self.composed[words] = None
        return self.composed[words]


def of_recipe(recipe: Recipe, libraries: Libraries) -> Candidate:
    """Return a composed recipe as a candidate."""
    # Without its sources: nobody asks where the values of a recipe that is only tried came from.
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
    """Return the recipe of a file as a candidate; the parameters are those of ``check_tree``."""

    def judge(tree: Mapping[str, Any]) -> Report:
        return check_tree("", tree, beside, hints, lambda *_: None, (), libraries, asked)

    def named(choices: Mapping[str, str]) -> Candidate:
        texts = {group: spell_choice(group, option) for group, option in choices.items()}
        all_hints = {**hints, **choices}
        return of_tree(tree, beside, all_hints, libraries, typed, {**(asked or {}), **texts})

    return Candidate(tree, beside, judge, None, libraries, named, typed or {})
