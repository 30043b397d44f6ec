"""Rules: which limits, rules and families a change moves, adds or drops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hydra_recipes.library.model import Libraries
from hydra_recipes.rules.book import own_rules, rule_book
from hydra_recipes.rules.catalogue import bounds, condition

State = Literal["new", "gone", "moved"]
_WHEN, _SEVERITY = "for", "severity"


@dataclass(frozen=True)
class RuleChange:
    """An entry of the rules files that isn't the same in both versions.

    Attributes:
        kind: ``limit``, ``rule``, ``family``, or ``off``.
        id: Its id.
        state: What became of it.
        parts: What it says, as far as it changed: the name of the part, what it was, what it is.
        because: Why it holds, in the version that has it.
    """

    kind: str
    id: str
    state: State
    parts: tuple[tuple[str, str | None, str | None], ...]
    because: str

    @property
    def title(self) -> str:
        """What it is, by its id."""
        kind = "switching off" if self.kind == "off" else self.kind
        return f"{kind} {self.id}"

    def as_json(self) -> dict[str, Any]:
        """The change for programs."""
        parts = [{"part": name, "old": old, "new": new} for name, old, new in self.parts]
        return {
            "kind": self.kind,
            "id": self.id,
            "state": self.state,
            "parts": parts,
            "because": self.because,
        }


def rule_changes(old: Libraries, new: Libraries, name: str) -> list[RuleChange]:
    """What differs in the rules of two versions; sentences that only say why don't count.

    Args:
        old: The libraries with the first version.
        new: The libraries with the second.
        name: What both versions are called.

    Raises:
        LibraryError: If a rules file can't be read or an entry makes no sense.
    """
    before, after = (dict(_entries(libraries, name)) for libraries in (old, new))
    found = []
    for key in {**after, **before}:
        (was, why), (is_, reason) = before.get(key, ({}, "")), after.get(key, ({}, ""))
        parts = tuple(
            (part, was.get(part), is_.get(part))
            for part in {**was, **is_}
            if was.get(part) != is_.get(part)
        )
        if parts:
            state: State = "new" if key not in before else "gone" if key not in after else "moved"
            found.append(RuleChange(*key, state, parts, reason or why))
    return found


_Entry = tuple[tuple[str, str], tuple[Mapping[str, str], str]]


def _entries(libraries: Libraries, name: str) -> Iterator[_Entry]:
    """What each entry of a library says, part by part, and why."""
    book = own_rules(next(one for one in libraries.members if one.name == name))
    for limit in book.limits:
        parts = {**bounds(limit), **_common(condition(limit.when), limit.severity)}
        yield ("limit", limit.id), (parts, limit.because)
    for rule in book.rules:
        parts = {"holds": rule.require, **_common(condition(rule.when), rule.severity)}
        yield ("rule", rule.id), (parts, rule.because)
    for family in book.families:
        parts = {"model": family.model, **_common(condition(family.when), "error")}
        yield ("family", family.id), (parts, "")
    for one in rule_book(libraries).off:
        if one.by.library == name:
            yield ("off", one.entry.id), ({"of": one.entry.library}, one.by.because)


def _common(when: str, severity: str) -> dict[str, str]:
    parts = {_WHEN: when} if when else {}
    return parts if severity == "error" else {**parts, _SEVERITY: severity}
