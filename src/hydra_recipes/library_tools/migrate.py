"""Migration: files with old names, rewritten with the names of today; comments are kept.

Each change is made to a copy of a file's content, which later changes look at, and noted; all notes
are then applied to the text together. Lines are those of the file as read, which a user still sees.
"""

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
from hydra_recipes.findings.messages.files import EmptyFile
from hydra_recipes.library.entries import entries_of, settings_in
from hydra_recipes.library.model import RULES, SWEEPS, Libraries, Library
from hydra_recipes.library.moved_links import moved_links
from hydra_recipes.library.moves import Moves
from hydra_recipes.library.option_file import package_of
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.override import Override
from hydra_recipes.rules import families
from hydra_recipes.rules.book import moves_of, rule_book
from hydra_recipes.rules.cel_words import words_in
from hydra_recipes.shell_words import split
from hydra_recipes.sweep.space.saved import SavedSweep
from hydra_recipes.tree import ABSENT, MOUNT, matches, path_of, value_at, walk

_COMPOSED = "# recipe compose "
_FIELD = re.compile(r"(?<=\{)[A-Za-z_][\w./]*")


@dataclass(frozen=True)
class Renamed:
    """An old name in a file, the name that replaces it, and its line, counted from 1."""

    old: str
    new: str
    line: int


@dataclass(frozen=True)
class Migrated:
    """A file before and after its names are replaced.

    Attributes:
        path: The file.
        before: Its text.
        text: Its text with new names.
        renamed: The old names in it.
    """

    path: Path
    before: str
    text: str
    renamed: tuple[Renamed, ...]


def migrate(directory: Path, library: Library | None, libraries: Libraries) -> list[Migrated]:
    """Return the files in a directory that have old names, with their texts as they would be.

    These are the options, presets, sweeps and rules of a library, and recipes whose first line says
    how they were composed. Nothing is written.

    Args:
        directory: The directory; hidden folders in it are left alone.
        library: The library in it, if there is one.
        libraries: The libraries that say what was renamed.

    Raises:
        DocumentError: If a file of the library can't be read.
        LibraryError: If a rules file or a sweep isn't one.
        OutputError: If a name can't be changed without touching something else.
    """
    shapes = tuple(family.model for family in rule_book(libraries).families)
    names = _Names(moves_of(libraries), libraries, shapes)
    migrated = []
    for path in _files(directory):
        resolved = path.resolve()
        inside = library is not None and resolved.is_relative_to(library.root)
        try:
            document = read_document(path)
        except DocumentError as error:
            if isinstance(error.detail, EmptyFile) or not inside:
                continue  # empty, or outside the library: then it may be anything
            raise
        if isinstance(document.tree, dict):
            config = (
                resolved.relative_to(library.root).with_suffix("") if inside and library else None
            )
            file = _File(document, names)
            text = file.option(config.as_posix()) if config else file.recipe()
            if file.renamed:
                migrated.append(Migrated(path, document.text, text, tuple(file.renamed)))
    return migrated


def _files(directory: Path) -> Iterator[Path]:
    """Yield the YAML files below a directory, sorted in each folder; none in hidden folders."""
    for folder, subfolders, names in os.walk(directory):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".yaml"))


@dataclass(frozen=True)
class _Names:
    """The new names, for texts that hold old ones."""

    moves: Moves
    libraries: Libraries
    shapes: tuple[str, ...]

    def name(self, name: str) -> str:
        """Return the new name of a group or key; a name still in use stays."""
        if self.libraries.is_group(name):
            return name
        group = self.moves.group(name)
        path = path_of(name)
        new = self.moves.key(path) if group == name and not self._is_key(path) else None
        return group if new is None else dotted(new)

    def _is_key(self, path: KeyPath) -> bool:
        return any(matches(path, families.keys(shape)) for shape in self.shapes)

    def override(self, text: str) -> str:
        """Return an override with new names."""
        override = Override.read(self.moves.override(text))
        return override._replace(key=self.name(override.key)).text

    def expression(self, text: str) -> str:
        """Return a CEL expression with new names."""
        for word in reversed(words_in(text)):
            if word.kind == "name":
                text = f"{text[: word.start]}{self.name(word.text)}{text[word.end :]}"
        return text


@dataclass
class _File:
    """A file that is being migrated.

    Attributes:
        document: The file as it was read.
        names: The new names.
        changes: The changes so far, in order.
        renamed: The old names found so far.
        tree: The content with the changes so far.
    """

    document: Document
    names: _Names
    changes: list[Change] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tree = copy.deepcopy(self.document.tree)

    def option(self, config: str) -> str:
        """Return the new text of a file of a library."""
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
        """Return the new text of a recipe; any other file stays as it is."""
        text = self.document.text
        if not text.startswith(_COMPOSED):
            return text
        first_line, end, rest = text.partition("\n")
        # All words, not only the overrides that ``command_in`` reads, as the line is written anew.
        words = split(first_line.removeprefix(_COMPOSED))
        new_words = [
            self.names.override(word) if Override.read(word).assigned is not None else word
            for word in words
        ]
        if new_words != words:
            old, new = (header(command).rstrip("\n") for command in (words, new_words))
            self.renamed.append(Renamed(old, new, 1))
            text = f"{new}{end}{rest}"
        tree, _ = recipe_in(self.document)
        self.keys((MOUNT,), (MOUNT,) if tree is not self.document.tree else ())
        if not self.changes:
            return text
        return rewritten(parse_document(text, self.document.file), self.changes)

    def defaults(self, group: str) -> None:
        """Rename in the defaults list of a config in ``group``."""
        for entry in entries_of(copy.deepcopy(self.tree), group):
            old, new = (
                value_at(self.tree, entry.place),
                self.names.moves.entry(entry).written,
            )
            if new == entry.written or (isinstance(old, dict) and len(old) != 1):
                continue
            if isinstance(old, dict):
                ((old_key, _),), ((new_key, new_value),) = old.items(), new.items()
                self.rename((*entry.place, old_key), new_key)
                self.set((*entry.place, new_key), new_value, (*entry.place, old_key))
            else:
                self.set(entry.place, new)

    def keys(self, package: KeyPath, mount: KeyPath) -> None:
        """Rename keys and links below ``mount`` in the file, whose content goes to ``package``."""
        tree = settings_in(value_at(self.tree, mount))
        links = moved_links(tree, package, self.names.moves)
        for link_path, _, text in list(links):
            self.set((*mount, *link_path), text)
        for path in list(walk(tree, inner_first=True)):
            new = self.names.moves.whole_key((*package, *path))
            if new is not None and new[: len(package)] == package:
                self.move((*mount, *path), (*mount, *new[len(package) :]))

    def sweep(self) -> None:
        """Rename in a saved sweep: in its overrides, axes, zips, conditions and name.

        Raises:
            LibraryError: If the file isn't the description of a sweep.
        """
        document = self.document
        SavedSweep.read(document.tree or {}, document.file, document, Path(document.file).stem)
        for position, text in enumerate(self.tree.get("overrides") or ()):
            self.set(("overrides", position), self.names.override(str(text)))
        self.axes()
        for position, axes in enumerate(self.tree.get("zip") or ()):
            for index, name in enumerate(axes):
                self.set(("zip", position, index), self.names.name(name))
        conditions = self.tree.get("where")
        if isinstance(conditions, str):
            self.set(("where",), self.names.expression(conditions))
        for position, text in enumerate(conditions if isinstance(conditions, list) else ()):
            self.set(("where", position), self.names.expression(text))
        if isinstance(self.tree.get("name"), str):
            new_name = _FIELD.sub(
                lambda name_field: self.names.name(name_field[0]), self.tree["name"]
            )
            self.set(("name",), new_name)

    def axes(self) -> None:
        """Rename the axes of a sweep, and the options that they list."""
        for key, values in dict(self.tree.get("axes") or {}).items():
            new_key = self.names.name(key)
            self.rename(("axes", key), new_key)
            axis_path = ("axes", new_key)
            if isinstance(values, list):
                for position, option in enumerate(values):
                    self.set(
                        (*axis_path, position),
                        self.names.moves.option(new_key, option),
                        ("axes", key, position),
                    )
            else:
                text = Override.read(self.names.moves.override(f"{new_key}={values}")).value
                if text != str(values):
                    self.set(axis_path, text, ("axes", key))

    def rules(self) -> None:
        """Rename in a rules file: in offers, families, limits, rules, and what is for all."""
        self.choices(("when",))
        for position in range(len(self.tree.get("offers") or ())):
            self.choices(("offers", position))
        for section in ("families", "limits", "rules"):
            for name, entry in (self.tree.get(section) or {}).items():
                entry_path = (section, name)
                self.choices((*entry_path, "when"))
                for key in list(entry.get("keys") or {}):
                    self.rename((*entry_path, "keys", key), self.names.name(key))
                for position, key in enumerate(entry.get("required") or ()):
                    self.set((*entry_path, "required", position), self.names.name(key))
                if isinstance(entry.get("require"), str):
                    self.set((*entry_path, "require"), self.names.expression(entry["require"]))

    def choices(self, where: KeyPath) -> None:
        """Rename groups and options in the mapping at ``where``, if there is one."""
        node = value_at(self.tree, where, {})
        for group, options in dict(node if isinstance(node, dict) else {}).items():
            new_group = self.names.moves.group(group)
            self.rename((*where, group), new_group)
            if isinstance(options, list):
                for position, option in enumerate(options):
                    option_path = (*where, new_group, position)
                    self.set(
                        option_path,
                        self.names.moves.option(new_group, option),
                        (*where, group, position),
                    )
            else:
                new = self.names.moves.option(new_group, options)
                self.set((*where, new_group), new, (*where, group))

    def set(self, path: KeyPath, value: Any, at: KeyPath = ()) -> None:
        """Replace the value at ``path``; ``at`` is its path in the file as read, if another."""
        old = value_at(self.tree, path)
        if old != value:
            self.note(str(old), str(value), at or path)
            self.change(Change("change", path, value))

    def rename(self, path: KeyPath, name: str) -> None:
        """Rename the key at ``path``."""
        if path[-1] != name:
            self.note(str(path[-1]), name, path)
            self.place(path, (*path[:-1], name))

    def move(self, path: KeyPath, new: KeyPath) -> None:
        """Move the value at ``path`` to ``new``, and note it."""
        self.note(dotted(path), dotted(new), path)
        self.place(path, new)

    def place(self, path: KeyPath, new: KeyPath) -> None:
        """Move a value to ``new`` unless one is there; drop mappings that are left empty."""
        value = value_at(self.tree, path)
        emptied = path
        while (
            new[: len(emptied) - 1] != emptied[:-1] and len(value_at(self.tree, emptied[:-1])) == 1
        ):
            emptied = emptied[:-1]  # a mapping that holds nothing else goes too
        self.change(Change("delete", emptied))
        if value_at(self.tree, new, ABSENT) is not ABSENT:
            return  # a value under the new name wins, as it does in composing
        depth = len(new) - 1  # of the innermost mapping that exists
        while value_at(self.tree, new[:depth], ABSENT) is ABSENT:
            depth -= 1
        for key in reversed(new[depth + 1 :]):
            value = {key: value}
        self.change(Change("add", new[: depth + 1], value))

    def change(self, change: Change) -> None:
        """Note a change, and apply it to the tree."""
        self.changes.append(change)
        apply(self.tree, change)

    def note(self, old: str, new: str, at: KeyPath) -> None:
        """Note an old name, with its line in the file as read."""
        origin = self.document.origin(at, key=at in self.document.keys)
        self.renamed.append(Renamed(old, new, origin.line if origin else 1))
