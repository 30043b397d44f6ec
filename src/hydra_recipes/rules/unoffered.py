"""What to say of a combination of choices that isn't offered: which to change to what."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hydra_recipes.findings.messages.offers import NotOffered
from hydra_recipes.rules.conflict import smallest_conflict
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.rules.offers import METHOD, alternatives, is_possible, offered_groups


def unoffered(
    book: RuleBook, choices: Mapping[str, str], typed: Collection[str] = ()
) -> NotOffered:
    """Return what to say of a combination that isn't offered: which group to change to what.

    The smallest set of choices that no offer has together is at fault. Take the last of its groups
    whose change helps: offers name the model first, and other hardware is a smaller change. Another
    method is what nobody wants. A derived group is at fault only if no other is: somebody chose it
    by hand. What somebody typed is kept where another choice will do: with ``benchmark=mmmu`` the
    evaluation changes, and with what only another method has, the method.

    Args:
        book: The rules.
        choices: The combination.
        typed: The groups whose options somebody typed.
    """
    derived = book.derived
    named = [group for group in offered_groups(book) if group in choices]
    decided = {*typed, METHOD} if typed else {*named}
    members = sorted(named, key=lambda group: (group in derived, group not in decided))
    conflict = smallest_conflict(
        members, lambda groups: not is_possible(book, choices, groups), len(members)
    )
    at_fault = tuple(filter((conflict or members).__contains__, named))
    others = tuple(group for group in named if group not in at_fault)
    helpful = (*_last_first(at_fault, derived), *_last_first(others, derived))
    if typed:
        kept = {*typed, *derived, *others}
        if any(is_possible(book, choices, (group, METHOD)) for group in typed if group in at_fault):
            kept.add(METHOD)
        helpful = tuple(sorted(helpful, key=kept.__contains__))
    by_hand = {group: option for group, option in choices.items() if group not in derived}

    def ways_of(group: str, left_open: str | None = None) -> tuple[str, ...]:
        """Return the options of a group that would be offered; derived groups follow it.

        A method brings what else it needs.
        """
        fixed = choices if group in derived else by_hand
        rest = {
            name: option
            for name, option in fixed.items()
            if name != left_open and (group != METHOD or not typed or name in typed)
        }
        return alternatives(book, rest, group)

    group = next(filter(ways_of, helpful), None)
    ways = ways_of(group) if group else ()
    shown = [
        name
        for name in named
        if name in at_fault or name == group or (group and ways_of(group, name) != ways)
    ]
    return NotOffered(
        key=group,
        value=choices[group] if group else None,
        choices={name: choices[name] for name in shown},
        group=group,
        ways=ways,
    )


def _last_first(groups: tuple[str, ...], derived: frozenset[str]) -> list[str]:
    """Return groups, the last first, but the method and derived ones after all others."""
    last_first = groups[::-1]
    return sorted(last_first, key=lambda group: (group in derived, group == METHOD))
