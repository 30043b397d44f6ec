"""Obstacles: the reasons why the points of a branch have to be composed one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.sweep import AxisSet, AxisTwice
from hydra_recipes.origin import KeyPath, OverrideOrigin
from hydra_recipes.sweep.space.mappings import Part
from hydra_recipes.sweep.space.space import Axis
from hydra_recipes.tree import MOUNT, lookup, meet


def obstacle_of(
    axis: Axis, path: KeyPath, tree: Mapping[str, Any], parts: Sequence[Part] | None
) -> str | None:
    """Return why an axis can't be compiled, as text, or None.

    Args:
        axis: The axis.
        path: The key path that it sets in the whole config.
        tree: The config before it is set.
        parts: What ``parts_of`` returns for the axis.
    """
    if path[0] != MOUNT or len(path) == 1:
        return f"{axis.element} sets a key beside the recipe"
    if any(isinstance(key, int) for key in path):
        return f"{axis.element} sets a position in a list"
    if axis.overrides[0].kind not in ("change", "add", "force-add"):
        return f"{axis.element} adds to a list"
    node = lookup(tree, path)
    has_mappings = isinstance(node, dict) or any(
        isinstance(override.value, dict) for override in axis.overrides
    )
    if has_mappings and parts is None:
        return f"{axis.element} sets a mapping"
    if isinstance(node, list) and axis.overrides[0].kind != "change":
        return f"{axis.element} adds to a list"
    return None


def overlap_of(
    placed: Sequence[tuple[Axis | ParsedOverride, KeyPath]], merged: AbstractSet[int]
) -> str | None:
    """Return why axes that set part of what another sets can't be compiled, as text, or None.

    Args:
        placed: What is set, and its key path.
        merged: The ``id`` of each axis that is merged key by key.

    Raises:
        OverrideError: If an axis sets exactly the key that another axis sets, or an override that
            doesn't delete it.
    """
    obstacle = None
    for number, (item, path) in enumerate(placed, start=1):
        for other, other_path in placed[number:]:
            axes = [candidate for candidate in (item, other) if isinstance(candidate, Axis)]
            if item is other or not axes or not meet(path, other_path):
                continue
            if merged & {id(item), id(other)}:
                obstacle = obstacle or f"{axes[0].element} is set twice"
                continue
            if path == other_path and len(axes) > 1:
                raise OverrideError(AxisTwice(key=axes[1].key), OverrideOrigin(axes[1].element))
            if path == other_path and not _deletes(item, other):
                (text,) = (
                    candidate.text
                    for candidate in (item, other)
                    if isinstance(candidate, ParsedOverride)
                )
                raise OverrideError(AxisSet(key=axes[0].key, override=text), OverrideOrigin(text))
            obstacle = obstacle or f"{axes[0].element} is set twice"
    return obstacle


def _deletes(*items: Axis | ParsedOverride) -> bool:
    """Return whether one of the items deletes its key."""
    return any(isinstance(item, ParsedOverride) and item.kind == "delete" for item in items)
