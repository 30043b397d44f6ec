"""Unsaid: keys that a file leaves open by ``???``, whatever other files had there before it.

OmegaConf keeps a value that ``???`` is merged over, so what such a file asks for would never be
asked. So the files that were merged are gone through again, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hydra_recipes.composing.provenance import Source
from hydra_recipes.library.option_file import OptionFile
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import leaves


def unsaid(merged: Iterable[Source], read: Mapping[str, OptionFile]) -> tuple[KeyPath, ...]:
    """The keys that a file leaves open and that no file after it says.

    Args:
        merged: The files, in order.
        read: What each holds, by its name.
    """
    found: dict[KeyPath, None] = {}
    asking = {name for name, option in read.items() if UNSET in option.text}
    for source in merged if asking else ():
        content = read[source.config].tree
        tree = {key: item for key, item in content.items() if key != "defaults"}
        mount: KeyPath = tuple(source.package.split(".")) if source.package else ()
        for path in [path for path in found if _says(tree, mount, path)]:
            del found[path]
        if source.config in asking:
            open_keys = (path for path, value in leaves(tree) if value == UNSET)
            found.update(dict.fromkeys((*mount, *path) for path in open_keys))
    return tuple(found)


def _says(tree: Mapping[Any, Any], mount: KeyPath, path: KeyPath) -> bool:
    """Whether a file that is mounted at a key says something at another, below or above it."""
    common = min(len(mount), len(path))
    if mount[:common] != path[:common] or not tree:
        return False
    node: Any = tree
    for key in path[len(mount) :]:
        if not isinstance(node, Mapping):
            return bool(node != UNSET)
        if key not in node:
            return False
        node = node[key]
    return bool(node not in (UNSET, {}))
