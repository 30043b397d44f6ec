"""Nodes: where the keys and values of a YAML file stand in its text, character by character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import yaml
from yaml import CollectionNode, MappingNode, Node, SequenceNode

from hydra_recipes.documents.document import Document, Mark
from hydra_recipes.documents.json_text import with_pairs_masked
from hydra_recipes.origin import KeyPath

_ALIAS = re.compile(r"(?:[^*#]|#[^\n]*)*?(\*[^\s,\[\]{}]+)")
_DASH = re.compile(r"(?:\s|#[^\n]*)*(-)")
_ANCHOR = re.compile(r"&[^\s,\[\]{}]+\s+")


class Pair(NamedTuple):
    """A key and its value, or an item of a list, where they stand in the text.

    Attributes:
        key: The key; None for an item of a list.
        value: The value; for an alias, what it stands for.
        start: Where it begins; for an item in block style, at its dash.
        span: Where the value's text begins and ends; where they are one, it has none.
        is_alias: Whether an alias stands there.
        end: Where all of it ends.
    """

    key: Node | None
    value: Node
    start: int
    span: tuple[int, int]
    is_alias: bool
    end: int

    def anchor_end(self, text: str) -> int | None:
        """Where the value begins behind its anchor, if it has one."""
        anchor = None if self.is_alias else _ANCHOR.match(text, self.span[0], self.span[1])
        return anchor.end() if anchor else None


def pairs_of(document: Document, parent: CollectionNode) -> list[Pair]:
    """The keys of a mapping with their values, or the items of a list, as the text has them."""
    text = document.text
    if isinstance(parent, MappingNode):
        return [_pair(text, key, value) for key, value in parent.value]
    found: list[Pair] = []
    behind = int(parent.start_mark.index)
    for item in parent.value:
        pair = _pair(text, None, item, behind)
        dash = None if is_flow(parent) else _DASH.match(text, behind)
        if dash is not None:
            pair = pair._replace(start=dash.start(1))
        found.append(pair)
        behind = pair.end
    return found


def _pair(text: str, key: Node | None, value: Node, behind: int = 0) -> Pair:
    """A pair; ``behind`` is where the value can begin, if there is no key."""
    start = None if key is None else int(key.start_mark.index)
    behind = behind if key is None else int(key.end_mark.index)
    is_alias = int(value.start_mark.index) < behind
    if is_alias:
        alias = _ALIAS.match(text, behind)
        span = alias.span(1) if alias else (behind, behind)
    else:
        span = (int(value.start_mark.index), _end(text, value))
    return Pair(key, value, span[0] if start is None else start, span, is_alias, span[1])


def _end(text: str, node: Node) -> int:
    """Where the text of a value ends, comments and blank lines below it left out."""
    if not isinstance(node, CollectionNode) or is_flow(node) or not node.value:
        start, end = int(node.start_mark.index), int(node.end_mark.index)
        return start + len(text[start:end].rstrip())
    if isinstance(node, MappingNode):
        return _pair(text, *node.value[-1]).end
    behind = _end(text, node.value[-2]) if len(node.value) > 1 else int(node.start_mark.index)
    return _pair(text, None, node.value[-1], behind).end


def position(document: Document, path: KeyPath, parent: Node | None) -> int | None:
    """Which of its pairs, in a mapping or list, a key or an item is; of repeated keys the last."""
    if not path or not isinstance(parent, CollectionNode):
        return None
    at, mark = path[-1], document.keys.get(path)
    if isinstance(parent, SequenceNode):
        return at if isinstance(at, int) and at < len(parent.value) else None
    places = [_mark(key) for key, _ in parent.value]
    return places.index(mark) if mark in places else None


def same_key(pairs: Sequence[Pair], at: int) -> list[int]:
    """The pairs that have the same key as one of them."""
    key = pairs[at].key
    if key is None:
        return [at]
    names = [(pair.key.tag, pair.key.value) if pair.key else None for pair in pairs]
    return [other for other, name in enumerate(names) if name == (key.tag, key.value)]


def pair_at(document: Document, path: KeyPath) -> Pair | None:
    """What stands at a key or an item; None for what a merge brings."""
    parent = node_at(document, path[:-1]) if path else None
    at = position(document, path, parent)
    if at is None or not isinstance(parent, CollectionNode):
        return None
    return pairs_of(document, parent)[at]


def node_at(document: Document, path: KeyPath) -> Node | None:
    """What stands at a key or an item, as PyYAML has it; None if nothing does."""
    node = _root(document.text)
    for length in range(1, len(path) + 1):
        at = position(document, path[:length], node)
        if at is None or node is None:
            return None
        node = node.value[at][1] if isinstance(node, MappingNode) else node.value[at]
    return node


@lru_cache(maxsize=2)
def _root(text: str) -> Node | None:
    try:  # with the parser that reads the file
        return yaml.compose(
            with_pairs_masked(text), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    except yaml.YAMLError:
        return None


def _mark(node: Node) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def is_flow(node: Node | None) -> bool:
    """Whether a mapping or a list is written in brackets."""
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def line_start(text: str, at: int) -> int:
    """Where the line begins that a place is in."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int, *, with_break: bool = False) -> int:
    """Where the line ends that a place is in."""
    found = text.find("\n", at)
    if found < 0:
        return len(text)
    return found + 1 if with_break else found - (text[found - 1] == "\r")
