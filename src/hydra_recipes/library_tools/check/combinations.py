"""Combinations: the choices that libraries offer; all where they are few, else a sample.

Each offer names options for some groups, and the combinations that it offers are the product of
them. If an offer has 2 models and 3 methods, there are 6, and all are tried. Of more than ``FEW``
in all, rows are tried that have each option of each offer at least once: row 0 takes the first
option of every group, row 1 the second, and a group with fewer options begins again. So 30 models
and 3 methods give 30 rows, and not 90.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

from hydra_recipes.findings.messages.offers import NOTHING
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.literals import spell_choice
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.catalogue import option_entry
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.rules.offers import offered_groups

FEW = 24
"""The most combinations that are all tried; of more, a sample has each option at least once."""

_Product = dict[str, tuple[str, ...]]
"""Group to options; any option of one group goes with any of another."""


@dataclass(frozen=True)
class Tries:
    """The combinations to try something in.

    Attributes:
        rows: The overrides of each combination.
        offered: How many combinations are offered.
        all: Whether the rows are all that is offered; else they have each option at least once.
    """

    rows: tuple[tuple[str, ...], ...]
    offered: int
    all: bool


class Combinations:
    """The combinations of choices that libraries offer.

    Args:
        libraries: The libraries.
        few: How many combinations are all tried.
    """

    def __init__(self, libraries: Libraries, few: int = FEW) -> None:
        self.libraries = libraries
        self._few = few
        self.book: RuleBook = rule_book(libraries)
        self.defaults: Mapping[str, str] = default_choices(libraries)
        # These read files, so each is asked once for the same group or option.
        self._options = cache(libraries.options)
        self._kinds = cache(self.book.kinds_of)
        self._offered_as = cache(self._offered_in)
        self._brought = cache(self._brought_by)

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """The groups that each recipe has one option of, those that offers name first."""
        derived = self.book.derived
        groups = dict.fromkeys([*offered_groups(self.book), *self.defaults])
        return tuple(
            group
            for group in groups
            if group not in derived
            and self.libraries.is_group(group)
            and isinstance(self.defaults.get(group), str)
            and "${" not in self.defaults[group]
        )

    def typed(self, group: str, option: str) -> str:
        """Return what is typed to choose an option."""
        return spell_choice(group, option, "" if group in self.defaults else "+")

    def with_options(self, wanted: Mapping[str, tuple[str, ...]]) -> Tries:
        """Return the combinations that have, of each group named, one of the wanted options.

        Args:
            wanted: Group to options; an option that extends one of these counts too.
        """
        products = [
            options_by_group
            for options_by_group in self._products(wanted)
            if all(options_by_group.values())
        ]
        counts = [math.prod(map(len, options_by_group.values())) for options_by_group in products]
        are_few = sum(counts) <= self._few
        if are_few:
            rows = [row for options_by_group in products for row in _rows(options_by_group)]
        else:
            rows = _sample(products)
        return Tries(tuple(dict.fromkeys(map(self._overrides, rows))), sum(counts), are_few)

    def _products(self, wanted: Mapping[str, tuple[str, ...]]) -> Iterator[_Product]:
        """Yield, for each offer that has a wanted option, the options that go together."""
        added = {
            group: tuple(name for name in options if self.libraries.option_file(group, name))
            for group, options in wanted.items()
            if group not in self.chosen and group not in self.book.derived
        }
        for offer in [dict(entry.groups) for entry in self.book.offers] or [{}]:
            derived = [group for group in wanted if group in offer and group not in self.chosen]
            if any(set(wanted[group]).isdisjoint(offer[group]) for group in derived):
                continue
            options_by_group = dict(added)
            for group in self.chosen:
                options_by_group[group] = self._offered(group, offer.get(group), wanted.get(group))
            yield options_by_group

    def _offered(
        self, group: str, named: tuple[str, ...] | None, wanted: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        """Return the options of a group that are wanted and that an offer includes.

        An option that extends another is tried only where it is wanted; elsewhere the other stands
        for it.
        """
        if wanted is None:
            if named is not None:
                return tuple(option for option in named if option in self._options(group))
            if self.defaults.get(group) == NOTHING:
                return (NOTHING,)  # what isn't named isn't chosen
            return tuple(
                name for name in self._options(group) if len(self._kinds(group, name)) == 1
            )
        options = self._options(group)
        if named is not None:
            options = tuple(
                option for name in named for option in self._offered_as(group).get(name, ())
            )
        return tuple(
            option for option in options if not set(wanted).isdisjoint(self._kinds(group, option))
        )

    def _offered_in(self, group: str) -> Mapping[str, list[str]]:
        """Return each option that offers name to the options that are offered under its name."""
        options_by_name: dict[str, list[str]] = {}
        for option in self._options(group):
            name = self.book.offered_as({group: option})[group]
            options_by_name.setdefault(name, []).append(option)
        return options_by_name

    def _overrides(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """Return what is typed for a combination, without what the first group's option brings."""
        first = next(iter(self.chosen), None)
        overrides = []
        for group, option in row.items():
            if group == first or group not in self.chosen or self._matters(group, row[first or ""]):
                overrides.append(self.typed(group, option))
            elif self._brought(row[first or ""]).get(group, self.defaults[group]) != option:
                overrides.append(spell_choice(group, option))
        return tuple(overrides)

    def _matters(self, group: str, option: str) -> bool:
        """Return whether a group leaves a choice where the first group has this option."""
        first = self.chosen[0]
        offered_name = self.book.offered_as({first: option})[first]
        offers = [dict(offer.groups) for offer in self.book.offers]
        fitting = [
            offer.get(group)
            for offer in offers
            if offered_name in offer.get(first, (offered_name,))
        ] or [None]
        if None in fitting:
            return len(self._options(group)) > 1
        return len({name for options in fitting for name in options or ()}) > 1

    def _brought_by(self, option: str) -> Mapping[str, str | None]:
        """Return group to option as an option of the first group brings them."""
        return option_entry(self.libraries, self.chosen[0], option).brings


def _rows(options_by_group: _Product) -> Iterator[dict[str, str]]:
    """Yield every combination, as group to option."""
    for options in product(*options_by_group.values()):
        yield dict(zip(options_by_group, options, strict=True))


def _sample(products: list[_Product]) -> list[dict[str, str]]:
    """Return combinations that have each option at least once, without any that adds none."""
    seen: set[tuple[str, str]] = set()
    rows = []
    for options_by_group in products:
        for position in range(max(map(len, options_by_group.values()))):
            row = {
                group: options[position % len(options)]
                for group, options in options_by_group.items()
            }
            if not seen.issuperset(row.items()):
                seen.update(row.items())
                rows.append(row)
    return rows
