"""The changes that turn a composed recipe into the one that is wanted, as few as there can be."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hydra_recipes.documents.editing.change import Change, apply
from hydra_recipes.importing.goal import Composed, Goal, composed, equal
from hydra_recipes.links.dependencies import DynamicLinkError, targets
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.links.rewriting import escape
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import leaves, value_at


def weight(changes: Iterable[Change]) -> int:
    """How much some changes say together."""
    return sum(change.weight for change in changes)


def key_changes(
    tree: Mapping[str, Any], beside: Mapping[str, Any], goal: Goal
) -> tuple[Change, ...]:
    """The changes of keys that make ``tree`` what is wanted, in an order in which they apply.

    A key whose link leads to another that has to change is looked at again after that one: often
    it follows by itself. What no change can bring about is left as it is.

    Args:
        tree: A composed recipe, links unresolved.
        beside: What is composed beside it.
        goal: The recipe to arrive at.
    """
    work = copy.deepcopy(dict(tree))
    done: list[Change] = []
    tries: dict[KeyPath, int] = {}
    while True:
        now = composed(work, beside, links=bool(goal.links))
        found = [c for c in differences(now, goal) if tries.get(c.path, 0) <= 1]
        if not found:
            return tuple(done)
        ready = [change for change in found if not _waits(change, found, now)] or found[:1]
        for change in ready:
            tries[change.path] = tries.get(change.path, 0) + 1
            first = next((one for one in done if one.path == change.path), None)
            if first:  # the link means something else here, so its value has to do
                done.remove(first)
                plain = escape(value_at(goal.resolved, change.path))
                change = Change(first.kind, change.path, plain)  # noqa: PLW2901
            apply(work, change)
            done.append(change)


def fewest(
    tree: Mapping[str, Any], beside: Mapping[str, Any], goal: Goal, changes: tuple[Change, ...]
) -> tuple[Change, ...]:
    """The changes without those that can be left out."""
    remain = _left(tree, beside, goal, changes)
    for change in reversed(changes):
        rest = tuple(one for one in changes if one is not change)
        try:
            if _left(tree, beside, goal, rest) <= remain:
                changes = rest
        except KeyError:  # another change is inside what this one adds
            continue
    return changes


def _left(
    tree: Mapping[str, Any], beside: Mapping[str, Any], goal: Goal, changes: Iterable[Change]
) -> set[KeyPath]:
    """The keys that still differ after some changes."""
    work = copy.deepcopy(dict(tree))
    for change in changes:
        apply(work, change)
    now = composed(work, beside, links=bool(goal.links))
    return {change.path for change in differences(now, goal)}


def differences(now: Composed, goal: Goal) -> Iterator[Change]:
    """Where a composed recipe differs from what is wanted, as the changes that would set it."""
    yield from _inside(now, goal, now.tree, now.resolved, goal.resolved, ())


def _inside(
    now: Composed, goal: Goal, raw: Any, have: Any, want: Any, path: KeyPath
) -> Iterator[Change]:
    """The differences at a key and below it."""
    both = isinstance(raw, Mapping) and isinstance(want, Mapping)
    if not both or path in goal.links:
        if not _same(now, goal, have, want, path):
            yield Change("change", path, value_at(goal.written, path))
        return
    if not raw and want and path and not goal.is_unknown(path):
        yield Change("add", path, _known(goal, value_at(goal.written, path), path))
        return
    yield from (Change("delete", (*path, key)) for key in raw if key not in want)
    for key, item in want.items():
        here = (*path, key)
        if key in raw:
            yield from _inside(now, goal, raw[key], have[key], item, here)
        elif not goal.is_unknown(here):
            yield Change("add", here, _known(goal, value_at(goal.written, here), here))


def _same(now: Composed, goal: Goal, have: Any, want: Any, path: KeyPath) -> bool:
    """Whether a value that isn't a mapping, or is one by a link, is the one that is wanted."""
    below = [link for link in goal.links if link[: len(path)] == path]
    if any(now.links.get(link) != goal.links[link] for link in below):
        return False
    broken = ({link for link in tree.broken if link[: len(path)] == path} for tree in (now, goal))
    return len(set(map(frozenset, broken))) == 1 and equal(have, want)


def _known(goal: Goal, value: Any, path: KeyPath) -> Any:
    """A value that is added, without the keys that the family doesn't have."""
    if not isinstance(value, Mapping):
        return value
    return {
        key: _known(goal, item, (*path, key))
        for key, item in value.items()
        if not goal.is_unknown((*path, key))
    }


def _waits(change: Change, found: list[Change], now: Composed) -> bool:
    """Whether a key may follow by its link once another that differs is set."""
    if change.kind != "change":
        return False
    others = [other.path for other in found if other is not change]
    for path, text in leaves(value_at(now.tree, change.path), change.path):
        for item in text if isinstance(text, list) else [text]:
            if not contains_link(item):
                continue
            try:
                read = [target.path for target in targets(now.scope, item, path) if target.inside]
            except DynamicLinkError:
                return bool(others)
            if any(_overlap(one, other) for one in read for other in others):
                return True
    return False


def _overlap(one: KeyPath, other: KeyPath) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
