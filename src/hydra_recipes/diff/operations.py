"""Operations: the steps that turn one tree into another.

Neither the order of keys nor how a number was spelled counts, but its type does. Two lists of the
same length are compared item by item, other lists as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from hydra_recipes.numbers import is_finite
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.record import Record
from hydra_recipes.tree import ABSENT, differences, leaves

Op = Literal["set", "change", "delete"]
_NUMBER, _MAPPING = "number", "mapping"
_MARKS = ([_NUMBER], [_MAPPING])
"""The keys of what stands for a value that JSON lacks; a mapping of just those is escaped too."""


class Operation(Record):
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


def _to_json(value: Any) -> Any:
    """Return a value as JSON data."""
    if isinstance(value, float) and not is_finite(value):
        return {_NUMBER: str(value)}
    if isinstance(value, dict):
        as_it_is = all(isinstance(key, str) for key in value) and list(value) not in _MARKS
        if not as_it_is:
            return {_MAPPING: [[_to_json(key), _to_json(item)] for key, item in value.items()]}
        return {key: _to_json(item) for key, item in value.items()}
    return [_to_json(item) for item in value] if isinstance(value, list) else value


def compare(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> tuple[Operation, ...]:
    """Return what turns one tree into another; empty if they mean the same.

    Args:
        old: Plain dicts, lists and scalars.
        new: The same.
    """
    return tuple(_operations(old, new))


def _operations(old: Any, new: Any) -> Iterator[Operation]:
    for path, before, after in differences(old, new):
        if before is ABSENT:
            for leaf_path, leaf in leaves(after, path):
                yield Operation("set", leaf_path, new=leaf)
        elif after is ABSENT:
            yield Operation("delete", path, old=before)
        else:
            yield Operation("change", path, before, after)
