"""Trees for tests: how the reference data write recipes, made into one."""


def nested(values):
    """Values by whole key as a tree."""
    tree = {}
    for key, value in values.items():
        *parents, last = key.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return tree
