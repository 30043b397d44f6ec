"""Nodes: where the keys and values of a YAML file stand in its text, character by character."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml
from yaml import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from hydra_recipes.documents import Document
from hydra_recipes.origins import KeyPath


class Pair(NamedTuple):
    """A key and its value, or an item of a list, where they stand in the text.

    Attributes:
        key: The key; None for an item of a list.
        value: The value; for an alias, what it stands for.
        span: Where the value's text begins and ends; where they are one, it has none.
        is_alias: Whether an alias stands there.
        end: Where all of it ends.
    """

    key: Node | None
    value: Node
    span: tuple[int, int]
    is_alias: bool
    end: int

    @property
    def start(self) -> int:
        """Where it begins."""
        return int(self.key.start_mark.index) if self.key is not None else self.span[0]

    def names(self, key: Any) -> bool:
        """Whether this is the key."""
        return isinstance(self.key, ScalarNode) and self.key.value == str(key)


def pairs_of(document: Document, parent: MappingNode) -> list[Pair]:
    """The keys of a mapping in the order of the text, with their values."""
    return [_pair(document.text, key, value) for key, value in parent.value]


def _pair(text: str, key: Node | None, value: Node, behind: int = 0) -> Pair:
    """A pair; ``behind`` is where the value can begin, if there is no key."""
    behind = key.end_mark.index if key is not None else behind
    if value.start_mark.index >= behind:
        span = (value.start_mark.index, _end(text, value))
        return Pair(key, value, span, is_alias=False, end=span[1])
    alias = re.compile(r"[^*\n]*?(\*[^\s,\[\]{}]+)").match(text, behind)
    span = alias.span(1) if alias else (behind, behind)
    return Pair(key, value, span, is_alias=True, end=span[1])


def _end(text: str, node: Node) -> int:
    """Where the text of a value ends, comments and blank lines below it left out."""
    if not isinstance(node, CollectionNode) or is_flow(node) or not node.value:
        start, end = int(node.start_mark.index), int(node.end_mark.index)
        return start + len(text[start:end].rstrip())
    if isinstance(node, MappingNode):
        return _pair(text, *node.value[-1]).end
    behind = _end(text, node.value[-2]) if len(node.value) > 1 else node.start_mark.index
    return _pair(text, None, node.value[-1], behind).end


def pair_at(document: Document, path: KeyPath) -> Pair | None:
    """What stands at a key or an item; where it is written several times, the last."""
    parent = node_at(document, path[:-1]) if path else None
    if isinstance(parent, MappingNode):
        return next((p for p in reversed(pairs_of(document, parent)) if p.names(path[-1])), None)
    at = path[-1] if path else None
    if isinstance(parent, SequenceNode) and isinstance(at, int) and at < len(parent.value):
        behind = _end(document.text, parent.value[at - 1]) if at else parent.start_mark.index
        return _pair(document.text, None, parent.value[at], behind)
    return None


def node_at(document: Document, path: KeyPath) -> Node | None:
    """What stands at a key or an item, as PyYAML has it; None if nothing does."""
    try:
        node = yaml.compose(document.text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    for key in path:
        if isinstance(node, MappingNode):
            found = (value for at, value in reversed(node.value) if at.value == str(key))
            node = next(found, None)
        elif isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
        else:
            return None
    return node


def is_flow(node: Node | None) -> bool:
    """Whether a mapping or a list is written in brackets."""
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def line_end(text: str, at: int, *, with_break: bool = False) -> int:
    """Where the line ends that a place is in."""
    found = text.find("\n", at)
    if found < 0:
        return len(text)
    return found + 1 if with_break else found - (text[found - 1] == "\r")
