"""The fewest changes that turn a composed recipe into the goal.

The trees are compared key by key, and changes are made until nothing differs. A key with a link
waits for the keys that its link reads, as it may follow by itself: with ``a: ${b}`` and ``b: 1``
composed, and 2 wanted for both, only ``b`` is changed. At the end each change is left out in turn,
and stays out if no key differs without it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hydra_recipes.documents.editing.change import Change, applied, apply
from hydra_recipes.importing.goal import Composed, Goal, composed
from hydra_recipes.links.dependencies import DynamicLinkError, targets
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.links.rewriting import escape
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import equal, meets_any, scalars, value_at


def key_changes(
    tree: Mapping[str, Any], beside: Mapping[str, Any], goal: Goal
) -> tuple[Change, ...]:
    """Return the changes of keys that make ``tree`` the goal, in an order in which they apply.

    A key is changed at most twice: first as the file writes it, then, if its link means something
    else here, to the link's value in the file. What differs still is left as it is.

    Args:
        tree: A composed recipe, links unresolved.
        beside: What is composed outside the recipe, for links that leave it.
        goal: The recipe to arrive at.
    """
    work = copy.deepcopy(dict(tree))
    done: list[Change] = []
    tries: dict[KeyPath, int] = {}
    while True:
        now = composed(work, beside, links=bool(goal.links))
        missing = [
            change for change in changes_to_goal(now, goal) if tries.get(change.path, 0) <= 1
        ]
        if not missing:
            return tuple(done)
        # Links may wait for each other in a circle; the first change breaks it.
        ready = [change for change in missing if not _waits(change, missing, now)] or missing[:1]
        for change in ready:
            tries[change.path] = tries.get(change.path, 0) + 1
            first = next((earlier for earlier in done if earlier.path == change.path), None)
            if first:  # its link means something else here, so it gets the link's value
                done.remove(first)
                plain = escape(value_at(goal.resolved, change.path))
                change = Change(first.kind, change.path, plain)  # noqa: PLW2901
            apply(work, change)
            done.append(change)


def fewest(
    tree: Mapping[str, Any], beside: Mapping[str, Any], goal: Goal, changes: tuple[Change, ...]
) -> tuple[Change, ...]:
    """Return the changes without those that make no difference."""
    still_different = _left(tree, beside, goal, changes)
    for change in reversed(changes):
        rest = tuple(other for other in changes if other is not change)
        try:
            if _left(tree, beside, goal, rest) <= still_different:
                changes = rest
        except KeyError:  # another change is inside what this one adds
            continue
    return changes


def _left(
    tree: Mapping[str, Any], beside: Mapping[str, Any], goal: Goal, changes: Iterable[Change]
) -> set[KeyPath]:
    """Return the paths of the keys that differ from the goal after some changes."""
    now = composed(applied(tree, changes), beside, links=bool(goal.links))
    return {change.path for change in changes_to_goal(now, goal)}


def changes_to_goal(now: Composed, goal: Goal) -> Iterator[Change]:
    """Yield each difference of a composed recipe from the goal, as the change that removes it."""
    yield from _inside(now, goal, now.tree, now.resolved, goal.resolved, ())


def _inside(
    now: Composed, goal: Goal, raw: Any, have: Any, want: Any, path: KeyPath
) -> Iterator[Change]:
    """Yield the differences at a key and below; only ``raw`` has its links unresolved."""
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
    """Return whether a value is the wanted one, and any links in it too."""
    below = [link for link in goal.links if link[: len(path)] == path]
    if any(now.links.get(link) != goal.links[link] for link in below):
        return False
    broken_now, broken_then = (
        {link for link in side.broken if link[: len(path)] == path} for side in (now, goal)
    )
    return broken_now == broken_then and equal(have, want)


def _known(goal: Goal, value: Any, path: KeyPath) -> Any:
    """Return a value to add, without the keys that the family doesn't have."""
    if not isinstance(value, Mapping):
        return value
    return {
        key: _known(goal, item, (*path, key))
        for key, item in value.items()
        if not goal.is_unknown((*path, key))
    }


def _waits(change: Change, missing: list[Change], now: Composed) -> bool:
    """Return whether a key has a link that reads another key that differs still."""
    if change.kind != "change":
        return False
    others = [other.path for other in missing if other is not change]
    for path, text in scalars(value_at(now.tree, change.path), change.path):
        if not contains_link(text):
            continue
        try:
            links = targets(now.scope, text, path)
        except DynamicLinkError:
            return bool(others)
        if any(meets_any(target.path, others) for target in links if target.inside):
            return True
    return False
