"""Text for people: values and counts in words, and characters that don't show written out.

Private: it may change in any release.
"""

import re
from collections.abc import Iterable
from typing import Any

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
INVISIBLE = (
    r"\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-"
    r"\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    r"\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that turn text around, break lines or take no room, for a pattern's brackets.

They are listed, rather than asked of Python, so that a text is the same whatever Python it is. A
recipe's YAML and JSON, too, hold none of them as they are.
"""
_HIDDEN = f"[{_CONTROLS}{INVISIBLE}]"
_PLAIN = frozenset("\t\n\u2192\xd7\u2026").union(map(chr, range(0x20, 0x7F)))
"""What most text is made of; the pattern of all that is hidden takes a millisecond to make."""
WIDEST = 80
"""Longer values are cut in messages."""


def written_out(text: str) -> str:
    r"""Text with each such character written ``\u202e`` and the like; its lines stay."""
    if _PLAIN.issuperset(text):
        return text
    return re.sub(_HIDDEN, lambda found: repr(found[0])[1:-1], text)


def written_out_json(text: str) -> str:
    """JSON text with each such character as JSON writes it out, so that it is the same JSON."""
    if _PLAIN.issuperset(text):
        return text
    import json  # a tenth of what comparing two recipes takes

    return re.sub(_HIDDEN, lambda found: json.dumps(found[0])[1:-1], text)


def one_of(values: list[Any] | tuple[Any, ...]) -> str:
    """``2, 4 or 8``."""
    words = [spell(value) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def spell(value: Any) -> str:
    """A value as a person would type it: ``1e-06``, ``true``, ``null``, ``"null"``."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str) and value.lower() in ("", "null", "true", "false"):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(spell, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {spell(item)}" for key, item in value.items()) + "}"
    return str(value)


def one_line(text: str) -> str:
    r"""Text with a line break, and whatever else doesn't show, written ``\n`` and the like."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def counted(count: int, word: str) -> str:
    """A number of things: ``1 file``, ``1,000 files``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


class Bare(str):
    """A word that is shown as it is, never quoted."""

    __slots__ = ()

    def lower(self) -> str:
        """No word that ``spell`` would quote."""
        return f"{self} "


def perhaps(names: Iterable[str], otherwise: str | None = None) -> str | None:
    """The nearest names as a question, or what to say where there are none."""
    names = list(names)
    return f"did you mean {one_of([Bare(name) for name in names])}?" if names else otherwise


def with_source(because: str | None, source: str) -> str:
    """Why something holds, and who says so: ``One G instance trains alone. (guide)``."""
    return f"{because or ''} ({source})".lstrip() if source else because or ""


def shown(value: Any) -> str:
    """A value as messages tell it, cut if it is long."""
    return cut(spell(value))


def cut(text: str) -> str:
    """The beginning of a text that is longer than ``WIDEST``, or all of it."""
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def in_one_line(text: str) -> str:
    """Text for a comment: line breaks become spaces, and what isn't printable a question mark."""
    spaced = " ".join(text.splitlines())
    return "".join(character if character.isprintable() else "?" for character in spaced)
