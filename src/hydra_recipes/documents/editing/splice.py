"""Splices: changes of a file made in its text, where they stand; nothing else is written anew.

Contract: a splice gives the file after it, or None if it can't be made there. The file that comes
out holds what it held with exactly this change, and the comments of all other keys.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from yaml import CollectionNode, MappingNode, ScalarNode

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.editing.change import Change, apply
from hydra_recipes.documents.editing.nodes import (
    Pair,
    is_flow,
    line_end,
    line_start,
    node_at,
    pair_at,
    pairs_of,
    position,
    same_key,
)
from hydra_recipes.documents.emitter import to_yaml, with_points
from hydra_recipes.documents.json_text import is_json
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.literals import in_flow
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import canonical, value_at

_REST = re.compile(r"[ \t]*,?[ \t]*(#.*)?\r?$", re.MULTILINE)
"""What may follow a pair on its line and go with it: a comma and a comment."""


def replaced(document: Document, change: Change, alike: Sequence[Change] = ()) -> Document | None:
    """The file with one value for another; an anchor before it stays, or goes to its first alias.

    Args:
        document: The file.
        change: The change of a key.
        alike: The changes to the same value of all keys that share the old one by aliases.
    """
    pairs = (pair_at(document, one.path) for one in (change, *alike))
    pair = next((one for one in pairs if one and not (alike and one.is_alias)), None)
    if pair is None or not (isinstance(pair.value, ScalarNode) or is_flow(pair.value)):
        return None
    if isinstance(change.value, dict | list) and not _in_flow(document, change.path, pair):
        return None
    (start, end), text = pair.span, document.text
    new = _flow(change.value, document)
    behind = pair.anchor_end(text)
    if start == end:  # nothing stands behind the colon
        new = f" {new}"
    elif behind is not None:
        heir = None if alike else _first_alias(document, change.path)
        if heir is None:
            start = behind
        else:
            text = text[: heir.span[0]] + text[start:end] + text[heir.span[1] :]
    return _after(document, [change, *alike], text[:start] + new + text[end:])


def _first_alias(document: Document, path: KeyPath) -> Pair | None:
    """The first alias of the anchor at a key, further down in the text."""
    others = (pair_at(document, other) for other in sharing(document, path) if other != path)
    aliases = [pair for pair in others if pair is not None and pair.is_alias]
    return min(aliases, key=lambda pair: pair.span, default=None)


def renamed(document: Document, path: KeyPath, name: str) -> Document | None:
    """The file with another name for a key, its value and comments as they are."""
    pair = pair_at(document, path)
    if pair is None or pair.key is None:
        return None
    start, end = pair.key.start_mark.index, pair.key.end_mark.index
    value = value_at(document.tree, path)
    changes = [Change("delete", path), Change("add", (*path[:-1], name), value)]
    text = document.text[:start] + _flow(name, document) + document.text[end:]
    return _after(document, changes, text)


def moved(document: Document, old: KeyPath, new: Change) -> Document | None:
    """The file with a key in another section, and the comment that stands beside it."""
    pair = pair_at(document, old)
    rest = _REST.match(document.text, pair.end) if pair and pair.key else None
    comment = rest[1] if rest and rest[1] else ""
    left = cut(document, old)
    return left and added(left, new, f"  {comment}" if comment else "")


def added(document: Document, change: Change, comment: str = "") -> Document | None:
    """The file with one more key, behind the others of its mapping and before what follows.

    Args:
        document: The file.
        change: The change that adds the key.
        comment: What to put beside it; in flow style there is no place for one.
    """
    parent = node_at(document, change.path[:-1])
    if not isinstance(parent, MappingNode) or not isinstance(change.path[-1], str):
        return None
    pairs, text = pairs_of(document, parent), document.text
    key = _flow(change.path[-1], document)
    if is_flow(parent):
        at = pairs[-1].end if pairs else int(parent.end_mark.index) - 1
        new = f"{_gap(text, pairs[-1]) if pairs else ''}{key}: {_flow(change.value, document)}"
    elif pairs:
        at = line_end(text, pairs[-1].end)
        indent = " " * (parent.start_mark.column)
        lines = to_yaml({change.path[-1]: change.value}).splitlines()
        lines[0] += comment
        new = "".join(f"{_ending(text)}{indent}{line}" for line in lines)
    else:
        return None
    return _after(document, [change], text[:at] + new + text[at:])


def cut(document: Document, path: KeyPath, which: int = -1) -> Document | None:
    """The file without a key or an item, its value, and the comment beside it.

    Args:
        document: The file.
        path: The key, or the item of a list.
        which: Where a key is written several times, which of these goes; then the others stay.
    """
    parent = node_at(document, path[:-1])
    at = position(document, path, parent)
    if at is None or not isinstance(parent, CollectionNode):
        return None
    pairs = pairs_of(document, parent)
    if len(pairs) == 1 and not is_flow(parent):
        return _emptied(document, path, pairs[0], isinstance(parent, MappingNode))
    same = same_key(pairs, at)
    text = _without(document.text, pairs, same[which], flow=is_flow(parent))
    if len(same) == 1:
        return _after(document, [Change("delete", path)], text)
    return _read(text, document.file)


def _emptied(document: Document, path: KeyPath, pair: Pair, is_mapping: bool) -> Document | None:
    """The file without the only key or item of a section in block style, which stays, empty."""
    section = pair_at(document, path[:-1])
    if section is None or section.is_alias:
        return None
    text, empty = document.text, "{}" if is_mapping else "[]"
    left, right = text[: pair.start] + empty, text[line_end(text, pair.end) :]
    if section.key is not None:
        colon = text.index(":", section.key.end_mark.index) + 1
        above = text[colon : line_start(text, pair.start)].rstrip("\r\n")  # beside the section
        left = f"{text[:colon]} {empty}{above}"
    return _after(document, [Change("delete", path)], left + right)


def _without(text: str, pairs: Sequence[Pair], at: int, *, flow: bool) -> str:
    """A text without one of a section's pairs; comments of others stay."""
    pair, is_last = pairs[at], at + 1 == len(pairs)
    rest = _REST.match(text, pair.end)
    line = line_start(text, pair.start)
    left, right = pair.start, pair.end
    if rest is not None and not text[line:left].strip():  # alone on its lines
        left, right = line, line_end(text, right, with_break=True)
    elif is_last and at and "#" not in text[pairs[at - 1].end : left]:
        left = pairs[at - 1].end
    elif is_last and not at:
        right = (_comma(text, right) or right - 1) + 1
    elif not is_last and rest is not None and "#" in text[rest.end() : pairs[at + 1].start]:
        left, right = len(text[:left].rstrip(" ")), rest.end()
    elif not is_last:
        right = pairs[at + 1].start
    before = _comma(text, pairs[at - 1].end) if flow and is_last and at else None
    if before is not None and before < left:  # JSON has none at the end
        return text[:before] + text[before + 1 : left] + text[right:]
    return text[:left] + text[right:]


def _comma(text: str, behind: int) -> int | None:
    """Where the comma behind a pair stands, comments left aside."""
    found = re.compile(r"(?:\s|#.*)*(,)").match(text, behind)
    return found.start(1) if found else None


def _in_flow(document: Document, path: KeyPath, pair: Pair) -> bool:
    """Whether a mapping or a list may be put there in flow style: as what is there or around it."""
    parent = node_at(document, path[:-1])
    return is_flow(pair.value) or is_flow(parent)


def _flow(value: Any, document: Document) -> str:
    """A value as text in one line; as JSON in a file that is JSON."""
    if is_json(document.text):
        return with_points(json.dumps(value, ensure_ascii=document.text.isascii()))
    return in_flow(value)


def _gap(text: str, last: Pair) -> str:
    """What parts the keys of a mapping in flow style: a line break, if each has its own line."""
    line = line_start(text, last.start)
    blank = text[line : last.start]
    return f",{_ending(text)}{blank}" if line and not blank.strip() else ", "


def _ending(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _after(document: Document, changes: Iterable[Change], text: str) -> Document | None:
    """A text that should be a file after some changes; None if it isn't."""
    found = _read(text, document.file)
    wanted = copy.deepcopy(document.tree)
    for change in changes:
        apply(wanted, change)
    as_meant = found is not None and canonical(found.tree) == canonical(wanted)
    return found if as_meant and (is_json(text) or not is_json(document.text)) else None


def _read(text: str, file: str) -> Document | None:
    try:
        return parse_document(text, file)
    except DocumentError:
        return None


def sharing(document: Document, path: KeyPath) -> list[KeyPath]:
    """The keys whose value stands where this one's does: an anchor's key and its aliases'."""
    mark = document.marks.get(path)
    if mark is None or not _is_leaf(document, path):
        return [path]
    return [
        other for other, at in document.marks.items() if at == mark and _is_leaf(document, other)
    ]


def _is_leaf(document: Document, path: KeyPath) -> bool:
    try:
        return not isinstance(value_at(document.tree, path), dict | list)
    except (KeyError, IndexError, TypeError):  # what a merge brings stands in no key of the tree
        return False
