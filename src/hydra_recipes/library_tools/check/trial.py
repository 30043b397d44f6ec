"""Trial: one combination of choices, or one sweep, tried as a user would type it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hydra_recipes.checking.beside import BESIDE, HYDRA_SETTING
from hydra_recipes.checking.composed import check_composed
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.history import Write, histories
from hydra_recipes.composing.mistakes import SKIPPED
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import FileOrigin, KeyPath
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sweep.plan.sampling import plan_sample
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.sweep.write.naming import template_of
from hydra_recipes.tree import canonical

_IN_VAIN = (BESIDE, HYDRA_SETTING, SKIPPED)
Written = tuple[str, KeyPath]
"""A config of the library, and a key that it writes."""


@dataclass(frozen=True)
class Trial:
    """What came of trying some overrides.

    Attributes:
        overrides: What was tried.
        errors: What is wrong; nothing if it is valid.
        composed: Whether there was anything to check.
        choices: The choices.
        configs: The configs that took part, with the names of their libraries.
        recipe: The same text for the same recipe.
        written: What the library under check wrote.
        in_vain: What of this another file of the library had written just so.
        unanswered: The rules that have no answer, whatever their severity.
        beside: What lands beside the recipe, where nothing reads it, or brings nothing.
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
    """Something to try.

    Attributes:
        overrides: What a user would type.
        sweeps: Whether it is a sweep.
    """

    overrides: tuple[str, ...]
    sweeps: bool

    def made(self, library: str, libraries: Libraries) -> Trial:
        """Tries it; whatever is wrong is in what comes back.

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
    """An error as a finding, at its place in a file if it has one."""
    origin = error.origin if isinstance(error.origin, FileOrigin) else None
    data = {**error.data, "file": "this file"} if origin else error.data
    files = [error.data["file"]] if "file" in error.data else error.data.get("files", [])
    if origin is None and files:
        origin = FileOrigin(str(files[0]), 1, 1, "")
    return Finding("error", error.kind, error.kind, origin=origin, data=data)


def _recipe(overrides: tuple[str, ...], library: str, libraries: Libraries) -> Trial:
    recipe = compose_request(read_overrides(overrides, libraries), overrides, libraries)
    report = check_composed(recipe, libraries)
    written, in_vain = _writes(recipe, library)
    return Trial(
        overrides,
        tuple(finding for finding in report.findings if finding.severity == "error"),
        composed=True,
        choices=recipe.choices,
        configs=frozenset((one.library, one.config) for one in recipe.provenance.sources),
        recipe=canonical(recipe.scope.resolve()[0]),
        written=written,
        in_vain=in_vain,
        unanswered=tuple(finding for finding in report.findings if finding.kind == "no-answer"),
        beside=tuple(finding for finding in report.findings if finding.kind in _IN_VAIN),
    )


def _writes(recipe: Recipe, library: str) -> tuple[frozenset[Written], frozenset[Written]]:
    """What a library wrote into a recipe, and what of it another of its files had written."""
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


def _same(one: Write, other: Write) -> bool:
    return one.removed == other.removed and canonical(one.value) == canonical(other.value)


def _sweep(overrides: tuple[str, ...], libraries: Libraries) -> Trial:
    plan = plan_sample(read_space(overrides, SweepOptions(), libraries), libraries)
    template_of(plan)
    composed = {g.branch.recipe for g in plan.grids if g.branch.recipe is not None}
    configs = ((s.library, s.config) for recipe in composed for s in recipe.provenance.sources)
    return Trial(
        overrides,
        () if plan.ledger.valid else tuple(_obstacles(plan.ledger.conflict, libraries)),
        composed=True,
        configs=frozenset(configs),
    )


def _obstacles(conflict: tuple[str, ...], libraries: Libraries) -> Iterator[Finding]:
    """What leaves no point of a sweep."""
    book = rule_book(libraries)
    because = {entry.id: entry.because for entry in book.entries}
    for reason in conflict:
        yield Finding("error", reason, "no-points", because=because.get(reason))
