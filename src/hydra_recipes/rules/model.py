"""The data model of a library's rules files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, get_args

Severity = Literal["error", "warning", "incomplete"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

Schema = Mapping[str, Any] | bool
"""JSON Schema keywords for one key; ``False``: the key must not be there."""


@dataclass(frozen=True)
class When:
    """For which choices an entry holds: for each group named, one of the options listed."""

    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def matches(self, choices: Mapping[str, str]) -> bool:
        """Whether the entry holds for these choices."""
        return all(choices.get(group) in options for group, options in self.groups)


@dataclass(frozen=True)
class Offer:
    """Combinations of choices that the service offers: every combination of the options listed."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    library: str = ""

    def includes(self, choices: Mapping[str, str]) -> bool:
        """Whether the combination is one of this offer's."""
        return all(choices.get(group) in options for group, options in self.groups)

    def combinations(self) -> Iterator[dict[str, str]]:
        """Every combination, one at a time."""
        names = [group for group, _ in self.groups]
        for options in product(*(options for _, options in self.groups)):
            yield dict(zip(names, options, strict=True))


@dataclass(frozen=True)
class Limit:
    """What single keys may be, under given choices.

    Attributes:
        id: Its name.
        library: The library it comes from.
        file: The rules file it stands in.
        when: For which choices it holds.
        keys: Short key to JSON Schema keywords.
        required: Short keys that must be there.
        severity: What breaking it is.
        because: Why it holds.
        identifies: The group whose option a recipe's value tells, if this limit tells it.
    """

    id: str
    library: str
    file: str
    when: When
    keys: tuple[tuple[str, Schema], ...]
    required: tuple[str, ...]
    severity: Severity
    because: str
    identifies: str | None


@dataclass(frozen=True)
class Rule:
    """What several keys must satisfy together, under given choices.

    Attributes:
        id: Its name.
        library: The library it comes from.
        file: The rules file it stands in.
        when: For which choices it holds.
        require: A CEL expression over short keys; a key that the recipe lacks is ``null``.
        schema: The same in JSON Schema, over short keys, where it can be said.
        message: What is wrong if it doesn't hold.
        hint: What to type instead, if one thing helps always.
        severity: What breaking it is.
        because: Why it holds.
    """

    id: str
    library: str
    file: str
    when: When
    require: str
    schema: Mapping[str, Any] | None
    message: str
    hint: str | None
    severity: Severity
    because: str


@dataclass(frozen=True)
class Family:
    """The shape a recipe must have under given choices; ``model`` is its model's import path."""

    id: str
    when: When
    model: str
    library: str = ""
    file: str = ""


@dataclass(frozen=True)
class Group:
    """What a group is for; a derived one follows from choices and isn't chosen by hand."""

    name: str
    about: str
    derived: bool


@dataclass(frozen=True)
class Off:
    """A limit or rule of another library that is switched off.

    Attributes:
        id: The limit's or rule's name.
        library: The library that switches it off.
        file: The rules file in which it does.
        because: Why.
    """

    id: str
    library: str
    file: str
    because: str


@dataclass(frozen=True)
class SwitchedOff:
    """A limit or rule with what switches it off."""

    entry: Limit | Rule
    by: Off

    def as_json(self) -> dict[str, str]:
        """It as ``recipe check --json`` and ``recipe library list --json`` show it."""
        return {
            "rule": self.entry.id,
            "library": self.entry.library,
            "by": self.by.library,
            "because": self.by.because,
        }


@dataclass(frozen=True)
class Shadow:
    """A library's declaration that it has a config of another's name: ``model/nova-lite``."""

    config: str
    library: str
    file: str


@dataclass(frozen=True)
class Move:
    """A new name of an option (``model/nova-lite``), a group, or a key.

    Attributes:
        old: The name it had.
        new: The name it has.
        library: The library that says so.
        file: The rules file in which it does.
    """

    old: str
    new: str
    library: str
    file: str


@dataclass(frozen=True)
class RuleBook:
    """The rules of all libraries, in library order.

    What is switched off is not among the limits and rules.
    """

    families: tuple[Family, ...]
    groups: tuple[Group, ...]
    offers: tuple[Offer, ...]
    limits: tuple[Limit, ...]
    rules: tuple[Rule, ...]
    off: tuple[SwitchedOff, ...] = ()
    shadows: tuple[Shadow, ...] = ()
    moves: tuple[Move, ...] = ()

    @property
    def derived(self) -> frozenset[str]:
        """The groups that follow from choices and aren't chosen by hand."""
        return frozenset(group.name for group in self.groups if group.derived)

    def family_of(self, choices: Mapping[str, str]) -> str | None:
        """The import path of the model that a recipe of these choices must fit, if there is one."""
        return next((f.model for f in self.families if f.when.matches(choices)), None)

    def is_offered(self, choices: Mapping[str, str]) -> bool:
        """Whether the service offers this combination. Without any offers everything is."""
        return not self.offers or any(offer.includes(choices) for offer in self.offers)
