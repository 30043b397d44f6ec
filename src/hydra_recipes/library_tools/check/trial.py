"""Trial: one combination of choices, or one sweep, composed as a user would type it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hydra_recipes.checking.composed import check_composed
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.history import Write, histories
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.base import AboutFile
from hydra_recipes.findings.messages.defaults import SkippedEntry
from hydra_recipes.findings.messages.library import AboutFiles
from hydra_recipes.findings.messages.library_check import NoPoints
from hydra_recipes.findings.messages.packages import BesideRecipe
from hydra_recipes.findings.messages.values import NoAnswer
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import FileOrigin, KeyPath
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sweep.plan.sampling import plan_sample
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.sweep.write.naming import template_of
from hydra_recipes.tree import canonical, equal

_IN_VAIN = (BesideRecipe, SkippedEntry)
Written = tuple[str, KeyPath]
"""A config of the library, and a key that it writes."""


@dataclass(frozen=True)
class Trial:
    """The result of trying some overrides.

    Attributes:
        overrides: The overrides that were tried.
        errors: The errors; empty if it is valid.
        composed: Whether it could be composed.
        choices: The choices.
        configs: The (library, config) of each config that took part.
        recipe: A text that is the same for the same recipe.
        written: The keys that the library under check wrote.
        in_vain: Those that another file of the library had given the same value.
        unanswered: Findings about rules without an answer, of any severity.
        beside: Findings about values outside the recipe, and entries that bring nothing.
    """

    overrides: tuple[str, ...]
    errors: tuple[Finding, ...] = ()
    composed: bool = False
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    configs: frozenset[tuple[str, str]] = frozenset()
    recipe: str = ""
    written: frozenset[Written] = frozenset()
    in_vain: frozenset[Written] = frozenset()
    unanswered: tuple[Finding, ...] = ()
    beside: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """Overrides to try.

    Attributes:
        overrides: What a user would type.
        sweeps: Whether it is a sweep.
    """

    overrides: tuple[str, ...]
    sweeps: bool

    def made(self, library: str, libraries: Libraries) -> Trial:
        """Return the trial of the overrides; errors are in it.

        Args:
            library: The name of the library under check.
            libraries: The libraries.
        """
        try:
            if self.sweeps:
                return _sweep(self.overrides, libraries)
            return _recipe(self.overrides, library, libraries)
        except RecipeError as error:
            return Trial(self.overrides, (finding_of(error),))


def finding_of(error: RecipeError) -> Finding:
    """Return an error as a finding, at its place in a file if it has one."""
    origin = error.origin if isinstance(error.origin, FileOrigin) else None
    detail = error.detail
    if isinstance(detail, AboutFile) and origin is not None:
        detail = detail.but(file="this file")
    elif isinstance(detail, AboutFile) and detail.file:
        origin = FileOrigin(detail.file, 1, 1, "")
    elif isinstance(detail, AboutFiles) and origin is None:
        origin = FileOrigin(detail.files[0], 1, 1, "")
    return Finding("error", error.kind, detail, origin=origin)


def _recipe(overrides: tuple[str, ...], library: str, libraries: Libraries) -> Trial:
    recipe = compose_request(read_overrides(overrides, libraries), overrides, libraries)
    report = check_composed(recipe, libraries)
    written, in_vain = _writes(recipe, library)
    return Trial(
        overrides,
        tuple(finding for finding in report.findings if finding.severity == "error"),
        composed=True,
        choices=recipe.choices,
        configs=frozenset((source.library, source.config) for source in recipe.provenance.sources),
        recipe=canonical(recipe.scope.resolve()[0]),
        written=written,
        in_vain=in_vain,
        unanswered=tuple(
            finding for finding in report.findings if isinstance(finding.detail, NoAnswer)
        ),
        beside=tuple(
            finding for finding in report.findings if isinstance(finding.detail, _IN_VAIN)
        ),
    )


def _writes(recipe: Recipe, library: str) -> tuple[frozenset[Written], frozenset[Written]]:
    """Return the keys that a library wrote, and those it gave the value they had from it before."""
    written, in_vain = set(), set()
    configs = {source.path: source.config for source in recipe.provenance.sources}
    for path, history in histories(recipe).items():
        before: Write | None = None
        for write in history:
            if write.library == library and isinstance(write.origin, FileOrigin):
                config = configs[write.origin.path or Path()]
                written.add((config, path))
                if before is not None and before.library == library and _same(before, write):
                    in_vain.add((config, path))
            before = write
    return frozenset(written), frozenset(in_vain)


def _same(first: Write, second: Write) -> bool:
    return first.removed == second.removed and equal(first.value, second.value)


def _sweep(overrides: tuple[str, ...], libraries: Libraries) -> Trial:
    plan = plan_sample(read_space(overrides, SweepOptions(), libraries), libraries)
    template_of(plan)
    composed = {grid.branch.recipe for grid in plan.grids if grid.branch.recipe is not None}
    configs = (
        (source.library, source.config)
        for recipe in composed
        for source in recipe.provenance.sources
    )
    return Trial(
        overrides,
        () if plan.ledger.valid else tuple(_obstacles(plan.ledger.conflict, libraries)),
        composed=True,
        configs=frozenset(configs),
    )


def _obstacles(conflict: tuple[str, ...], libraries: Libraries) -> Iterator[Finding]:
    """Yield findings about what leaves no point of a sweep."""
    book = rule_book(libraries)
    because = {entry.id: entry.because for entry in book.entries}
    for reason in conflict:
        yield Finding("error", reason, NoPoints(), because=because.get(reason))
