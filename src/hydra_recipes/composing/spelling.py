"""Writing changes as overrides: keys as short as possible, values in Hydra's grammar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hydra_recipes.composing.compose import key_finder
from hydra_recipes.composing.engine import parse_override
from hydra_recipes.composing.key_finder import KeyFinder
from hydra_recipes.documents.editing.change import Change, apply
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.library.model import Libraries
from hydra_recipes.links.grammar import to_braces
from hydra_recipes.literals import spell_value
from hydra_recipes.origin import dotted
from hydra_recipes.tree import MOUNT, equal

_MOST_PARTS = 100  # keys of a mapping that are written one by one if they can't be together
_SIGN = {"change": "", "add": "+", "delete": "~"}


def spell_changes(
    tree: dict[str, Any],
    choices: Mapping[str, str],
    changes: Iterable[Change],
    libraries: Libraries,
) -> tuple[str, ...]:
    """Return changes as overrides, to be given in this order.

    A change that Hydra's grammar can't express, such as a key with a line break, is left out; of a
    mapping that isn't large, only the values that it can't express.

    Args:
        tree: All that was composed, the recipe under ``recipes``. The changes are applied to it.
        choices: Group to option, as composed.
        changes: The changes.
        libraries: The libraries.
    """
    texts: list[str] = []
    pending = list(changes)
    while pending:
        change = pending.pop(0)
        text = next(_texts(change, key_finder(tree, choices, libraries), libraries), None)
        if text is not None:
            texts.append(text)
            apply(tree[MOUNT], change)
        elif isinstance(change.value, Mapping) and 0 < len(change.value) <= _MOST_PARTS:
            pending = [*_in_parts(change), *pending]
    return tuple(texts)


def _in_parts(change: Change) -> Iterator[Change]:
    """Yield the addition of a mapping as that of an empty one, and then of each value in it."""
    yield replace(change, value={})
    for key, item in change.value.items():
        yield Change("add", (*change.path, key), item)


def _texts(change: Change, finder: KeyFinder, libraries: Libraries) -> Iterator[str]:
    """Yield the overrides that are understood as a change, the one with the shortest key first."""
    names = tuple(map(str, change.path))
    if not all(isinstance(key, str) for key in change.path):
        return
    value = "" if change.kind == "delete" else f"={spell_value(change.value)}"
    lengths = range(1, len(names) + 1)
    keys = [*(dotted(names[-length:]) for length in lengths), dotted((MOUNT, *names))]
    for key in keys:
        text = f"{_SIGN[change.kind]}{key}{value}"
        chooses = libraries.is_group(key) and not isinstance(change.value, Mapping)
        if not chooses and _means(text, change, finder):
            yield text


def _means(text: str, change: Change, finder: KeyFinder) -> bool:
    """Return whether an override is understood as this change."""
    if text != to_braces(text):
        return False
    key = change.path[-1]
    try:
        override = parse_override(text)
        if override.sweeps or override.key.split(".")[-1] != key:
            return False
        placed = finder.place(override)
    except OverrideError:
        return False
    whole_key = dotted((MOUNT, *change.path))
    return placed.key == whole_key and equal(override.value, change.value)
