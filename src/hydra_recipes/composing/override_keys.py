"""The keys of mappings in overrides, of which Hydra's parser keeps the last where several are one.

Python takes ``1``, ``1.0`` and ``true`` for one key: ``{1: a, true: b}`` would lose one as well.
"""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(
    r"""(?P<quoted>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<link>\\?\$\{)|(?P<escaped>\\.)"""
    r"""|(?P<open>[\[({])|(?P<close>[\])}])|(?P<comma>,)|(?P<other>[^\s])""",
    re.DOTALL,
)


def loses_keys(text: str, value: Any) -> bool:
    """Whether an override has more pairs of keys and values than what it was parsed to.

    Args:
        text: The override, which could be parsed.
        value: What its value was parsed to.
    """
    there = _parsed(value) if "{" in text else 0
    return there > 0 and _typed(text.partition("=")[2]) > there


def _parsed(value: Any) -> int:
    """How many pairs a parsed value has in all its mappings."""
    if isinstance(value, dict):
        return len(value) + sum(map(_parsed, value.values()))
    inner = getattr(value, "list", value)
    return sum(map(_parsed, inner)) if isinstance(inner, list) else 0


def _typed(text: str) -> int:
    """How many pairs are typed between the braces of mappings."""
    pairs = 0
    opened: list[str] = []
    filled = False  # whether something stands behind the last bracket
    for token in _TOKEN.finditer(text):
        if token["close"]:
            pairs += opened[-1:] == ["{"] and filled
            del opened[-1:]
            filled = True
        elif token["open"] or token["link"]:
            opened.append(token[0])
            filled = False
        elif token["comma"]:
            pairs += opened[-1:] == ["{"]
        else:
            filled = True
    return pairs
