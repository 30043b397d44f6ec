"""Offers: the combinations of choices that the service offers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hydra_recipes.rules.model import RuleBook

OFFER = "offer"
"""The rule id of findings about a combination of choices."""
METHOD = "method"
"""The group whose options a library's ``methods`` tell. Another method makes another recipe, so no
repair changes it."""


def offered_groups(book: RuleBook) -> tuple[str, ...]:
    """Return the groups that offers are about, in the order in which offers name them."""
    return tuple(dict.fromkeys(group for offer in book.offers for group, _ in offer.groups))


def alternatives(book: RuleBook, choices: Mapping[str, str], group: str) -> tuple[str, ...]:
    """Return the options of one group that would make the combination an offered one.

    A group without a choice, such as the hardware for a file, fits any offer.
    """
    fitting: dict[str, None] = {}
    choices = book.offered_as(choices)
    for offer in book.offers:
        others = ((name, options) for name, options in offer.groups if name != group)
        if all(name not in choices or choices[name] in options for name, options in others):
            fitting.update(dict.fromkeys(dict(offer.groups).get(group, ())))
    return tuple(fitting)


def is_possible(book: RuleBook, choices: Mapping[str, str], groups: Collection[str]) -> bool:
    """Return whether some offer has these choices in some groups, whatever is chosen in others."""
    choices = book.offered_as(choices)
    return any(
        all(choices[group] in options for group, options in offer.groups if group in groups)
        for offer in book.offers
    )
