"""Pieces: a value's text, taken from where it stands to be put somewhere else."""

from __future__ import annotations

import re
from typing import NamedTuple

from yaml import CollectionNode, Node, ScalarNode

from hydra_recipes.documents.editing.edit import lines_of
from hydra_recipes.documents.editing.nodes import (
    COMMENT,
    column,
    end_of,
    first_in,
    is_block,
    line_end,
    line_start,
    properties,
    value_start,
)

_HEADER = re.compile(rf"[|>][-+0-9]*(?:[ \t]+({COMMENT}))?")


class Piece(NamedTuple):
    """The text of a value.

    Attributes:
        head: What stands behind the colon or dash: all of it, or an anchor and a tag only.
        comment: The comment behind the head of a text in block style.
        lines: The lines below, without the indentation that all of them share.
    """

    head: str
    comment: str
    lines: tuple[str, ...]


def piece_of(text: str, node: Node, head: int = 0) -> Piece:
    """Return a value's text as written, with the comments in it.

    Args:
        text: The file's text.
        node: The value.
        head: Where the colon before it ends, if it has no anchor and no tag.
    """
    start, end = int(node.start_mark.index), end_of(text, node)
    _, behind = properties(text, start, end)
    comment = header_comment(text, node)
    if isinstance(node, CollectionNode) and is_block(node):
        first = first_in(text, node)
        above = head if first == start else behind
        line = line_start(text, first)
        next_line = line_end(text, above, with_break=True)
        body = text[next_line if above and next_line < line else line : line_end(text, end)]
        lines = _dedented(body, column(text, first))
        if first == start:
            return Piece("", "", lines)
        beside = text[behind : line_end(text, behind)].strip()
        return Piece(text[start:behind], beside if beside.startswith("#") else "", lines)
    if comment is None:
        value = text[value_start(text, behind, end) : end]
        return Piece(f"{text[start:behind]} {value}".strip(), "", ())
    at = line_end(text, behind)
    sign = text[start:at].removesuffix(comment).rstrip()
    below = text[line_end(text, at, with_break=True) : end]
    return Piece(sign, comment, _dedented(below, len(below) - len(below.lstrip(" "))))


def header_comment(text: str, node: Node) -> str | None:
    """Return the comment beside the sign of a text in block style; None for any other value."""
    if not isinstance(node, ScalarNode) or node.style not in ("|", ">"):
        return None
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    found = _HEADER.search(text, properties(text, start, end)[1])
    return (found[1] or "") if found else ""


def _dedented(text: str, width: int) -> tuple[str, ...]:
    """Return a text's lines, moved to the left; the first may stand beside a dash."""
    return tuple(
        line[width:] if not at or not line[:width].strip() else line.lstrip(" ")
        for at, line in enumerate(lines_of(text))
    )
