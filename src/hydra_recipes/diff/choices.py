"""Choices: in which of them two recipes differ, and whether they are of one family.

Where the choices aren't known they are told from the recipe, by the limits that identify an option.
That takes the rules and as long as all the rest, so it is done only if it can matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hydra_recipes.diff.operations import Operation
from hydra_recipes.diff.sides import Difference, Side

if TYPE_CHECKING:
    from hydra_recipes.rules.model import RuleBook

_RUN_NAMES = ("name", "run_name")
"""How the keys of ``run`` end that say how a run is called."""


def may_differ_in_choices(values: tuple[Operation, ...]) -> bool:
    """Whether differences can come from other choices.

    An option is told by a word or by what is there; never by a number, by an address, or by how a
    run is called.
    """
    return any(not _tells_nothing(one) for one in values)


def _tells_nothing(operation: Operation) -> bool:
    path, pair = operation.path, (operation.old, operation.new)
    if operation.op != "change":
        return False
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in pair)
    addresses = all(isinstance(one, str) and (not one or "://" in one) for one in pair)
    run_name = path[0] == "run" and len(path) > 1 and str(path[-1]).endswith(_RUN_NAMES)
    return numbers or addresses or run_name


def with_choices(found: Difference, book: RuleBook) -> Difference:
    """The difference with the choices and families in which the recipes differ.

    A group counts where both sides' option is known, and if it is chosen by hand.
    """
    old, new = (_told(side, book) for side in (found.old, found.new))
    groups = [group.name for group in book.groups if not group.derived]
    both = [group for group in groups if group in old and group in new]
    families = _family(old, book), _family(new, book)
    return found._replace(
        choices=tuple((g, old[g], new[g]) for g in both if old[g] != new[g]),
        families=families,
    )


def _family(choices: Mapping[str, str], book: RuleBook) -> str | None:
    kinds = book.kinds(choices)
    return next((family.id for family in book.families if family.when.matches(kinds)), None)


def _told(side: Side, book: RuleBook) -> Mapping[str, str]:
    """A side's choices; of those that aren't known, what all combinations that fit agree in."""
    if side.choices is not None:
        return side.choices
    from hydra_recipes.recognition import recognise

    resolved: dict[Any, Any] = dict(side.resolved)
    recognised = recognise(book, resolved, {}, {})
    if not recognised.offered:
        return {}
    groups = recognised.candidates[0].items()
    return {group: option for group, option in groups if group not in recognised.unknown}
