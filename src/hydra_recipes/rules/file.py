"""Reader of one rules file, into the sections of a rule book."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hydra_recipes.documents.document import Document
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.base import AboutFile
from hydra_recipes.findings.messages.rules import BadLibraryFile, BadRulesEntry
from hydra_recipes.library.reading import as_written, origin_in, read_file
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules.declarations import Move, Off, Shadow
from hydra_recipes.rules.family_schema import limits_of, text_of, unusable_part
from hydra_recipes.rules.model import (
    Alias,
    Chain,
    Family,
    Group,
    Limit,
    Method,
    Offer,
    Rule,
    Spelling,
)
from hydra_recipes.rules.shape import FOR_ALL, FamilyShape, RulesFile

SECTIONS = tuple(name for name in RulesFile.model_fields if name not in FOR_ALL)
"""The sections of a rules file."""

_WITH_IDS = {
    "families": ("families",),
    "methods": ("methods",),
    "aliases": ("aliases",),
    "chains": ("chains",),
    "limits": ("limits", "rules"),
    "rules": ("rules", "limits"),
}
"""For each section, those that share its ids: a limit and a rule can't have the same one."""
_ENTRIES: Mapping[str, Any] = {
    "families": Family,
    "methods": Method,
    "aliases": Alias,
    "chains": Chain,
    "limits": Limit,
    "rules": Rule,
}
"""The classes of the entries with an id, by section."""


def read_rules(
    library: str,
    path: str,
    found: dict[str, list[Any]],
    taken: dict[tuple[str, str], Any] | None = None,
) -> None:
    """Read a rules file.

    Args:
        library: The name of its library.
        path: The path of the file.
        found: The entries of this and other files by section; the file's are added.
        taken: The entries by section and id, to find ids that other files have; the file's are
            added.

    Raises:
        LibraryError: If it can't be read, or an entry makes no sense.
    """
    _RulesFile(library, path, found, {} if taken is None else taken).read()


def _with_what_is_for_all(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the sections of a rules file, its ``when`` and ``source`` given to their entries."""
    when, source = content.get("when"), content.get("source")
    for section, entries in content.items():
        takes_source = section in {"limits", "rules"} and source is not None
        if not isinstance(entries, dict) or section not in {"limits", "rules", "aliases"}:
            yield section, entries
            continue
        given = {"source": source} if takes_source else {}
        yield (
            section,
            {
                name: {**given, **entry, **_joined(when, entry.get("when", {}))}
                if isinstance(entry, dict)
                else entry
                for name, entry in entries.items()
            },
        )


def _joined(when: Any, own: Any) -> dict[str, Any]:
    """Return the ``when`` of an entry with that of its file, if the file has one."""
    return {"when": {**when, **own}} if isinstance(when, dict) and isinstance(own, dict) else {}


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that a terminal obeys instead of showing them."""


class _RulesFile:
    """Reader of one rules file, whose entries are added to the book's sections."""

    def __init__(
        self,
        library: str,
        path: str,
        sections: dict[str, list[Any]],
        taken: dict[tuple[str, str], Any],
    ) -> None:
        self.library = library
        self.path = path
        self.sections = sections
        self.ids = taken
        self.document: Document | None = None

    def refuse_controls(self, value: Any, where: KeyPath) -> None:
        """Raise if a text has control characters: a terminal that shows it would obey them."""
        if isinstance(value, dict):
            for key, item in value.items():
                self.refuse_controls(key, (*where, key))
                self.refuse_controls(item, (*where, key))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.refuse_controls(item, (*where, index))
        elif isinstance(value, str) and (control := _CONTROLS.search(value)):
            reason = f"the character U+{ord(control.group()):04X} is not allowed in rules"
            raise self.failure(BadLibraryFile(file=self.path, reason=reason), where)

    def read(self) -> None:
        """Add the file's entries to the sections.

        Raises:
            LibraryError: If the file can't be read, or an entry makes no sense.
        """
        self.document = read_file(Path(self.path))
        content = self.document.tree if self.document else {}
        if self.document and "\\" in self.document.text:  # only an escape can write a control
            self.refuse_controls(content, ())
        if isinstance(content, dict):  # YAML 1.1 reads a plain off as false
            content = {
                "off" if key is False else key: entries or None for key, entries in content.items()
            }
            content = dict(_with_what_is_for_all(content))
        shape = RulesFile.read(content, self.path, self.document)
        for section in content:  # in the order of the file: the first to have an id keeps it
            if section in FOR_ALL:
                continue
            self.sections[section] += self.entries(section, getattr(shape, section))

    def entries(self, section: str, content: Any) -> Iterator[Any]:
        """Yield the entries of a section, as a rule book has them."""
        match section:
            case "offers":
                yield from (Offer(groups, self.library) for groups in content)
            case "groups":
                yield from (Group(name, **vars(entry)) for name, entry in content.items())
            case "spellings":
                yield from self.spellings(content)
            case "off":
                yield from self.offs(content)
            case "shadows":
                yield from (Shadow(config, self.library, self.path) for config in content)
            case "moved":
                yield from self.moves(content)
            case _:
                for name, entry in content.items():
                    self.check_id(section, name)
                    fields = self.model(name, entry) if section == "families" else vars(entry)
                    made = _ENTRIES[section](
                        id=name, library=self.library, file=self.path, **fields
                    )
                    self.ids[section, name] = made
                    yield made
                    if section == "families" and made.is_schema:
                        self.sections["limits"] += self.limits_of(made)

    def model(self, name: str, entry: FamilyShape) -> dict[str, Any]:
        """Return the fields of a family; its model is a path, or its schema as text."""
        where, schema = ("families", name), entry.json_schema
        if entry.model and schema is not None:
            raise self.unfit(name, where, "it has a model and a schema; it takes one of them")
        if schema is None:
            if not entry.model:
                raise self.unfit(name, where, "it has no model and no schema")
            return {"when": entry.when, "model": entry.model}
        if unusable := unusable_part(schema):
            raise self.unfit(name, (*where, "schema", *unusable.where), unusable.reason)
        return {"when": entry.when, "model": text_of(schema)}

    def limits_of(self, family: Family) -> Iterator[Limit]:
        """Yield the limits that a family's schema says."""
        for limit in limits_of(family):
            self.check_id("limits", limit.id)
            self.ids["limits", limit.id] = limit
            yield limit

    def spellings(self, names: Mapping[str, str]) -> Iterator[Spelling]:
        """Yield the other names of options in the section ``spellings``."""
        for name, option in names.items():
            group, _, spelling = name.rpartition("/")
            if not group or not option:
                reason = "it isn't GROUP/NAME: OPTION"
                raise self.unfit(name, ("spellings", name), reason)
            yield Spelling(spelling, group, option)

    def offs(self, reasons: Mapping[str, str]) -> Iterator[Off]:
        """Yield what the section ``off`` switches off."""
        for name, because in reasons.items():
            if any(off.id == name for off in self.sections["off"]):
                raise self.unfit(name, ("off", name), "it is switched off twice")
            yield Off(name, self.library, self.path, because)

    def moves(self, names: Mapping[str, str]) -> Iterator[Move]:
        """Yield the new names in the section ``moved``."""
        for old, new in names.items():
            where = ("moved", old)
            if any(move.old == old for move in self.sections["moved"]):
                raise self.unfit(old, where, "it has moved already")
            stays = old.partition("/")[0] == new.partition("/")[0]
            if ("/" in old) != ("/" in new) or ("/" in old and not stays):
                reason = f"{new} is no new name for it; an option moves within its group"
                raise self.unfit(old, where, reason)
            yield Move(old, new, self.library, self.path)

    def check_id(self, section: str, name: str) -> None:
        """Raise if an entry's id is taken."""
        for other in _WITH_IDS[section]:
            if (other, name) in self.ids:
                raise self.taken(self.ids[other, name], (other, name), (section, name))

    def taken(
        self,
        old: Limit | Rule | Family | Method | Alias | Chain,
        place_of_old: KeyPath,
        where: KeyPath,
    ) -> LibraryError:
        """Return the error for an id that is taken.

        Of two libraries it points at the one read first, which builds on the later one.
        """
        theirs = origin_in(old.file, place_of_old)
        if old.library == self.library:
            place = f"{old.file}:{theirs.line}" if theirs else old.file
            return self.unfit(old.id, where, f"the id is taken; it stands in {place} too")
        mine = self.document.origin(where, key=True) if self.document else None
        place = f"{self.path}:{mine.line}" if mine else self.path
        reason = f"the id is taken; it is one of {self.library}, in {place}"
        return LibraryError(BadRulesEntry(file=old.file, entry=old.id, reason=reason), theirs)

    def unfit(self, name: str, where: KeyPath, reason: str) -> LibraryError:
        return self.failure(BadRulesEntry(file=self.path, entry=name, reason=reason), where)

    def failure(self, detail: AboutFile, where: KeyPath) -> LibraryError:
        """Return an error that points at a place in the file."""
        document = self.document
        if document is None:
            return LibraryError(detail)
        where = as_written(where, document)
        origin = document.origin(where, key=where in document.keys)
        return LibraryError(detail, origin)
