"""A tree: its keys, the whole key that a short one stands for, and where in it a recipe stands.

Private: it may change in any release.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hydra_recipes.origin import KeyPath, dotted

ABSENT = object()
"""What ``lookup`` gives for a key that isn't there; it equals nothing."""
MOUNT = "recipes"


def walk(tree: Mapping[Any, Any], at: KeyPath = ()) -> Iterable[KeyPath]:
    """Every key of a tree, mappings before what they hold."""
    for key, value in tree.items():
        yield (*at, key)
        if isinstance(value, Mapping):
            yield from walk(value, (*at, key))


def leaves(node: Any, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value of a tree that isn't a mapping with keys; a list is one value."""
    if isinstance(node, Mapping) and (node or not at):
        for key, value in node.items():
            yield from leaves(value, (*at, key))
    else:
        yield at, node


def within(path: KeyPath, keys: Collection[KeyPath]) -> bool:
    """Whether a key, or one it stands in, is one of ``keys``."""
    return any(path[:length] in keys for length in range(1, len(path) + 1))


def key_path(key: str, tree: Any) -> KeyPath:
    """The path of a whole key; where it names a position in a list, that is a number."""
    path: list[str | int] = []
    for name in key.split("."):
        at = int(name) if isinstance(tree, list) and name.isdecimal() else name
        path.append(at)
        if isinstance(tree, list):
            tree = tree[at] if isinstance(at, int) and at < len(tree) else None
        else:
            tree = tree.get(at) if isinstance(tree, dict) else None
    return tuple(path)


def past_the_end(key: str, tree: Any) -> dict[str, Any] | None:
    """The ``list`` that a whole key leads past the end of, its ``values``, and the ``position``."""
    names = key.split(".")
    for at, name in enumerate(names):
        if isinstance(tree, list):
            if not name.isdecimal():
                return None
            if int(name) >= len(tree):
                return {"list": ".".join(names[:at]), "position": int(name), "values": tree}
            tree = tree[int(name)]
        else:
            tree = tree.get(name) if isinstance(tree, dict) else None
    return None


def value_at(tree: Any, path: KeyPath) -> Any:
    """The value at a key that is there, links as they are written."""
    for key in path:
        tree = tree[int(key)] if isinstance(tree, list) else tree[key]
    return tree


def matches(short: KeyPath, paths: Iterable[KeyPath]) -> list[KeyPath]:
    """The keys that end in ``short``; only itself if it is a whole key."""
    found: list[KeyPath] = []
    for path in paths:
        if path == short:
            return [path]
        if path[-len(short) :] == short:
            found.append(path)
    return found


def find(short: KeyPath, tree: Mapping[Any, Any]) -> list[KeyPath]:
    """The keys of a tree that end in ``short``, which may be a position in a list: ``betas.0``."""
    present = list(walk(tree))
    *whole, position = short
    found = matches(short, present)
    if found or not whole or not str(position).isdecimal():
        return found
    lists = matches(tuple(whole), present)
    return [(*at, position) for at in lists if isinstance(value_at(tree, at), list)]


def near_keys(path: KeyPath, present: Iterable[KeyPath]) -> tuple[str, ...]:
    """The keys spelled most like one that isn't there, in the shortest form that is unique."""
    paths = list(present)
    by_last: dict[str, list[KeyPath]] = {}
    for candidate in paths:
        by_last.setdefault(str(candidate[-1]), []).append(candidate)
    found = [found for last in nearest(str(path[-1]), by_last) for found in by_last[last]]
    return tuple(shortest(candidate, paths) for candidate in found[:3])


def shortest(path: KeyPath, paths: Sequence[KeyPath]) -> str:
    """The shortest dotted suffix that stands for this key alone."""
    for length in range(1, len(path)):
        if matches(path[-length:], paths) == [path]:
            return dotted(path[-length:])
    return dotted(path)


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three known words that look like ``word``, the most similar first."""
    import difflib  # for words that aren't known; most are

    lowered = {str(name).lower(): str(name) for name in known}
    close = difflib.get_close_matches(word.lower(), lowered, n=3, cutoff=0.6)
    return tuple(lowered[name] for name in close)


def lookup(tree: Mapping[str, Any], path: KeyPath) -> Any:
    """The value at a key, or ``ABSENT`` if it isn't there."""
    node: Any = tree
    for key in path:
        if not isinstance(node, Mapping) or key not in node:
            return ABSENT
        node = node[key]
    return node


def whole_of(path: KeyPath) -> KeyPath:
    """The key whose meaning and limits hold: for an item of a list, the list."""
    return path[:-1] if isinstance(path[-1], int) else path


def positions(path: KeyPath, keys: Iterable[KeyPath]) -> list[KeyPath]:
    """The items of lists that are meant by a number at the end: ``betas.0``."""
    as_numbers = tuple(int(key) if str(key).isdecimal() else key for key in path)
    return matches(as_numbers, keys) if as_numbers != path else []


def canonical(value: Any) -> str:
    """A text that is the same for the same values and types, in whatever order the keys are."""
    if isinstance(value, Mapping):
        items = sorted(f"{canonical(key)}:{canonical(item)}" for key, item in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    import json  # a tenth of what comparing two recipes takes

    return json.dumps(value, default=str)


def mounted(tree: dict[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The recipe in a tree, at the root or under ``recipes``, and what stands beside it."""
    recipe = tree.get(MOUNT)
    if isinstance(recipe, dict):
        return recipe, {key: value for key, value in tree.items() if key != MOUNT}
    return tree, {}
