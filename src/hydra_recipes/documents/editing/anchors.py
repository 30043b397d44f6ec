"""Anchors: what an edit takes away is handed over to the first alias that stands for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import yaml

from hydra_recipes.documents.document import Document, Mark
from hydra_recipes.documents.editing.edit import Edit, as_lines
from hydra_recipes.documents.editing.nodes import line_end, line_start, node_from, tokens
from hydra_recipes.documents.editing.pieces import piece_of
from hydra_recipes.literals import in_flow
from hydra_recipes.tree import ABSENT, value_at

_LEAD = re.compile(r"[ ]*(?:[-?:][ \t]+)*")
"""What a key or a value in block style may have before it in its line."""


def handed_over(
    document: Document, edits: Sequence[Edit], kept: Collection[str] = ()
) -> Iterator[list[Edit]]:
    """Yield the further edits that are needed where edits remove anchors that aliases still use.

    Args:
        document: The file.
        edits: The edits.
        kept: The anchors, with their sign, that the edits write again.
    """
    heirs = _heirs(document.text, edits, kept) if "*" in document.text else []
    if not heirs:
        yield []
        return
    yield _as_written(document, heirs, edits)
    found = [(alias, anchor, _value(document, anchor)) for anchor, alias in heirs]
    yield [
        Edit(*_span(alias), f"&{anchor.value} {in_flow(value[0])}")
        for alias, anchor, value in found
        if value
    ]


def has_aliases(text: str, anchor: str) -> bool:
    """Return whether an anchor has aliases."""
    aliases = (token for token in tokens(text) if isinstance(token, yaml.AliasToken))
    return any(f"&{token.value}" == anchor for token in aliases)


def _heirs(
    text: str, edits: Sequence[Edit], kept: Collection[str]
) -> list[tuple[yaml.AnchorToken, yaml.AliasToken]]:
    """Return the removed anchors, each with the first of its aliases that stay, in their order."""
    gone: dict[str, yaml.AnchorToken] = {}
    found: dict[str, tuple[yaml.AnchorToken, yaml.AliasToken]] = {}
    for token in tokens(text):
        start, end = _span(token)
        inside = any(edit.start <= start and end <= edit.end for edit in edits)
        if isinstance(token, yaml.AnchorToken) and inside and f"&{token.value}" not in kept:
            gone[token.value] = token
        elif isinstance(token, yaml.AliasToken) and not inside and token.value in gone:
            found.setdefault(token.value, (gone[token.value], token))
    return list(found.values())


def _as_written(
    document: Document,
    heirs: Sequence[tuple[yaml.AnchorToken, yaml.AliasToken]],
    others: Sequence[Edit],
) -> list[Edit]:
    text, edits = document.text, []
    taken: list[tuple[int, int]] = []
    for anchor, alias in heirs:
        node = _node(text, anchor)
        at = _span(anchor)[0]
        if node is None or any(start <= at < end for start, end in taken):
            continue  # it went with what it stands in
        piece = piece_of(text, node)
        taken.append((int(node.start_mark.index), int(node.end_mark.index)))
        start, end = _span(alias)
        there = text.find(piece.comment, at)
        goes = any(
            edit.start <= there < edit.end and piece.comment not in edit.new for edit in others
        )
        goes = goes and not text[end:].lstrip(" \t").startswith("#")
        comment = f"  {piece.comment}" if piece.comment and goes else ""
        edits.append(Edit(start, end, piece.head + comment))
        if piece.lines:
            lead = _LEAD.match(text, line_start(text, start))
            at = lead.end() - line_start(text, start) if lead else 0
            below = at if lead and lead.end() == start else at + 2
            where = line_end(text, end)
            edits.append(Edit(where, where, as_lines(text, piece.lines, below)))
    return edits


def _node(text: str, anchor: yaml.AnchorToken) -> yaml.Node | None:
    """Return the node that an anchor marks; a tag may stand between them, or before both."""
    at = _span(anchor)[0]
    found = node_from(text, at)
    if found is None:
        tags = [token for token in tokens(text) if isinstance(token, yaml.TagToken)]
        before = [_span(token)[0] for token in tags if _span(token)[1] <= at]
        found = node_from(text, before[-1]) if before else None
    return found


def _value(document: Document, anchor: yaml.AnchorToken) -> tuple[Any] | None:
    """Return the value that an anchor marks, in a tuple; None if only a merge uses it."""
    node = _node(document.text, anchor)
    if node is None:
        return None
    mark = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
    for path, at in document.marks.items():
        if at == mark:
            value = value_at(document.tree, path, ABSENT)
            if value is not ABSENT:
                return (value,)
    return None


def _span(token: yaml.Token) -> tuple[int, int]:
    return int(token.start_mark.index), int(token.end_mark.index)
