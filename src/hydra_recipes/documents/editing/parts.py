"""Parts: a change of a mapping or a list as changes of what differs in it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import ABSENT, canonical, differences, value_at


def parts(document: Document, change: Change) -> list[Change]:
    """Return a change as changes of single keys and items, so that equal parts stay untouched."""
    if change.kind != "change" or change.path not in document.marks:
        return [change]
    return list(_parts(value_at(document.tree, change.path), change.value, change.path))


def _parts(old: Any, new: Any, path: KeyPath) -> Iterator[Change]:
    found = list(differences(old, new, path, into_empty=False))
    yield from (Change("add", key, after) for key, before, after in found if before is ABSENT)
    for key, before, after in found:
        if isinstance(before, list) and isinstance(after, list) and before:
            yield from _items(before, after, key)
        elif before is not ABSENT and after is not ABSENT:
            yield Change("change", key, after)
    yield from (Change("delete", key) for key, _, after in found if after is ABSENT)


def _items(old: list[Any], new: list[Any], path: KeyPath) -> Iterator[Change]:
    """Yield the changes between two lists, the last item first, so that other positions stay."""
    before, now = list(map(canonical, old)), list(map(canonical, new))
    blocks = SequenceMatcher(None, before, now, autojunk=False).get_opcodes()
    for what, first, last, start, end in reversed(blocks):
        if what == "equal":
            continue
        both = min(last - first, end - start)
        yield from (Change("delete", (*path, at)) for at in reversed(range(first + both, last)))
        for at in range(both):
            yield from _parts(old[first + at], new[start + at], (*path, first + at))
        for more in range(start + both, end):
            yield Change("add", (*path, first + more - start), new[more])
