"""Operations of a difference, read from JSON and applied to a tree."""

import copy

from hydra_recipes.diff.operations import Operation


def from_json(data):
    """The operation that ``Operation.as_json`` returned as data."""
    old, new = _of_json(data.get("old")), _of_json(data.get("new"))
    return Operation(data["op"], tuple(map(_of_json, data["path"])), old, new)


def _of_json(value):
    if isinstance(value, dict):
        if list(value) == ["number"]:
            return float(value["number"])
        if list(value) == ["mapping"]:
            return {_of_json(key): _of_json(item) for key, item in value["mapping"]}
        return {key: _of_json(item) for key, item in value.items()}
    return [_of_json(item) for item in value] if isinstance(value, list) else value


def apply(operations, tree):
    """A copy of the tree with the operations applied in order."""
    result = copy.deepcopy(dict(tree))
    for operation in operations:
        *parents, last = operation.path
        node = result
        for key in parents:
            adds = operation.op == "set" and isinstance(node, dict)
            node = node.setdefault(key, {}) if adds else node[key]
        if operation.op == "delete":
            del node[last]
        else:
            node[last] = copy.deepcopy(operation.new)
    return result
