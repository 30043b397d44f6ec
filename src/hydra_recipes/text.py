"""Text for people: values and counts in words, and invisible characters made visible.

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
"""Characters that reverse text, break lines or take no room, as the inside of a regex's brackets.

They are listed here because Python's own tables differ between its versions. The YAML and JSON of
a recipe contain them only as escapes.
"""
_HIDDEN = f"[{_CONTROLS}{INVISIBLE}]"
_PLAIN = frozenset("\t\n\u2192\xd7\u2026").union(map(chr, range(0x20, 0x7F)))
"""The characters of most texts, which need no look with the pattern: that takes 1 ms to compile."""
WIDEST = 80
"""How many characters of a value a message shows."""


def written_out(text: str) -> str:
    r"""Return text with each invisible character as its escape, ``\u202e``; line breaks stay."""
    if _PLAIN.issuperset(text):
        return text
    return re.sub(_HIDDEN, lambda match: repr(match[0])[1:-1], text)


def written_out_json(text: str) -> str:
    """Return JSON text with each invisible character as a JSON escape: the same data."""
    if _PLAIN.issuperset(text):
        return text
    import json  # takes a tenth of the time of comparing two recipes

    return re.sub(_HIDDEN, lambda match: json.dumps(match[0])[1:-1], text)


def one_of(values: list[Any] | tuple[Any, ...]) -> str:
    """Return values as a choice: ``2, 4 or 8``."""
    words = [spell(value) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def spell(value: Any) -> str:
    """Return a value as a person would type it: ``1e-06``, ``true``, ``null``, ``"null"``."""
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
    """Return text in one line: a line break, or another unprintable character, as its escape."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def counted(count: int, word: str) -> str:
    """Return a number of things: ``1 file``, ``1,000 files``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


class Bare(str):
    """A word that ``spell`` never quotes, such as the name of an option called ``null``."""

    __slots__ = ()

    def lower(self) -> str:
        """Return a text that is none of the words that ``spell`` quotes."""
        return f"{self} "


def one_of_names(names: Iterable[str]) -> str:
    """Return names as a choice, without quotes: ``nova-lite or null``."""
    return one_of([Bare(name) for name in names])


def perhaps(names: Iterable[str], otherwise: str | None = None) -> str | None:
    """Return "did you mean" with the names, or ``otherwise`` if there are none."""
    names = list(names)
    return f"did you mean {one_of_names(names)}?" if names else otherwise


def joined(text: str) -> str:
    """Return text in one line, with single spaces for line breaks and indentation."""
    return " ".join(text.split())


def with_source(because: str | None, source: str) -> str:
    """Return a reason with its source: ``One G instance trains alone. (guide)``."""
    return f"{because or ''} ({source})".lstrip() if source else because or ""


def shown(value: Any) -> str:
    """Return a value as messages show it, cut to ``WIDEST`` characters."""
    return cut(spell(value))


def cut(text: str) -> str:
    """Return a text, or its start and ``...``: ``WIDEST`` characters in all."""
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def in_one_line(text: str) -> str:
    """Return text for a comment: spaces for line breaks, ``?`` for unprintable characters."""
    joined = " ".join(text.splitlines())
    return "".join(character if character.isprintable() else "?" for character in joined)
