"""The comments of a recipe file, by the key or list item that they belong to.

A comment belongs to the key on its line, or else to the next key below. Comments before the first
key and after the last belong to the file. A preset that leaves a key to the library has that key's
comment at its end, with the key's name. In

    # A recipe
    model: nova
    # not too many
    epochs: 3  # was 5

``A recipe`` is the file's, ``not too many`` stands above ``epochs``, and ``was 5`` beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.emitter import Comment, to_yaml
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.origin import KeyPath, dotted

_ABOUT_THE_FILE = re.compile(r"#\s*(recipe compose\b|yaml-language-server:|@package\b)")
"""Lines at the top that say how to read the file, and would be wrong in another."""
_BLOCK_COMMENT = re.compile(r"[|>][-+0-9]*\s+#+\s*(.*)")


@dataclass(frozen=True)
class Comments:
    """The comments of a file, without their ``#``.

    Attributes:
        top: The lines at the top of the file.
        above: The lines above each key.
        beside: The comment on each key's line.
        end: The lines below all keys.
    """

    top: tuple[str, ...] = ()
    above: Mapping[KeyPath, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[KeyPath, str] = field(default_factory=dict)
    end: tuple[str, ...] = ()

    def below(self, mount: KeyPath) -> Comments:
        """Return the comments by the paths of keys below a key, which the others keep."""

        def inside(path: KeyPath) -> KeyPath:
            return path[len(mount) :] if path[: len(mount)] == mount else path

        above = {inside(path): block for path, block in self.above.items()}
        beside = {inside(path): text for path, text in self.beside.items()}
        return Comments((*self.top, *above.pop((), ())), above, beside, self.end)


def comments_in(document: Document) -> Comments:
    """Return the comments of a file; one in the middle of a value counts as above its key."""
    lines = _comment_lines(document.text)
    items = {mark.line: path for path, mark in document.marks.items() if _is_item(path)}
    keys = items | {mark.line: path for path, mark in sorted(document.keys.items(), key=_depth)}
    top: list[str] = []
    above: dict[KeyPath, list[str]] = {}
    beside: dict[KeyPath, str] = {}
    waiting: list[str] = []
    current: KeyPath | None = None
    for number in range(1, len(document.text.splitlines()) + 1):
        alone, comment = lines.get(number, (False, ""))
        path = keys.get(number)
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
    kept = {path: block for path in above if (block := _nonempty(above[path]))}
    return Comments(_nonempty(top), kept, beside, _nonempty(waiting))


def _nonempty(block: Iterable[str]) -> tuple[str, ...]:
    """Return a block without its empty lines."""
    return tuple(filter(None, block))


def _is_item(path: KeyPath) -> bool:
    """Return whether a path is that of a list's item."""
    return bool(path) and isinstance(path[-1], int)


def _depth(item: tuple[KeyPath, object]) -> int:
    """Sort outer keys last: where several are on one line, the comment is about the outermost."""
    return -len(item[0])


def _comment_lines(text: str) -> dict[int, tuple[bool, str]]:
    """Return for each line with a comment, from 1, whether it has nothing else, and the comment.

    Empty lines are included, with an empty comment.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    ends: dict[int, int] = {}  # where a line's last token ends
    inside: set[int] = set()  # the lines on which a token goes on to the next
    heads: dict[int, int] = {}  # where a line's block scalar starts
    for token in yaml.scan(text, Loader=loader):
        start, end = token.start_mark, token.end_mark
        if (start.line, start.column) != (end.line, end.column):
            inside.update(range(start.line, end.line))
            ends[end.line] = max(ends.get(end.line, 0), end.column)
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            heads[start.line] = start.column
    comments: dict[int, tuple[bool, str]] = {}
    first = min(ends, default=0)
    for index, line in enumerate(text.splitlines()):
        rest = line[ends.get(index, 0) :].strip()
        if index in inside:
            # The head of a block scalar, as in ``text: |  # a comment``, may have one.
            column = heads.get(index)
            head = None if column is None else _BLOCK_COMMENT.match(line[column:])
            if head:
                comments[index + 1] = (False, head[1].strip())
            continue
        if rest.startswith("#") and not (index < first and _ABOUT_THE_FILE.match(rest)):
            comments[index + 1] = (not ends.get(index), rest.lstrip("#").strip())
        elif not ends.get(index):  # an empty line doesn't part a comment from its key
            comments[index + 1] = (True, "")
    return comments


def with_comments(
    tree: Mapping[str, object],
    comments: Comments,
    prefix: KeyPath,
    comment: Comment | None = None,
    flow: Container[KeyPath] = (),
) -> str:
    """Return a tree as YAML text with the comments of its keys, and those of other keys at the end.

    Args:
        tree: Plain dicts, lists and scalars.
        comments: The comments, by the keys of the file.
        prefix: The start of a path in ``tree`` that the file's paths lack.
        comment: What to write beside a key that has no comment there.
        flow: The keys whose values are written in one line.
    """

    def key_of(path: KeyPath) -> KeyPath:
        return path[len(prefix) :] if path[: len(prefix)] == prefix else ("", *path)

    def beside(path: KeyPath) -> str | None:
        return comments.beside.get(key_of(path)) or (comment(path) if comment else None)

    text = to_yaml(tree, beside, flow=flow) if tree else ""
    lines = text.splitlines()
    document = parse_document(text, "") if tree else None
    marks, keys = (document.marks, document.keys) if document else ({}, {})
    items = {path: mark for path, mark in marks.items() if _is_item(path)}
    for path, mark in sorted({**items, **keys}.items(), key=lambda item: -item[1].line):
        indent = mark.column - (3 if path in items else 1)
        for line in reversed(comments.above.get(key_of(path), ())):
            lines.insert(mark.line - 1, f"{' ' * indent}# {line}".rstrip())
    others = _of_others(comments, set(map(key_of, (*items, *keys))))
    ending = (f"# {line}".rstrip() for line in (*others, *comments.end))
    return "".join(f"{line}\n" for line in (*lines, *ending))


def _of_others(comments: Comments, written: Collection[KeyPath]) -> Iterator[str]:
    """Yield the comments of keys that aren't written, each after its key's name."""
    for path in dict.fromkeys((*comments.above, *comments.beside)):
        if path not in written:
            own = (comments.beside[path],) if path in comments.beside else ()
            for comment in (*comments.above.get(path, ()), *own):
                yield f"{dotted(path)}: {comment}"
