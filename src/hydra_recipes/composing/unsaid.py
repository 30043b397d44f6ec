"""Keys that a file leaves open with ``???``, whatever earlier files had there.

OmegaConf keeps a value that ``???`` is merged over: where one file has ``lr: 1e-5`` and the next
one ``lr: ???``, it composes ``1e-5``, and nobody is asked for ``lr``. So the files that were merged
are gone through again, in order, for keys that stay open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hydra_recipes.composing.provenance import Source
from hydra_recipes.library.entries import settings_in
from hydra_recipes.library.option_file import OptionFile
from hydra_recipes.links.resolver import UNSET
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import leaves, meet


def unsaid(merged: Iterable[Source], read: Mapping[str, OptionFile]) -> tuple[KeyPath, ...]:
    """Return the key paths that a file leaves open and no later file sets.

    Args:
        merged: The files, in order.
        read: What each holds, by its name.
    """
    open_paths: dict[KeyPath, None] = {}
    asking = {name for name, option in read.items() if UNSET in option.text}
    for source in merged if asking else ():
        tree = settings_in(read[source.config].tree)
        for path in [path for path in open_paths if _says(tree, source.mount, path)]:
            del open_paths[path]
        if source.config in asking:
            open_keys = (path for path, value in leaves(tree) if value == UNSET)
            open_paths.update(dict.fromkeys((*source.mount, *path) for path in open_keys))
    return tuple(open_paths)


def _says(tree: Mapping[Any, Any], mount: KeyPath, path: KeyPath) -> bool:
    """Return whether a file, mounted at a key, sets ``path``, something in it, or what holds it."""
    if not meet(mount, path) or not tree:
        return False
    node: Any = tree
    for key in path[len(mount) :]:
        if not isinstance(node, Mapping):
            return bool(node != UNSET)
        if key not in node:
            return False
        node = node[key]
    return bool(node not in (UNSET, {}))
