"""Outcomes: what a subject comes to in one version: its recipe, or its points, and findings."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from hydra_recipes.checking.checks import check_composed
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.diff.sides import Side, side_of
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.library.model import Libraries
from hydra_recipes.library_tools.diff.subjects import Subject
from hydra_recipes.rules.keywords import spell
from hydra_recipes.sweep.plan.sampling import plan_sample
from hydra_recipes.sweep.space.space import Wishes, read_space

MOST_POINTS = 500
"""So many points of a sweep are compared one by one."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a subject comes to.

    Attributes:
        findings: What there is to say of it; why it can't be composed is an error too.
        recipe: Its recipe; None if it can't be composed, or for a sweep.
        points: Of a sweep, its first points by their axes.
        valid_points: Of a sweep, how many valid points it has.
        composed: The recipe itself, and how it was composed; None for a sweep.
    """

    findings: tuple[Finding, ...] = ()
    recipe: Side | None = None
    points: Mapping[str, Side] = field(default_factory=dict)
    valid_points: int = 0
    composed: Recipe | None = None

    @property
    def valid(self) -> bool:
        """Whether it can be composed, and is valid."""
        return not any(finding.severity == "error" for finding in self.findings)


def outcome(subject: Subject, shelf: Libraries) -> Outcome:
    """Composes and checks a subject. Whatever is wrong with it is a finding."""
    try:
        if subject.kind == "sweep":
            return _sweep(subject, shelf)
        request = read_overrides(subject.overrides, shelf)
        recipe = compose_request(request, subject.overrides, shelf)
        return Outcome(
            check_composed(recipe, shelf).findings,
            _side(subject.name, recipe),
            composed=recipe,
        )
    except RecipeError as error:
        data = error.data
        return Outcome((Finding("error", error.kind, error.kind, origin=error.origin, data=data),))


def _sweep(subject: Subject, shelf: Libraries) -> Outcome:
    plan = plan_sample(read_space(subject.overrides, Wishes(), shelf), shelf)
    pairs = zip(plan.points(), plan.recipes(), strict=True)
    points: dict[str, Side] = {}
    for point, recipe in itertools.islice(pairs, MOST_POINTS):
        name = " ".join(f"{axis}={spell(value)}" for axis, value in point.axes.items())
        points[name] = _side(name, recipe)
    return Outcome(points=points, valid_points=plan.size)


def _side(name: str, recipe: Recipe) -> Side:
    return side_of(name, recipe.scope.recipe, recipe.scope.beside, recipe.choices)
