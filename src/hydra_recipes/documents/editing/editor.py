"""The editor: changes a file in place; comments, order and formatting stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hydra_recipes.documents.document import Document, Trouble, mount_of, place
from hydra_recipes.documents.editing.change import Change, applied
from hydra_recipes.documents.editing.nodes import node_at
from hydra_recipes.documents.editing.parts import parts
from hydra_recipes.documents.editing.splice import added, cut, moved, renamed, replaced, sharing
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.files import CannotFix
from hydra_recipes.findings.messages.yaml import AboutWrittenKey
from hydra_recipes.tree import canonical, equal, value_at, within


def mended(document: Document, changes: Iterable[Change]) -> str:
    """Return a file's text after some changes of its recipe.

    Args:
        document: The file.
        changes: The changes, of keys of the recipe, in the order in which they are made.

    Raises:
        OutputError: If they can't be made in this file without touching something else.
    """
    mount = mount_of(document)
    placed = [replace(change, path=(*mount, *change.path)) for change in changes]
    return rewritten(document, placed)


def rewritten(document: Document, changes: Sequence[Change]) -> str:
    """Return a file's text after some changes of its whole tree; see ``mended``."""
    text = _text_after(document, changes)
    if text is None:
        raise _obstacle(document, changes)
    return text


def _obstacle(document: Document, changes: Sequence[Change]) -> OutputError:
    """Return the error for changes that can't be made: what prevents them, and where."""
    for trouble in _in_the_way(document, changes):
        detail = trouble.detail
        name = trouble.path[-1] if trouble.path else ""
        if isinstance(detail, AboutWrittenKey):
            name = detail.name
        origin = place(document.file, document.text, trouble.mark)
        return OutputError(CannotFix(file=document.file, why=detail.kind, name=name), origin)
    marks = Counter(document.marks.values())
    touched = (path for change in changes for path in (change.path, change.path[:-1]) if path)
    marked = (path for path in touched if path in document.marks)
    shared = next((path for path in marked if marks[document.marks[path]] > 1), None)
    why = "layout" if shared is None else "shared"
    possible = (change for change in changes if _is_possible(document, change))
    stuck = (change.path for change in possible if _text_after(document, [change]) is None)
    path = shared or next(stuck, changes[0].path)
    detail = CannotFix(file=document.file, why=why, name=str(path[-1]))
    return OutputError(detail, document.origin(path))


def _in_the_way(document: Document, changes: Iterable[Change]) -> list[Trouble]:
    """Return what is wrong with the very keys that are to be changed."""
    touched = {change.path for change in changes}
    return [trouble for trouble in document.troubles if within(trouble.path, touched)]


def _text_after(document: Document, changes: Sequence[Change]) -> str | None:
    """Return a file's text after some changes; None if they would touch others."""
    if _in_the_way(document, changes):
        return None
    wanted = applied(document.tree, changes)
    in_parts = [part for change in changes for part in parts(document, change)]
    meant = canonical(wanted)
    for several in (in_parts, changes):  # of what others share, a part may not be changed alone
        after = _spliced(document, several)
        as_meant = after is not None and canonical(after.tree) == meant
        if after and as_meant and len(after.troubles) == len(document.troubles):
            return after.text
    if len(changes) == 1:
        return None
    whole = Change("change", (), wanted)  # what is added and taken away again need not be made
    return _one_by_one(document, changes, meant) or _one_by_one(
        document, parts(document, whole), meant
    )


def _one_by_one(document: Document, changes: Sequence[Change], meant: str) -> str | None:
    """Return the same, for changes of which some concern keys that others bring."""
    changed = document
    for change in changes:
        text = _text_after(changed, [change]) if _is_possible(changed, change) else None
        if text is None:
            return None
        changed = parse_document(text, document.file)
    return changed.text if canonical(changed.tree) == meant else None


def _is_possible(document: Document, change: Change) -> bool:
    """Return whether the key is there, or for an addition the section that it goes into."""
    try:
        parent = value_at(document.tree, change.path[:-1])
        if not isinstance(parent, dict | list):
            return False
        if change.kind != "add":
            value_at(parent, change.path[-1:])
    except (KeyError, IndexError, TypeError, ValueError):
        return False
    last = change.path[-1]
    return isinstance(parent, dict) or (isinstance(last, int) and last <= len(parent))


def _spliced(document: Document, changes: Sequence[Change]) -> Document | None:
    """Return the file after some changes, each spliced into its text; None if one can't be."""
    rest: list[Change] = []
    waiting = list(changes)
    while waiting:
        change, *waiting = waiting
        possible = _is_possible(document, change)
        after, also_made = _splice(document, change, waiting) if possible else (None, [])
        if after is None:
            rest.append(change)
        else:
            document = after
            waiting = [other for other in waiting if other not in also_made]
    if rest and len(rest) < len(changes):  # an anchor may be free of its aliases now
        return _spliced(document, rest)
    return None if rest else document


def _splice(
    document: Document, change: Change, others: Sequence[Change]
) -> tuple[Document | None, Sequence[Change]]:
    """Return the file after a change, or None, and which of the other changes that makes too."""
    if change.kind == "delete" and others and (after := _as_one(document, change, others[0])):
        return after, others[:1]
    alike = _alike(document, change, others)
    if change.kind == "delete":
        after = cut(document, change.path)
        return (after, ()) if after or not alike else (cut(document, change.path, -1, alike), alike)
    if change.kind == "add":
        after = added(document, change)
        return (after, ()) if after or not alike else (added(document, change, "", alike), alike)
    return replaced(document, change, alike), alike


def _as_one(document: Document, change: Change, following: Change) -> Document | None:
    """Return the file after changes that together rename or move a key, or None."""
    if _is_renaming(document, change, following):
        after = renamed(document, change.path, str(following.path[-1]))
        same = equal(value_at(document.tree, change.path), following.value)
        return after if same else after and replaced(after, replace(following, kind="change"))
    if _is_move(document, change, following):
        return moved(document, change.path, following)
    return None


def _alike(document: Document, change: Change, others: Sequence[Change]) -> list[Change]:
    """Return the changes of all keys that share a value by an anchor, if all change alike."""
    if change.kind == "change" and (shared := sharing(document, change.path))[1:]:
        alike = [other for other in others if other.path in shared and other.value == change.value]
        return alike if len(alike) + 1 == len(shared) else []
    parent = node_at(document, change.path[:-1])
    return [
        other
        for other in others
        if other.path != change.path
        and (other.kind, other.path[-1]) == (change.kind, change.path[-1])
        and equal(other.value, change.value)
        and node_at(document, other.path[:-1]) is parent
    ]


def _is_move(document: Document, change: Change, following: Change) -> bool:
    """Return whether a key moves to another section with its value."""
    same = following.kind == "add" and not within(following.path, {change.path})
    return same and equal(value_at(document.tree, change.path), following.value)


def _is_renaming(document: Document, change: Change, following: Change) -> bool:
    beside = change.path[:-1] == following.path[:-1] and following.kind == "add"
    return beside and isinstance(value_at(document.tree, change.path[:-1]), dict)
