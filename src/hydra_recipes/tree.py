"""Trees of keys and values: walking them, finding keys by short names, and the ``recipes`` mount.

Private: it may change in any release.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hydra_recipes.origin import KeyPath, dotted

ABSENT = object()
"""The result of ``lookup`` for a key that isn't there; it equals nothing else."""
_REQUIRED = object()
_SCALARS = (str, int, float)
"""Most values are of one of these, and asking about Mapping takes five times as long."""
MOUNT = "recipes"
"""The key under which the launcher mounts a recipe."""


def walk(
    tree: Mapping[Any, Any], at: KeyPath = (), *, inner_first: bool = False
) -> Iterator[KeyPath]:
    """Yield the path of every key of a tree, each mapping before or after the keys it holds."""
    for key, value in tree.items():
        path = (*at, key)
        if not inner_first:
            yield path
        if isinstance(value, Mapping):
            yield from walk(value, path, inner_first=inner_first)
        if inner_first:
            yield path


def named(tree: Mapping[Any, Any], names: Collection[Any], at: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of every key of a tree with one of these last names, as ``walk`` does."""
    for key, value in tree.items():
        if key in names:
            yield (*at, key)
        if not isinstance(value, _SCALARS) and isinstance(value, Mapping):
            yield from named(value, names, (*at, key))


def leaves(node: Any, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield path and value of every value that isn't a mapping with keys; a list is one value."""
    if isinstance(node, Mapping) and (node or not at):
        for key, value in node.items():
            yield from leaves(value, (*at, key))
    else:
        yield at, node


def scalars(node: Any, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield path and value of every value that is neither a mapping nor a list, in lists too."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from scalars(value, (*at, key))
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from scalars(value, (*at, index))
    else:
        yield at, node


def flat(node: Any, at: KeyPath = ()) -> dict[KeyPath, Any]:
    """Return every value that isn't a mapping with keys, by key path: lists, and their items."""
    values: dict[KeyPath, Any] = {}
    for path, value in leaves(node, at) if node != {} else [(at, node)]:
        values[path] = value
        for position, item in enumerate(value if isinstance(value, list) else ()):
            values |= flat(item, (*path, position))
    return values


def unflat(values: Mapping[KeyPath, Any]) -> dict[Any, Any]:
    """Return the tree whose values ``flat`` returns so."""
    tree: dict[Any, Any] = {}
    for path, value in values.items():
        if not any(isinstance(key, int) for key in path):  # a list stands there as a whole
            node = tree
            for key in path[:-1]:
                node = node.setdefault(key, {})
            node[path[-1]] = value
    return tree


def differences(
    old: Any, new: Any, at: KeyPath = (), *, into_empty: bool = True
) -> Iterator[tuple[KeyPath, Any, Any]]:
    """Yield the key, the old and the new value of what differs between two trees.

    They are plain dicts, lists and scalars. A key that one of them lacks has the value ``ABSENT``
    there, and in the other all that it holds. Two lists of the same length are compared item by
    item, other lists as a whole. In each mapping the keys of the old one come first.

    Args:
        old: The old tree.
        new: The new tree.
        at: The key of both.
        into_empty: Whether a mapping without keys is compared key by key too, not as a whole.
    """
    if isinstance(old, dict) and isinstance(new, dict) and (old or into_empty):
        olds, news = _by_type(old), _by_type(new)
        for key in {**olds, **news}:
            before, after = olds.get(key, ABSENT), news.get(key, ABSENT)
            if isinstance(before, dict | list):
                yield from differences(before, after, (*at, key[1]), into_empty=into_empty)
            elif not same(before, after):
                yield (*at, key[1]), before, after
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, items in enumerate(zip(old, new, strict=True)):
            yield from differences(*items, (*at, index), into_empty=into_empty)
    elif not same(old, new):
        yield at, old, new


def same(one: Any, other: Any) -> bool:
    """Return whether two scalars are the same value of the same type."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)  # nan is nan, and -0.0 isn't 0.0
    return bool(one == other)


def equal(one: Any, other: Any) -> bool:
    """Return whether two values are the same, types included, whatever the order of their keys."""
    if isinstance(one, Mapping | list | tuple):
        return canonical(one) == canonical(other)
    return same(one, other)


def _by_type(node: Mapping[Any, Any]) -> dict[tuple[type, Any], Any]:
    """Return the values by type and key, so that ``1``, ``1.0`` and ``true`` are three keys."""
    return {(type(key), key): value for key, value in node.items()}


def merged(old: Any, new: Any) -> Any:
    """Return two values merged: mappings key by key, of others the new one."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}


def in_order(tree: Mapping[str, Any], order: Iterable[KeyPath]) -> dict[str, Any]:
    """Return a tree with the keys of each mapping in the order of ``order``; others come last."""
    return _ranked(tree, (), {path: rank for rank, path in enumerate(order)})


def _ranked(tree: Mapping[str, Any], at: KeyPath, ranks: Mapping[KeyPath, int]) -> dict[str, Any]:
    """Return a mapping at ``at`` with its keys by rank, those without a rank last."""
    names = sorted(tree, key=lambda name: ranks.get((*at, name), len(ranks)))
    return {
        name: _ranked(tree[name], (*at, name), ranks)
        if isinstance(tree[name], dict)
        else tree[name]
        for name in names
    }


def with_value(node: Any, path: KeyPath, value: Any) -> Any:
    """Return a copy of a tree with a value at a path, adding the mappings that hold it."""
    if not path:
        return value
    first, *rest = path
    if isinstance(first, int):
        items = node if isinstance(node, list) else []
        old = items[first] if first < len(items) else None
        return [*items[:first], with_value(old, tuple(rest), value), *items[first + 1 :]]
    inner = node if isinstance(node, Mapping) else {}
    return {**inner, first: with_value(inner.get(first), tuple(rest), value)}


def with_texts(node: Any, change: Callable[[str], Any]) -> Any:
    """Return a copy of a tree, or a value, with a change made to each text in it."""
    if isinstance(node, dict):
        return {key: with_texts(value, change) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return type(node)(with_texts(value, change) for value in node)
    return change(node) if isinstance(node, str) else node


def meet(path: KeyPath, other: KeyPath) -> bool:
    """Return whether two keys are the same, or one stands in the other."""
    shared = min(len(path), len(other))
    return path[:shared] == other[:shared]


def meets_any(path: KeyPath, others: Iterable[KeyPath]) -> bool:
    """Return whether a key meets one of the others."""
    return any(meet(path, other) for other in others)


def within(path: KeyPath, keys: Collection[KeyPath]) -> bool:
    """Return whether a key, or one it stands in, is one of ``keys``."""
    return any(path[:length] in keys for length in range(1, len(path) + 1))


def path_of(key: str) -> KeyPath:
    """Return the key path in a recipe of a dotted key, which may begin with ``recipes.``."""
    return tuple(key.removeprefix(f"{MOUNT}.").split("."))


def key_of(path: KeyPath) -> str:
    """Return a whole key path as people write it: with dots, and without ``recipes.``."""
    return dotted(path).removeprefix(f"{MOUNT}.")


def key_path(key: str, tree: Any) -> KeyPath:
    """Return the path of a whole dotted key; a position in a list becomes an integer."""
    path: list[str | int] = []
    for name in key.split("."):
        step = int(name) if isinstance(tree, list) and name.isdecimal() else name
        path.append(step)
        if isinstance(tree, list):
            tree = tree[step] if isinstance(step, int) and step < len(tree) else None
        else:
            tree = tree.get(step) if isinstance(tree, dict) else None
    return tuple(path)


def past_the_end(key: str, tree: Any) -> tuple[str, list[Any], int] | None:
    """Return where a whole dotted key leads past the end of a list, or None if it doesn't.

    Returns:
        The dotted key of the list, its values, and the position asked for.
    """
    names = key.split(".")
    for depth, name in enumerate(names):
        if isinstance(tree, list):
            if not name.isdecimal():
                return None
            if int(name) >= len(tree):
                return ".".join(names[:depth]), tree, int(name)
            tree = tree[int(name)]
        else:
            tree = tree.get(name) if isinstance(tree, dict) else None
    return None


def value_at(tree: Any, path: KeyPath, otherwise: Any = _REQUIRED) -> Any:
    """Return the value of a key or an item of a list, links as they are written.

    Args:
        tree: The tree.
        path: The key, which has to be there unless ``otherwise`` is given.
        otherwise: What is returned if it isn't there.
    """
    try:
        for key in path:
            tree = tree[int(key)] if isinstance(tree, list) else tree[key]
    except (KeyError, IndexError, TypeError, ValueError):
        if otherwise is _REQUIRED:
            raise
        return otherwise
    return tree


def matches(short: KeyPath, paths: Iterable[KeyPath]) -> list[KeyPath]:
    """Return the paths that end in ``short``; only ``short`` itself if it is one of them."""
    ending_so: list[KeyPath] = []
    for path in paths:
        if path == short:
            return [path]
        if path[-len(short) :] == short:
            ending_so.append(path)
    return ending_so


def find(short: KeyPath, tree: Mapping[Any, Any]) -> list[KeyPath]:
    """Return the keys of a tree that end in ``short``.

    Its last part may be a position in a list, as in ``betas.0``.
    """
    present = list(walk(tree))
    *whole, position = short
    keys = matches(short, present)
    if keys or not whole or not str(position).isdecimal():
        return keys
    parents = matches(tuple(whole), present)
    return [(*path, position) for path in parents if isinstance(value_at(tree, path), list)]


def near_keys(path: KeyPath, present: Iterable[KeyPath]) -> tuple[str, ...]:
    """Return up to three keys spelled most like ``path``, which isn't present.

    Each is dotted, in the shortest form that stands for it alone.
    """
    paths = list(present)
    by_last: dict[str, list[KeyPath]] = {}
    for candidate in paths:
        by_last.setdefault(str(candidate[-1]), []).append(candidate)
    similar = [near for last in nearest(str(path[-1]), by_last) for near in by_last[last]]
    return tuple(shortest(candidate, paths) for candidate in similar[:3])


def shortest(path: KeyPath, paths: Sequence[KeyPath]) -> str:
    """Return the shortest dotted suffix that stands for this key alone among ``paths``."""
    for length in range(1, len(path)):
        if matches(path[-length:], paths) == [path]:
            return dotted(path[-length:])
    return dotted(path)


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three known words that look like ``word``, the most similar first."""
    import difflib  # slow to import, and most words are known

    lowered = {str(name).lower(): str(name) for name in known}
    close = difflib.get_close_matches(word.lower(), lowered, n=3, cutoff=0.6)
    return tuple(lowered[name] for name in close)


def lookup(tree: Mapping[str, Any], path: KeyPath) -> Any:
    """Return the value at a key, or ``ABSENT`` if it isn't there."""
    node: Any = tree
    for key in path:
        if not isinstance(node, Mapping) or key not in node:
            return ABSENT
        node = node[key]
    return node


def whole_of(path: KeyPath) -> KeyPath:
    """Return the key whose meaning and limits hold for a key: for an item of a list, the list."""
    return path[:-1] if isinstance(path[-1], int) else path


def positions(path: KeyPath, keys: Iterable[KeyPath]) -> list[KeyPath]:
    """Return the keys of list items that a number in ``path`` stands for, as in ``betas.0``."""
    as_numbers = tuple(int(key) if str(key).isdecimal() else key for key in path)
    return matches(as_numbers, keys) if as_numbers != path else []


def canonical(value: Any) -> str:
    """Return a text that is the same for equal values of equal types, whatever the key order."""
    if isinstance(value, Mapping):
        items = sorted(f"{canonical(key)}:{canonical(item)}" for key, item in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    import json  # takes a tenth of the time of comparing two recipes

    return json.dumps(value, default=str)


def mounted(tree: dict[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Split a tree into the recipe and what stands beside it.

    The recipe is the mapping under ``recipes`` if there is one, otherwise the whole tree.
    """
    recipe = tree.get(MOUNT)
    if isinstance(recipe, dict):
        return recipe, {key: value for key, value in tree.items() if key != MOUNT}
    return tree, {}
