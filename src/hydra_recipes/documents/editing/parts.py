"""Parts: a change of a mapping or a list as changes of what differs in it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import canonical, equal, value_at


def parts(document: Document, change: Change) -> list[Change]:
    """Return a change as changes of single keys and items, so that equal parts stay untouched."""
    if change.kind != "change" or change.path not in document.marks:
        return [change]
    return list(_parts(value_at(document.tree, change.path), change.value, change.path))


def _parts(old: Any, new: Any, path: KeyPath) -> Iterator[Change]:
    if equal(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old:
        yield from (Change("add", (*path, key), new[key]) for key in new if key not in old)
        for key in old:
            if key in new:
                yield from _parts(old[key], new[key], (*path, key))
        yield from (Change("delete", (*path, key)) for key in old if key not in new)
    elif isinstance(old, list) and isinstance(new, list) and old:
        yield from _items(old, new, path)
    else:
        yield Change("change", path, new)


def _items(old: list[Any], new: list[Any], path: KeyPath) -> Iterator[Change]:
    """Yield the changes between two lists, the last item first, so that other positions stay."""
    before, now = list(map(canonical, old)), list(map(canonical, new))
    blocks = [("replace", 0, len(old), 0, len(new))]
    if len(old) != len(new):
        blocks = list(SequenceMatcher(None, before, now, autojunk=False).get_opcodes())
    for _, first, last, start, end in reversed(blocks):
        if before[first:last] == now[start:end]:
            continue
        both = min(last - first, end - start)
        yield from (Change("delete", (*path, at)) for at in reversed(range(first + both, last)))
        for at in range(both):
            yield from _parts(old[first + at], new[start + at], (*path, first + at))
        for more in range(start + both, end):
            yield Change("add", (*path, first + more - start), new[more])
