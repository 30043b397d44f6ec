"""Offers: the combinations of choices that the service offers."""

from __future__ import annotations

from collections.abc import Mapping

from hydra_recipes.rules.model import RuleBook

OFFER = "offer"
"""The rule id of what is said about a combination of choices."""


def offered_groups(book: RuleBook) -> tuple[str, ...]:
    """The groups that offers are about, in the order in which they name them."""
    return tuple(dict.fromkeys(group for offer in book.offers for group, _ in offer.groups))


def alternatives(book: RuleBook, choices: Mapping[str, str], group: str) -> tuple[str, ...]:
    """The options of one group with which the combination would be offered.

    What isn't known of it, such as a file's hardware, fits any offer.
    """
    found: dict[str, None] = {}
    choices = book.offered_as(choices)
    for offer in book.offers:
        others = ((name, options) for name, options in offer.groups if name != group)
        if all(name not in choices or choices[name] in options for name, options in others):
            found.update(dict.fromkeys(dict(offer.groups).get(group, ())))
    return tuple(found)
