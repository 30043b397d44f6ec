"""Overrides given in one word: ``model=nova-micro,peft=lora`` is two."""

from __future__ import annotations

import re

_STARTS = re.compile(r"\s*(~|\+{0,2}[\w./@:-]+=)")
_CLOSING = {"[": "]", "{": "}", "(": ")", "<": ">"}
_QUOTES = ("'", '"')


def split_overrides(text: str) -> tuple[str, ...]:
    """Return the overrides in a text, split at the commas between them; empty for an empty text.

    A comma inside brackets, braces or quotes belongs to a value, and so does one that no override
    follows: ``lr=1e-5,2e-5`` stays one override, and is refused later as one with several values.
    """
    overrides: list[str] = []
    for piece in _pieces(text):
        if overrides and piece.strip() and not _STARTS.match(piece):
            overrides[-1] += f",{piece}"
        else:
            overrides.append(piece)
    return tuple(piece.strip() for piece in overrides if piece.strip())


def spaced_overrides(text: str) -> tuple[str, ...]:
    """Return the overrides of a word in which spaces separate them; empty if that isn't so."""
    words = tuple(text.split())
    return words if len(words) > 1 and all(map(_STARTS.match, words)) else ()


def _pieces(text: str) -> list[str]:
    """Return what stands between the commas outside brackets and quotes."""
    pieces = [""]
    closers: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        width = 2 if character == "\\" else 1  # a backslash takes what follows along
        if closers and character == closers[-1]:
            closers.pop()
        elif closers and closers[-1] in _QUOTES:
            pass
        elif character in _QUOTES:
            closers.append(character)
        elif character in _CLOSING and (character != "<" or text[position - 1 : position] == "$"):
            closers.append(_CLOSING[character])
        if character == "," and not closers:
            pieces.append("")
        else:
            pieces[-1] += text[position : position + width]
        position += width
    return pieces
