"""Axes of mappings, ``run={replicas:2},{replicas:4}``, taken apart into the keys that they set.

Hydra merges a mapping into the one that is already at its key, and a key that one mapping lacks
keeps its value. So over ``run: {replicas: 1, queue: a}`` the axis ``run={replicas:2},{queue:b}``
writes 2 and then 1 at ``run.replicas``, and "a" and then "b" at ``run.queue``. Where that isn't
equivalent to merging, ``parts_of`` returns None and the points are composed one by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from hydra_recipes.links.resolver import UNSET
from hydra_recipes.origin import KeyPath
from hydra_recipes.sweep.space.space import Axis
from hydra_recipes.tree import ABSENT, leaves, lookup

_LINK = re.compile(r"\$[{<].*[}>]", re.DOTALL)


class Part(NamedTuple):
    """What an axis writes at one key.

    Attributes:
        axis: The axis.
        path: The key path in the recipe.
        inside: The key path inside the axis's mappings; empty if the axis writes whole values.
        base: The value that the key keeps where a mapping lacks it.
    """

    axis: Axis
    path: KeyPath
    inside: KeyPath = ()
    base: Any = None


def parts_of(axis: Axis, path: KeyPath, there: Any) -> list[Part] | None:
    """Return what an axis of mappings writes, a part for each key.

    Args:
        axis: The axis.
        path: The key path that it sets.
        there: The value at that key before it is set.

    Returns:
        The parts; None if writing them isn't equivalent to merging the mappings.
    """
    mappings = [override.value for override in axis.overrides]
    if not isinstance(there, dict) or not all(isinstance(mapping, dict) for mapping in mappings):
        return None
    flat_mappings = [dict(leaves(mapping)) for mapping in mappings]
    if not all(
        _stands_for_itself(axis, key, value)
        for flat in flat_mappings
        for key, value in flat.items()
    ):
        return None
    parts, new_keys = [], []
    for inside in dict.fromkeys(key for flat in flat_mappings for key in flat):
        base = lookup(there, inside)
        everywhere = all(inside in flat for flat in flat_mappings)
        if base is ABSENT:
            if not (everywhere and axis.overrides[0].kind != "change" and _is_free(there, inside)):
                return None
            new_keys.append(inside)
        elif isinstance(base, dict) or not (everywhere or _is_no_section(base)):
            return None
        parts.append(Part(axis, (*path, *inside), inside, None if base is ABSENT else base))
    if any([key for key in flat if key in new_keys] != new_keys for flat in flat_mappings):
        return None  # merging would add the new keys in a different order from point to point
    return parts


def _stands_for_itself(axis: Axis, key: KeyPath, value: Any) -> bool:
    """Return whether merging sets a key to exactly this value."""
    if isinstance(value, list) and axis.overrides[0].kind != "change":
        return False
    return all(isinstance(name, str) for name in key) and not (
        isinstance(value, dict) or value == UNSET or "$" in repr(value)
    )


def _is_no_section(base: Any) -> bool:
    """Return whether a value can't turn into a mapping.

    A value that is nothing but a link may; a text with links in it stays a text.
    """
    return "$" not in repr(base) or (isinstance(base, str) and not _LINK.fullmatch(base.strip()))


def _is_free(there: Mapping[str, Any], key: KeyPath) -> bool:
    """Return whether nothing but mappings stands above a key path."""
    above = (lookup(there, key[:end]) for end in range(1, len(key)))
    return all(node is ABSENT or isinstance(node, dict) for node in above)
