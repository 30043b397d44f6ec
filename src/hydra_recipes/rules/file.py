"""Reader of one rules file, into the sections of a rule book."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hydra_recipes.documents.document import Document
from hydra_recipes.documents.reader import read_document
from hydra_recipes.findings.errors import DocumentError, LibraryError
from hydra_recipes.findings.finding import SEVERITIES
from hydra_recipes.findings.messages.base import AboutFile
from hydra_recipes.findings.messages.rules import (
    BadKeyword,
    BadLibraryFile,
    BadRulesEntry,
    BadRulesField,
    BadRulesSection,
)
from hydra_recipes.library.reading import read_file
from hydra_recipes.origin import FileOrigin
from hydra_recipes.rules.declarations import Move, Off, Shadow
from hydra_recipes.rules.keywords import KEYWORDS, unknown_keywords, unusable_keywords
from hydra_recipes.rules.model import (
    RELATIVE,
    Alias,
    Family,
    Group,
    Limit,
    Method,
    Offer,
    Rule,
    Schema,
    When,
)
from hydra_recipes.tree import nearest

SECTIONS = (
    "families",
    "groups",
    "methods",
    "aliases",
    "offers",
    "limits",
    "rules",
    "off",
    "shadows",
    "moved",
)
"""The sections of a rules file."""

_COMMON: Mapping[str, type] = {"when": dict, "severity": str, "because": str, "source": str}
"""The fields of limits and rules alike."""
_FIELDS: Mapping[str, Mapping[str, type]] = {
    "families": {"when": dict, "model": str},
    "groups": {"about": str, "derived": bool},
    "methods": {"about": str, "told_by": list, "hint": str},
    "aliases": {"when": dict, "names": list, "key": str, "because": str},
    "limits": {**_COMMON, "keys": dict, "required": list, "identifies": str, "links": str},
    "rules": {**_COMMON, "require": str, "schema": dict, "message": str, "hint": str},
}
_NEEDED = {
    "families": ("model",),
    "groups": (),
    "methods": ("about", "told_by"),
    "aliases": ("names", "key"),
    "limits": ("because",),
    "rules": ("require", "message", "because"),
}
_WITH_IDS = {
    "families": ("families",),
    "methods": ("methods",),
    "aliases": ("aliases",),
    "limits": ("limits", "rules"),
    "rules": ("rules", "limits"),
}
"""For each section, those that share its ids: a limit and a rule can't have the same one."""

_KINDS = {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}


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


def origin_in(file: str, where: tuple[Any, ...]) -> FileOrigin | None:
    """Return where an entry, or a part of it, stands in a rules file; None if it can't be read.

    This reads the file again, since places are needed only for an error.
    """
    try:
        document = read_document(Path(file))
    except DocumentError:
        return None
    where = _as_written(where, document)
    return document.origin(where, key=where in document.keys)


def _as_written(where: tuple[Any, ...], document: Document) -> tuple[Any, ...]:
    """Return a place as YAML 1.1 reads it: there a plain ``off`` is false."""
    plain = where[:1] == ("off",) and ("off",) not in document.keys
    return (False, *where[1:]) if plain else where


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
        self.where: tuple[Any, ...] = ()
        self.document: Document | None = None

    def refuse_controls(self, value: Any, where: tuple[Any, ...]) -> None:
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
        self.document = read_file(Path(self.path))
        content = self.document.tree if self.document else {}
        if not isinstance(content, dict):
            reason = "not a mapping of sections"
            raise self.failure(BadLibraryFile(file=self.path, reason=reason), ())
        if self.document and "\\" in self.document.text:  # only an escape can write a control
            self.refuse_controls(content, ())
        readers: dict[str, Callable[[str, Any], Iterator[Any]]] = {
            "offers": self.offers,
            "off": self.offs,
            "shadows": self.shadows,
            "moved": self.moves,
        }
        for key, entries in content.items():
            # YAML 1.1 reads a plain off as false.
            section, where = ("off" if key is False else key), (key,)
            if section not in SECTIONS:
                detail = BadRulesSection(file=self.path, section=section, known=SECTIONS)
                raise self.failure(detail, where)
            self.where = where
            reader = readers.get(section, self.entries)
            self.sections[section] += reader(section, entries)

    def offers(self, section: str, entries: Any) -> Iterator[Offer]:
        for index, offer in enumerate(self.typed(entries or [], list, section, self.where)):
            yield Offer(self.choices(offer, "an offer", (*self.where, index)), self.library)

    def offs(self, section: str, entries: Any) -> Iterator[Off]:
        """Yield what the section ``off`` switches off."""
        for name, because in self.texts(section, entries):
            if not because.strip():
                raise self.unfit(name, (*self.where, name), "it doesn't say why")
            if any(off.id == name for off in self.sections[section]):
                raise self.unfit(name, (*self.where, name), "it is switched off twice")
            yield Off(name, self.library, self.path, because)

    def shadows(self, section: str, entries: Any) -> Iterator[Shadow]:
        for index, config in enumerate(self.typed(entries or [], list, section, self.where)):
            self.typed(config, str, config, (*self.where, index))
            yield Shadow(config, self.library, self.path)

    def moves(self, section: str, entries: Any) -> Iterator[Move]:
        """Yield the new names in the section ``moved``."""
        for old, new in self.texts(section, entries):
            where = (*self.where, old)
            if any(move.old == old for move in self.sections[section]):
                raise self.unfit(old, where, "it has moved already")
            if not new:
                raise self.unfit(old, where, "it doesn't say what it is called now")
            stays = old.partition("/")[0] == new.partition("/")[0]
            if ("/" in old) != ("/" in new) or ("/" in old and not stays):
                reason = f"{new} is no new name for it; an option moves within its group"
                raise self.unfit(old, where, reason)
            yield Move(old, new, self.library, self.path)

    def texts(self, section: str, entries: Any) -> Iterator[tuple[str, str]]:
        """Yield name and text of a section that has one text per name."""
        for name, text in self.typed(entries or {}, dict, section, self.where).items():
            self.typed(name, str, name, (*self.where, name))
            self.typed("" if text is None else text, str, name, (*self.where, name))
            yield name, text or ""

    def entries(self, section: str, entries: Any) -> Iterator[Any]:
        """Yield the entries of a section that has one mapping per id."""
        builders: dict[str, Callable[[str, Mapping[str, Any]], Any]] = {
            "families": self.family,
            "groups": self.group,
            "methods": self.method,
            "aliases": self.alias,
            "limits": self.limit,
            "rules": self.rule,
        }
        for name, entry in self.typed(entries or {}, dict, section, self.where).items():
            self.check(section, name, entry)
            built = builders[section](name, entry)
            self.ids[section, name] = built
            yield built

    def check(self, section: str, name: Any, entry: Any) -> None:
        """Raise if an entry has unknown, missing or mistyped fields, or an id that is taken."""
        where = (section, name)
        self.typed(name, str, name, where)
        self.typed(entry, dict, name, where)
        fields = _FIELDS[section]
        for field, value in entry.items():
            if field not in fields:
                known = tuple(sorted(fields))
                detail = BadRulesField(file=self.path, entry=name, field=field, known=known)
                raise self.failure(detail, (*where, field))
            if value is not None:
                self.typed(value, fields[field], name, (*where, field))
        for field in _NEEDED[section]:
            value = entry.get(field)
            if not value or (isinstance(value, str) and not value.strip()):
                raise self.unfit(name, where, f"it has no {field}")
        if entry.get("severity", "error") not in SEVERITIES:
            reason = f"its severity is none of {', '.join(SEVERITIES)}"
            raise self.unfit(name, (*where, "severity"), reason)
        for other in _WITH_IDS.get(section, ()):
            if (other, name) in self.ids:
                raise self.taken(self.ids[other, name], (other, name), where)

    def taken(
        self,
        old: Limit | Rule | Family | Method | Alias,
        place_of_old: tuple[Any, ...],
        where: tuple[Any, ...],
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

    def family(self, name: str, entry: Mapping[str, Any]) -> Family:
        when = self.when(entry, "families", name)
        return Family(name, when, entry["model"], self.library, self.path)

    def group(self, name: str, entry: Mapping[str, Any]) -> Group:
        return Group(name, entry.get("about") or "", bool(entry.get("derived")))

    def limit(self, name: str, entry: Mapping[str, Any]) -> Limit:
        when = self.when(entry, "limits", name)
        identifies = entry.get("identifies")
        if identifies is not None and identifies not in dict(when.groups):
            where = ("limits", name, "identifies")
            raise self.unfit(name, where, f"its when doesn't name an option of {identifies}")
        links = entry.get("links")
        if links not in (None, RELATIVE):
            raise self.unfit(name, ("limits", name, "links"), f"links has to be {RELATIVE}")
        required = entry.get("required") or ()
        for index, key in enumerate(required):
            self.typed(key, str, name, ("limits", name, "required", index))
        keys = self.keys(name, entry.get("keys") or {}, ("limits", name, "keys"))
        return Limit(
            id=name,
            library=self.library,
            file=self.path,
            when=when,
            keys=keys,
            required=tuple(required),
            severity=entry.get("severity") or "error",
            because=entry["because"],
            identifies=identifies,
            source=(entry.get("source") or "").strip(),
            links=links,
        )

    def method(self, name: str, entry: Mapping[str, Any]) -> Method:
        alternatives = []
        for index, conditions in enumerate(entry["told_by"]):
            where = ("methods", name, "told_by", index)
            if not self.typed(conditions, dict, name, where):
                raise self.unfit(name, where, "it names no key")
            alternatives.append(self.keys(name, conditions, where))
        hint = entry.get("hint")
        return Method(name, entry["about"], tuple(alternatives), hint, self.library, self.path)

    def alias(self, name: str, entry: Mapping[str, Any]) -> Alias:
        for index, other in enumerate(entry["names"]):
            self.typed(other, str, name, ("aliases", name, "names", index))
        when, names = self.when(entry, "aliases", name), tuple(entry["names"])
        because = entry.get("because")
        return Alias(name, when, names, entry["key"], because, self.library, self.path)

    def keys(
        self, name: str, keys: Mapping[Any, Any], parent: tuple[Any, ...]
    ) -> tuple[tuple[str, Schema], ...]:
        """Return short keys with their schemas; raise if a schema has keywords of no use."""
        for key, schema in keys.items():
            where = (*parent, key)
            self.typed(key, str, name, where)
            unknown = unknown_keywords(schema)
            if unknown:
                near = [keyword for word in unknown for keyword in nearest(word, KEYWORDS)]
                detail = BadKeyword(
                    file=self.path, entry=name, key=key, keywords=unknown, nearest=near
                )
                raise self.failure(detail, where)
            unfit = unusable_keywords(schema)
            if unfit:
                reason = f"{key} has no use for that value of {', '.join(unfit)}"
                raise self.unfit(name, where, reason)
        return tuple(keys.items())

    def rule(self, name: str, entry: Mapping[str, Any]) -> Rule:
        return Rule(
            id=name,
            library=self.library,
            file=self.path,
            when=self.when(entry, "rules", name),
            require=entry["require"],
            schema=entry.get("schema"),
            message=entry["message"],
            hint=entry.get("hint"),
            severity=entry.get("severity") or "error",
            because=entry["because"],
            source=(entry.get("source") or "").strip(),
        )

    def when(self, entry: Mapping[str, Any], section: str, name: str) -> When:
        return When(self.choices(entry.get("when") or {}, name, (section, name, "when")))

    def choices(
        self, entry: Any, name: str, where: tuple[Any, ...]
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return each group with its options from a mapping of group to option or options."""
        groups: list[tuple[str, tuple[str, ...]]] = []
        for group, value in self.typed(entry, dict, name, where).items():
            options = value if isinstance(value, list) else [value]
            for word in (group, *options):
                self.typed(word, str, name, (*where, group))
            groups.append((group, tuple(options)))
        return tuple(groups)

    def typed(self, value: Any, wanted: type, name: Any, where: tuple[Any, ...]) -> Any:
        """Return the value if it is of the wanted type; raise if not."""
        if isinstance(value, wanted):
            return value
        label = where[-1] if isinstance(where[-1], str) else name
        raise self.unfit(name, where, f"{label} has to be {_KINDS[wanted]}")

    def unfit(self, name: Any, where: tuple[Any, ...], reason: str) -> LibraryError:
        return self.failure(BadRulesEntry(file=self.path, entry=name, reason=reason), where)

    def failure(self, detail: AboutFile, where: tuple[Any, ...]) -> LibraryError:
        """Return an error that points at a place in the file."""
        document = self.document
        origin = document.origin(where, key=where in document.keys) if document else None
        return LibraryError(detail, origin)
