r"""Words of a shell command: quoted so that each stays on its line, and read back.

Text that doesn't show (a tab, an escape, a line break) is written as bash and zsh read it:
``$'a\tb'``. What ``shlex`` quotes is read as well.

Private: it may change in any release.
"""

from __future__ import annotations

import re

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
    """A word as a shell reads it, all of it printable."""
    if word.isprintable():
        import shlex  # most commands quote nothing

        return shlex.quote(word)
    return "$'" + "".join(map(_written, word)) + "'"


def _written(character: str) -> str:
    if character in _NAMES:
        return _NAMES[character]
    if character.isprintable():
        return character
    _, letter, width = next(kind for kind in _CODES if character <= kind[0])
    return f"\\{letter}{ord(character):0{width}x}"


def split(line: str) -> list[str]:
    """The words of a line, quotes removed.

    Raises:
        ValueError: If a quote isn't closed.
    """
    if _QUOTING.isdisjoint(line):
        return line.split()  # most lines; making the patterns takes a millisecond
    words: list[str] = []
    at, inside = 0, False
    pieces = re.compile(_PIECE)
    while at < len(line):
        piece = pieces.match(line, at)
        if piece is None:
            raise ValueError(line[at:])
        at = piece.end()
        if piece["space"] is not None:
            inside = False
            continue
        if not inside:
            words.append("")
            inside = True
        words[-1] += _text(piece)
    return words


def _text(piece: re.Match[str]) -> str:
    if piece["codes"] is not None:
        return re.sub(_CODE, _meant, piece["codes"])
    if piece["double"] is not None:
        return re.sub(r'\\(["\\$`])', r"\1", piece["double"])
    return piece["single"] or piece["escaped"] or piece["plain"] or ""


def _meant(code: re.Match[str]) -> str:
    digits = code[1] or code[2] or code[3]
    if digits:
        return chr(int(digits, 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(code[4], code[4])


def unquoted(text: str) -> str:
    """What is in quotes of Hydra's grammar; text without any as it is."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return re.sub(rf"(\\+)({text[0]}|$)", _unescaped, text[1:-1])
    return text


def _unescaped(found: re.Match[str]) -> str:
    return found[1][: len(found[1]) // 2] + found[2]
