"""The comments of a recipe file, by the key or the item of a list that they belong to.

A comment belongs to the key on whose line it ends, or to the key below it. Comments at the top and
at the end of the file belong to the file. Where a preset leaves a key to the library, the comment
stands at the preset's end with the key's name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.origin import KeyPath, dotted

_ABOUT_THE_FILE = re.compile(r"#\s*(recipe compose\b|yaml-language-server:|@package\b)")
"""Lines at the top that say how a file is to be read, and would be wrong in another."""


@dataclass(frozen=True)
class Comments:
    """Comments, without their ``#``.

    Attributes:
        top: What stands at the top of the file.
        above: What stands above keys, a line each.
        beside: What stands on the keys' lines.
        end: What stands below all keys.
    """

    top: tuple[str, ...] = ()
    above: Mapping[KeyPath, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[KeyPath, str] = field(default_factory=dict)
    end: tuple[str, ...] = ()


def comments_in(document: Document) -> Comments:
    """The comments of a file that was read; one in the middle of a value is above its key."""
    lines = _comment_lines(document.text)
    items = {mark.line: path for path, mark in document.marks.items() if _is_item(path)}
    keys = items | {mark.line: path for path, mark in sorted(document.keys.items(), key=_depth)}
    top: list[str] = []
    above: dict[KeyPath, list[str]] = {}
    beside: dict[KeyPath, str] = {}
    waiting: list[str] = []
    current: KeyPath | None = None
    for at in range(1, len(document.text.splitlines()) + 1):
        alone, comment = lines.get(at, (False, ""))
        path = keys.get(at)
        if path is None and alone:
            waiting.append(comment)
            continue
        if path is not None and comment:
            beside[path] = comment
        elif comment:
            waiting.append(comment)
        about = top if current is None else above.setdefault(current if path is None else path, [])
        about += waiting
        current = path or current
        waiting = []
    kept = {path: block for path in above if (block := _told(above[path]))}
    return Comments(_told(top), kept, beside, _told(waiting))


def _told(block: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, block))


def _is_item(path: KeyPath) -> bool:
    return bool(path) and isinstance(path[-1], int)


def _depth(item: tuple[KeyPath, object]) -> int:
    """Outer keys last: of several on one line the comment is about the outermost."""
    return -len(item[0])


def _comment_lines(text: str) -> dict[int, tuple[bool, str]]:
    """The lines that have a comment: whether there is nothing else, and its text."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    ends: dict[int, int] = {}
    inside: set[int] = set()
    heads: dict[int, int] = {}
    for token in yaml.scan(text, Loader=loader):
        start, end = token.start_mark, token.end_mark
        if (start.line, start.column) != (end.line, end.column):
            inside.update(range(start.line, end.line))
            ends[end.line] = max(ends.get(end.line, 0), end.column)
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            heads[start.line] = start.column
    found: dict[int, tuple[bool, str]] = {}
    first = min(ends, default=0)
    for at, line in enumerate(text.splitlines()):
        rest = line[ends.get(at, 0) :].strip()
        if at in inside:
            head = re.match(r"[|>][-+0-9]*\s+#+\s*(.*)", line[heads[at] :]) if at in heads else None
            found |= {at + 1: (False, head[1].strip())} if head else {}
            continue
        if rest.startswith("#") and not (at < first and _ABOUT_THE_FILE.match(rest)):
            found[at + 1] = (not ends.get(at), rest.lstrip("#").strip())
        elif not ends.get(at):  # a line that is left out doesn't part a comment from its key
            found[at + 1] = (True, "")
    return found


def with_comments(tree: Mapping[str, object], comments: Comments, prefix: KeyPath) -> str:
    """A tree as YAML text with the comments of its keys, and at the end those of other keys.

    Args:
        tree: Plain dicts, lists and scalars.
        comments: The comments.
        prefix: What to leave out of a key to find its comment.
    """

    def key_of(path: KeyPath) -> KeyPath:
        return path[len(prefix) :] if path[: len(prefix)] == prefix else ("", *path)

    text = to_yaml(tree, lambda path: comments.beside.get(key_of(path))) if tree else ""
    lines = text.splitlines()
    document = parse_document(text, "") if tree else None
    marks, keys = (document.marks, document.keys) if document else ({}, {})
    items = {path: mark for path, mark in marks.items() if _is_item(path)}
    for path, mark in sorted({**items, **keys}.items(), key=lambda item: -item[1].line):
        indent = mark.column - (3 if path in items else 1)
        for comment in reversed(comments.above.get(key_of(path), ())):
            lines.insert(mark.line - 1, f"{' ' * indent}# {comment}".rstrip())
    others = _of_others(comments, set(map(key_of, (*items, *keys))))
    ending = (f"# {comment}".rstrip() for comment in (*others, *comments.end))
    return "".join(f"{line}\n" for line in (*lines, *ending))


def _of_others(comments: Comments, written: Collection[KeyPath]) -> Iterator[str]:
    """The comments of keys that aren't written, each with its key's name."""
    for path in dict.fromkeys((*comments.above, *comments.beside)):
        if path not in written:
            own = (comments.beside[path],) if path in comments.beside else ()
            yield from (f"{dotted(path)}: {said}" for said in (*comments.above.get(path, ()), *own))
