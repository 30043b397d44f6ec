"""Importing a recipe file: its choices and overrides, and what these can't express."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra_recipes.checking.family_match import raise_unless_family, unknown_keys
from hydra_recipes.checking.recipe_file import (
    check_document,
    choices_known,
    groups_in_header,
    typed_in_file,
)
from hydra_recipes.checking.recognition import recognise
from hydra_recipes.composing.compose import compose_groups, compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.composing.spelling import spell_changes
from hydra_recipes.documents.document import Document, mount_of, recipe_in
from hydra_recipes.documents.editing.change import Change, applied
from hydra_recipes.documents.reader import read_document
from hydra_recipes.environment import as_options
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.finding import Report
from hydra_recipes.findings.messages.base import AboutOverride
from hydra_recipes.findings.messages.importing import (
    LeftOut,
    LeftOutRenamed,
    LeftOutUnknown,
    SaidAsText,
    Unexpressed,
)
from hydra_recipes.findings.messages.overrides import CannotCompose
from hydra_recipes.findings.messages.values import UnknownKeyInRecipe
from hydra_recipes.importing.changes import changes_to_goal, fewest
from hydra_recipes.importing.goal import Goal, composed, goal, typed_as_text
from hydra_recipes.importing.search import Aims, Search, Trial
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import expand_shell_links
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.repair.suggesting import of_file
from hydra_recipes.rules.book import looked_at_once, rule_book
from hydra_recipes.shell_words import quote
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.tree import value_at


@dataclass(frozen=True)
class Imported:
    """A recipe file as overrides.

    Attributes:
        document: The file.
        overrides: The shortest list that composes its recipe.
        recipe: What the overrides compose.
        unexpressed: The keys of the file that they don't set as the file does.
        report: What ``check`` reports for the file with the choices found.
        goal: What the file sets as the goal.
        candidates: The combinations of choices that it may have been made from.
        libraries: The libraries that the overrides are composed from.
    """

    document: Document
    overrides: tuple[str, ...]
    recipe: Recipe
    unexpressed: tuple[Unexpressed, ...]
    report: Report
    goal: Goal
    candidates: tuple[Mapping[str, str], ...]
    libraries: Libraries

    @property
    def command(self) -> str:
        """Return the shell command that composes the recipe."""
        options = (*self.libraries.as_options(), *as_options())
        return " ".join(map(quote, ("recipe", "compose", *options, *self.overrides)))

    @property
    def exact(self) -> bool:
        """Return whether the command composes the recipe with all its values, types and links."""
        return not self.unexpressed

    @property
    def good(self) -> bool:
        """Return whether it is imported exactly, and valid."""
        return self.exact and self.report.valid

    def as_json(self) -> dict[str, Any]:
        """Return the data that ``recipe import --json`` shows."""
        return {
            "command": self.command,
            "overrides": list(self.overrides),
            "choices": self.recipe.choices,
            "exact": self.exact,
            "unexpressed": [entry.as_json() for entry in self.unexpressed],
            "findings": [finding.as_json() for finding in self.report.findings],
        }


def import_file(path: Path, name: str | None = None, **options: Any) -> Imported:
    """Read and import a recipe file; see ``import_document``.

    Args:
        path: The file.
        name: What to call it in messages; its path by default.
        options: Those of ``import_document``.

    Raises:
        DocumentError: If the file can't be read, or is no recipe of a known family.
        OverrideError: If the libraries compose nothing.
    """
    return import_document(read_document(path, name), **options)


@looked_at_once()
def import_document(
    document: Document, *, allow_unknown: bool = False, libraries: Libraries | None = None
) -> Imported:
    """Import a recipe file, at the root or under ``recipes``.

    It may be written by hand, composed or published.

    Args:
        document: The file.
        allow_unknown: Whether to add keys that no recipe of its family has.
        libraries: The libraries to compose it from; the active ones by default.

    Raises:
        DocumentError: If the file is no recipe of a known family.
        OverrideError: If the libraries compose nothing.
    """
    libraries = active_libraries() if libraries is None else libraries
    book = rule_book(libraries)
    tree, beside = recipe_in(document)
    asked = goal(tree, beside)
    groups = groups_in_header(document.text, libraries)
    hints = choices_known(groups, libraries)
    raise_unless_family(document.file, asked.resolved, book, hints)
    recognised = recognise(book, asked.resolved, hints, default_choices(libraries))
    said = tuple(override.text for override in groups or ())
    if said:  # the first line may be about another recipe
        alone = recognise(book, asked.resolved, {}, default_choices(libraries))
        search = Search(asked, libraries, book)
        fits_better = alone.offered and search.errors(alone) < search.errors(recognised)
        if fits_better or not recognised.offered:
            recognised, said = alone, ()
    candidates = recognised.candidates
    family = book.family_of(candidates[0])
    typed = typed_in_file(document, mount_of(document))
    texts = typed_as_text(asked, typed, family) if family else {}
    if texts:
        asked = goal(_with(tree, texts), beside)
    if family and not allow_unknown:
        asked = replace(asked, unknown=unknown_keys(asked.resolved, family))
    trial = Search(asked, libraries, book, Aims(said=said)).best(candidates)
    if trial is None:
        compose_groups((), libraries)  # raises the reason why nothing can be composed
        raise OverrideError(CannotCompose(reason="no offered choices go together"))
    overrides, recipe = _composed(trial, asked, libraries)
    unexpressed = _unexpressed(recipe, asked)
    report = check_document(document, recipe.choices, {}, libraries)
    report, _ = of_file(document, recipe.choices, report, libraries)
    if unexpressed:  # a repair of the file may not fit what the command composes
        report = replace(report, repairs=())
    renamed = {
        finding.key: finding.detail.nearest[0]
        for finding in report.findings
        if isinstance(finding.detail, UnknownKeyInRecipe) and finding.detail.by is not None
    }
    unexpressed = tuple(
        LeftOutRenamed(key=entry.key, value=entry.value, meant=renamed[entry.key])
        if entry.key in renamed
        else entry
        for entry in unexpressed
    )
    unexpressed += tuple(
        SaidAsText(key=dotted(path), value=value_at(tree, path), typed=text)
        for path, text in texts.items()
    )
    return Imported(
        document,
        overrides,
        recipe,
        unexpressed,
        report,
        asked,
        candidates,
        libraries,
    )


def shared(recipes: Sequence[Imported]) -> tuple[str, ...]:
    """Return the overrides that all of several recipes have, in the order of the first.

    Empty for a single recipe.
    """
    others = [set(recipe.overrides) for recipe in recipes[1:]]
    first = recipes[0].overrides if others else ()
    return tuple(text for text in first if all(text in other for other in others))


def _composed(trial: Trial, asked: Goal, libraries: Libraries) -> tuple[tuple[str, ...], Recipe]:
    """Return all overrides for the best trial, and what they compose.

    Hydra can refuse an override of a key, such as one whose value doesn't fit there; it is left
    out.
    """
    changes = fewest(trial.tree, trial.beside, asked, trial.changes)
    everything = expand_shell_links(trial.composition.tree)
    texts = spell_changes(everything, trial.composition.choices, changes, libraries)
    while True:
        overrides = (*trial.groups, *texts)
        try:
            return overrides, compose_request(
                read_overrides(overrides, libraries), overrides, libraries
            )
        except OverrideError as error:
            detail = error.detail  # Hydra can't do it: the value doesn't fit there
            if not isinstance(detail, AboutOverride) or detail.override not in texts:
                raise
            texts = tuple(text for text in texts if text != detail.override)


def _unexpressed(recipe: Recipe, asked: Goal) -> tuple[Unexpressed, ...]:
    """Return the keys of the file that a composed recipe doesn't have as the file does."""
    everything = replace(asked, unknown=frozenset())
    scope = recipe.scope
    now = composed(scope.recipe, scope.beside, links=bool(asked.links))

    def left_out(change: Change) -> Unexpressed:
        is_unknown = asked.is_unknown(change.path) and _may_be_typed(change.path)
        value = None if change.kind == "delete" else value_at(asked.resolved, change.path)
        return (LeftOutUnknown if is_unknown else LeftOut)(key=dotted(change.path), value=value)

    return tuple(map(left_out, changes_to_goal(now, everything)))


def _with(tree: Mapping[str, Any], texts: Mapping[KeyPath, str]) -> dict[str, Any]:
    """Return a copy of a recipe with these texts as the values of their keys."""
    return dict(applied(tree, (Change("change", path, text) for path, text in texts.items())))


def _may_be_typed(path: Sequence[Any]) -> bool:
    """Return whether an override can name a key."""
    return all(isinstance(key, str) and re.fullmatch(r"[A-Za-z_][\w-]*", key) for key in path)
