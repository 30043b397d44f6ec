"""Overrides in one word: ``model=nova-micro,peft=lora`` is two."""

from __future__ import annotations

import re

_STARTS = re.compile(r"\s*(~|\+{0,2}[\w./@:-]+=)")
_CLOSING = {"[": "]", "{": "}", "(": ")", "<": ">"}
_QUOTES = ("'", '"')


def split_overrides(text: str) -> tuple[str, ...]:
    """Splits overrides at the commas between them; none in an empty text.

    A comma inside brackets, braces or quotes belongs to a value. So does one that no override
    follows: ``lr=1e-5,2e-5`` stays one override, and is refused as one with several values.
    """
    found: list[str] = []
    for piece in _pieces(text):
        if found and piece.strip() and not _STARTS.match(piece):
            found[-1] += f",{piece}"
        else:
            found.append(piece)
    return tuple(piece.strip() for piece in found if piece.strip())


def spaced_overrides(text: str) -> tuple[str, ...]:
    """Overrides that were parted by spaces in one word; none if it isn't so."""
    words = tuple(text.split())
    return words if len(words) > 1 and all(map(_STARTS.match, words)) else ()


def _pieces(text: str) -> list[str]:
    """What stands between the commas that are in no brackets and no quotes."""
    pieces = [""]
    closers: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        taken = 2 if character == "\\" else 1  # a backslash takes what follows along
        if closers and character == closers[-1]:
            closers.pop()
        elif closers and closers[-1] in _QUOTES:
            pass
        elif character in _QUOTES:
            closers.append(character)
        elif character in _CLOSING and (character != "<" or text[at - 1 : at] == "$"):
            closers.append(_CLOSING[character])
        if character == "," and not closers:
            pieces.append("")
        else:
            pieces[-1] += text[at : at + taken]
        at += taken
    return pieces
