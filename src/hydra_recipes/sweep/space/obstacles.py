"""Obstacles: why the points of a branch have to be composed one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from hydra_recipes.composing.hydra_bridge import ParsedOverride
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.origin import KeyPath, OverrideOrigin
from hydra_recipes.sweep.space.mappings import Part
from hydra_recipes.sweep.space.space import Axis
from hydra_recipes.tree import MOUNT, lookup


def obstacle_of(
    axis: Axis, path: KeyPath, tree: Mapping[str, Any], parts: Sequence[Part] | None
) -> str | None:
    """Why an axis can't be compiled, or None."""
    if path[0] != MOUNT or len(path) == 1:
        return f"{axis.element} sets a key beside the recipe"
    if any(isinstance(key, int) for key in path):
        return f"{axis.element} sets a position in a list"
    if axis.overrides[0].kind not in ("change", "add", "force-add"):
        return f"{axis.element} adds to a list"
    node = lookup(tree, path)
    mappings = isinstance(node, dict) or any(isinstance(o.value, dict) for o in axis.overrides)
    if mappings and parts is None:
        return f"{axis.element} sets a mapping"
    if isinstance(node, list) and axis.overrides[0].kind != "change":
        return f"{axis.element} adds to a list"
    return None


def overlap_of(
    placed: Sequence[tuple[Axis | ParsedOverride, KeyPath]], merged: AbstractSet[int]
) -> str | None:
    """Why axes can't be compiled because one sets part of what another sets, or None.

    Args:
        placed: What is set, and where.
        merged: Those that are merged key by key, by their identities.

    Raises:
        OverrideError: If one sets what another sets, whichever way it is spelled.
    """
    found = None
    for at, (one, path) in enumerate(placed):
        for other, further in placed[at + 1 :]:
            axes = [item for item in (one, other) if isinstance(item, Axis)]
            shared = min(len(path), len(further))
            if one is other or not axes or path[:shared] != further[:shared]:
                continue
            if merged & {id(one), id(other)}:
                found = found or f"{axes[0].element} is set twice"
                continue
            if path == further and len(axes) > 1:
                raise OverrideError("axis-twice", OverrideOrigin(axes[1].element), key=axes[1].key)
            if path == further and not _deletes(one, other):
                (text,) = (i.text for i in (one, other) if isinstance(i, ParsedOverride))
                raise OverrideError("axis-set", OverrideOrigin(text), key=axes[0].key, text=text)
            found = found or f"{axes[0].element} is set twice"
    return found


def _deletes(*items: Axis | ParsedOverride) -> bool:
    return any(isinstance(item, ParsedOverride) and item.kind == "delete" for item in items)
