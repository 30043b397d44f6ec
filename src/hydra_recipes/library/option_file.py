"""Option files as they are composed: read within bounds, with new names, and running nothing."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra_recipes.documents.document import Document
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.defaults import ResolverInDefaults
from hydra_recipes.findings.messages.rules import BadLibraryFile
from hydra_recipes.library.entries import entries_of, settings_in
from hydra_recipes.library.entry_checks import check_entries
from hydra_recipes.library.model import Library
from hydra_recipes.library.moved_links import moved_links
from hydra_recipes.library.moves import Moved, Moves
from hydra_recipes.library.reading import read_file
from hydra_recipes.links.grammar import contains_link, problem_in
from hydra_recipes.links.masking import resolvers_in
from hydra_recipes.origin import FileOrigin, KeyPath, Origin
from hydra_recipes.record import Record
from hydra_recipes.tree import key_of, nearest, value_at, walk

_HEAD = 512
"""How many characters of a file may hold its header; Hydra looks at as many."""
_HOW_TO_HEAD = "a header is # @package NAME, such as # @package recipes.run"
_HEADER = re.compile(r"\s*#\s*@")
_MEANT = re.compile(r"#+\s*@?(\w+)[:=]?\s+([\w.]+)")


class Header(Record):
    """The part of a file's first lines that says where its content goes.

    Attributes:
        package: The package; None if the lines don't name one.
        line: The number of that line; 1 if there is none.
    """

    package: str | None = None
    line: int = 1


@dataclass(frozen=True)
class OptionFile:
    """A library's file as it is composed.

    Attributes:
        tree: Its content, the defaults list included.
        text: Its text, for Hydra's header.
        moved: The old names in it.
    """

    tree: dict[Any, Any]
    text: str
    moved: tuple[Moved, ...] = ()


def read_option_file(library: Library, path: Path, config: str, moves: Moves) -> OptionFile:
    """Return a file of a library as it is composed.

    Args:
        library: The library.
        path: The file.
        config: Its name in the library, without ``.yaml``.
        moves: The old names.

    Raises:
        LibraryError: If it is outside the library, can't be read, is no mapping, sets Hydra's
            search path, or has a resolver in its defaults list, which is read before there is a
            recipe to resolve anything from.
    """
    library.check_inside(path)
    document = read_file(path)
    text = document.text if document else path.read_text(encoding="utf-8-sig")
    _check_header(text, path)
    if document is None:
        return OptionFile({}, text)
    if not isinstance(document.tree, dict):
        reason = "not a mapping"
        raise LibraryError(BadLibraryFile(file=str(path), reason=reason), document.origin(()))
    check_entries(document)
    _check_content(document, path)
    hydra_settings = document.tree.get("hydra")
    if "/" in config and isinstance(hydra_settings, dict) and "searchpath" in hydra_settings:
        place = document.origin(("hydra", "searchpath"), key=True)
        reason = "only a primary config can say where Hydra searches"
        raise LibraryError(BadLibraryFile(file=str(path), reason=reason), place)
    entries = document.tree.get("defaults")
    for text_place, text in _texts(entries, ("defaults",)):
        for name in resolvers_in(text) if contains_link(text) else ():
            origin = _origin(document, text_place, path)
            raise LibraryError(ResolverInDefaults(file=str(path), name=name), origin)
    if not moves and not moves.spells_in(str(entries)):
        return OptionFile(document.tree, document.text)
    return _with_names_of_now(document, path, library, config, moves)


def header_of(text: str) -> Header:
    """Return the header of a file as Hydra reads it: before any other comment, or content."""
    header = Header()
    for number, words in _headers(text):
        if words[:1] == ["@package"] and len(words) > 1:
            header = Header(words[1], number)
    return header


def meant_package(text: str) -> KeyPath:
    """Return the package that an early comment seems to mean as a header; empty if none does.

    Such as ``# @package: recipes.run``, ``# @Package recipes.run``, or a header after a comment.
    """
    for line in text[:_HEAD].splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            break
        meant = _MEANT.fullmatch(line.strip())
        if meant and nearest(meant[1], ["package"]):
            return tuple(meant[2].split("."))
    return ()


def package_of(text: str, config: str) -> KeyPath:
    """Return the key that an option's content goes to, by its header or else its group."""
    package = header_of(text).package
    if package is None:
        return tuple(config.split("/")[:-1])
    parts = package.split(".")
    return tuple(parts[1:] if parts[0] == "_global_" else parts)


def _headers(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number, from 1, and the words of each header line that a file begins with."""
    for number, line in enumerate(text[:_HEAD].splitlines(), 1):
        if _HEADER.match(line):
            yield number, line.strip().lstrip("#").split()
        elif line.strip():
            return


def _check_header(text: str, path: Path) -> None:
    """Refuse a header that Hydra would refuse, or that names a package with an empty part."""
    for number, words in _headers(text):
        line = text.splitlines()[number - 1]
        wrong = "says nothing" if len(words) == 1 else ""
        if words[2:]:
            wrong = "says more than one thing"
        elif not wrong and words[0] == "@package" and not all(words[1].split(".")):
            wrong = f"names the package {words[1]}, which has a part without a name"
        if wrong:
            origin = FileOrigin(str(path), number, 1, line)
            reason = f"the header {line.strip()} {wrong}"
            detail = BadLibraryFile(file=str(path), reason=reason, hint=_HOW_TO_HEAD)
            raise LibraryError(detail, origin)


def _check_content(document: Document, path: Path) -> None:
    """Refuse what no config can hold: a key that is null, and text that is nearly a link."""
    if "${" in document.text:
        for key_path, text in _texts(document.tree, ()):
            if contains_link(text) and (reason := problem_in(text)):
                place = document.origin(key_path)
                detail = BadLibraryFile(
                    file=str(path),
                    reason=f"this is not a link: {reason}",
                    hint="write \\${ for a plain ${",
                )
                raise LibraryError(detail, place)
    for key_path in document.keys:
        if key_path[-1] is None:
            place = document.origin(key_path, key=True)
            hint = 'write it in quotes: "null"'
            detail = BadLibraryFile(file=str(path), reason="a key is null", hint=hint)
            raise LibraryError(detail, place)


def _texts(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the path and text of each text in a tree, and of each key with the path it leads to."""
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, list):
        for position, item in enumerate(node):
            yield from _texts(item, (*path, position))
    elif isinstance(node, dict):
        for key, item in node.items():
            yield (*path, key), str(key)
            yield from _texts(item, (*path, key))


def _with_names_of_now(
    document: Document, path: Path, library: Library, config: str, moves: Moves
) -> OptionFile:
    """Return a file with new names in its defaults list, its links and its keys."""
    name = f"{library.name}:{config}.yaml"
    tree = copy.deepcopy(document.tree)
    moved: list[Moved] = []
    only_moved = moves._replace(spellings={})  # another name that stays isn't told
    for entry in entries_of(document.tree, config.rpartition("/")[0]):
        new_entry, told = moves.entry(entry), only_moved.entry(entry)
        if new_entry != entry:
            tree["defaults"][entry.at] = new_entry.written
        if told != entry:
            origin = _origin(document, entry.place, path, name)
            moved.append(Moved(entry.choices, told.choices, origin))
    mount = package_of(document.text, config)
    for place, old, now in list(moved_links(settings_in(tree), mount, moves)):
        value_at(tree, place[:-1])[place[-1]] = now
        moved.append(Moved(old, now, _origin(document, place, path, name)))
    for key in list(walk(settings_in(tree))):
        new = moves.whole_key((*mount, *key))
        if new is not None and new[: len(mount)] == mount:
            _move(tree, key, new[len(mount) :])
            old, now = key_of((*mount, *key)), key_of(new)
            moved.append(Moved(old, now, _origin(document, key, path, name)))
    return OptionFile(tree, document.text, tuple(moved))


def _move(tree: dict[Any, Any], old: KeyPath, new: KeyPath) -> None:
    """Move the value of a key to another that has none, and drop mappings left empty."""
    nodes: list[Any] = [tree]
    for key in old[:-1]:
        if key not in nodes[-1]:
            return  # it moved with the mapping that held it
        nodes.append(nodes[-1][key])
    value = nodes[-1].pop(old[-1])
    for depth in range(len(nodes) - 1, 0, -1):
        if not nodes[depth]:
            del nodes[depth - 1][old[depth - 1]]
    place: Any = tree
    for key in new[:-1]:
        place = place.setdefault(key, {})
    place.setdefault(new[-1], value)


def _origin(document: Document, key_path: KeyPath, path: Path, name: str = "") -> Origin | None:
    """Return where a key stands, under the name that messages give the file."""
    origin = document.origin(key_path)
    return origin._replace(file=name or origin.file, path=path) if origin else None
