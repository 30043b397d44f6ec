"""Migrating: files that use old names, rewritten with the names of now; comments are kept."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra_recipes.documents.document import Document, recipe_in
from hydra_recipes.documents.editing.change import Change, apply
from hydra_recipes.documents.editing.editor import rewritten
from hydra_recipes.documents.header import header
from hydra_recipes.documents.reader import parse_document, read_document
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.library.model import RULES, SWEEPS, Libraries, Library
from hydra_recipes.library.moved_links import moved_links
from hydra_recipes.library.moves import Moves
from hydra_recipes.library.option_file import package_of
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.book import moves_of, rule_book
from hydra_recipes.rules.cel_words import words_in
from hydra_recipes.shell_words import split
from hydra_recipes.tree import MOUNT, matches, value_at

_COMPOSED = "# recipe compose "
_OVERRIDE = re.compile(r"(\+\+|\+|~)?([^=@]+)(.*)", re.DOTALL)
_FIELD = re.compile(r"(?<=\{)[A-Za-z_][\w./]*")


@dataclass(frozen=True)
class Renamed:
    """An old name in a file, and what stands there now."""

    old: str
    new: str
    line: int


@dataclass(frozen=True)
class Migrated:
    """A file as it would be with the names of now.

    Attributes:
        path: The file.
        before: Its text.
        text: Its text with the names of now.
        renamed: The old names in it.
    """

    path: Path
    before: str
    text: str
    renamed: tuple[Renamed, ...]


def migrate(directory: Path, library: Library | None, libraries: Libraries) -> list[Migrated]:
    """What the files in a directory that use old names would be with the names of now.

    Options, presets, sweeps and rules of a library are migrated, and recipes whose first line says
    how they were composed. Nothing is written.

    Args:
        directory: The directory; hidden folders in it are left alone.
        library: The library in it, if there is one.
        libraries: The libraries that tell what was renamed.

    Raises:
        DocumentError: If a file can't be read.
        OutputError: If names in one can't be changed without touching something else.
    """
    shapes = tuple(family.model for family in rule_book(libraries).families)
    names = _Names(moves_of(libraries), libraries, shapes)
    found = []
    for path in _files(directory):
        whole = path.resolve()
        inside = library is not None and whole.is_relative_to(library.root)
        try:
            document = read_document(path)
        except DocumentError as error:
            if error.kind == "empty-file" or not inside:
                continue  # of no library, and maybe of something else
            raise
        if isinstance(document.tree, dict):
            config = whole.relative_to(library.root).with_suffix("") if inside and library else None
            file = _File(document, names)
            text = file.option(config.as_posix()) if config else file.recipe()
            if file.renamed:
                found.append(Migrated(path, document.text, text, tuple(file.renamed)))
    return found


def _files(directory: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(directory):
        below[:] = sorted(name for name in below if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".yaml"))


@dataclass(frozen=True)
class _Names:
    """The names of now, for texts that hold old ones."""

    moves: Moves
    libraries: Libraries
    shapes: tuple[str, ...]

    def name(self, name: str) -> str:
        """A group or key."""
        if self.libraries.is_group(name):
            return name
        group = self.moves.group(name)
        path = tuple(name.removeprefix(f"{MOUNT}.").split("."))
        new = self.moves.key(path) if group == name and not self._is_key(path) else None
        return group if new is None else dotted(new)

    def _is_key(self, path: KeyPath) -> bool:
        return any(matches(path, families.keys(shape)) for shape in self.shapes)

    def override(self, text: str) -> str:
        """An override."""
        found = _OVERRIDE.fullmatch(self.moves.override(text))
        return text if found is None else f"{found[1] or ''}{self.name(found[2])}{found[3]}"

    def expression(self, text: str) -> str:
        """A CEL expression."""
        for word in reversed(words_in(text)):
            if word.kind == "name":
                text = f"{text[: word.start]}{self.name(word.text)}{text[word.end :]}"
        return text


@dataclass
class _File:
    """A file, on its way to the names of now."""

    document: Document
    names: _Names
    changes: list[Change] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tree = copy.deepcopy(self.document.tree)

    def option(self, config: str) -> str:
        """The text of a library's file."""
        group = config.partition("/")[0]
        if group == RULES:
            self.rules()
        elif group == SWEEPS:
            self.sweep()
        else:
            self.defaults(config.rpartition("/")[0])
            self.keys(package_of(self.document.text, config), ())
        return rewritten(self.document, self.changes) if self.changes else self.document.text

    def recipe(self) -> str:
        """The text of a recipe file; of any other nothing is renamed."""
        text = self.document.text
        if not text.startswith(_COMPOSED):
            return text
        first, end, rest = text.partition("\n")
        words = split(first.removeprefix(_COMPOSED))
        now = [self.names.override(word) if "=" in word else word for word in words]
        if now != words:
            old, new = (header(w).rstrip("\n") for w in (words, now))
            self.renamed.append(Renamed(old, new, 1))
            text = f"{new}{end}{rest}"
        tree, _ = recipe_in(self.document)
        self.keys((MOUNT,), (MOUNT,) if tree is not self.document.tree else ())
        if not self.changes:
            return text
        return rewritten(parse_document(text, self.document.file), self.changes)

    def defaults(self, group: str) -> None:
        entries = self.tree.get("defaults")
        for at, entry in enumerate(entries if isinstance(entries, list) else ()):
            found = self.names.moves.entry(entry, group)
            if found is None:
                continue
            new = found[0]
            if isinstance(entry, dict):
                ((old_key, old),), ((key, value),) = entry.items(), new.items()
                self.rename(("defaults", at, old_key), key)
                if old != value:
                    self.set(("defaults", at, key), value, ("defaults", at, old_key))
            else:
                self.set(("defaults", at), new)

    def keys(self, package: KeyPath, mount: KeyPath) -> None:
        """Keys of a recipe, which stand below ``mount`` in the file and belong to ``package``."""
        tree = value_at(self.tree, mount)
        links = moved_links({**tree, "defaults": None}, package, self.names.moves)
        for at, _, text in list(links):
            self.set((*mount, *at), text)
        for path in list(_paths(tree, ())):
            new = self.names.moves.whole_key((*package, *path)) if path[0] != "defaults" else None
            if new is not None and new[: len(package)] == package:
                self.move((*mount, *path), (*mount, *new[len(package) :]))

    def sweep(self) -> None:
        for at, text in enumerate(self.tree.get("overrides") or ()):
            self.set(("overrides", at), self.names.override(str(text)))
        self.axes()
        for at, tied in enumerate(self.tree.get("zip") or ()):
            for place, name in enumerate(tied):
                self.set(("zip", at, place), self.names.name(name))
        conditions = self.tree.get("where")
        if isinstance(conditions, str):
            self.set(("where",), self.names.expression(conditions))
        for at, text in enumerate(conditions if isinstance(conditions, list) else ()):
            self.set(("where", at), self.names.expression(text))
        if isinstance(self.tree.get("name"), str):
            now = _FIELD.sub(lambda found: self.names.name(found[0]), self.tree["name"])
            self.set(("name",), now)

    def axes(self) -> None:
        for key, values in dict(self.tree.get("axes") or {}).items():
            now = self.names.name(key)
            self.rename(("axes", key), now)
            where = ("axes", now)
            if isinstance(values, list):
                for at, one in enumerate(values):
                    self.set((*where, at), self.names.moves.option(now, one), ("axes", key, at))
            else:
                text = self.names.moves.override(f"{now}={values}").partition("=")[2]
                if text != str(values):
                    self.set(where, text, ("axes", key))

    def rules(self) -> None:
        for at in range(len(self.tree.get("offers") or ())):
            self.choices(("offers", at))
        for section in ("families", "limits", "rules"):
            for name, entry in (self.tree.get(section) or {}).items():
                where = (section, name)
                self.choices((*where, "when"))
                for key in list(entry.get("keys") or {}):
                    self.rename((*where, "keys", key), self.names.name(key))
                for at, key in enumerate(entry.get("required") or ()):
                    self.set((*where, "required", at), self.names.name(key))
                if isinstance(entry.get("require"), str):
                    self.set((*where, "require"), self.names.expression(entry["require"]))

    def choices(self, where: KeyPath) -> None:
        node = value_at(self.tree, where) if _is_there(self.tree, where) else {}
        for group, options in dict(node if isinstance(node, dict) else {}).items():
            now = self.names.moves.group(group)
            self.rename((*where, group), now)
            if isinstance(options, list):
                for at, one in enumerate(options):
                    place = (*where, now, at)
                    self.set(place, self.names.moves.option(now, one), (*where, group, at))
            else:
                new = self.names.moves.option(now, options)
                self.set((*where, now), new, (*where, group))

    def set(self, path: KeyPath, value: Any, at: KeyPath = ()) -> None:
        """Puts a value where another stands; ``at`` is where that stands in the file."""
        old = value_at(self.tree, path)
        if old != value:
            self.note(str(old), str(value), at or path)
            self.change(Change("change", path, value))

    def rename(self, path: KeyPath, name: str) -> None:
        if path[-1] != name:
            self.note(str(path[-1]), name, path)
            self.place(path, (*path[:-1], name))

    def move(self, path: KeyPath, new: KeyPath) -> None:
        self.note(dotted(path), dotted(new), path)
        self.place(path, new)

    def place(self, path: KeyPath, new: KeyPath) -> None:
        value = value_at(self.tree, path)
        emptied = path
        while (
            new[: len(emptied) - 1] != emptied[:-1] and len(value_at(self.tree, emptied[:-1])) == 1
        ):
            emptied = emptied[:-1]  # what holds nothing else goes with it
        self.change(Change("delete", emptied))
        if _is_there(self.tree, new):
            return  # what has the new name already wins, as when it is composed
        there = len(new) - 1
        while not _is_there(self.tree, new[:there]):
            there -= 1
        for key in reversed(new[there + 1 :]):
            value = {key: value}
        self.change(Change("add", new[: there + 1], value))

    def change(self, change: Change) -> None:
        self.changes.append(change)
        apply(self.tree, change)

    def note(self, old: str, new: str, at: KeyPath) -> None:
        origin = self.document.origin(at, key=at in self.document.keys)
        self.renamed.append(Renamed(old, new, origin.line if origin else 1))


def _is_there(tree: Any, path: KeyPath) -> bool:
    try:
        value_at(tree, path)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _paths(node: Any, at: KeyPath) -> Iterator[KeyPath]:
    """Every key of a mapping, what is inside before what holds it."""
    for key, value in node.items() if isinstance(node, dict) else ():
        yield from _paths(value, (*at, key))
        yield (*at, key)
