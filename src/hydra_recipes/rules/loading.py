"""Reading the rules files of libraries into a ``RuleBook``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra_recipes.errors import LibraryError
from hydra_recipes.library import Libraries, load_yaml
from hydra_recipes.rules.keywords import unknown_keywords
from hydra_recipes.rules.model import (
    SEVERITIES,
    Family,
    Group,
    Limit,
    Offer,
    Rule,
    RuleBook,
    Schema,
    When,
)

if TYPE_CHECKING:
    from hydra_recipes.documents import Document

_SECTIONS = ("families", "groups", "offers", "limits", "rules")
_FIELDS = {
    "families": {"when", "model"},
    "groups": {"about", "derived"},
    "limits": {"when", "keys", "required", "severity", "because", "identifies"},
    "rules": {"when", "require", "schema", "message", "hint", "severity", "because"},
}


def rule_book(libraries: Libraries) -> RuleBook:
    """The rules of all libraries. Read once for as long as no rules file changes.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    stamps = tuple(
        (library.name, str(path), path.stat().st_mtime_ns)
        for library in libraries.members
        for path in library.rules_files()
    )
    return _read(stamps)


@lru_cache(maxsize=8)
def _read(stamps: tuple[tuple[str, str, int], ...]) -> RuleBook:
    found: dict[str, list[Any]] = {section: [] for section in _SECTIONS}
    for library, path, _ in stamps:
        _RulesFile(library, path, found).read()
    return RuleBook(**{section: tuple(entries) for section, entries in found.items()})


class _RulesFile:
    """One rules file, on its way into the sections of the book."""

    def __init__(self, library: str, path: str, found: dict[str, list[Any]]) -> None:
        self.library = library
        self.path = path
        self.found = found

    def read(self) -> None:
        try:
            content = load_yaml(Path(self.path))
        except LibraryError:
            _document(self.path)  # says what is wrong, with line and column
            raise
        if not isinstance(content, dict):
            raise self.failure("bad-library-file", (), reason="not a mapping of sections")
        builders: dict[str, Callable[[str, Mapping[str, Any]], Any]] = {
            "families": self.family,
            "groups": self.group,
            "limits": self.limit,
            "rules": self.rule,
        }
        for section, entries in content.items():
            if section == "offers":
                self.found["offers"] += [
                    Offer(self.choices(offer, ("offers", at))) for at, offer in enumerate(entries)
                ]
                continue
            if section not in builders:
                raise self.failure(
                    "bad-rules-section", (section,), section=section, known=_SECTIONS
                )
            for name, entry in (entries or {}).items():
                self.check(section, name, entry)
                self.found[section].append(builders[section](name, entry))

    def check(self, section: str, name: str, entry: Any) -> None:
        if not isinstance(entry, dict):
            raise self.failure(
                "bad-rules-entry", (section, name), entry=name, reason="not a mapping"
            )
        for field in entry:
            if field not in _FIELDS[section]:
                known = tuple(sorted(_FIELDS[section]))
                raise self.failure(
                    "bad-rules-field", (section, name, field), entry=name, field=field, known=known
                )
        if section in ("limits", "rules") and not entry.get("because"):
            raise self.failure(
                "bad-rules-entry", (section, name), entry=name, reason="it has no because"
            )
        if entry.get("severity", "error") not in SEVERITIES:
            reason = f"its severity is none of {', '.join(SEVERITIES)}"
            raise self.failure(
                "bad-rules-entry", (section, name, "severity"), entry=name, reason=reason
            )
        if any(old.id == name for old in self.found[section] if section != "groups"):
            raise self.failure(
                "bad-rules-entry", (section, name), entry=name, reason="the id is taken"
            )

    def family(self, name: str, entry: Mapping[str, Any]) -> Family:
        return Family(name, self.when(entry, ("families", name)), entry["model"])

    def group(self, name: str, entry: Mapping[str, Any]) -> Group:
        return Group(name, entry.get("about", ""), bool(entry.get("derived", False)))

    def limit(self, name: str, entry: Mapping[str, Any]) -> Limit:
        keys: list[tuple[str, Schema]] = []
        for key, schema in (entry.get("keys") or {}).items():
            wrong = unknown_keywords(schema)
            if wrong:
                where = ("limits", name, "keys", key)
                raise self.failure("bad-keyword", where, entry=name, key=key, keywords=wrong)
            keys.append((key, schema))
        return Limit(
            id=name,
            library=self.library,
            when=self.when(entry, ("limits", name)),
            keys=tuple(keys),
            required=tuple(entry.get("required", ())),
            severity=entry.get("severity", "error"),
            because=entry["because"],
            identifies=entry.get("identifies"),
        )

    def rule(self, name: str, entry: Mapping[str, Any]) -> Rule:
        for field in ("require", "message"):
            if not isinstance(entry.get(field), str):
                raise self.failure(
                    "bad-rules-entry", ("rules", name), entry=name, reason=f"it has no {field}"
                )
        return Rule(
            id=name,
            library=self.library,
            when=self.when(entry, ("rules", name)),
            require=entry["require"],
            schema=entry.get("schema"),
            message=entry["message"],
            hint=entry.get("hint"),
            severity=entry.get("severity", "error"),
            because=entry["because"],
        )

    def when(self, entry: Mapping[str, Any], where: tuple[Any, ...]) -> When:
        return When(self.choices(entry.get("when") or {}, (*where, "when")))

    def choices(
        self, entry: Any, where: tuple[Any, ...]
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(entry, dict):
            raise self.failure(
                "bad-rules-entry", where, entry=str(where[-1]), reason="not a mapping of groups"
            )
        return tuple(
            (group, tuple(options) if isinstance(options, list) else (options,))
            for group, options in entry.items()
        )

    def failure(self, kind: str, where: tuple[Any, ...], **data: Any) -> LibraryError:
        origin = _document(self.path).origin(where, key=True)
        return LibraryError(kind, origin, file=self.path, **data)


def _document(path: str) -> Document:
    """The file once more, with places: needed, and imported, only to say what is wrong with it."""
    from hydra_recipes.documents import read_document

    return read_document(Path(path))
