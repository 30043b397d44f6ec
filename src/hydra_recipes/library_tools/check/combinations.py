"""Combinations: the choices that libraries offer; all where they are few, else all pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import Libraries
from hydra_recipes.literals import spell_choice
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.catalogue import option_entry
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.rules.offers import offered_groups

FEW = 24
"""Up to so many combinations are tried all; of more, each option is tried with each other one."""

_Ways = dict[str, tuple[str, ...]]
"""For each group, the options that go together with all those of the other groups."""


@dataclass(frozen=True)
class Tries:
    """The combinations to try something in.

    Attributes:
        rows: The overrides of each.
        offered: How many combinations are offered.
    """

    rows: tuple[tuple[str, ...], ...]
    offered: int

    @property
    def all(self) -> bool:
        """Whether these are all; otherwise each two options that go together are in one."""
        return self.offered <= FEW


class Combinations:
    """The combinations of choices that libraries offer.

    Args:
        libraries: The libraries.
    """

    def __init__(self, libraries: Libraries) -> None:
        self.libraries = libraries
        self.book: RuleBook = rule_book(libraries)
        self.defaults: Mapping[str, str] = default_choices(libraries)

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """The groups of which a recipe always has one option, those that offers name first."""
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

    def names(self, group: str) -> bool:
        """Whether offers name a group."""
        return group in offered_groups(self.book)

    def typed(self, group: str, option: str) -> str:
        """What is typed to choose an option."""
        return spell_choice(group, option, "" if group in self.defaults else "+")

    def with_options(self, wanted: Mapping[str, tuple[str, ...]]) -> Tries:
        """The combinations that have one of the wanted options of each group named.

        Args:
            wanted: Group to options; an option that extends one of these will do.
        """
        ways = [way for way in self._ways(wanted) if all(way.values())]
        counts = [math.prod(map(len, way.values())) for way in ways]
        if sum(counts) <= FEW:
            rows = [row for way in ways for row in _product(way)]
        else:
            rows = _pairs(ways)
        return Tries(tuple(dict.fromkeys(map(self._overrides, rows))), sum(counts))

    def _ways(self, wanted: Mapping[str, tuple[str, ...]]) -> Iterator[_Ways]:
        added = {
            group: tuple(o for o in options if self.libraries.option_file(group, o))
            for group, options in wanted.items()
            if group not in self.chosen and group not in self.book.derived
        }
        for offer in [dict(one.groups) for one in self.book.offers] or [{}]:
            derived = [group for group in wanted if group in offer and group not in self.chosen]
            if any(set(wanted[group]).isdisjoint(offer[group]) for group in derived):
                continue
            ways = dict(added)
            for group in self.chosen:
                ways[group] = self._offered(group, offer.get(group), wanted.get(group))
            yield ways

    def _offered(
        self, group: str, named: tuple[str, ...] | None, wanted: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        """The options of a group that an offer includes, and that are wanted.

        One that extends another is tried where it is wanted, and elsewhere the other is.
        """
        if wanted is None:
            if named is not None:
                return tuple(option for option in named if option in self._options(group))
            return tuple(o for o in self._options(group) if len(self._kinds(group, o)) == 1)
        options = self._options(group)
        if named is not None:
            options = tuple(one for name in named for one in self._offered_as(group).get(name, ()))
        return tuple(o for o in options if not set(wanted).isdisjoint(self._kinds(group, o)))

    def _options(self, group: str) -> tuple[str, ...]:
        return self._once(("options", group), lambda: self.libraries.options(group))

    def _kinds(self, group: str, option: str) -> tuple[str, ...]:
        return self._once((group, option), lambda: self.book.kinds_of(group, option))

    def _once(self, key: tuple[str, str], find: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """What was found before; files are asked once."""
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]

    @cached_property
    def _found(self) -> dict[tuple[str, str], tuple[str, ...]]:
        return {}

    def _offered_as(self, group: str) -> Mapping[str, list[str]]:
        if group not in self._as:
            found: dict[str, list[str]] = {}
            for option in self._options(group):
                found.setdefault(self.book.offered_as({group: option})[group], []).append(option)
            self._as[group] = found
        return self._as[group]

    @cached_property
    def _as(self) -> dict[str, Mapping[str, list[str]]]:
        return {}

    def _overrides(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """What is typed for a combination: what follows from the first group's option isn't."""
        first = next(iter(self.chosen), None)
        said = []
        for group, option in row.items():
            if group == first or group not in self.chosen or self._matters(group, row[first or ""]):
                said.append(self.typed(group, option))
            elif self._brought(row[first or ""]).get(group, self.defaults[group]) != option:
                said.append(spell_choice(group, option))
        return tuple(said)

    def _matters(self, group: str, option: str) -> bool:
        """Whether there is a choice of a group where the first group has this option."""
        first = self.chosen[0]
        asked = self.book.offered_as({first: option})[first]
        offers = [dict(offer.groups) for offer in self.book.offers]
        fitting = [o.get(group) for o in offers if asked in o.get(first, (asked,))] or [None]
        if None in fitting:
            return len(self._options(group)) > 1
        return len({one for options in fitting for one in options or ()}) > 1

    def _brought(self, option: str) -> Mapping[str, str | None]:
        if option not in self._brings:
            brings = option_entry(self.libraries, self.chosen[0], option).brings
            self._brings[option] = {
                group.removeprefix("override ").lstrip("/"): one for group, one in brings.items()
            }
        return self._brings[option]

    @cached_property
    def _brings(self) -> dict[str, Mapping[str, str | None]]:
        return {}


def _product(way: _Ways) -> Iterator[dict[str, str]]:
    for options in product(*way.values()):
        yield dict(zip(way, options, strict=True))


def _pairs(ways: list[_Ways]) -> list[dict[str, str]]:
    """Rows in which each option stands at least once; a row that has no new one is left out."""
    seen: set[tuple[str, str]] = set()
    rows = []
    for way in ways:
        for at in range(max(map(len, way.values()))):
            row = {group: options[at % len(options)] for group, options in way.items()}
            if not seen.issuperset(row.items()):
                seen.update(row.items())
                rows.append(row)
    return rows
