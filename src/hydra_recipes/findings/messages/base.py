"""Basis of all messages: their form, and words that many share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, NoReturn, Self, dataclass_transform

from hydra_recipes.record import Record
from hydra_recipes.shell_words import quote
from hydra_recipes.text import cut, one_line

Severity = Literal["error", "warning", "incomplete"]
_MOST_KEYS = 3
"""How many of several keys a message names."""


class Text(Record):
    """A message: what is wrong, and what to type instead, or None."""

    message: str
    hint: str | None = None


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Detail:
    """The data of one kind of finding or error, and the words that are made of it.

    A kind is a subclass: its annotations are its fields, and ``text`` makes the message::

        class NoGroup(Detail, kind="no-group"):
            name: str
            nearest: Sequence[str] = ()

            def text(self) -> Text:
                return Text(f"there is no group {self.name}", perhaps(self.nearest))

    It behaves like a frozen dataclass, and type checkers take it for one. It isn't one because
    there are two hundred kinds, and making a dataclass takes fifty times as long as making a class.

    Attributes:
        kind: The name of the kind, as ``--json`` shows it where kinds are shown.
    """

    kind: ClassVar[str]

    def __init_subclass__(cls, kind: str = "") -> None:
        if kind:  # else it is what several kinds have in common
            cls.kind = kind

    def __init__(self, **fields: Any) -> None:
        vars(self).update(fields)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"

    def text(self) -> Text:
        """Return the message: what is wrong, and what to type instead."""
        raise NotImplementedError

    def line(self) -> Text:
        """Return the message with each part on one line."""
        message, hint = self.text()
        return Text(one_line(message), None if hint is None else one_line(hint))

    def but(self, **changes: Any) -> Self:
        """Return a copy with other values of some fields."""
        return type(self)(**{**vars(self), **changes})


class AboutFile(Detail):
    """Something wrong with a file.

    Attributes:
        file: What the message calls it: its path, or "this file" where the path is said already.
    """

    file: str


class AboutKey(Detail):
    """Something about a key of a recipe.

    A finding gives its own key, value and severity to its detail when the message is made.

    Attributes:
        key: The whole key; None if it is about no key.
        value: Its value.
        severity: How grave the finding is.
    """

    key: str | None = None
    value: Any = None
    severity: Severity = "error"


class AboutOverride(Detail):
    """Something wrong with an override.

    Attributes:
        override: The override as it was typed.
    """

    override: str

    @property
    def typed(self) -> str:
        """The override as messages show it: in quotes, and cut if it is long."""
        return repr(cut(self.override))


class Unparsed(AboutOverride):
    """An override that can't be parsed.

    Attributes:
        column: The column, from 0, at which it can't be read.
    """

    column: int


def some_keys(keys: Sequence[str]) -> str:
    """Return the first few keys, and how many more there are."""
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    return f"{', '.join(keys[:_MOST_KEYS])}{more}"


def composed_with(named: Sequence[str]) -> str | None:
    """Return the hint for a file whose first line names libraries by these options, or None."""
    return f"it was composed with {' '.join(map(quote, named))}" if named else None
