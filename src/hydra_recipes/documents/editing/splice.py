"""Splices: changes of a file made in its text, where they stand; nothing else is written anew.

Contract: a splice gives the file after it, or None if it can't be made there. The file that comes
out holds what it held with exactly this change, and the comments of all other keys. Where there are
several ways to write something, the first that is read back as that is taken.

In the file ::

    run: {name: nova, replicas: 2}  # on P5
    optim:
      lr: 1e-05  # as the guide has it

setting ``optim.lr`` to 2e-5 replaces the five characters ``1e-05``. Deleting ``run.replicas`` takes
the comma before it along, ``run: {name: nova}  # on P5``. Deleting ``optim.lr``, the only key of
its section, would leave ``optim:``, which reads as null and not as a section without keys. So
``optim: {}`` is written; the comment beside the key goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from yaml import CollectionNode, MappingNode, SequenceNode

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.editing.anchors import handed_over, has_aliases
from hydra_recipes.documents.editing.change import Change, applied
from hydra_recipes.documents.editing.edit import Edit, ending_of, made
from hydra_recipes.documents.editing.insertion import items_put_in, keys_added
from hydra_recipes.documents.editing.nodes import (
    BREAK,
    COMMENT,
    Pair,
    column,
    comma_behind,
    is_block,
    is_flow,
    line_end,
    line_start,
    node_at,
    pair_at,
    pairs_of,
    position,
    properties,
    same_key,
)
from hydra_recipes.documents.editing.pieces import piece_of
from hydra_recipes.documents.editing.writing import as_flow, key_text, values_written
from hydra_recipes.documents.json_text import is_json
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import canonical, value_at

_REST = re.compile(rf"[ \t]*,?[ \t]*({COMMENT})?(?={BREAK.pattern}|\Z)")
"""What may follow a pair on its line and go with it: a comma and a comment."""
_BLANKS = re.compile(rf"(?:[ \t]*(?:{BREAK.pattern}))*")


def replaced(document: Document, change: Change, alike: Sequence[Change] = ()) -> Document | None:
    """Return the file with one value replaced; its anchor stays, or goes to its first alias.

    Args:
        document: The file.
        change: The change of a key.
        alike: The changes to the same value of all keys that share the old one by aliases.
    """
    pairs = [pair_at(document, each.path) for each in (change, *alike)]
    pair = next((pair for pair in pairs if pair and not (alike and pair.is_alias)), None)
    if pair is None:  # what a merge brings: the mapping gets a key of its own
        return None if alike else added(document, change)
    anchor = "" if pair.is_alias else properties(document.text, *pair.span)[0]
    kept = anchor if alike or not (anchor and has_aliases(document.text, anchor)) else ""
    parent = node_at(document, change.path[:-1])
    ways = values_written(document, pair, change.value, kept, in_flow=is_flow(parent))
    return _first(document, [change, *alike], ways, kept=[kept])


def renamed(document: Document, path: KeyPath, name: str) -> Document | None:
    """Return the file with a key renamed, its value and comments as they are."""
    pair = pair_at(document, path)
    if pair is None or pair.key is None:
        return None
    start, end = int(pair.key.start_mark.index), int(pair.key.end_mark.index)
    value = value_at(document.tree, path)
    changes = [Change("delete", path), Change("add", (*path[:-1], name), value)]
    text = as_flow(name, document) if pair.start < start else key_text(name, document)
    end = start + len(document.text[start:end].rstrip())
    below = f"{text.rstrip()}{ending_of(document.text)}{' ' * column(document.text, start)}"
    no_tab = []
    if pair.head is not None and document.text.startswith("\t", pair.head):
        no_tab = [Edit(pair.head, pair.head + 1, " ")]  # none may stand behind the colon then
    ways = ([Edit(start, end, text)], [Edit(start, end, below), *no_tab])
    return _first(document, changes, ways)


def moved(document: Document, old: KeyPath, new: Change) -> Document | None:
    """Return the file with a key moved to another section, with the comments in and beside it."""
    pair = pair_at(document, old)
    rest = _REST.match(document.text, pair.end) if pair and pair.key else None
    comment = rest[1] if rest and rest[1] else ""
    without_old = cut(document, old)
    if without_old is None or pair is None:
        return None
    if without_old.text.count(comment) == document.text.count(comment):
        comment = ""  # it stays
    is_piece = is_block(pair.value) and not pair.is_alias
    piece = piece_of(document.text, pair.value, pair.head or 0) if is_piece else None
    if pair.head is not None and piece is not None:
        beside = document.text[pair.head : line_end(document.text, pair.head)]
        beside_head = re.search(COMMENT, beside)
        note = f" {beside_head[0]}" if beside_head else ""
        if in_place := _first(without_old, [new], keys_added(without_old, new, note, piece)):
            return in_place
    return added(without_old, new, f"  {comment}" if comment else "")


def added(
    document: Document, change: Change, comment: str = "", alike: Sequence[Change] = ()
) -> Document | None:
    """Return the file with one more key, behind the others of its mapping.

    Args:
        document: The file.
        change: The change that adds the key, or puts an item into a list.
        comment: What to put beside it; in flow style there is no place for one.
        alike: The same additions to all keys that share the mapping by aliases.
    """
    parent = node_at(document, change.path[:-1])
    if isinstance(parent, SequenceNode):
        return _first(document, [change, *alike], items_put_in(document, parent, change))
    return _first(document, [change, *alike], keys_added(document, change, comment))


def cut(
    document: Document, path: KeyPath, which: int = -1, alike: Sequence[Change] = ()
) -> Document | None:
    """Return the file without a key or an item, its value, and the comment beside it.

    Args:
        document: The file.
        path: The key, or the item of a list.
        which: Where a key is written several times, which of these goes; then the others stay.
        alike: The same deletions for all keys that share the mapping by aliases.
    """
    parent = node_at(document, path[:-1])
    index = position(document, path, parent)
    if index is None or not isinstance(parent, CollectionNode):
        return None
    pairs = pairs_of(document.text, parent)
    same = same_key(pairs, index)
    changes = [Change("delete", path), *alike]
    if len(pairs) == 1 and not is_flow(parent):
        return _first(document, changes, _emptied(document, path, pairs[0], parent))
    ways = _without(document.text, pairs, same[which], parent)
    if len(same) == 1:
        return _first(document, changes, ways)
    return _read(made(document.text, next(ways)), document.file)


def _emptied(
    document: Document, path: KeyPath, pair: Pair, parent: CollectionNode
) -> Iterator[list[Edit]]:
    """Yield the edits that remove the only key or item of a block section, which stays, empty."""
    section = pair_at(document, path[:-1])
    text, empty = document.text, "{}" if isinstance(parent, MappingNode) else "[]"
    end = line_end(text, pair.end)
    line = line_start(text, pair.start)
    # What an alias stands for is written where its anchor is.
    head = None if section is None or section.is_alias else section.head
    if head is not None and not text[line : pair.start].strip():
        start = int(parent.start_mark.index)
        behind = properties(text, start, pair.start)[1] if start < pair.start else head
        behind = max(behind, head)
        above = len(text[:line].rstrip("\r\n"))
        if above >= behind:
            yield [Edit(behind, behind, f" {empty}"), Edit(above, end)]
    yield [Edit(pair.start, end, empty)]


def _without(
    text: str, pairs: Sequence[Pair], index: int, parent: CollectionNode
) -> Iterator[list[Edit]]:
    """Yield the ways to remove one of a section's pairs; comments of others stay."""
    pair, is_last = pairs[index], index + 1 == len(pairs)
    flow = is_flow(parent)
    rest = _REST.match(text, pair.end)
    line = line_start(text, pair.start)
    start, end = pair.start, pair.end  # of what goes; in the examples it is lr
    if rest is not None and not text[line:start].strip():
        # "lr: 1  # why" alone on its lines: they go.
        start, end = line, line_end(text, end, with_break=True)
    elif is_last and index and "#" not in text[pairs[index - 1].end : start]:
        # "{steps: 9, lr: 1}": the comma before it goes too.
        start = pairs[index - 1].end
    elif is_last and not index:
        # "{lr: 1,}": the comma behind it goes too, if there is one.
        comma = comma_behind(text, end)
        end = end if comma is None else comma + 1
    elif not is_last and rest is not None and "#" in text[rest.end() : pairs[index + 1].start]:
        # "{lr: 1,", and below it a comment about the next key: the comment stays.
        start, end = len(text[:start].rstrip(" ")), rest.end()
    elif not is_last:
        # "{lr: 1, steps: 9}": all up to the next key goes.
        end = pairs[index + 1].start
    before = comma_behind(text, pairs[index - 1].end) if flow and is_last and index else None
    if before is not None and before < start:  # JSON has none at the end
        yield [Edit(before, before + 1), Edit(start, end)]
    else:
        yield [Edit(start, end)]
        if not flow:  # a text before it that is to keep its blank lines may have them behind
            blanks = _BLANKS.match(text, end)
            yield [Edit(start, blanks.end() if blanks else end)]
    if flow:
        own = comma_behind(text, pair.end)
        comma = own if own is not None else before
        yield [Edit(pair.start, pair.end), *([] if comma is None else [Edit(comma, comma + 1)])]
        if len(pairs) == 1 and text[int(parent.start_mark.index)] not in "{[":  # alone in a list
            yield [Edit(pair.start, pair.end, "{}")]


def _first(
    document: Document,
    changes: Sequence[Change],
    ways: Iterable[list[Edit]],
    kept: Collection[str] = (),
) -> Document | None:
    """Return the file after the first way that makes these changes and no others, or None."""
    try:
        wanted = applied(document.tree, changes)
    except (KeyError, IndexError, TypeError, ValueError):  # another one has to be made first
        return None
    meant = canonical(wanted)
    for edits in ways:
        for more in handed_over(document, edits, kept):
            after = _read(made(document.text, [*edits, *more]), document.file)
            if after is None or canonical(after.tree) != meant:
                continue
            if is_json(after.text) or not is_json(document.text):
                return after
    return None


def _read(text: str, file: str) -> Document | None:
    try:
        return parse_document(text, file)
    except DocumentError:
        return None


def sharing(document: Document, path: KeyPath) -> list[KeyPath]:
    """Return the keys that share a value: the one with the anchor, and those with its aliases."""
    mark = document.marks.get(path)
    if mark is None or not _is_leaf(document, path):
        return [path]
    return [
        other
        for other, other_mark in document.marks.items()
        if other_mark == mark and _is_leaf(document, other)
    ]


def _is_leaf(document: Document, path: KeyPath) -> bool:
    # What a merge brings has no key here.
    return not isinstance(value_at(document.tree, path, {}), dict | list)
