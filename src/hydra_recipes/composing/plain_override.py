"""Plain overrides: the few forms that most are of, read and applied without Hydra.

``model=nova-lite``, ``lr=1e-6,2e-6``, ``+key=true`` and ``~key`` need no grammar, and importing
Hydra's takes longer than all else that a small command does. What isn't plain is left to Hydra;
what is comes out as Hydra has it, which a test compares on random overrides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from hydra_recipes.composing.parsed_override import OverrideKind, ParsedOverride

_KEYS = r"(?P<key>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,15})"
_OVERRIDE = re.compile(rf"(?P<sign>\+{{0,2}}){_KEYS}=(?P<values>[^=]+)", re.ASCII)
_VALUE = re.compile(
    r"""(?P<int>-?(?:0|[1-9]\d{0,17}))
    |(?P<float>-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17}(?:[eE][+-]?\d{1,3})?|[eE][+-]?\d{1,3}))
    |(?P<word>(?i:true|false|null))
    |(?P<text>(?!(?i:inf|nan)$)[A-Za-z_/][\w/:.@-]{0,1000})""",
    re.ASCII | re.VERBOSE,
)
_DELETION = re.compile(f"~{_KEYS}", re.ASCII)
_KEY = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_KINDS: dict[str, OverrideKind] = {"": "change", "+": "add", "++": "force-add"}
_MOST_VALUES = 200
_NOT_PLAIN = object()
_WORDS = {"true": True, "false": False, "null": None}


def read_plain(text: str, typed: str) -> ParsedOverride | None:
    """Return a plain override; None if it isn't plain.

    Args:
        text: The override in Hydra's grammar.
        typed: What the user typed.
    """
    deletion = _DELETION.fullmatch(text)
    if deletion:
        return ParsedOverride(typed, "delete", deletion["key"], None, False)
    match = _OVERRIDE.fullmatch(text)
    words = match["values"].split(",", _MOST_VALUES) if match else []
    if match is None or len(words) > _MOST_VALUES:
        return None
    values = tuple(map(_value, words))
    kind, key = _KINDS[match["sign"]], match["key"]
    if _NOT_PLAIN in values or (None in values and len(values) > 1):  # Hydra sweeps null as a text
        return None
    if len(values) == 1:
        return ParsedOverride(typed, kind, key, values[0], False)
    return ParsedOverride(typed, kind, key, None, True, values=values)


def spell_plain(value: bool | float | str) -> str:
    """Return a value of a plain axis as Hydra spells it."""
    return str(value).replace(":", "\\:")


def _value(word: str) -> Any:
    """Return the value that a word stands for; ``_NOT_PLAIN`` if only Hydra knows."""
    match = _VALUE.fullmatch(word)
    if match is None:
        return _NOT_PLAIN
    if match["int"]:
        return int(match["int"])
    if match["float"]:
        number = float(match["float"])
        return number if math.isfinite(number) else _NOT_PLAIN
    return _WORDS[word.lower()] if match["word"] else word


def apply_plain(tree: Mapping[str, Any], override: ParsedOverride) -> dict[str, Any] | None:
    """Return a tree with a plain override of a whole key applied; None if that is for Hydra.

    What changes is copied, the rest is shared.
    """
    if override.parsed is not None or not _KEY.fullmatch(override.key):
        return None
    *parents, last = override.key.split(".")
    missing: dict[str, Any] | None = {} if override.kind in ("add", "force-add") else None
    changed = dict(tree)
    node = changed
    for name in parents:
        inner = node.get(name, missing)
        if not isinstance(inner, dict):
            return None
        node[name] = node = dict(inner)
    present = node.get(last)
    is_free = last not in node or present is None
    follows = isinstance(present, dict | list) or (isinstance(present, str) and "${" in present)
    match override.kind:
        case "change" if last in node and not isinstance(present, dict | list):
            node[last] = override.value
        case "add" if is_free:
            node[last] = override.value
        case "force-add" if not follows:
            node[last] = override.value
        case "delete" if last in node:
            del node[last]
        case _:
            return None
    return changed
