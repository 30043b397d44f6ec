"""Rules: which limits, rules and families a change alters, adds or drops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.book import own_rules, rule_book
from hydra_recipes.rules.catalogue import bounds, condition
from hydra_recipes.rules.model import Family, is_schema

State = Literal["new", "gone", "moved"]
_WHEN, _SEVERITY = "for", "severity"


@dataclass(frozen=True)
class RuleChange:
    """An entry of the rules files that differs between two versions.

    Attributes:
        kind: ``limit``, ``rule``, ``family``, or ``off``.
        id: Its id.
        state: Whether it is new, gone, or changed (``moved``).
        parts: The parts that changed: name, old text and new text, None where it is absent.
        because: Its reason, in the latest version that gives one.
    """

    kind: str
    id: str
    state: State
    parts: tuple[tuple[str, str | None, str | None], ...]
    because: str

    @property
    def title(self) -> str:
        """Its kind and id."""
        kind = "switching off" if self.kind == "off" else self.kind
        return f"{kind} {self.id}"

    def as_json(self) -> dict[str, Any]:
        """Return the change for programs."""
        parts = [{"part": name, "old": old, "new": new} for name, old, new in self.parts]
        return {
            "kind": self.kind,
            "id": self.id,
            "state": self.state,
            "parts": parts,
            "because": self.because,
        }


def rule_changes(old: Libraries, new: Libraries, name: str) -> list[RuleChange]:
    """Return the differences of the rules of two versions; reasons don't count as one.

    Args:
        old: The libraries with the first version.
        new: The libraries with the second version.
        name: The name of both versions.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    before, after = (dict(_entries(libraries, name)) for libraries in (old, new))
    changes = []
    for key in {**after, **before}:
        (old_parts, old_reason), (new_parts, new_reason) = (
            before.get(key, ({}, "")),
            after.get(key, ({}, "")),
        )
        parts = tuple(
            (part, old_parts.get(part), new_parts.get(part))
            for part in {**old_parts, **new_parts}
            if old_parts.get(part) != new_parts.get(part)
        )
        if parts:
            state: State = "new" if key not in before else "gone" if key not in after else "moved"
            changes.append(RuleChange(*key, state, parts, new_reason or old_reason))
    return changes


_Entry = tuple[tuple[str, str], tuple[Mapping[str, str], str]]


def _entries(libraries: Libraries, name: str) -> Iterator[_Entry]:
    """Yield (kind, id) of each entry of a library, with its parts and reason."""
    book = own_rules(next(library for library in libraries.members if library.name == name))
    for limit in book.limits:
        parts = {**bounds(limit), **_common(condition(limit.when), limit.severity)}
        yield ("limit", limit.id), (parts, limit.because)
    for rule in book.rules:
        parts = {"holds": rule.require, **_common(condition(rule.when), rule.severity)}
        yield ("rule", rule.id), (parts, rule.because)
    for family in book.families:
        parts = {family.field: _shape(family), **_common(condition(family.when), "error")}
        yield ("family", family.id), (parts, "")
    for off in rule_book(libraries).off:
        if off.by.library == name:
            yield ("off", off.entry.id), ({"of": off.entry.library}, off.by.because)


def _shape(family: Family) -> str:
    """Return the import path of a family's model, or the keys that its schema is for."""
    if not is_schema(family.model):
        return family.model
    return ", ".join(map(dotted, families.keys(family.model)))


def _common(when: str, severity: str) -> dict[str, str]:
    """Return the parts that all entries may have: the condition, and any severity but ``error``."""
    parts = {_WHEN: when} if when else {}
    return parts if severity == "error" else {**parts, _SEVERITY: severity}
