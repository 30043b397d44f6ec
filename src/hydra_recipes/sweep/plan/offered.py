"""Offered: combinations of options that no offer fits, recognized without composing them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.entries import entries_in
from hydra_recipes.library.model import Libraries
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.unoffered import unoffered

_MOST_REFUSED = 20
"""For how many combinations it is worked out why they aren't offered."""


def certainly_not_offered(
    groups: Sequence[ParsedOverride], libraries: Libraries
) -> Mapping[str, str] | None:
    """Return the options chosen and those that can't change any more if no offer fits them.

    A group that the file of a chosen or default option may override fits any offer here: which
    option it has is known once the combination is composed.
    """
    book = rule_book(libraries)
    offers = book.offers
    if not offers or any(override.kind == "delete" for override in groups):
        return None
    chosen = {
        override.key: override.value
        for override in groups
        if isinstance(override.value, str) and override.package is None
    }
    defaults = {
        group: option
        for group, option in default_choices(libraries).items()
        if option and "${" not in str(option)
    }
    choices = {**defaults, **chosen}
    open_groups = set(_overridden(choices, libraries)) - set(chosen)
    settled = book.offered_as(
        {group: option for group, option in choices.items() if group not in open_groups}
    )
    fits = any(
        all(group not in settled or settled[group] in options for group, options in offer.groups)
        for offer in offers
    )
    return None if fits else settled


def why_not_offered(
    refused: Iterable[Mapping[str, str]], typed: Collection[str], libraries: Libraries
) -> str:
    """Return in words why combinations aren't offered: for the first, and how many more there are.

    Args:
        refused: The choices of each combination.
        typed: The groups whose options were typed.
        libraries: The libraries.
    """
    book = rule_book(libraries)
    combinations = islice(refused, _MOST_REFUSED)
    messages = [unoffered(book, choices, typed).text().message for choices in combinations]
    first, *others = dict.fromkeys(messages)
    return f"{first} (and {len(others)} more like it)" if others else first


def _overridden(choices: dict[str, str], libraries: Libraries) -> Iterable[str]:
    """Yield the groups that the files of these options, and those they include, may override."""
    waiting = [f"{group}/{option}" for group, option in choices.items()]
    seen: set[str] = set()
    while waiting:
        config = waiting.pop()
        leads_out = ".." in config.split("/")  # which composing reports
        file = None if leads_out else libraries.config_file(config)
        if config in seen or file is None:
            continue
        seen.add(config)
        for entry in entries_in(file, config.rpartition("/")[0]):
            waiting += entry.configs
            if entry.is_override:
                overridden = entry.bare_group
                yield overridden
                waiting += [f"{overridden}/{option}" for option in entry.options]
