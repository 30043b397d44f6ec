"""JSON text: whether a text is JSON, what is wrong with it, and what YAML has no word for in it."""

from __future__ import annotations

import re

_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_UNIFIED = r"\U0001f389"
"""One such character as YAML has it, which is shorter."""


def is_json(text: str) -> bool:
    """Return whether a text is JSON, not YAML that looks like it and may have comments."""
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def json_problem(text: str) -> tuple[int, int, str] | None:
    """Return the line, the column and the reason of what keeps a text from being JSON, or None."""
    import json

    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno, error.colno, error.msg
    except RecursionError:
        return None  # the reader of documents says how deep it may be
    return None


def without_pairs(text: str) -> str:
    """Return JSON text with characters in one piece that JSON writes in two, which YAML has not."""
    return re.sub(_PAIR, _in_one_piece, text) if _has_pairs(text) else text


def with_pairs_masked(text: str) -> str:
    """Return the same with something as long in their place, for what asks for places only."""
    return re.sub(_PAIR, lambda pair: "x" * len(pair[0]), text) if _has_pairs(text) else text


def shortened(text: str, start: int, end: int) -> int:
    """Return how much shorter a part of JSON text is where each of its characters is one piece."""
    pairs = re.findall(_PAIR, text[start:end]) if _has_pairs(text) else []
    return sum(len(pair) - len(_UNIFIED) for pair in pairs)


def _has_pairs(text: str) -> bool:
    if ("\\ud" not in text and "\\uD" not in text) or text.lstrip()[:1] not in ("{", "["):
        return False
    return is_json(text)


def _in_one_piece(pair: re.Match[str]) -> str:
    high, low = (int(half, 16) for half in pair[0][2:].split("\\u"))
    return f"\\U{0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00:08x}"
