"""Mappings: an axis of mappings, ``run={replicas:2},{replicas:4}``, taken as the keys that it sets.

A mapping is merged into the one that is there, so that each of its values stands for itself, and a
key that one mapping lacks keeps the value it has. Where there is more to it, nothing is said here,
and the points are composed one by one.
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
        path: The key, in the recipe.
        inside: Where that stands in the axis's mappings; empty if it writes whole values.
        base: What the key has where a mapping lacks it.
    """

    axis: Axis
    path: KeyPath
    inside: KeyPath = ()
    base: Any = None


def parts_of(axis: Axis, path: KeyPath, there: Any) -> list[Part] | None:
    """What an axis of mappings writes, key by key; None if that isn't the same as merging them.

    Args:
        axis: The axis.
        path: The key that it sets.
        there: What the key has before it is set.
    """
    mappings = [override.value for override in axis.overrides]
    if not isinstance(there, dict) or not all(isinstance(one, dict) for one in mappings):
        return None
    flat = [dict(leaves(one)) for one in mappings]
    if not all(_stands_for_itself(axis, key, value) for one in flat for key, value in one.items()):
        return None
    parts, new = [], []
    for inside in dict.fromkeys(key for one in flat for key in one):
        base = lookup(there, inside)
        everywhere = all(inside in one for one in flat)
        if base is ABSENT:
            if not (everywhere and axis.overrides[0].kind != "change" and _is_free(there, inside)):
                return None
            new.append(inside)
        elif isinstance(base, dict) or not (everywhere or _is_no_section(base)):
            return None
        parts.append(Part(axis, (*path, *inside), inside, None if base is ABSENT else base))
    if any([key for key in one if key in new] != new for one in flat):
        return None  # in another order they would be written in another order
    return parts


def _stands_for_itself(axis: Axis, key: KeyPath, value: Any) -> bool:
    """Whether merging sets a key to just this value."""
    if isinstance(value, list) and axis.overrides[0].kind != "change":
        return False
    return all(isinstance(name, str) for name in key) and not (
        isinstance(value, dict) or value == UNSET or "$" in repr(value)
    )


def _is_no_section(base: Any) -> bool:
    """Whether a value brings no mapping, as a link alone may; text with links in it is text."""
    return "$" not in repr(base) or (isinstance(base, str) and not _LINK.fullmatch(base.strip()))


def _is_free(there: Mapping[str, Any], key: KeyPath) -> bool:
    """Whether only mappings stand above a key."""
    above = (lookup(there, key[:end]) for end in range(1, len(key)))
    return all(node is ABSENT or isinstance(node, dict) for node in above)
