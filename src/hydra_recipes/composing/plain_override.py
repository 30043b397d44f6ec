"""Plain overrides: the few forms that most are of, read and applied without Hydra.

``model=nova-lite``, ``lr=2e-6``, ``+key=true`` and ``~key`` need no grammar, and importing Hydra's
takes longer than all else that a small command does. What isn't plain is left to Hydra; what is
comes out as Hydra has it, which a test compares on random overrides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from hydra_recipes.composing.parsed_override import OverrideKind, ParsedOverride

_OVERRIDE = re.compile(
    r"""(?P<sign>\+{0,2})(?P<key>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,15})=(?:
        (?P<int>-?(?:0|[1-9]\d{0,17}))
        |(?P<float>-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17}(?:[eE][+-]?\d{1,3})?|[eE][+-]?\d{1,3}))
        |(?P<word>(?i:true|false|null))
        |(?P<text>(?!(?i:inf|nan)$)[A-Za-z_/][\w/:.@-]{0,1000})
    )""",
    re.ASCII | re.VERBOSE,
)
_DELETION = re.compile(r"~(?P<key>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,15})", re.ASCII)
_KEY = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_KINDS: dict[str, OverrideKind] = {"": "change", "+": "add", "++": "force-add"}
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
    if match is None:
        return None
    value: Any = match["text"]
    if match["int"]:
        value = int(match["int"])
    elif match["float"]:
        value = float(match["float"])
        if not math.isfinite(value):
            return None
    elif match["word"]:
        value = _WORDS[match["word"].lower()]
    return ParsedOverride(typed, _KINDS[match["sign"]], match["key"], value, False)


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
