"""Insertion: where a new key or item can be written, and how, the best place first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yaml import CollectionNode, MappingNode, Node, SequenceNode

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.documents.editing.edit import Edit, as_lines, ending_of
from hydra_recipes.documents.editing.nodes import (
    Pair,
    column,
    comma_behind,
    is_flow,
    line_end,
    line_start,
    node_at,
    pairs_of,
)
from hydra_recipes.documents.editing.pieces import Piece
from hydra_recipes.documents.editing.writing import as_flow, key_text
from hydra_recipes.documents.emitter import to_yaml


def keys_added(
    document: Document, change: Change, comment: str = "", piece: Piece | None = None
) -> Iterator[list[Edit]]:
    """Yield the ways to add a key to a mapping.

    Args:
        document: The file.
        change: The change that adds the key.
        comment: What to put beside it; in flow style there is no place for one.
        piece: The value's text, if it stands in the file already; only for block style.
    """
    parent, text, key = node_at(document, change.path[:-1]), document.text, change.path[-1]
    if not isinstance(parent, MappingNode):
        return
    pairs = pairs_of(text, parent)
    if is_flow(parent) or not pairs:
        if piece is None:
            written = f"{key_text(key, document)}: {as_flow(change.value, document, inside=True)}"
            yield from _in_flow(text, parent, pairs, len(pairs), written)
        return
    if piece is None:
        lines = to_yaml({key: change.value}).splitlines()
        lines[0] += comment
    else:
        head = f" {piece.head}" if piece.head else ""
        head += comment
        lines = [f"{as_flow(key, document)}:{head}", *(f"  {line}" for line in piece.lines)]
    yield from _in_block(text, pairs, len(pairs), lines, column(text, pairs[0].start))


def items_put_in(document: Document, parent: SequenceNode, change: Change) -> Iterator[list[Edit]]:
    """Yield the ways to put an item into a list."""
    text, at = document.text, change.path[-1]
    assert isinstance(at, int)
    pairs = pairs_of(text, parent)
    if is_flow(parent) or not pairs:
        yield from _in_flow(text, parent, pairs, at, as_flow(change.value, document, inside=True))
        return
    lines = [line[2:] for line in to_yaml({"items": [change.value]}).splitlines()[1:]]
    yield from _in_block(text, pairs, at, lines, column(text, pairs[0].start))


def _in_block(
    text: str, pairs: Sequence[Pair], at: int, lines: Sequence[str], indent: int
) -> Iterator[list[Edit]]:
    """New lines behind the pairs before; or behind blank lines that belong to the last of them."""
    if at:
        where = line_end(text, pairs[at - 1].end)
        yield [Edit(where, where, as_lines(text, lines, indent))]
        where = _raw_end(text, pairs[at - 1].value)
        new = as_lines(text, lines, indent).removeprefix(ending_of(text)) + ending_of(text)
        yield [Edit(where, where, new)]
    for before in reversed(pairs[: at + 1]):  # before the one that can't have anything behind it
        first, *below = lines
        body = first + as_lines(text, below, indent) + ending_of(text) + " " * indent
        yield [Edit(before.start, before.start, body)]


def _raw_end(text: str, node: Node) -> int:
    """Return the start of the line after a value and the blank lines behind it."""
    while isinstance(node, CollectionNode) and not is_flow(node) and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = int(node.end_mark.index)
    return end if line_start(text, end) == end else line_end(text, end, with_break=True)


def _in_flow(
    text: str, parent: CollectionNode, pairs: Sequence[Pair], at: int, new: str
) -> Iterator[list[Edit]]:
    """Yield the ways to write a new key or item in brackets."""
    start, end = int(parent.start_mark.index), int(parent.end_mark.index)
    if not pairs:
        inside = end - 1
        yield [Edit(inside, inside, new)]
        yield [Edit(inside, inside, f"{ending_of(text)} {new}")]  # behind a comment
        return
    if at < len(pairs):
        before = pairs[at].start
        yield [Edit(before, before, f"{new}, ")]
        return
    last = pairs[-1].end
    line = line_start(text, pairs[-1].start)
    blank = text[line : pairs[-1].start]
    alone = line > 0 and not blank.strip()
    comma = comma_behind(text, last)
    behind = last if comma is None or comma >= end else comma + 1
    first = [] if behind > last else [Edit(last, last, ",")]
    beside = text[behind : line_end(text, behind)].strip()
    below = f"{ending_of(text)}{blank}{new}"
    if alone and beside.startswith("#"):  # it is beside that key
        where = line_end(text, behind)
        yield [*first, Edit(where, where, below)]
    elif alone:
        yield [Edit(behind, behind, f"{',' * len(first)}{below}")]
    for space in ("", " "):
        yield [Edit(behind, behind, f"{',' * len(first)} {new}{space}")]
    if text[start] not in "{[":  # a pair that stands in a list without brackets of its own
        yield [Edit(start, start, "{"), Edit(last, last, f", {new}}}")]
