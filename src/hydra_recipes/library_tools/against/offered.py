"""Offered: what the combinations of choices that libraries offer compose, by its values.

A recipe is published for several hardware options at once, so several combinations may compose
what one file holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

from hydra_recipes.composing.compose import compose_request
from hydra_recipes.composing.overrides import read_overrides
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.offers import NOTHING
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.library_tools.diff.outcomes import subjects
from hydra_recipes.literals import spell_choice
from hydra_recipes.override import Override
from hydra_recipes.rules.catalogue import option_entry
from hydra_recipes.tree import canonical

Combination = tuple[str, ...]
"""The overrides that choose the options of a combination."""


_FEW = 256
"""In how many combinations at most an option that extends another is composed."""


class Offered(NamedTuple):
    """A combination that is offered, with the choices that it comes to."""

    combination: Combination
    choices: Mapping[str, str]


class Offers:
    """All combinations that libraries offer, composed.

    Args:
        libraries: The libraries.
        progressed: Called with the number of combinations that have been composed since, and found.

    Raises:
        LibraryError: If a file of a library can't be used.
    """

    def __init__(self, libraries: Libraries, progressed: Callable[[int, int], None]) -> None:
        self._libraries = libraries
        self._defaults = default_choices(libraries)
        self._brought = cache(self._brought_by)
        self._by_values: dict[str, list[Offered]] = {}
        asked = [one.overrides for one in subjects(libraries, _FEW) if one.kind == "offer"]
        progressed(0, len(asked))
        for overrides in asked:
            with suppress(OverrideError):  # recipe library check says what doesn't compose, and why
                recipe = composed(overrides, libraries)
                offered = Offered(overrides, recipe.choices)
                self._by_values.setdefault(canonical(values_of(recipe)), []).append(offered)
            progressed(1, 0)

    def __len__(self) -> int:
        """Return how many combinations there are."""
        return sum(map(len, self._by_values.values()))

    def composing(self, values: Mapping[str, Any]) -> list[Offered]:
        """Return the combinations that compose a recipe of exactly these values."""
        return self._by_values.get(canonical(values), [])

    def beside(self, seen: Collection[str]) -> list[Combination]:
        """Return the combinations that compose none of the recipes of these canonical values."""
        return [
            offered.combination
            for values, combinations in self._by_values.items()
            if values not in seen
            for offered in combinations
        ]

    def shortened(self, combinations: Iterable[Combination]) -> tuple[Combination, ...]:
        """Return combinations without the options that go without saying.

        An option goes without saying if another brings it, or if it is the one that chooses
        nothing. The other defaults are left out only where they are the same in all combinations.
        """
        rows = list(combinations)
        groups = dict.fromkeys(Override.read(text).name for row in rows for text in row)
        for group in groups:
            follows = [self._follows(group, row) for row in rows]
            rows = [
                _without(group, row)
                if all(follows) or (here and (self._brings(group, row) or _is_nothing(group, row)))
                else row
                for here, row in zip(follows, rows, strict=True)
            ]
        return tuple(rows)

    def _follows(self, group: str, combination: Combination) -> bool:
        """Return whether a group has the same option if it isn't named: a default, or brought."""
        options = {**self._defaults, **self._brought_to(group, combination)}
        return spell_choice(group, str(options.get(group))) in combination

    def _brings(self, group: str, combination: Combination) -> bool:
        """Return whether another option of a combination brings one of a group."""
        return group in self._brought_to(group, combination)

    def _brought_to(self, group: str, combination: Combination) -> dict[str, str | None]:
        """Return group to option as the options of all groups but this one bring them."""
        rest = map(Override.read, _without(group, combination))
        named = {**self._defaults, **{override.name: override.option for override in rest}}
        options: dict[str, str | None] = {}
        for other, option in named.items():
            if other != group and isinstance(option, str):  # several options bring none
                options |= self._brought(other, option)
        return options

    def _brought_by(self, group: str, option: str) -> Mapping[str, str | None]:
        """Return group to option as an option brings them; nothing if there is no such option."""
        is_there = self._libraries.option_file(group, option) is not None
        return option_entry(self._libraries, group, option).brings if is_there else {}


def composed(overrides: Combination, libraries: Libraries) -> Recipe:
    """Return what overrides compose.

    Raises:
        RecipeError: If they compose nothing.
    """
    return compose_request(read_overrides(overrides, libraries), overrides, libraries)


def values_of(recipe: Recipe) -> Mapping[str, Any]:
    """Return the values of a composed recipe, links resolved."""
    return recipe.scope.resolve()[0]


def together(combinations: Iterable[Combination]) -> list[Combination]:
    """Return combinations with the options of a group put together where all else is the same.

    They are overrides of a sweep then: ``hardware=p5,p5en``.
    """
    rows = list(combinations)
    groups = dict.fromkeys(Override.read(text).element for row in rows for text in row)
    for group in reversed(groups):
        options: dict[Combination, list[str]] = {}
        for row in rows:
            # A row with the option left open; rows that agree then differ in nothing else.
            parts = [Override.read(text) for text in row]
            left_open = tuple(
                part.element if part.element == group else part.text for part in parts
            )
            options.setdefault(left_open, []).extend(
                part.value for part in parts if part.element == group
            )
        rows = [
            tuple(f"{text}={','.join(named)}" if text == group else text for text in left_open)
            for left_open, named in options.items()
        ]
    return rows


def _without(group: str, combination: Combination) -> Combination:
    return tuple(text for text in combination if Override.read(text).name != group)


def _is_nothing(group: str, combination: Combination) -> bool:
    return spell_choice(group, NOTHING) in combination
