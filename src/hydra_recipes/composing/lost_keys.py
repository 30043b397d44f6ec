"""Keys that an override loses when Hydra parses it: of equal keys in a mapping, the last is kept.

Python takes ``1``, ``1.0`` and ``true`` for one key, so ``{1: a, true: b}`` has two pairs as typed
and one as parsed. More pairs typed than parsed therefore means that some are lost.
"""

from __future__ import annotations

import re
from typing import Any

from hydra_recipes.override import Override

_TOKEN = re.compile(
    r"""(?P<quoted>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<link>\\?\$\{)|(?P<escaped>\\.)"""
    r"""|(?P<open>[\[({])|(?P<close>[\])}])|(?P<comma>,)|(?P<other>[^\s])""",
    re.DOTALL,
)


def loses_keys(text: str, value: Any) -> bool:
    """Return whether an override was typed with more pairs of keys and values than were parsed.

    Args:
        text: The override, which could be parsed.
        value: What its value was parsed to.
    """
    parsed_pairs = _parsed(value) if "{" in text else 0
    return parsed_pairs > 0 and _typed(Override.read(text).value) > parsed_pairs


def _parsed(value: Any) -> int:
    """Return how many pairs a parsed value has in all its mappings."""
    if isinstance(value, dict):
        return len(value) + sum(map(_parsed, value.values()))
    items = getattr(value, "list", value)
    return sum(map(_parsed, items)) if isinstance(items, list) else 0


def _typed(text: str) -> int:
    """Return how many pairs are typed between the braces of mappings."""
    pairs = 0
    open_brackets: list[str] = []
    filled = False  # whether something stands behind the last bracket
    for token in _TOKEN.finditer(text):
        if token["close"]:
            pairs += open_brackets[-1:] == ["{"] and filled
            del open_brackets[-1:]
            filled = True
        elif token["open"] or token["link"]:
            open_brackets.append(token[0])
            filled = False
        elif token["comma"]:
            pairs += open_brackets[-1:] == ["{"]
        else:
            filled = True
    return pairs
