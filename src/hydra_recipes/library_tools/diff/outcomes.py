"""Outcomes: what a subject gives in one version: its recipe or its points, and findings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from hydra_recipes.checking.composed import check_composed
from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.diff.sides import Side, side_of
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import PRESETS, SWEEPS, Libraries
from hydra_recipes.library_tools.check.combinations import FEW, Combinations
from hydra_recipes.literals import spell_choice
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.catalogue import option_entry
from hydra_recipes.rules.offers import offered_groups
from hydra_recipes.sweep.plan.sampling import plan_sample
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.sweep.space.space import read_space
from hydra_recipes.text import spell

MOST_POINTS = 500
"""How many points of a sweep are compared one by one."""
Kind = Literal["preset", "sweep", "offer", "option"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a subject gives in one version.

    Attributes:
        findings: Its findings; the reason why it can't be composed is one, an error.
        recipe: Its recipe; None if it can't be composed, or for a sweep.
        points: The first points of a sweep, by the values of their axes.
        valid_points: How many valid points a sweep has.
        composed: The recipe with its provenance; None like ``recipe``.
    """

    findings: tuple[Finding, ...] = ()
    recipe: Side | None = None
    points: Mapping[str, Side] = field(default_factory=dict)
    valid_points: int = 0
    composed: Recipe | None = None

    @property
    def valid(self) -> bool:
        """Whether it can be composed and is valid."""
        return not any(finding.severity == "error" for finding in self.findings)


def outcome(subject: Subject, libraries: Libraries) -> Outcome:
    """Compose and check a subject; return every error as a finding."""
    try:
        if subject.kind == "sweep":
            return _sweep(subject, libraries)
        request = read_overrides(subject.overrides, libraries)
        recipe = compose_request(request, subject.overrides, libraries)
        return Outcome(
            check_composed(recipe, libraries).findings,
            _side(subject.name, recipe),
            composed=recipe,
        )
    except RecipeError as error:
        finding = Finding("error", error.kind, error.detail, origin=error.origin)
        return Outcome((finding,))


def _sweep(subject: Subject, libraries: Libraries) -> Outcome:
    plan = plan_sample(read_space(subject.overrides, SweepOptions(), libraries), libraries)
    pairs = zip(plan.points(), plan.recipes(), strict=True)
    points: dict[str, Side] = {}
    for point, recipe in itertools.islice(pairs, MOST_POINTS):
        name = " ".join(f"{axis}={spell(value)}" for axis, value in point.axes.items())
        points[name] = _side(name, recipe)
    return Outcome(points=points, valid_points=plan.size)


def _side(name: str, recipe: Recipe) -> Side:
    return side_of(name, recipe.scope.recipe, recipe.scope.beside, recipe.choices)


@dataclass(frozen=True)
class Subject:
    """A thing to compose that two versions are compared by.

    Attributes:
        kind: ``preset``; ``sweep``; ``offer``: a combination of choices that is offered; or
            ``option``: one that no offer names, or that is offered in very many combinations.
        overrides: The overrides that compose it.
    """

    kind: Kind
    overrides: tuple[str, ...]

    @property
    def name(self) -> str:
        """The overrides that compose it, in one text."""
        return " ".join(self.overrides)


def subjects(libraries: Libraries, few: int = FEW) -> list[Subject]:
    """Return what there is to compare, presets first.

    Args:
        libraries: The libraries.
        few: In how many combinations at most an option that no offer names is compared, rather than
            by itself.

    Raises:
        LibraryError: If a file of a library can't be used.
    """
    return [
        *(
            Subject("preset", (spell_choice(PRESETS, name, "+"),))
            for name in libraries.options(PRESETS)
        ),
        *(
            Subject("sweep", (spell_choice(SWEEPS, name, "+"),))
            for name in libraries.options(SWEEPS)
        ),
        *(Subject("offer", overrides) for overrides in _offers(libraries)),
        *_unnamed(libraries, few),
        *(Subject("option", (override,)) for override in _others(libraries)),
    ]


def _offers(libraries: Libraries) -> list[tuple[str, ...]]:
    """Return the combinations that are offered, without the groups that follow from others."""
    book = rule_book(libraries)
    groups = [group for group in offered_groups(book) if group not in book.derived]
    points = [point for offer in book.offers for point in offer.combinations()]
    brought = {
        other
        for group in groups
        for option in libraries.options(group)
        for other in option_entry(libraries, group, option).brings
        if other != group
    }
    by_hand = [group for group in groups if group not in brought]
    if len(set(_chosen(points, by_hand))) == len(set(_chosen(points, groups))):
        groups = by_hand  # the groups that options bring distinguish no combinations
    return list(dict.fromkeys(_chosen(points, groups)))


def _chosen(points: list[dict[str, str]], groups: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield the overrides for a few groups of each combination."""
    for point in points:
        yield tuple(spell_choice(group, point[group]) for group in groups if group in point)


def _unnamed(libraries: Libraries, few: int) -> Iterator[Subject]:
    """Yield each option that no offer names, in the offered combinations of what it extends.

    If there are many, it is compared by itself: a sample of them might differ between versions.
    """
    book = rule_book(libraries)
    combinations = Combinations(libraries, few)
    for group in offered_groups(book):
        named = {option for offer in book.offers for option in dict(offer.groups).get(group, ())}
        for option in () if group in book.derived else libraries.options(group):
            if option in named:
                continue
            tries = combinations.with_options({group: (option,)})
            if tries.all:
                yield from (Subject("offer", row) for row in tries.rows)
            else:
                yield Subject("option", (combinations.typed(group, option),))


def _others(libraries: Libraries) -> Iterator[str]:
    """Yield overrides for the options of groups that neither offers nor other choices settle."""
    book = rule_book(libraries)
    defaults = default_choices(libraries)
    settled = {*offered_groups(book), *book.derived, PRESETS, SWEEPS}
    for group in libraries.groups():
        if group not in settled:
            sign = "" if group in defaults else "+"
            yield from (spell_choice(group, option, sign) for option in libraries.options(group))
