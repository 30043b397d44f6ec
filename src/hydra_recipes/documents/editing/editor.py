"""The editor: changes a file in place; comments, order and formatting stay as they are."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from hydra_recipes.documents.document import Document, Trouble, place, recipe_in
from hydra_recipes.documents.editing.change import Change, applied
from hydra_recipes.documents.editing.nodes import node_at
from hydra_recipes.documents.editing.parts import parts
from hydra_recipes.documents.editing.splice import added, cut, moved, renamed, replaced, sharing
from hydra_recipes.documents.reader import BYTE_ORDER_MARK, parse_document
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.files import CannotFix, CannotWrite, NoBackup
from hydra_recipes.findings.messages.yaml import AboutWrittenKey
from hydra_recipes.origin import KeyPath
from hydra_recipes.shell_words import quote
from hydra_recipes.tree import MOUNT, canonical, equal, value_at, within
from hydra_recipes.writing import SCRATCH, write_whole


def mended(document: Document, changes: Iterable[Change]) -> str:
    """Return a file's text after some changes of its recipe.

    Args:
        document: The file.
        changes: The changes, of keys of the recipe, in the order in which they are made.

    Raises:
        OutputError: If they can't be made in this file without touching something else.
    """
    tree, _ = recipe_in(document)
    mount: KeyPath = (MOUNT,) if tree is not document.tree else ()
    placed = [Change(one.kind, (*mount, *one.path), one.value) for one in changes]
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
        at = place(document.file, document.text, trouble.mark)
        return OutputError(CannotFix(file=document.file, why=detail.kind, name=name), at)
    marks = Counter(document.marks.values())
    touched = [
        at for one in changes for at in (one.path, one.path[:-1]) if at and at in document.marks
    ]
    path = next((at for at in touched if marks[document.marks[at]] > 1), None)
    why = "layout" if path is None else "shared"
    possible = (one for one in changes if _is_possible(document, one))
    alone = (one.path for one in possible if _text_after(document, [one]) is None)
    path = path or next(alone, changes[0].path)
    origin = document.origin(path)
    return OutputError(CannotFix(file=document.file, why=why, name=str(path[-1])), origin)


def _in_the_way(document: Document, changes: Iterable[Change]) -> list[Trouble]:
    """Return what is wrong with the very keys that are to be changed."""
    touched = {one.path for one in changes}
    return [one for one in document.troubles if within(one.path, touched)]


def _text_after(document: Document, changes: Sequence[Change]) -> str | None:
    """Return a file's text after some changes; None if they would touch others."""
    if _in_the_way(document, changes):
        return None
    wanted = applied(document.tree, changes)
    in_parts = [part for change in changes for part in parts(document, change)]
    meant = canonical(wanted)
    for several in (in_parts, changes):  # of what others share, a part may not be changed alone
        now = _spliced(document, several)
        if now and canonical(now.tree) == meant and len(now.troubles) == len(document.troubles):
            return now.text
    if len(changes) == 1:
        return None
    whole = Change("change", (), wanted)  # what is added and taken away again need not be made
    return _one_by_one(document, changes, meant) or _one_by_one(
        document, parts(document, whole), meant
    )


def _one_by_one(document: Document, changes: Sequence[Change], meant: str) -> str | None:
    """Return the same, for changes of which some concern keys that others bring."""
    now = document
    for change in changes:
        text = _text_after(now, [change]) if _is_possible(now, change) else None
        if text is None:
            return None
        now = parse_document(text, document.file)
    return now.text if canonical(now.tree) == meant else None


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
    at = change.path[-1]
    return isinstance(parent, dict) or (isinstance(at, int) and at <= len(parent))


def _spliced(document: Document, changes: Sequence[Change]) -> Document | None:
    """Return the file after some changes, each spliced into its text; None if one can't be."""
    rest: list[Change] = []
    waiting = list(changes)
    while waiting:
        change, *waiting = waiting
        possible = _is_possible(document, change)
        left, taken = _splice(document, change, waiting) if possible else (None, [])
        if left is None:
            rest.append(change)
        else:
            document = left
            waiting = [one for one in waiting if one not in taken]
    if rest and len(rest) < len(changes):  # an anchor may be free of its aliases now
        return _spliced(document, rest)
    return None if rest else document


def _splice(
    document: Document, change: Change, others: Sequence[Change]
) -> tuple[Document | None, Sequence[Change]]:
    """Return the file after a change, or None, and which of the other changes that makes too."""
    if change.kind == "delete" and others and (left := _as_one(document, change, others[0])):
        return left, others[:1]
    alike = _alike(document, change, others)
    if change.kind == "delete":
        left = cut(document, change.path)
        return (left, ()) if left or not alike else (cut(document, change.path, -1, alike), alike)
    if change.kind == "add":
        left = added(document, change)
        return (left, ()) if left or not alike else (added(document, change, "", alike), alike)
    return replaced(document, change, alike), alike


def _as_one(document: Document, change: Change, following: Change) -> Document | None:
    """Return the file after changes that together rename or move a key, or None."""
    if _is_renaming(document, change, following):
        left = renamed(document, change.path, str(following.path[-1]))
        same = equal(value_at(document.tree, change.path), following.value)
        return left if same else left and replaced(left, replace(following, kind="change"))
    if _is_move(document, change, following):
        return moved(document, change.path, following)
    return None


def _alike(document: Document, change: Change, others: Sequence[Change]) -> list[Change]:
    """Return the changes of all keys that share a value by an anchor, if all change alike."""
    if change.kind == "change" and (shared := sharing(document, change.path))[1:]:
        alike = [one for one in others if one.path in shared and one.value == change.value]
        return alike if len(alike) + 1 == len(shared) else []
    parent = node_at(document, change.path[:-1])
    return [
        one
        for one in others
        if one.path != change.path
        and (one.kind, one.path[-1]) == (change.kind, change.path[-1])
        and equal(one.value, change.value)
        and node_at(document, one.path[:-1]) is parent
    ]


def _is_move(document: Document, change: Change, following: Change) -> bool:
    """Return whether a key moves to another section with its value."""
    same = following.kind == "add" and not within(following.path, {change.path})
    return same and equal(value_at(document.tree, change.path), following.value)


def _is_renaming(document: Document, change: Change, following: Change) -> bool:
    beside = change.path[:-1] == following.path[:-1] and following.kind == "add"
    return beside and isinstance(value_at(document.tree, change.path[:-1]), dict)


def write_mended(path: Path, text: str, *, backup: bool) -> Path | None:
    """Writes a mended file, and what it was beside it.

    Returns:
        The backup; None if none was wanted.

    Raises:
        OutputError: If the file is read-only, or one of the two can't be written.
    """
    if not os.access(path, os.W_OK) or not path.stat().st_mode & stat.S_IWUSR:
        hint = f"chmod u+w {quote(str(path))}; or --dry-run shows what would change"
        raise OutputError(CannotWrite(file=str(path), reason="it is read-only", hint=hint))
    with path.open(encoding="utf-8", newline="") as stream:
        before = stream.read()
    if before.startswith(BYTE_ORDER_MARK):
        text = BYTE_ORDER_MARK + text
    kept = None
    if backup:
        kept = next(name for name in _backup_names(path) if not name.exists())
        write_whole(kept, before, mode=path.stat().st_mode)
    write_whole(path, text, force=True)
    return kept


def has_backup(path: Path) -> bool:
    """Return whether there is a backup of a file."""
    return next(_backup_names(path)).exists()


def exchanged(path: Path, *, write: bool) -> tuple[str, str, Path]:
    """Exchange a file with its newest backup, so that nothing of either is lost.

    Args:
        path: The file.
        write: Whether to do it, and not only to say what would be.

    Returns:
        The file's text before, its text after, and the backup.

    Raises:
        OutputError: If there is no backup, or one of the two can't be read or written.
    """
    backups = list(takewhile(Path.exists, _backup_names(path)))
    if not backups:
        raise OutputError(NoBackup(file=str(path), backup=str(next(_backup_names(path)))))
    newest = backups[-1]
    texts = []
    for one in (path, newest):
        try:
            texts.append(one.read_bytes().decode())
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise OutputError(CannotWrite(file=str(one), reason=reason)) from None
    now, before = texts
    if write:
        scratch = newest.with_name(f"{SCRATCH}{newest.name}")
        write_whole(
            scratch, now, force=True
        )  # what is there is safe before anything else is touched
        write_whole(path, before, force=True)
        scratch.replace(newest)
    return now, before, newest


def _backup_names(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{path.name}.bak")
    for number in range(2, 10_000):
        yield path.with_name(f"{path.name}.bak{number}")
