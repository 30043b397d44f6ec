"""An option file as it is composed: read within bounds, with the names of now, and run nothing."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra_recipes.documents import Document
from hydra_recipes.errors import LibraryError
from hydra_recipes.libraries.moved_links import moved_links
from hydra_recipes.libraries.moves import Moved, Moves
from hydra_recipes.library import Library, read_file, read_text
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.links.masking import resolvers_in
from hydra_recipes.mount import MOUNT
from hydra_recipes.origins import FileOrigin, KeyPath, Origin, dotted

_PACKAGE = re.compile(r"^#\s*@package\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class OptionFile:
    """What is composed of a library's file.

    Attributes:
        tree: Its content, the defaults list included.
        text: Its text, for Hydra's header.
        moved: The old names in it.
    """

    tree: dict[Any, Any]
    text: str
    moved: tuple[Moved, ...] = ()


def read_option_file(library: Library, path: Path, config: str, moves: Moves) -> OptionFile:
    """Reads a file of a library.

    Args:
        library: The library.
        path: The file.
        config: Its name in the library, without the ending.
        moves: The old names there are.

    Raises:
        LibraryError: If it stands outside the library, can't be read, is no mapping, says where
            Hydra searches, or has a resolver in its defaults list, where nothing of a recipe is
            known yet.
    """
    library.check_inside(path)
    document = read_file(path)
    if document is None:
        return OptionFile({}, read_text(path))  # for its header
    if not isinstance(document.tree, dict):
        reason = "not a mapping"
        raise LibraryError("bad-library-file", document.origin(()), file=str(path), reason=reason)
    header = _PACKAGE.match(document.text)
    if header and not all(header[1].split(".")):
        top = FileOrigin(str(path), 1, 1, document.text.partition("\n")[0])
        reason = f"the package {header[1]} has a part without a name"
        raise LibraryError("bad-library-file", top, file=str(path), reason=reason)
    own = document.tree.get("hydra")
    if "/" in config and isinstance(own, dict) and "searchpath" in own:
        place = document.origin(("hydra", "searchpath"), key=True)
        reason = "only a primary config can say where Hydra searches"
        raise LibraryError("bad-library-file", place, file=str(path), reason=reason)
    entries = document.tree.get("defaults")
    for position, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not _is_entry(entry):
            place = document.origin(("defaults", position))
            reason = "an entry of a defaults list is OPTION, or GROUP: OPTION"
            raise LibraryError("bad-library-file", place, file=str(path), reason=reason)
    for at, text in _texts(entries, ("defaults",)):
        for name in resolvers_in(text) if contains_link(text) else ():
            origin = _origin(document, at, path)
            raise LibraryError("resolver-in-defaults", origin, file=str(path), name=name)
    if not moves:
        return OptionFile(document.tree, document.text)
    return _with_names_of_now(document, path, library, config, moves)


def package_of(text: str, config: str) -> KeyPath:
    """Where an option's content goes, by its header or its group."""
    header = _PACKAGE.match(text)
    package = header[1] if header else "_group_"
    if package == "_global_":
        return ()
    named = package.replace("_group_", ".".join(config.split("/")[:-1]))
    return tuple(part for part in named.split(".") if part)


def _is_entry(entry: Any) -> bool:
    """Whether Hydra knows what to do with an entry of a defaults list; it may still refuse it."""
    if isinstance(entry, str):
        return bool(entry.strip("/ "))
    return isinstance(entry, dict) and all(key and isinstance(key, str) for key in entry)


def _texts(node: Any, at: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(node, str):
        yield at, node
    elif isinstance(node, list):
        for position, item in enumerate(node):
            yield from _texts(item, (*at, position))
    elif isinstance(node, dict):
        for key, item in node.items():
            yield (*at, key), str(key)
            yield from _texts(item, (*at, key))


def _with_names_of_now(
    document: Document, path: Path, library: Library, config: str, moves: Moves
) -> OptionFile:
    name = f"{library.name}:{config}.yaml"
    tree: dict[Any, Any] = dict(document.tree)
    moved: list[Moved] = []
    group = config.rpartition("/")[0]
    entries = tree.get("defaults")
    if isinstance(entries, list):
        renamed = []
        for at, entry in enumerate(entries):
            found = moves.entry(entry, group)
            renamed.append(entry if found is None else found[0])
            if found is not None:
                origin = _origin(document, ("defaults", at), path, name)
                moved.append(Moved(found[1], found[2], origin))
        tree["defaults"] = renamed
    mount = package_of(document.text, config)
    for place, old, now in moved_links({**tree, "defaults": None}, mount, moves):
        _put(tree, place, now)
        moved.append(Moved(old, now, _origin(document, place, path, name)))
    for key in list(_paths(tree, ())):
        new = moves.whole_key((*mount, *key)) if key[0] != "defaults" else None
        if new is not None and new[: len(mount)] == mount:
            _move(tree, key, new[len(mount) :])
            old, now = _short((*mount, *key)), _short(new)
            moved.append(Moved(old, now, _origin(document, key, path, name)))
    return OptionFile(tree, document.text, tuple(moved))


def _paths(node: Any, at: KeyPath) -> Iterator[KeyPath]:
    for key, value in node.items() if isinstance(node, dict) else ():
        yield (*at, key)
        yield from _paths(value, (*at, key))


def _put(tree: Any, at: KeyPath, value: Any) -> None:
    """Puts a value into a tree; the document that it is from stays as it was read."""
    for key in at[:-1]:
        tree[key] = copy.copy(tree[key])
        tree = tree[key]
    tree[at[-1]] = value


def _move(tree: dict[Any, Any], old: KeyPath, new: KeyPath) -> None:
    """Moves what stands at a key to another, unless something stands there."""
    nodes: list[Any] = [tree]
    for key in old[:-1]:
        if key not in nodes[-1]:
            return  # it went with what held it
        nodes[-1][key] = dict(nodes[-1][key])  # the document stays as it was read
        nodes.append(nodes[-1][key])
    value = nodes[-1].pop(old[-1])
    for depth in range(len(nodes) - 1, 0, -1):
        if not nodes[depth]:
            del nodes[depth - 1][old[depth - 1]]
    place: Any = tree
    for key in new[:-1]:
        place = place.setdefault(key, {})
    place.setdefault(new[-1], value)


def _short(key: KeyPath) -> str:
    return dotted(key).removeprefix(f"{MOUNT}.")


def _origin(document: Document, at: KeyPath, path: Path, name: str = "") -> Origin | None:
    origin = document.origin(at)
    return origin._replace(file=name or origin.file, path=path) if origin else None
