"""Nodes: where the keys and values of a YAML file stand in its text, character by character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import yaml
from yaml import CollectionNode, MappingNode, Node, SequenceNode

from hydra_recipes.documents.document import Document, Mark
from hydra_recipes.documents.json_text import shortened, with_pairs_masked
from hydra_recipes.origin import KeyPath

_BREAKS = "\n\r\x85\u2028\u2029"
"""What ends a line for a parser of YAML 1.1."""
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
COMMENT = f"#[^{_BREAKS}]*"
_GAP = rf"(?:\s|{COMMENT}(?=[{_BREAKS}]))*"
"""What may stand between two tokens; never a part of a comment."""
_ALIAS = re.compile(rf"(?:[^*#]|{COMMENT})*?(\*[^\s,\[\]{{}}]+)")
_DASH = re.compile(rf"{_GAP}(-)")
_COLON = re.compile(rf"{_GAP}(:)")
_COMMA = re.compile(rf"{_GAP}(,)")
_PROPERTY = re.compile(r"\s*(&[^\s,\[\]{}]+|!(?:<[^>\s]*>|[^\s,\[\]{}]*))")


class Pair(NamedTuple):
    """A key and its value, or an item of a list, where they stand in the text.

    Attributes:
        key: The key; None for an item of a list.
        value: The value; for an alias, what it stands for.
        start: Where it begins; for an item in block style, at its dash, for a key that is marked
            with one, at its question mark.
        head: The end of the colon or the dash that the value stands behind; None if it has none.
        span: Where the value's text begins and ends; where they are one, it has none.
        is_alias: Whether an alias stands there.
        end: Where all of it ends.
    """

    key: Node | None
    value: Node
    start: int
    head: int | None
    span: tuple[int, int]
    is_alias: bool
    end: int


def pairs_of(text: str, parent: CollectionNode) -> list[Pair]:
    """Return the keys of a mapping with their values, or the items of a list, as written."""
    if isinstance(parent, MappingNode):
        return [_pair(text, key, value) for key, value in parent.value]
    found: list[Pair] = []
    behind = properties(text, int(parent.start_mark.index), int(parent.end_mark.index))[1]
    for item in parent.value:
        pair = _pair(text, None, item, behind)
        dash = None if is_flow(parent) else _DASH.match(text, behind)
        if dash is not None:
            pair = pair._replace(start=dash.start(1), head=dash.end(1))
        found.append(pair)
        behind = pair.end
    return found


def _pair(text: str, key: Node | None, value: Node, behind: int = 0) -> Pair:
    """Return a pair; ``behind`` is where the value can begin, if there is no key."""
    start = head = None
    if key is not None:
        start, behind = int(key.start_mark.index), int(key.end_mark.index)
        colon = _COLON.match(text, behind)
        head = colon.end(1) if colon else None
        start = _question_marks(text).get(start, start)
    is_alias = int(value.start_mark.index) < behind
    if is_alias:
        alias = _ALIAS.match(text, behind)
        span = alias.span(1) if alias else (behind, behind)
    elif key is not None and head is None:  # the parser has it before what comes next
        span = (behind, behind)
    else:
        span = (int(value.start_mark.index), end_of(text, value))
    return Pair(key, value, span[0] if start is None else start, head, span, is_alias, span[1])


def end_of(text: str, node: Node) -> int:
    """Return where the text of a value ends, without comments and blank lines below it."""
    if not isinstance(node, CollectionNode) or is_flow(node) or not node.value:
        start, end = int(node.start_mark.index), int(node.end_mark.index)
        return start + len(text[start:end].rstrip())
    if isinstance(node, MappingNode):
        return _pair(text, *node.value[-1]).end
    return pairs_of(text, node)[-1].end


def position(document: Document, path: KeyPath, parent: Node | None) -> int | None:
    """Return the index of a key or item among the pairs of ``parent``; of repeated keys the last.

    None if it isn't among them.
    """
    if not path or not isinstance(parent, CollectionNode):
        return None
    at, mark = path[-1], document.keys.get(path)
    if isinstance(parent, SequenceNode):
        return at if isinstance(at, int) and at < len(parent.value) else None
    places = [_mark(document.text, key) for key, _ in parent.value]
    return places.index(mark) if mark in places else None


def same_key(pairs: Sequence[Pair], at: int) -> list[int]:
    """Return the positions of the pairs that have the same key as one of them."""
    key = pairs[at].key
    if key is None:
        return [at]
    names = [(pair.key.tag, pair.key.value) if pair.key else None for pair in pairs]
    return [other for other, name in enumerate(names) if name == (key.tag, key.value)]


def pair_at(document: Document, path: KeyPath) -> Pair | None:
    """Return the pair at a path; None for what a merge brings."""
    parent = node_at(document, path[:-1]) if path else None
    at = position(document, path, parent)
    if at is None or not isinstance(parent, CollectionNode):
        return None
    return pairs_of(document.text, parent)[at]


def node_at(document: Document, path: KeyPath) -> Node | None:
    """Return PyYAML's node at a path; None if there is none."""
    node = _root(document.text)
    for length in range(1, len(path) + 1):
        at = position(document, path[:length], node)
        if at is None or node is None:
            return None
        node = node.value[at][1] if isinstance(node, MappingNode) else node.value[at]
    return node


def node_from(text: str, start: int) -> Node | None:
    """Return the node that begins at an offset, with its anchor and tag; None if none does."""
    waiting = [_root(text)]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        at = int(node.start_mark.index)
        if at == start and _PROPERTY.match(text, at):
            return node
        if isinstance(node, MappingNode):
            waiting += [value for _, value in node.value]
        elif isinstance(node, SequenceNode):
            waiting += node.value
    return None


def properties(text: str, start: int, end: int) -> tuple[str, int]:
    """Return the anchor before a value, empty if it has none, and where its anchor and tag end."""
    anchor = ""
    while found := _PROPERTY.match(text, start, end):
        start = found.end(1)
        if found[1].startswith("&"):
            anchor = found[1]
    return anchor, start


def value_start(text: str, behind: int, end: int) -> int:
    """Return where a value begins, behind its anchor, its tag and comments."""
    found = re.compile(_GAP).match(text, behind, end)
    return found.end() if found else behind


def first_in(text: str, node: CollectionNode) -> int:
    """Return where the first key or dash of a mapping or list in block style stands."""
    return pairs_of(text, node)[0].start


def is_block(node: Node | None) -> bool:
    """Return whether a mapping or a list is written in lines of its own."""
    return isinstance(node, CollectionNode) and not node.flow_style and bool(node.value)


@lru_cache(maxsize=2)
def _root(text: str) -> Node | None:
    try:  # with the parser that reads the file
        return yaml.compose(
            with_pairs_masked(text), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    except yaml.YAMLError:
        return None


def _mark(text: str, node: Node) -> Mark:
    at = node.start_mark
    shift = shortened(text, at.index - at.column, at.index)
    return Mark(at.line + 1, at.column + 1 - shift)


def is_flow(node: Node | None) -> bool:
    """Return whether a mapping or a list is written in brackets."""
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def comma_behind(text: str, at: int) -> int | None:
    """Return where the comma behind a pair stands, past comments; None if there is none."""
    found = _COMMA.match(text, at)
    return found.start(1) if found else None


def line_start(text: str, at: int) -> int:
    """Return the offset at which the line of an offset begins."""
    return max(text.rfind(one, 0, at) for one in _BREAKS) + 1


def line_end(text: str, at: int, *, with_break: bool = False) -> int:
    """Return the offset at which the line of an offset ends."""
    found = BREAK.search(text, at)
    if found is None:
        return len(text)
    return found.end() if with_break else found.start()


def column(text: str, at: int) -> int:
    """Return the number of characters before an offset in its line."""
    return at - line_start(text, at)


@lru_cache(maxsize=2)
def tokens(text: str) -> tuple[yaml.Token, ...]:
    """Return PyYAML's tokens of a text."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(yaml.scan(with_pairs_masked(text), Loader=loader))


@lru_cache(maxsize=2)
def _question_marks(text: str) -> dict[int, int]:
    """Return the offsets of the question marks before keys, by the offset of the key."""
    if "?" not in text:
        return {}
    found = pairwise(tokens(text))
    marked = (two for two in found if isinstance(two[0], yaml.KeyToken) and _width(two[0]))
    return {after.start_mark.index: mark.start_mark.index for mark, after in marked}


def _width(token: yaml.Token) -> int:
    return int(token.end_mark.index - token.start_mark.index)
