"""Choices: in which of them two recipes differ, and whether they are of one family.

Where the choices aren't known they are told from the recipe, by the limits that identify an option,
and from a file's first line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hydra_recipes.checking.recognition import recognise
from hydra_recipes.diff.sides import Difference, Side
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.shell_words import unquoted

_PRESETS = "preset"
"""The group whose options choose in others."""

if TYPE_CHECKING:
    from hydra_recipes.library.model import Libraries
    from hydra_recipes.rules.model import RuleBook


def with_choices(
    found: Difference, book: RuleBook, libraries: Libraries | None = None
) -> Difference:
    """The difference with the choices and families in which the recipes differ.

    A group that is chosen in by hand counts where both sides' option is known; where all choices
    of both are known, so does one in which only one of them has chosen.

    Args:
        found: What differs.
        book: The rules.
        libraries: The libraries, by which a first line is read.
    """
    (old, doubt), (new, doubt_too) = (_told(one, book, libraries) for one in (found.old, found.new))
    whole = found.old.choices is not None and found.new.choices is not None
    groups = [group.name for group in book.groups if not group.derived]
    both = [group for group in groups if whole or (group in old and group in new)]
    return found._replace(
        choices=tuple((g, old.get(g), new.get(g)) for g in both if old.get(g) != new.get(g)),
        families=(_family(old, book), _family(new, book)),
        doubtful=(doubt, doubt_too),
    )


def _family(choices: Mapping[str, str], book: RuleBook) -> str | None:
    kinds = book.kinds(choices)
    return next((family.id for family in book.families if family.when.matches(kinds)), None)


def _told(
    side: Side, book: RuleBook, libraries: Libraries | None
) -> tuple[Mapping[str, str], bool]:
    """A side's choices, and whether it tells none of them itself.

    Of those that aren't known they are what all combinations that fit agree in.
    """
    if side.choices is not None:
        return side.choices, False
    resolved: dict[Any, Any] = dict(side.resolved)
    named, usual = _first_line(side, book, libraries)
    recognised = recognise(book, resolved, named, usual)
    if named and not recognised.offered:  # the first line may be about another recipe
        recognised = recognise(book, resolved, {}, {})
    if not recognised.offered:
        return {}, not recognised.told
    candidates = list(recognised.candidates)
    for group in recognised.unknown:
        candidates = [c for c in candidates if c.get(group) == usual.get(group)] or candidates
    groups = candidates[0].items()
    known = {g: o for g, o in groups if all(c.get(g) == o for c in candidates)}
    return known, not recognised.told or _family(known, book) is None


def _first_line(
    side: Side, book: RuleBook, libraries: Libraries | None
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The choices that the command in a file's first line names, and those that are usual else.

    Composing that command would tell for certain, and take several times as long as all the rest.
    """
    if side.said is None or libraries is None:
        return {}, {}
    groups = {group.name for group in book.groups if not group.derived}
    words = [word.lstrip("+~").partition("=") for word in side.said]
    said = [(name, unquoted(option)) for name, _, option in words]
    named = {n: o for n, o in said if n in groups and libraries.option_file(n, o) is not None}
    if _PRESETS in named:  # it may choose otherwise
        return named, {}
    dropped = {word[1:].partition("=")[0] for word in side.said if word.startswith("~")}
    usual = default_choices(libraries).items()
    return named, {g: o for g, o in usual if g in groups - dropped and "${" not in o}
