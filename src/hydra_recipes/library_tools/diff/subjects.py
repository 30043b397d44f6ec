"""Subjects: all that is composed from libraries by a name: presets, sweeps, offers and options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from hydra_recipes.checking.offers import offered_groups
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.library_tools.check.combinations import Combinations
from hydra_recipes.library_tools.contents import PRESETS
from hydra_recipes.literals import spell_choice
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.catalogue import option_entry

Kind = Literal["preset", "sweep", "offer", "option"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Subject:
    """One thing that two versions are compared in.

    Attributes:
        kind: ``preset``; ``sweep``; ``offer``, a combination of choices that is offered; or
            ``option``, one that no offer is about, or that is offered in very many combinations.
        overrides: What composes it.
    """

    kind: Kind
    overrides: tuple[str, ...]

    @property
    def name(self) -> str:
        """What composes it, in one text."""
        return " ".join(self.overrides)


def subjects(shelf: Libraries) -> list[Subject]:
    """What there is to compare, presets first.

    Raises:
        LibraryError: If a file of a library can't be used.
    """
    return [
        *(
            Subject("preset", (spell_choice(PRESETS, name, "+"),))
            for name in shelf.options(PRESETS)
        ),
        *(Subject("sweep", (spell_choice(SWEEPS, name, "+"),)) for name in shelf.options(SWEEPS)),
        *(Subject("offer", overrides) for overrides in _offers(shelf)),
        *_unnamed(shelf),
        *(Subject("option", (override,)) for override in _others(shelf)),
    ]


def _offers(shelf: Libraries) -> list[tuple[str, ...]]:
    """The combinations that are offered, without the groups that follow from others."""
    book = rule_book(shelf)
    groups = [group for group in offered_groups(book) if group not in book.derived]
    points = [point for offer in book.offers for point in offer.combinations()]
    brought = {
        other
        for group in groups
        for option in shelf.options(group)
        for other in option_entry(shelf, group, option).brings
        if other != group
    }
    by_hand = [group for group in groups if group not in brought]
    if len(set(_chosen(points, by_hand))) == len(set(_chosen(points, groups))):
        groups = by_hand  # the others tell nothing apart
    return list(dict.fromkeys(_chosen(points, groups)))


def _chosen(points: list[dict[str, str]], groups: list[str]) -> Iterator[tuple[str, ...]]:
    for point in points:
        yield tuple(spell_choice(group, point[group]) for group in groups if group in point)


def _unnamed(shelf: Libraries) -> Iterator[Subject]:
    """The options that no offer names, each in the combinations that what it extends is offered in.

    Where these are many it is compared by itself: which of them would stand for all may change.
    """
    book = rule_book(shelf)
    combinations = Combinations(shelf)
    for group in offered_groups(book):
        named = {one for offer in book.offers for one in dict(offer.groups).get(group, ())}
        for option in () if group in book.derived else shelf.options(group):
            if option in named:
                continue
            tries = combinations.with_options({group: (option,)})
            if tries.all:
                yield from (Subject("offer", row) for row in tries.rows)
            else:
                yield Subject("option", (combinations.typed(group, option),))


def _others(shelf: Libraries) -> Iterator[str]:
    """The options of groups that neither offers nor other choices settle."""
    book = rule_book(shelf)
    defaults = shelf.defaults()
    settled = {*offered_groups(book), *book.derived, PRESETS, SWEEPS}
    for group in shelf.groups():
        if group not in settled:
            sign = "" if group in defaults else "+"
            yield from (spell_choice(group, option, sign) for option in shelf.options(group))
