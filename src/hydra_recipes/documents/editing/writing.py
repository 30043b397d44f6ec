"""Writing: a new value in a file's text, in the style of what was there or stands around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from yaml import CollectionNode

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.editing.edit import Edit, as_lines, ending_of
from hydra_recipes.documents.editing.nodes import (
    Pair,
    column,
    first_in,
    is_block,
    is_flow,
    line_end,
    line_start,
    properties,
    value_start,
)
from hydra_recipes.documents.editing.pieces import header_comment
from hydra_recipes.documents.emitter import to_yaml, with_points
from hydra_recipes.documents.json_text import is_json
from hydra_recipes.literals import in_brackets, in_flow

_LONGEST_KEY = 1000
"""A longer key is marked with a question mark; see ``emitter``."""


def as_flow(value: Any, document: Document, *, inside: bool = False) -> str:
    """Return a value as text in one line; as JSON in a JSON file."""
    if is_json(document.text):
        return with_points(json.dumps(value, ensure_ascii=document.text.isascii()))
    return in_brackets(value) if inside else in_flow(value)


def key_text(key: Any, document: Document) -> str:
    """Return a key as text in one line; a long one with the mark that YAML readers ask for."""
    text = as_flow(key, document, inside=True)
    return f"? {text} " if len(text) > _LONGEST_KEY and not is_json(document.text) else text


def values_written(
    document: Document, pair: Pair, value: Any, anchor: str, *, in_flow: bool
) -> Iterator[list[Edit]]:
    """Yield the ways to write a value where another stands.

    Args:
        document: The file.
        pair: What stands there.
        value: The value.
        anchor: The anchor that stays before it, if one does.
        in_flow: Whether it stands in brackets.
    """
    text = document.text
    flow = as_flow(value, document, inside=in_flow)
    block = is_block(pair.value) and not pair.is_alias
    as_block = isinstance(value, dict) and bool(value) and not in_flow
    as_block = as_block and (pair.is_alias or not is_flow(pair.value))
    if as_block:
        lines = to_yaml(value).splitlines()
        yield from _in_lines(text, pair, lines, anchor, block=block)
    if block:
        yield from _for_block(text, pair, f"{anchor} {flow}" if anchor else flow)
        return
    start, end = pair.span
    comment = None if pair.is_alias else header_comment(text, pair.value)
    if comment:
        flow = f"{flow} {comment}"
    if pair.head is None and pair.key is not None:  # a key without a colon
        yield [Edit(start, end, f": {flow}")]
        line = line_end(text, end)
        at = column(text, pair.start)
        yield [Edit(line, line, as_lines(text, [f": {flow}"], at))]
        return
    behind, begin = _inside(text, pair)
    if start == end:
        yield [Edit(start, end, f" {flow}")]
    elif text[behind:begin].strip():  # a comment stands between an anchor and the value
        yield [Edit(start, behind, anchor), Edit(begin, end, flow)]
    else:
        yield [Edit(start, end, f"{anchor} {flow}" if anchor else flow)]


def _inside(text: str, pair: Pair) -> tuple[int, int]:
    """Return where the anchor and the tag of a value end, and where it begins behind them."""
    start, end = pair.span
    behind = start if pair.is_alias else properties(text, start, end)[1]
    return behind, value_start(text, behind, end)


def _in_lines(
    text: str, pair: Pair, lines: list[str], anchor: str, *, block: bool
) -> Iterator[list[Edit]]:
    """Yield the ways to write a mapping in lines of its own where something else stood."""
    start, end = pair.span
    if block:
        assert isinstance(pair.value, CollectionNode)
        yield from _for_block(text, pair, anchor, lines)
        return
    head, at = pair.head, column(text, pair.start)
    behind, begin = _inside(text, pair)
    if text[behind:begin].strip():
        return  # the comment there stays
    beside_head = head is not None and line_start(text, start) == line_start(text, head)
    if pair.key is not None and head is not None and beside_head:
        comment = None if pair.is_alias else header_comment(text, pair.value)
        beside = (f" {anchor}" if anchor else "") + (f"  {comment}" if comment else "")
        where = line_end(text, end)
        yield [Edit(head, end, beside), Edit(where, where, as_lines(text, lines, at + 2))]
    if pair.key is None and not anchor:
        first, *below = lines
        note = None if pair.is_alias else header_comment(text, pair.value)
        first = f"{' ' * (start == end)}{first}" + (f"  {note}" if note else "")
        at = column(text, start) + (start == end)
        where = line_end(text, end)
        yield [Edit(start, end, first), Edit(where, where, as_lines(text, below, at))]
    elif pair.key is None and head is not None:
        where = line_end(text, end)
        new = as_lines(text, lines, at + 2)
        yield [Edit(head, end, f" {anchor}"), Edit(where, where, new)]


def _for_block(
    text: str, pair: Pair, beside: str, lines: list[str] | None = None
) -> Iterator[list[Edit]]:
    """Something else for a mapping or list in block style; the comments above its keys stay."""
    node = pair.value
    assert isinstance(node, CollectionNode)
    start, end = pair.span
    behind = properties(text, start, end)[1]
    child = first_in(text, node)
    head, line = pair.head, line_start(text, child)
    last = line_end(text, end)
    at = column(text, pair.start) + 2
    if head is not None and not text[line:child].strip():
        new = f" {beside}" if beside else ""
        edits = [Edit(head, behind if behind > start else head, new)]
        if lines is not None:
            body = as_lines(text, lines, at).removeprefix(ending_of(text))
            yield [*edits, Edit(line, last, body)]
        else:
            yield [*edits, Edit(line, line_end(text, end, with_break=True))]
    if lines is None:
        yield [Edit(start, last, beside)]
    elif not beside:
        body = as_lines(text, lines, column(text, child)).removeprefix(ending_of(text))
        yield [Edit(start, last, body.lstrip(" "))]
