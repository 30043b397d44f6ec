r"""Words of a shell command: quoting them so that each stays on one line, and splitting a line.

Unprintable characters (a tab, an escape, a line break) are written as bash and zsh read them:
``$'a\tb'``. Splitting reads both that and the quotes of ``shlex``.

Private: it may change in any release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_CODES = (("\x7f", "x", 2), ("\uffff", "u", 4), ("\U0010ffff", "U", 8))
_CODE = r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))"
_PIECE = r"""(?xs)
      \$'(?P<codes>(?:[^'\\]|\\.)*)'
    | '(?P<single>[^']*)'
    | "(?P<double>(?:[^"\\]|\\.)*)"
    | \\(?P<escaped>.)
    | (?P<plain>(?:[^\s'"\\$]|\$(?!'))+)
    | (?P<space>\s+)
    """
_QUOTING = frozenset("'\"\\$")


def quote(word: str) -> str:
    """Return a word quoted for a shell, in printable characters only."""
    if word.isprintable():
        import shlex  # imported late, as most commands quote nothing

        return shlex.quote(word)
    return "$'" + "".join(map(_written, word)) + "'"


def join(words: Iterable[str]) -> str:
    """Return words as a command line, each quoted for a shell."""
    return " ".join(map(quote, words))


def _written(character: str) -> str:
    """Return a character as it is written inside ``$'…'``."""
    if character in _NAMES:
        return _NAMES[character]
    if character.isprintable():
        return character
    _, letter, width = next(code for code in _CODES if character <= code[0])
    return f"\\{letter}{ord(character):0{width}x}"


def split(line: str) -> list[str]:
    """Split a line into words, with their quotes removed.

    Raises:
        ValueError: If a quote isn't closed; its text is the rest of the line from there.
    """
    if _QUOTING.isdisjoint(line):
        return line.split()  # as for most lines; compiling the pattern takes 1 ms
    words: list[str] = []
    position, inside = 0, False  # inside a word, which may consist of several pieces: a"b"'c'
    pieces = re.compile(_PIECE)
    while position < len(line):
        piece = pieces.match(line, position)
        if piece is None:
            raise ValueError(line[position:])
        position = piece.end()
        if piece["space"] is not None:
            inside = False
            continue
        if not inside:
            words.append("")
            inside = True
        words[-1] += _text(piece)
    return words


def _text(piece: re.Match[str]) -> str:
    """Return the text that one piece of a word stands for."""
    if piece["codes"] is not None:
        return re.sub(_CODE, _meant, piece["codes"])
    if piece["double"] is not None:
        return re.sub(r'\\(["\\$`])', r"\1", piece["double"])
    return piece["single"] or piece["escaped"] or piece["plain"] or ""


def _meant(code: re.Match[str]) -> str:
    """Return the character that an escape in ``$'…'`` stands for."""
    digits = code[1] or code[2] or code[3]
    if digits:
        return chr(int(digits, 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(code[4], code[4])
