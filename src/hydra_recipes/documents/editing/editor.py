"""The editor: changes a file in place; comments, order and formatting stay as they are."""

from __future__ import annotations

import copy
import json
import os
import re
import shlex
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from hydra_recipes.documents.document import Document, Trouble, place, recipe_in
from hydra_recipes.documents.editing.change import Change, apply
from hydra_recipes.documents.editing.round_trip import round_trip
from hydra_recipes.documents.editing.splice import added, cut, moved, renamed, replaced, sharing
from hydra_recipes.documents.emitter import with_points
from hydra_recipes.documents.json_text import is_json
from hydra_recipes.documents.reader import BYTE_ORDER_MARK, parse_document
from hydra_recipes.findings.errors import DocumentError, OutputError
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import MOUNT, canonical, value_at, within
from hydra_recipes.writing import SCRATCH, write_whole


def mended(document: Document, changes: Iterable[Change]) -> str:
    """A file's text after some changes of its recipe.

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
    """A file's text after some changes of what it holds; see ``mended``."""
    text = _text_after(document, changes)
    if text is None:
        raise _obstacle(document, changes)
    return text


def _obstacle(document: Document, changes: Sequence[Change]) -> OutputError:
    """The error for changes that can't be made in a file, with what hinders them and where."""
    for trouble in _in_the_way(document, changes):
        name = trouble.data.get("name", trouble.path[-1] if trouble.path else "")
        at = place(document.file, document.text, trouble.mark)
        return OutputError("cannot-fix", at, file=document.file, why=trouble.kind, name=name)
    marks = list(document.marks.values())
    there = [one for one in changes if one.path in document.marks]
    shared = (one.path for one in there if marks.count(document.marks[one.path]) > 1)
    path = next(shared, None)
    why = "layout" if path is None else "shared"
    alone = (one.path for one in there if _text_after(document, [one]) is None)
    path = path or next(alone, changes[0].path)
    origin = document.origin(path)
    return OutputError("cannot-fix", origin, file=document.file, why=why, name=str(path[-1]))


def _in_the_way(document: Document, changes: Iterable[Change]) -> list[Trouble]:
    """Return what is wrong with the very keys that are to be changed."""
    touched = {one.path for one in changes}
    return [one for one in document.troubles if within(one.path, touched)]


def _text_after(document: Document, changes: Sequence[Change]) -> str | None:
    """A file's text after some changes; None if they can't be made without touching others."""
    if _in_the_way(document, changes):
        return None
    changes = [part for change in changes for part in _by_item(document, change)]
    wanted = copy.deepcopy(document.tree)
    for change in changes:
        apply(wanted, change)
    left, rest = _spliced(document, changes)
    text = left.text
    try:
        if rest and is_json(text):
            text = _as_json(wanted, text)
        elif rest:
            text = round_trip(left, rest)
            text = _kept(left, parse_document(text, document.file), {one.path for one in rest})
        now = parse_document(text, document.file)
    except DocumentError:
        return None
    same = canonical(now.tree) == canonical(wanted)
    return text if same and len(now.troubles) == len(document.troubles) else None


def _by_item(document: Document, change: Change) -> list[Change]:
    """A change of a list as changes of its items, if it has as many or some were left out."""
    there = change.kind == "change" and change.path in document.marks
    old = value_at(document.tree, change.path) if there else None
    if not isinstance(old, list) or not isinstance(change.value, list):
        return [change]
    before, now = list(map(canonical, old)), list(map(canonical, change.value))
    if len(before) == len(now):
        differ = [at for at, pair in enumerate(zip(before, now, strict=True)) if len(set(pair)) > 1]
        return [Change("change", (*change.path, at), change.value[at]) for at in differ]
    gone = [at for at, item in enumerate(before) if item not in now]
    if now and now == [item for at, item in enumerate(before) if at not in gone]:
        return [Change("delete", (*change.path, at)) for at in reversed(gone)]
    return [change]


def _spliced(document: Document, changes: Sequence[Change]) -> tuple[Document, list[Change]]:
    """The file after the changes that can be made in its text, where they stand; and the rest."""
    rest: list[Change] = []
    waiting = list(changes)
    while waiting:
        change, *waiting = waiting
        left, taken = _splice(document, change, waiting)
        if left is None:
            rest += [change, *taken]
        else:
            document = left
        waiting = [one for one in waiting if one not in taken]
    if rest and len(rest) < len(changes):  # an anchor may be free of its aliases now
        return _spliced(document, rest)
    return document, rest


def _splice(
    document: Document, change: Change, others: Sequence[Change]
) -> tuple[Document | None, Sequence[Change]]:
    """The file after a change, if it can be spliced in, and which of the others that makes too."""
    if others and _is_renaming(change, others[0]):
        new = others[0]
        left = renamed(document, change.path, str(new.path[-1]))
        same = canonical(value_at(document.tree, change.path)) == canonical(new.value)
        return left if same else left and replaced(left, replace(new, kind="change")), others[:1]
    if change.kind == "delete" and others and _is_move(document, change, others[0]):
        return moved(document, change.path, others[0]), others[:1]
    if change.kind == "delete":
        return cut(document, change.path), ()
    if change.kind == "add":
        return added(document, change), ()
    shared = sharing(document, change.path)
    alike = [one for one in others if one.path in shared and one.value == change.value]
    together = alike if len(alike) + 1 == len(shared) else []
    return replaced(document, change, together), together


def _is_move(document: Document, change: Change, following: Change) -> bool:
    """Whether a key goes to another section with its value."""
    same = following.kind == "add" and not within(following.path, {change.path})
    return same and canonical(value_at(document.tree, change.path)) == canonical(following.value)


def _is_renaming(change: Change, following: Change) -> bool:
    beside = change.path[:-1] == following.path[:-1]
    return beside and change.kind == "delete" and following.kind == "add"


def _as_json(tree: Any, before: str) -> str:
    """A tree as JSON text, indented as the text before was, or in one line as that."""
    indents = re.search(r"^([ \t]+)\S", before, re.MULTILINE)
    indent = indents[1] if indents else None
    text = with_points(json.dumps(tree, indent=indent, ensure_ascii=before.isascii()))
    ending = "\r\n" if "\r\n" in before else "\n"
    return text.replace("\n", ending) + before[len(before.rstrip()) :]


def _kept(old: Document, new: Document, touched: set[KeyPath]) -> str:
    """The new text with every line of the old one on which nothing changed, to the letter."""
    lines, before = new.text.splitlines(keepends=True), old.text.splitlines(keepends=True)
    fixed = {new.marks[path].line for path in new.marks if within(path, touched)}
    fixed |= {new.keys[path].line for path in new.keys if within(path, touched)}
    gone = {old.keys[path].line for path in old.keys if within(path, touched)}
    gone |= {old.marks[path].line for path in old.marks if within(path, touched)}
    for path, mark in old.marks.items():
        now = new.marks.get(path)
        if now and now.line not in fixed and mark.line not in gone and now.line <= len(lines):
            lines[now.line - 1] = before[mark.line - 1]
    return "".join(lines)


def write_mended(path: Path, text: str, *, backup: bool) -> Path | None:
    """Writes a mended file, and what it was beside it.

    Returns:
        The backup; None if none was wanted.

    Raises:
        OutputError: If the file is read-only, or one of the two can't be written.
    """
    if not os.access(path, os.W_OK) or not path.stat().st_mode & stat.S_IWUSR:
        hint = f"chmod u+w {shlex.quote(str(path))}; or --dry-run shows what would change"
        raise OutputError("cannot-write", file=str(path), reason="it is read-only", hint=hint)
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
        raise OutputError("no-backup", file=str(path), backup=str(next(_backup_names(path))))
    newest = backups[-1]
    texts = []
    for one in (path, newest):
        try:
            texts.append(one.read_bytes().decode())
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise OutputError("cannot-write", file=str(one), reason=reason) from None
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
