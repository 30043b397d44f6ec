"""Recognition: which choices a recipe was made from, told from the recipe itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hydra_recipes.origins import KeyPath
from hydra_recipes.overrides import matches, walk
from hydra_recipes.rules.evaluation import lookup
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import RuleBook


@dataclass(frozen=True)
class Recognised:
    """What a recipe may have been made from.

    Attributes:
        candidates: Every set of choices that is possible, complete.
        offered: Whether the service offers them.
        unknown: The groups in which the candidates differ.
    """

    candidates: tuple[dict[str, str], ...]
    offered: bool
    unknown: tuple[str, ...]


def recognise(
    book: RuleBook,
    resolved: Mapping[str, Any],
    hints: Mapping[str, str],
    defaults: Mapping[str, str],
) -> Recognised:
    """Tells a recipe's choices.

    Args:
        book: The rules; a limit that ``identifies`` a group tells its option from the recipe.
        resolved: The recipe without links.
        hints: Choices named beside the recipe (in a file's first line). What the recipe says wins.
        defaults: The options that hold where nothing else is known.
    """
    told = dict(_identified(book, resolved))
    hinted = {g: o for g, o in hints.items() if o in told.get(g, (o,))}
    rest = {g: o for g, o in {**defaults, **hinted}.items() if "${" not in o}
    combinations = list(_combinations(book))
    fitting = [c for c in combinations if all(c.get(g) in told[g] for g in told if g in c)]
    preferred = [c for c in fitting if all(c.get(g, o) == o for g, o in hinted.items())]
    if not preferred:
        chosen = {**rest, **{group: options[0] for group, options in told.items()}}
        return Recognised((chosen,), offered=False, unknown=())
    candidates = tuple({**rest, **combination} for combination in preferred)
    unknown = tuple(g for g in candidates[0] if len({c.get(g) for c in candidates}) > 1)
    return Recognised(candidates, offered=True, unknown=unknown)


def _combinations(book: RuleBook) -> Iterator[dict[str, str]]:
    seen: set[tuple[tuple[str, str], ...]] = set()
    for offer in book.offers:
        for combination in offer.combinations():
            mark = tuple(sorted(combination.items()))
            if mark not in seen:
                seen.add(mark)
                yield combination


def _identified(
    book: RuleBook, resolved: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """For each group that the recipe tells, the options it may be."""
    paths: list[KeyPath] = list(walk(resolved))
    groups: dict[str, list[str]] = {}
    for limit in book.limits:
        if limit.identifies is None:
            continue
        options = dict(limit.when.groups).get(limit.identifies, ())
        found = [(matches(tuple(key.split(".")), paths), schema) for key, schema in limit.keys]
        if all(len(at) == 1 and satisfies(lookup(resolved, at[0]), schema) for at, schema in found):
            groups.setdefault(limit.identifies, []).extend(options)
    yield from ((group, tuple(dict.fromkeys(options))) for group, options in groups.items())
