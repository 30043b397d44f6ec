"""Reading the rules files of libraries into a ``RuleBook``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from hydra_recipes.errors import DocumentError, LibraryError
from hydra_recipes.library import Libraries, unusable
from hydra_recipes.origins import Origin
from hydra_recipes.rules.keywords import unknown_keywords, unusable_keywords
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

_SECTIONS = ("families", "groups", "offers", "limits", "rules")
_FIELDS: Mapping[str, Mapping[str, type]] = {
    "families": {"when": dict, "model": str},
    "groups": {"about": str, "derived": bool},
    "limits": {
        "when": dict,
        "keys": dict,
        "required": list,
        "severity": str,
        "because": str,
        "identifies": str,
    },
    "rules": {
        "when": dict,
        "require": str,
        "schema": dict,
        "message": str,
        "hint": str,
        "severity": str,
        "because": str,
    },
}
_NEEDED = {
    "families": ("model",),
    "groups": (),
    "limits": ("because",),
    "rules": ("require", "message", "because"),
}
_KINDS = {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}


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


def origin_in(file: str, where: tuple[Any, ...]) -> Origin | None:
    """Where an entry, or a part of it, stands in a rules file.

    The file is read once more for this: places are needed only to say what is wrong with it.
    """
    from hydra_recipes.documents import read_document

    try:
        document = read_document(Path(file))
    except DocumentError:
        return None
    return document.origin(where, key=where in document.keys)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses keys written twice: YAML's own loader drops the first, and with it a limit."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                problem = f"{key.value} is written twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else "")
        return super().construct_mapping(node, deep)


class _RulesFile:
    """One rules file, on its way into the sections of the book."""

    def __init__(self, library: str, path: str, found: dict[str, list[Any]]) -> None:
        self.library = library
        self.path = path
        self.found = found

    def read(self) -> None:
        try:
            text = Path(self.path).read_text(encoding="utf-8")
            content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise unusable(self.path, error) from None
        content = {} if content is None else content
        if not isinstance(content, dict):
            raise self.failure("bad-library-file", (), reason="not a mapping of sections")
        builders: dict[str, Callable[[str, Mapping[str, Any]], Any]] = {
            "families": self.family,
            "groups": self.group,
            "limits": self.limit,
            "rules": self.rule,
        }
        for section, entries in content.items():
            if section not in _SECTIONS:
                where = (section,)
                raise self.failure("bad-rules-section", where, section=section, known=_SECTIONS)
            if section == "offers":
                offers = self.typed(entries or [], list, "offers", (section,))
                self.found[section] += [
                    Offer(self.choices(offer, "an offer", (section, at)))
                    for at, offer in enumerate(offers)
                ]
                continue
            for name, entry in self.typed(entries or {}, dict, section, (section,)).items():
                self.check(section, name, entry)
                self.found[section].append(builders[section](name, entry))

    def check(self, section: str, name: Any, entry: Any) -> None:
        where = (section, name)
        self.typed(name, str, name, where)
        self.typed(entry, dict, name, where)
        fields = _FIELDS[section]
        for field, value in entry.items():
            if field not in fields:
                known = tuple(sorted(fields))
                raise self.failure(
                    "bad-rules-field", (*where, field), entry=name, field=field, known=known
                )
            if value is not None:
                self.typed(value, fields[field], name, (*where, field))
        for field in _NEEDED[section]:
            if not entry.get(field):
                raise self.unfit(name, where, f"it has no {field}")
        if entry.get("severity", "error") not in SEVERITIES:
            reason = f"its severity is none of {', '.join(SEVERITIES)}"
            raise self.unfit(name, (*where, "severity"), reason)
        if any(old.id == name for old in self.found[section] if section != "groups"):
            raise self.unfit(name, where, "the id is taken")

    def family(self, name: str, entry: Mapping[str, Any]) -> Family:
        return Family(name, self.when(entry, "families", name), entry["model"])

    def group(self, name: str, entry: Mapping[str, Any]) -> Group:
        return Group(name, entry.get("about") or "", bool(entry.get("derived")))

    def limit(self, name: str, entry: Mapping[str, Any]) -> Limit:
        when = self.when(entry, "limits", name)
        identifies = entry.get("identifies")
        if identifies is not None and identifies not in dict(when.groups):
            where = ("limits", name, "identifies")
            raise self.unfit(name, where, f"its when doesn't name an option of {identifies}")
        required = entry.get("required") or ()
        for at, key in enumerate(required):
            self.typed(key, str, name, ("limits", name, "required", at))
        return Limit(
            id=name,
            library=self.library,
            file=self.path,
            when=when,
            keys=tuple(self.keys(name, entry.get("keys") or {})),
            required=tuple(required),
            severity=entry.get("severity") or "error",
            because=entry["because"],
            identifies=identifies,
        )

    def keys(self, name: str, keys: Mapping[Any, Any]) -> list[tuple[str, Schema]]:
        for key, schema in keys.items():
            where = ("limits", name, "keys", key)
            self.typed(key, str, name, where)
            unknown = unknown_keywords(schema)
            if unknown:
                raise self.failure("bad-keyword", where, entry=name, key=key, keywords=unknown)
            unfit = unusable_keywords(schema)
            if unfit:
                reason = f"{key} has no use for that value of {', '.join(unfit)}"
                raise self.unfit(name, where, reason)
        return list(keys.items())

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
        )

    def when(self, entry: Mapping[str, Any], section: str, name: str) -> When:
        return When(self.choices(entry.get("when") or {}, name, (section, name, "when")))

    def choices(
        self, entry: Any, name: str, where: tuple[Any, ...]
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        groups: list[tuple[str, tuple[str, ...]]] = []
        for group, value in self.typed(entry, dict, name, where).items():
            options = value if isinstance(value, list) else [value]
            for word in (group, *options):
                self.typed(word, str, name, (*where, group))
            groups.append((group, tuple(options)))
        return tuple(groups)

    def typed(self, value: Any, wanted: type, name: Any, where: tuple[Any, ...]) -> Any:
        """The value, if it is of the wanted type."""
        if isinstance(value, wanted):
            return value
        what = where[-1] if isinstance(where[-1], str) else name
        raise self.unfit(name, where, f"{what} has to be {_KINDS[wanted]}")

    def unfit(self, name: Any, where: tuple[Any, ...], reason: str) -> LibraryError:
        return self.failure("bad-rules-entry", where, entry=name, reason=reason)

    def failure(self, kind: str, where: tuple[Any, ...], **data: Any) -> LibraryError:
        return LibraryError(kind, origin_in(self.path, where), file=self.path, **data)
