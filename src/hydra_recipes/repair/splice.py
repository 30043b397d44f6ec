"""Splices: changes of a file made in its text, where they stand; nothing else is written anew.

Contract: a splice gives the file after it, or None if it can't be made there. Whatever the text
looks like, the file that comes out holds what it held with exactly this change.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from yaml import MappingNode, ScalarNode

from hydra_recipes.changes import Change, apply
from hydra_recipes.documents import Document, parse_document
from hydra_recipes.emit import scalar, to_yaml
from hydra_recipes.errors import DocumentError
from hydra_recipes.keys import value_at
from hydra_recipes.origins import KeyPath
from hydra_recipes.recipe import canonical
from hydra_recipes.repair.nodes import Pair, is_flow, line_end, node_at, pair_at, pairs_of

_ANCHOR = re.compile(r"&[^\s,\[\]{}]+\s+")


def replaced(document: Document, change: Change, alike: Sequence[Change] = ()) -> Document | None:
    """The file with one value for another; an anchor before it stays.

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
    start, end = pair.span
    text = _flow(change.value, document)
    anchor = _ANCHOR.match(document.text, start)
    if start == end:  # nothing stands behind the colon
        text = f" {text}"
    elif anchor is not None and not pair.is_alias:
        start = anchor.end()
    return _after(document, [change, *alike], document.text[:start] + text + document.text[end:])


def renamed(document: Document, path: KeyPath, name: str) -> Document | None:
    """The file with another name for a key, its value and comments as they are."""
    pair = pair_at(document, path)
    if pair is None or pair.key is None:
        return None
    start, end = pair.key.start_mark.index, pair.key.end_mark.index
    changes = [
        Change("delete", path),
        Change("add", (*path[:-1], name), value_at(document.tree, path)),
    ]
    text = document.text[:start] + _flow(name, document) + document.text[end:]
    return _after(document, changes, text)


def added(document: Document, change: Change) -> Document | None:
    """The file with one more key, behind the others of its mapping and before what follows."""
    parent = node_at(document, change.path[:-1])
    if not isinstance(parent, MappingNode) or not isinstance(change.path[-1], str):
        return None
    pairs = pairs_of(document, parent)
    key = _flow(change.path[-1], document)
    if is_flow(parent):
        last = pairs[-1] if pairs else None
        at = last.span[1] if last else parent.end_mark.index - 1
        before = _gap(document.text, last) if last else ""
        new = f"{before}{key}: {_flow(change.value, document)}"
    elif pairs:
        at = line_end(document.text, pairs[-1].end)
        indent = " " * pairs[0].key.start_mark.column if pairs[0].key else ""
        lines = to_yaml({change.path[-1]: change.value}).splitlines()
        ending = _ending(document.text)
        new = "".join(f"{ending}{indent}{line}" for line in lines)
    else:
        return None
    return _after(document, [change], document.text[:at] + new + document.text[at:])


def cut(document: Document, path: KeyPath, which: int = -1) -> Document | None:
    """The file without a key, its value, and the comment beside it.

    Args:
        document: The file.
        path: The key.
        which: Where it is written several times, which of these goes; then the others stay.
    """
    parent = node_at(document, path[:-1])
    if not isinstance(parent, MappingNode):
        return None
    pairs = pairs_of(document, parent)
    same = [at for at, pair in enumerate(pairs) if pair.names(path[-1])]
    if not same:
        return None
    if len(pairs) == 1 and not is_flow(parent):
        return _emptied(document, path)
    text = _without(document.text, pairs, same[which], flow=is_flow(parent))
    if len(same) == 1:
        return _after(document, [Change("delete", path)], text)
    return _read(text, document.file)


def _emptied(document: Document, path: KeyPath) -> Document | None:
    """The file without the only key of a mapping in block style, which stays as ``{}``."""
    section, pair = pair_at(document, path[:-1]), pair_at(document, path)
    if section is None or pair is None or section.is_alias:
        return None
    text = document.text
    left, right = text[: pair.start] + "{}", text[line_end(text, pair.end) :]
    if section.key is not None:
        colon = text.index(":", section.key.end_mark.index) + 1
        above = text[colon : text.rfind("\n", 0, pair.start)]  # with what is beside the section
        left = f"{text[:colon]} {{}}{above}"
    return _after(document, [Change("delete", path)], left + right)


def _without(text: str, pairs: list[Pair], at: int, *, flow: bool) -> str:
    """A text without one of a mapping's pairs."""
    pair, following = pairs[at], pairs[at + 1] if at + 1 < len(pairs) else None
    start, end = pair.start, pair.end
    line = text.rfind("\n", 0, start) + 1
    if not flow and not text[line:start].strip():
        return text[:line] + text[line_end(text, end, with_break=True) :]
    if following is not None:
        return text[:start] + text[following.start :]
    return text[: pairs[at - 1].end if at else start] + text[end:]


def _in_flow(document: Document, path: KeyPath, pair: Pair) -> bool:
    """Whether a mapping or a list may be put there in flow style: as what is there or around it."""
    parent = node_at(document, path[:-1])
    return is_flow(pair.value) or is_flow(parent)


def _flow(value: Any, document: Document) -> str:
    """A value as text in flow style; as JSON in a file that is JSON."""
    if is_json(document.text):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(k)}: {_flow(v, document)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item, document) for item in value) + "]"
    return scalar(value)


def is_json(text: str) -> bool:
    """Whether a text is JSON, not YAML that looks like it and may have comments."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _gap(text: str, last: Pair) -> str:
    """What parts the keys of a mapping in flow style: a line break, if each has its own line."""
    line = text.rfind("\n", 0, last.start) + 1
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
    return found if found and canonical(found.tree) == canonical(wanted) else None


def _read(text: str, file: str) -> Document | None:
    try:
        return parse_document(text, file)
    except DocumentError:
        return None


def sharing(document: Document, path: KeyPath) -> list[KeyPath]:
    """The keys whose value stands where this one's does: an anchor's key and its aliases'."""
    mark = document.marks.get(path)
    if mark is None or isinstance(value_at(document.tree, path), dict | list):
        return [path]
    return [
        other for other, at in document.marks.items() if at == mark and _is_leaf(document, other)
    ]


def _is_leaf(document: Document, path: KeyPath) -> bool:
    try:
        return not isinstance(value_at(document.tree, path), dict | list)
    except (KeyError, IndexError, TypeError):  # what a merge brings stands in no key of the tree
        return False
