"""Operations: the steps that turn one tree into another, and applying them.

Neither the order of keys nor how a number was spelled counts, but its type does. Two lists of the
same length are compared item by item, other lists as a whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.tree import equal, leaves

Op = Literal["set", "change", "delete"]
_NUMBER, _MAPPING = "number", "mapping"
_MARKS = ([_NUMBER], [_MAPPING])
"""The keys of what stands for a value that JSON lacks; a mapping of just those is escaped too."""


class Operation(NamedTuple):
    """One step from a tree to another.

    Attributes:
        op: ``set`` adds a key, and the mappings that hold it if they aren't there; ``change`` gives
            a key another value; ``delete`` removes one with all it holds.
        path: The key path; a name in it may hold dots.
        old: The value before; None for ``set``.
        new: The value after; None for ``delete``.
    """

    op: Op
    path: KeyPath
    old: Any = None
    new: Any = None

    def as_json(self) -> dict[str, Any]:
        """Return the operation as JSON data; ``key`` is for people, ``path`` is exact.

        A number that JSON can't hold becomes ``{"number": "inf"}``, and a mapping with keys that
        aren't text ``{"mapping": [[1, "x"]]}``.
        """
        path = [_to_json(key) for key in self.path]
        data: dict[str, Any] = {"op": self.op, "key": dotted(self.path), "path": path}
        if self.op != "set":
            data["old"] = _to_json(self.old)
        if self.op != "delete":
            data["new"] = _to_json(self.new)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Operation":
        """Return the operation that ``as_json`` returned as data."""
        old, new = _of_json(data.get("old")), _of_json(data.get("new"))
        return cls(data["op"], tuple(map(_of_json, data["path"])), old, new)


def _to_json(value: Any) -> Any:
    """Return a value as JSON data."""
    if isinstance(value, float) and value - value != 0:
        return {_NUMBER: str(value)}
    if isinstance(value, dict):
        as_it_is = all(isinstance(key, str) for key in value) and list(value) not in _MARKS
        if not as_it_is:
            return {_MAPPING: [[_to_json(key), _to_json(item)] for key, item in value.items()]}
        return {key: _to_json(item) for key, item in value.items()}
    return [_to_json(item) for item in value] if isinstance(value, list) else value


def _of_json(value: Any) -> Any:
    """Return the value that ``_to_json`` returned as data."""
    if isinstance(value, dict):
        if list(value) == [_NUMBER]:
            return float(value[_NUMBER])
        if list(value) == [_MAPPING]:
            return {_of_json(key): _of_json(item) for key, item in value[_MAPPING]}
        return {key: _of_json(item) for key, item in value.items()}
    return [_of_json(item) for item in value] if isinstance(value, list) else value


def compare(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> tuple[Operation, ...]:
    """Return what turns one tree into another; empty if they mean the same.

    Args:
        old: Plain dicts, lists and scalars.
        new: The same.
    """
    return tuple(_mappings(old, new, ()))


def apply(operations: Iterable[Operation], tree: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a copy of the tree with the operations applied in order.

    Raises:
        LookupError: If the operations aren't for this tree.
    """
    import copy  # here, as most callers only compare

    result: dict[Any, Any] = copy.deepcopy(dict(tree))
    for operation in operations:
        *parents, last = operation.path
        node: Any = result
        for key in parents:
            adds = operation.op == "set" and isinstance(node, dict)
            node = node.setdefault(key, {}) if adds else node[key]
        if operation.op == "delete":
            del node[last]
        else:
            node[last] = copy.deepcopy(operation.new)
    return result


def _mappings(
    old: Mapping[Any, Any], new: Mapping[Any, Any], parent: KeyPath
) -> Iterator[Operation]:
    """Yield what turns one mapping into another: deletions and changes first, then new keys."""
    before, after = _by_type(old), _by_type(new)
    for typed_key, value in before.items():
        path = (*parent, typed_key[1])
        if typed_key in after:
            yield from _nodes(value, after[typed_key], path)
        else:
            yield Operation("delete", path, old=value)
    for typed_key, value in after.items():
        if typed_key not in before:
            for path, leaf in leaves(value, (*parent, typed_key[1])):
                yield Operation("set", path, new=leaf)


def _by_type(node: Mapping[Any, Any]) -> dict[tuple[type, Any], Any]:
    """Return the values by type and key, so that ``1``, ``1.0`` and ``true`` are three keys."""
    return {(type(key), key): value for key, value in node.items()}


def _nodes(old: Any, new: Any, path: KeyPath) -> Iterator[Operation]:
    """Yield what turns one value into another."""
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _mappings(old, new, path)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (item, other) in enumerate(zip(old, new, strict=True)):
            yield from _nodes(item, other, (*path, index))
    elif not equal(old, new):
        yield Operation("change", path, old, new)
