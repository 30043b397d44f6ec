"""Choices: in which of them two recipes differ, and of which families they are.

Choices that aren't given are recognised from the recipe, by the limits that identify an option, and
read from a file's first line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hydra_recipes.checking.recognition import recognise
from hydra_recipes.diff.sides import Difference, Side
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import PRESETS, Libraries
from hydra_recipes.override import Override

if TYPE_CHECKING:
    from hydra_recipes.rules.model import RuleBook


def with_choices(
    found: Difference, book: RuleBook, libraries: Libraries | None = None
) -> Difference:
    """Return the difference with the choices and families in which the recipes differ.

    A group that people choose in counts if the option of both recipes is known. If all choices of
    both are given, a group also counts in which only one of them has an option.

    Args:
        found: What differs.
        book: The rules.
        libraries: The libraries in which a first line's choices are looked up; without them it
            isn't read.
    """
    old, old_doubtful = _choices_of(found.old, book, libraries)
    new, new_doubtful = _choices_of(found.new, book, libraries)
    all_given = found.old.choices is not None and found.new.choices is not None
    groups = [group.name for group in book.groups if not group.derived]
    compared = [group for group in groups if all_given or (group in old and group in new)]
    return found._replace(
        choices=tuple(
            (group, old.get(group), new.get(group))
            for group in compared
            if old.get(group) != new.get(group)
        ),
        families=(_family(old, book), _family(new, book)),
        doubtful=(old_doubtful, new_doubtful),
    )


def _family(choices: Mapping[str, str], book: RuleBook) -> str | None:
    """Return the id of the family for some choices, or None."""
    kinds = book.kinds(choices)
    return next((family.id for family in book.families if family.when.matches(kinds)), None)


def _choices_of(
    side: Side, book: RuleBook, libraries: Libraries | None
) -> tuple[Mapping[str, str], bool]:
    """Return a side's choices, and whether they are in doubt: nothing in the side tells them.

    Where several combinations fit a recipe, only the choices that they share are returned.
    """
    if side.choices is not None:
        return side.choices, False
    resolved: dict[Any, Any] = dict(side.resolved)
    named, defaults = _first_line(side, book, libraries)
    recognised = recognise(book, resolved, named, defaults)
    if named and not recognised.offered:  # the first line may be about another recipe
        recognised = recognise(book, resolved, {}, {})
    if not recognised.offered:
        return {}, not recognised.told
    candidates = list(recognised.candidates)
    for group in recognised.unknown:
        with_default = [
            choices for choices in candidates if choices.get(group) == defaults.get(group)
        ]
        candidates = with_default or candidates
    shared = {
        group: option
        for group, option in candidates[0].items()
        if all(choices.get(group) == option for choices in candidates)
    }
    return shared, not recognised.told or _family(shared, book) is None


def _first_line(
    side: Side, book: RuleBook, libraries: Libraries | None
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the choices that a file's first line names, and the defaults of the other groups.

    The line is read, not composed: composing is exact, but takes several times as long as all the
    rest. Both are empty if there is no such line.
    """
    if side.said is None or libraries is None:
        return {}, {}
    groups = {group.name for group in book.groups if not group.derived}
    said = [Override.read(text) for text in side.said]
    named = {
        override.name: override.option
        for override in said
        if override.name in groups
        and libraries.option_file(override.name, override.option) is not None
    }
    if PRESETS in named:  # it may choose something else than the default in any group
        return named, {}
    dropped = {override.name for override in said if override.sign == "~"}
    return named, {
        group: option
        for group, option in default_choices(libraries).items()
        if group in groups - dropped and isinstance(option, str) and "${" not in option
    }
