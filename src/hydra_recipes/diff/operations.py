"""Operations: what turns one tree into another, and doing it.

The order of keys doesn't count, nor how a number was spelled; its type does. Two lists of the same
length are compared place by place, other lists as a whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.tree import leaves

Op = Literal["set", "change", "delete"]
_NUMBER, _MAPPING = "number", "mapping"
_MARKS = ([_NUMBER], [_MAPPING])


class Operation(NamedTuple):
    """One step from a tree to another.

    Attributes:
        op: ``set`` adds a key, and the mappings it stands in if they aren't there; ``change``
            gives one that is there another value; ``delete`` removes one with all it holds.
        path: The key, name by name, as the tree has them: a name may hold dots.
        old: What was there; None for ``set``.
        new: What is there then; None for ``delete``.
    """

    op: Op
    path: KeyPath
    old: Any = None
    new: Any = None

    def as_json(self) -> dict[str, Any]:
        """The operation for programs; ``key`` is for people, ``path`` is exact.

        A number that JSON hasn't got is written ``{"number": "inf"}``, and a mapping with keys that
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
        """The operation that ``as_json`` gave."""
        old, new = _of_json(data.get("old")), _of_json(data.get("new"))
        return cls(data["op"], tuple(map(_of_json, data["path"])), old, new)


def _to_json(value: Any) -> Any:
    if isinstance(value, float) and value - value != 0:
        return {_NUMBER: str(value)}
    if isinstance(value, dict):
        as_it_is = all(isinstance(key, str) for key in value) and list(value) not in _MARKS
        if not as_it_is:
            return {_MAPPING: [[_to_json(key), _to_json(item)] for key, item in value.items()]}
        return {key: _to_json(item) for key, item in value.items()}
    return [_to_json(item) for item in value] if isinstance(value, list) else value


def _of_json(value: Any) -> Any:
    if isinstance(value, dict):
        if list(value) == [_NUMBER]:
            return float(value[_NUMBER])
        if list(value) == [_MAPPING]:
            return {_of_json(key): _of_json(item) for key, item in value[_MAPPING]}
        return {key: _of_json(item) for key, item in value.items()}
    return [_of_json(item) for item in value] if isinstance(value, list) else value


def compare(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> tuple[Operation, ...]:
    """What turns one tree into another; nothing if they mean the same.

    Args:
        old: Plain dicts, lists and scalars.
        new: The same.
    """
    return tuple(_mappings(old, new, ()))


def apply(operations: Iterable[Operation], tree: Mapping[Any, Any]) -> dict[Any, Any]:
    """The tree with the operations done in order; ``tree`` itself stays as it is.

    Raises:
        LookupError: If the operations aren't for this tree.
    """
    import copy  # comparing, which is what most ask for, does without

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


def same(old: Any, new: Any) -> bool:
    """Whether two scalars are the same value of the same type."""
    if type(old) is not type(new):
        return False
    if isinstance(old, float):
        return repr(old) == repr(new)  # nan is nan, and -0.0 isn't 0.0
    return bool(old == new)


def _mappings(old: Mapping[Any, Any], new: Mapping[Any, Any], at: KeyPath) -> Iterator[Operation]:
    before, after = _by_type(old), _by_type(new)
    for name, value in before.items():
        path = (*at, name[1])
        if name in after:
            yield from _nodes(value, after[name], path)
        else:
            yield Operation("delete", path, old=value)
    for name, value in after.items():
        if name not in before:
            for path, leaf in leaves(value, (*at, name[1])):
                yield Operation("set", path, new=leaf)


def _by_type(node: Mapping[Any, Any]) -> dict[tuple[type, Any], Any]:
    """A mapping whose keys are told apart as values are: ``1``, ``1.0`` and ``true`` are three."""
    return {(type(key), key): value for key, value in node.items()}


def _nodes(old: Any, new: Any, at: KeyPath) -> Iterator[Operation]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _mappings(old, new, at)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (item, other) in enumerate(zip(old, new, strict=True)):
            yield from _nodes(item, other, (*at, place))
    elif not same(old, new):
        yield Operation("change", at, old, new)
