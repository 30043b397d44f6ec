"""Mending a recipe file in place: comments, order and formatting stay as they are."""

from __future__ import annotations

import copy
import io
import json
import os
import re
import shlex
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra_recipes.changes import Change, apply
from hydra_recipes.documents import BYTE_ORDER_MARK, Document, parse_document, place
from hydra_recipes.emit import scalar, to_yaml
from hydra_recipes.errors import DocumentError, OutputError
from hydra_recipes.keys import value_at, within
from hydra_recipes.mount import MOUNT, recipe_in
from hydra_recipes.origins import KeyPath
from hydra_recipes.recipe import canonical
from hydra_recipes.writing import write_whole

_MOST = 50
"""Where a key that is written twice ends isn't looked for any further."""
_WIDEST = 1_000_000
"""No line is broken anew."""


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
    if document.troubles:
        trouble = document.troubles[0]
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


def _text_after(document: Document, changes: Sequence[Change]) -> str | None:
    """A file's text after some changes; None if they can't be made without touching others."""
    changes = [part for change in changes for part in _by_item(document, change)]
    wanted = copy.deepcopy(document.tree)
    for change in changes:
        apply(wanted, change)
    if _is_json(document.text):
        text = _as_json(wanted, document.text)
    else:
        left, rest = _in_place(document, changes)
        text = _edited(left, rest) if rest else left.text
    try:
        touched = {change.path for change in changes}
        text = _kept(document, parse_document(text, document.file), touched)
        same = canonical(parse_document(text, document.file).tree) == canonical(wanted)
    except DocumentError:
        same = False
    return text if same and not document.troubles else None


def _by_item(document: Document, change: Change) -> Iterator[Change]:
    """A change of a list as changes of its items, where there are as many as before."""
    there = change.kind == "change" and change.path in document.marks
    old = value_at(document.tree, change.path) if there else None
    if isinstance(old, list) and isinstance(change.value, list) and len(old) == len(change.value):
        for at, (before, now) in enumerate(zip(old, change.value, strict=True)):
            if canonical(before) != canonical(now):
                yield Change("change", (*change.path, at), now)
    else:
        yield change


def _in_place(document: Document, changes: Sequence[Change]) -> tuple[Document, Sequence[Change]]:
    """The file after the changes that only take away lines or put one value for another; the rest.

    Nothing else in the file is written anew for those, so that all of it stays as it is.
    """
    rest: list[Change] = []
    for change in changes:
        others = [one.path for one in changes if one is not change]
        alone = all(one[: len(change.path) - 1] != change.path[:-1] for one in others)
        left = None
        if change.kind == "delete" and alone:
            left = _cut(document, change.path)
        elif change.kind == "change":
            left = _replaced(document, change)
        if left is None:
            rest.append(change)
        else:
            document = left
    if rest and len(rest) < len(changes):  # an anchor may be free of its aliases now
        return _in_place(document, rest)
    return document, rest


def _cut(document: Document, path: KeyPath) -> Document | None:
    """A file without the lines of a key; None if that takes or leaves more than the key."""
    key = document.keys.get(path)
    if key is None:  # an item of a list
        return None
    return _after(document, Change("delete", path), _without_lines(document, path, key.line))


def _without_lines(document: Document, path: KeyPath, first: int) -> str:
    """The text without the lines of a key, which begin at ``first``."""
    lines = document.text.splitlines(keepends=True)
    places = {**document.marks, **document.keys}
    below = [m.line for at, m in places.items() if at[: len(path)] != path and m.line > first]
    end = min(below, default=len(lines) + 1) - 1
    while end > first and re.match(r"\s*(#|$|\.\.\.)", lines[end - 1]):
        end -= 1  # comments below it are of the key that follows
    return "".join(lines[: first - 1] + lines[end:])


def without_repeats(document: Document) -> Document:
    """The file with what it says twice said once, where that takes whole lines.

    Of two values the last counts, as for most readers of YAML, and stays.
    """
    for trouble in document.troubles:
        if trouble.kind == "duplicate-key":
            first = trouble.mark.line if trouble.data["same"] else trouble.data["first"]
            for text in _without_some_lines(document, trouble.path, first):
                left = _read(text, document.file)
                fewer = left is not None and len(left.troubles) < len(document.troubles)
                if left and fewer and canonical(left.tree) == canonical(document.tree):
                    return without_repeats(left)
    return document


def _without_some_lines(document: Document, path: KeyPath, first: int) -> Iterator[str]:
    """The text without the lines from one on: those of the key there, and ever more."""
    if first == document.keys[path].line:
        yield _without_lines(document, path, first)
    lines = document.text.splitlines(keepends=True)
    for end in sorted({mark.line for mark in document.keys.values() if mark.line > first})[:_MOST]:
        yield "".join(lines[: first - 1] + lines[end - 1 :])


def _replaced(document: Document, change: Change) -> Document | None:
    """A file with one value for another where it stands; None if that isn't all it changes."""
    import yaml

    node = yaml.compose(document.text, Loader=yaml.SafeLoader)
    for key in change.path:
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
            node = node.value[key]
        else:
            pairs = node.value if isinstance(node, yaml.MappingNode) else ()
            node = next((inner for at, inner in pairs if at.value == str(key)), None)
    if not isinstance(node, yaml.ScalarNode) or isinstance(change.value, dict | list):
        return None
    start, end = node.start_mark.index, node.end_mark.index
    mark = document.keys.get(change.path)
    if mark is not None and node.start_mark.line + 1 < mark.line:  # an alias of what stands above
        lines = document.text.splitlines(keepends=True)[: mark.line - 1]
        at = sum(len(line) for line in lines) + mark.column - 1
        alias = re.compile(r"[^#\n]*?:\s+(\*[\w-]+)").match(document.text, at)
        if alias is None:
            return None
        start, end = alias.span(1)
    text = document.text[:start] + scalar(change.value) + document.text[end:]
    return _after(document, change, text)


def _after(document: Document, change: Change, text: str) -> Document | None:
    """A text that should be a file after a change; None if it isn't."""
    found = _read(text, document.file)
    wanted = copy.deepcopy(document.tree)
    apply(wanted, change)
    return found if found and canonical(found.tree) == canonical(wanted) else None


def _read(text: str, file: str) -> Document | None:
    try:
        return parse_document(text, file)
    except DocumentError:
        return None


def _is_json(text: str) -> bool:
    """Whether a text is JSON, not YAML that looks like it and may have comments."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _as_json(tree: Any, before: str) -> str:
    """A tree as JSON text, indented as the text before was, or in one line as that."""
    indents = re.search(r"^([ \t]+)\S", before, re.MULTILINE)
    text = json.dumps(tree, indent=indents[1] if indents else None, ensure_ascii=False)
    return text + before[len(before.rstrip()) :]


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


def _backup_names(path: Path) -> Iterable[Path]:
    yield path.with_name(f"{path.name}.bak")
    for number in range(2, 10_000):
        yield path.with_name(f"{path.name}.bak{number}")


def _edited(document: Document, changes: Sequence[Change]) -> str:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        yaml = YAML()
        yaml.preserve_quotes = True
        yaml.width = _WIDEST
        mapping, sequence = _indents(document)
        yaml.indent(mapping, sequence, max(sequence - 2, 0))
        yaml.explicit_start = document.text.startswith("---")
        tree = yaml.load(document.text.replace("\r\n", "\n"))
        at = 0
        while at < len(changes):
            change, following = changes[at], changes[at + 1] if at + 1 < len(changes) else None
            parent = value_at(tree, change.path[:-1])
            if following and _is_renaming(change, following):
                _rename(parent, change.path[-1], following.path[-1])
                if canonical(parent[following.path[-1]]) != canonical(following.value):
                    parent[following.path[-1]] = yaml.load(_yaml(following.value))
                at += 1
            elif change.kind == "delete":
                _delete(parent, change.path[-1])
            else:
                parent[change.path[-1]] = yaml.load(_yaml(change.value))
            at += 1
        out = io.StringIO()
        yaml.dump(tree, out)
    except (YAMLError, KeyError, IndexError, TypeError, AttributeError):
        return ""  # told as a file that can't be mended
    edited = out.getvalue()
    return edited.replace("\n", "\r\n") if "\r\n" in document.text else edited


def _indents(document: Document) -> tuple[int, int]:
    """How far the keys of a mapping are indented in a file, and the items of a list."""
    found = {"mapping": 2, "sequence": 2}
    for path, value in reversed(document.marks.items()):
        in_list = bool(path) and isinstance(path[-1], int)
        mark = value if in_list else document.keys.get(path, value)
        above = document.keys.get(path[:-1])
        if above is not None and mark.line > above.line and mark.column > above.column:
            found["sequence" if in_list else "mapping"] = mark.column - above.column
    return found["mapping"], found["sequence"]


def _is_renaming(change: Change, following: Change) -> bool:
    beside = change.path[:-1] == following.path[:-1]
    return beside and change.kind == "delete" and following.kind == "add"


def _rename(parent: Any, old: Any, new: Any) -> None:
    """Renames a key where it stands, with its comments."""
    place = list(parent).index(old)
    value = parent.pop(old)
    parent.insert(place, new, value)
    if old in parent.ca.items:
        parent.ca.items[new] = parent.ca.items.pop(old)


def _delete(parent: Any, key: Any) -> None:
    """Deletes a key with the comment beside it; those below it are of the key that follows."""
    comments = getattr(parent, "ca", None)
    found = comments.items.get(key) if comments is not None and isinstance(parent, dict) else None
    following = list(parent)[list(parent).index(key) + 1 :] if found else []
    del parent[key]
    if found and found[2] is not None and following:
        lines = found[2].value.split("\n")[1:]
        below = [line.strip().removeprefix("#").removeprefix(" ") for line in lines if line.strip()]
        if below:
            text = "\n".join(below)
            parent.yaml_set_comment_before_after_key(following[0], text, indent=parent.lc.col)


def _yaml(value: Any) -> str:
    """A value as YAML text; floats as every reader takes them."""
    if isinstance(value, dict) and value:
        return to_yaml(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return scalar(value)
