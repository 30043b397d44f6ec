"""Writing changes as overrides: keys as short as can be, values quoted for Hydra's grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hydra_recipes.changes import Change, apply
from hydra_recipes.composing import key_finder
from hydra_recipes.emit import is_reserved
from hydra_recipes.errors import OverrideError
from hydra_recipes.hydra_bridge import parse_override
from hydra_recipes.library import Libraries
from hydra_recipes.links.grammar import primitive, to_braces
from hydra_recipes.links.resolver import MOUNT
from hydra_recipes.origins import dotted
from hydra_recipes.overrides import KeyFinder
from hydra_recipes.recipe import canonical

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_./:@+-]*|\?\?\?")
_LINK = re.compile(r"\$\{[A-Za-z0-9_.]+\}")
_IN_KEY = re.compile(r"([\\()\[\]{}:=, \t])")
_MOST_PARTS = 100
_SIGN = {"change": "", "add": "+", "delete": "~"}


def spell_changes(
    tree: dict[str, Any], choices: Mapping[str, str], changes: Iterable[Change], shelf: Libraries
) -> tuple[str, ...]:
    """Writes changes as overrides, to be given in this order.

    A change that Hydra's grammar has no words for (a key with a line break) is left out; of a
    mapping, if it isn't large, only what in it has none.

    Args:
        tree: All that was composed, the recipe under ``recipes``; it is changed on the way.
        choices: Group to option, as composed.
        changes: The changes.
        shelf: The libraries.
    """
    texts: list[str] = []
    waiting = list(changes)
    while waiting:
        change = waiting.pop(0)
        text = next(_texts(change, key_finder(tree, choices, shelf), shelf), None)
        if text is not None:
            texts.append(text)
            apply(tree[MOUNT], change)
        elif isinstance(change.value, Mapping) and 0 < len(change.value) <= _MOST_PARTS:
            waiting = [*_in_parts(change), *waiting]
    return tuple(texts)


def _in_parts(change: Change) -> Iterator[Change]:
    """A mapping as an empty one, and what it holds one by one."""
    yield replace(change, value={})
    for key, item in change.value.items():
        yield Change("add", (*change.path, key), item)


def _texts(change: Change, finder: KeyFinder, shelf: Libraries) -> Iterator[str]:
    """The ways to write a change that are understood as it is meant, the shortest key first."""
    whole = tuple(map(str, change.path))
    if not all(isinstance(key, str) for key in change.path):
        return
    value = "" if change.kind == "delete" else f"={spell_value(change.value)}"
    lengths = range(1, len(whole) + 1)
    keys = [*(dotted(whole[-length:]) for length in lengths), dotted((MOUNT, *whole))]
    for key in keys:
        text = f"{_SIGN[change.kind]}{key}{value}"
        chooses = shelf.is_group(key) and not isinstance(change.value, Mapping)
        if not chooses and _means(text, change, finder):
            yield text


def _means(text: str, change: Change, finder: KeyFinder) -> bool:
    """Whether an override is understood as the change that is meant."""
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
    meant = dotted((MOUNT, *change.path))
    return placed.key == meant and canonical(override.value) == canonical(change.value)


def spell_value(value: Any) -> str:
    """A value as Hydra's grammar reads it: text is quoted where it could be taken otherwise."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        items = (f"{_spell_key(key)}:{spell_value(item)}" for key, item in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(spell_value, value)) + "]"
    if not isinstance(value, str):
        return repr(value)
    plain = _BARE.fullmatch(value) and primitive(value) == value
    plain = plain and not is_reserved(value)  # which Hydra takes for text, and a file doesn't
    return value if plain or _LINK.fullmatch(value) else _quoted(value)


def _spell_key(key: Any) -> str:
    return spell_value(key) if not isinstance(key, str) else _IN_KEY.sub(r"\\\1", key)


def _quoted(text: str) -> str:
    # In Hydra's quotes a backslash counts only before a quote, and at the end.
    return '"' + re.sub(r'(\\*)("|$)', lambda at: 2 * at[1] + (at[2] and '\\"'), text) + '"'
