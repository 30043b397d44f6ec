"""Skeletons: a plain YAML text apart from its values, which many files have in common.

Files that differ in nothing but plain values and comments have the same skeleton. Once one of them
was read, the trees of the others are known from their values alone, in a fraction of the time. What
isn't surely as plain has no skeleton, and is for the reader.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from hydra_recipes.documents.document import Document, Mark
from hydra_recipes.documents.scalars import (
    construct,
    is_plain_value,
    is_text_to_some,
    is_unclear,
    tag_of,
)
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import value_at

Skeleton = tuple[str, ...]
"""Of each line what stands before its value."""

_CHARACTERS = r"[\w./@+~=%,()*?;<>^-]+"
_WORD = rf"{_CHARACTERS}(?::+{_CHARACTERS})*"
_PLAIN = rf"(?=[\w./~+]|-[\w.]){_WORD}(?: {_WORD})*"
_QUOTED = r""""[^"\\\n$]*"|'[^'\\\n$]*'"""
_FLOW = r"""\[[^\[\]{}"'#$\n]*\]|\{\}"""
_LINE = re.compile(
    rf"^( *(?:- )*(?:[A-Za-z_][\w.-]*:(?: (?:{_FLOW})?)?)?)"
    rf"((?<=[:-] )(?:{_PLAIN}|{_QUOTED})(?= *$| +\#))? *(?:(?<!\S)\#.*)?$",
    re.ASCII | re.MULTILINE,
)
"""A line: what stands before its value, and the value. No text in it has a link."""
_LONGEST = 128
"""How many characters the text of a value may have."""

_LARGEST = 1 << 53
"""Up to here each whole number is one to all, and as exactly a float."""


class NotPlainError(ValueError):
    """Readers of YAML, or checks of types, may differ about a value, or it is still open."""


def apart(text: str) -> tuple[Skeleton, tuple[str, ...]] | None:
    """Return a text's skeleton and the text of each line's value; None if it isn't that plain.

    A line without a value has an empty text.
    """
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        return None
    lines = _LINE.findall(text)
    if len(lines) != text.count("\n") + 1:
        return None
    skeleton, values = zip(*lines, strict=True)
    return skeleton, values


def places_of(document: Document) -> tuple[KeyPath, ...] | None:
    """Return the key path of each line's value, empty for a line without one.

    Args:
        document: The reading of a text that has a skeleton.

    Returns:
        The key paths, for all texts with its skeleton; None if the values aren't all of its tree,
        each read by itself.
    """
    path_at = {mark: path for path, mark in document.marks.items()}
    if document.troubles or document.unclear or len(path_at) != len(document.marks):
        return None
    places = []
    for number, line in enumerate(_LINE.finditer(document.text), 1):
        text = line[2]
        path = path_at.get(Mark(number, line.start(2) + 1 - line.start())) if text else ()
        if path is None:
            return None
        if text:
            found, value = value_at(document.tree, path), plain_value(text)
            if type(found) is not type(value) or found != value:
                return None
        places.append(path)
    return tuple(places)


def plain_value(text: str) -> Any:
    """Return the value that a text of ``apart`` is to every reader: a scalar.

    Raises:
        NotPlainError: If readers, or checks of types, may differ about it, or if it is still open.
    """
    if text[:1] in {'"', "'"}:
        if text[1:-1] == UNSET:
            raise NotPlainError(text)
        return text[1:-1]
    event = yaml.ScalarEvent(None, None, (True, False), text)
    tag = tag_of(event)
    if len(text) > _LONGEST or not is_plain_value(tag) or is_unclear(event):
        raise NotPlainError(text)
    try:
        value = construct(tag, text)
    except ValueError:
        raise NotPlainError(text) from None
    if isinstance(value, float) and (not math.isfinite(value) or is_text_to_some(text)):
        raise NotPlainError(text)
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise NotPlainError(text)
    return value
