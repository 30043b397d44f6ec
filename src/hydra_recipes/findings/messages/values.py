"""Messages about the keys of a recipe and their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hydra_recipes.findings.messages.base import AboutKey, Text
from hydra_recipes.literals import in_quotes, spell_value
from hydra_recipes.origin import KeyPath
from hydra_recipes.shell_words import quote
from hydra_recipes.text import cut, perhaps, shown


class AboutFamilyKey(AboutKey):
    """Something about a key that the recipe's family has.

    Attributes:
        short: The key as short as the family allows.
    """

    short: str


class AboutKeys(AboutKey):
    """Something about several keys together.

    Attributes:
        paths: The keys.
    """

    paths: Sequence[KeyPath] = ()


class AboutRule(AboutKeys):
    """What a rule says.

    Attributes:
        message: What the rule says about a recipe that breaks it.
        values: The values that the rule reads, by short key.
        hint: The rule's own hint, if it has one.
    """

    message: str
    values: Mapping[str, Any]
    hint: str | None

    @property
    def listed_values(self) -> str:
        """Each key and its value, in words."""
        return ", ".join(f"{name} is {shown(value)}" for name, value in self.values.items())


class BrokenRule(AboutRule, kind="rule"):
    """Values that break a rule."""

    def text(self) -> Text:
        values = self.listed_values
        return Text(f"{self.message} ({values})" if values else self.message, self.hint)


class NoAnswer(AboutRule, kind="no-answer"):
    """A rule that has no answer for these values.

    Attributes:
        expression: The rule's expression.
        reason: Why it has none.
    """

    expression: str
    reason: str

    def text(self) -> Text:
        where = f" where {self.listed_values}" if self.values else ""
        return Text(f"{shown(self.expression)} has no answer{where}: {self.reason}")


class NoChoiceFits(AboutKeys, kind="no-choice-fits"):
    """Values that no offered choices allow together.

    Attributes:
        unknown: The groups that the recipe doesn't tell.
        choices: The choices in them that come nearest.
        broken: What these don't allow: the short key, its value, and what is allowed, if known.
        against: The short keys whose values other choices don't allow.
        nearest: The allowed value nearest to that of the first broken key; None if none is known.
        hint: What to type for the first broken key.
    """

    unknown: Sequence[str]
    choices: Mapping[str, str]
    broken: Sequence[tuple[str, Any, str | None]]
    against: Sequence[str]
    nearest: Any
    hint: str | None

    def text(self) -> Text:
        unknown = " and ".join(self.unknown)
        near = " ".join(f"{group}={option}" for group, option in self.choices.items())
        broken = "; ".join(
            f"{short} is {shown(value)}, allowed: {allowed}" if allowed else f"{short} doesn't fit"
            for short, value, allowed in self.broken
        )
        message = (
            f"no offered {unknown} allows all values together; nearest is {near}, where {broken}"
        )
        if self.against:
            message += f"; where that is allowed, {' or '.join(self.against)} would not be"
        return Text(message, self.hint)


class WrongType(AboutFamilyKey, kind="wrong-type"):
    """A value of another type than its key has.

    Attributes:
        expected: What it has to be, in words.
        meant: The value of the right type that was probably meant; None if that can't be told.
        either: Values that may be meant as well.
        written: The text that was typed, if that was read as something else than text.
        reader: What read it: YAML or Hydra.
    """

    expected: str
    meant: Any = None
    either: Sequence[Any] = ()
    written: str | None = None
    reader: str | None = None

    def text(self) -> Text:
        value = f'the text "{self.value}"' if isinstance(self.value, str) else shown(self.value)
        hint = None
        if isinstance(self.meant, str):
            hint = f"{self.short}={quote(in_quotes(self.meant))}"
        elif self.meant is not None:
            hint = f"{self.short}={spell_value(self.meant)}"
        if self.written is not None and self.written != value:
            value += f", as {self.reader} takes {cut(self.written)}"
        return Text(f"{self.short} is {value}; it has to be {self.expected}", hint)


class MoreItems(AboutKey, kind="more-items"):
    """More wrong items of a list than get findings of their own.

    Attributes:
        more: How many.
    """

    more: int

    def text(self) -> Text:
        return Text(f"{self.more:,} more values in {self.key} are wrong like these")


class MissingKey(AboutKey, kind="missing-key"):
    """A key that every recipe of the family has.

    Attributes:
        about: What the key is for.
        mapping: Whether it holds other keys.
    """

    about: str
    mapping: bool

    def text(self) -> Text:
        below = ".KEY" if self.mapping else ""
        return Text(f"{self.key} is missing ({self.about})", f"+{self.key}{below}=VALUE")


class UnknownKeyInRecipe(AboutKey, kind="unknown-key-in-recipe"):
    """A key that the family doesn't have.

    Attributes:
        nearest: The keys that may be meant.
        by: Why ``nearest`` is certain: the id of the alias that names it, or ``moved``; None if the
            keys are only spelled alike.
        as_it_is: Whether the value can be moved to the meant key unchanged.
        methods: The other methods whose recipes have the key.
    """

    nearest: Sequence[str]
    by: str | None = None
    as_it_is: bool = True
    methods: Sequence[str] = ()

    def text(self) -> Text:
        meant = f", which has {self.nearest[0]} for it" if self.by else ""
        if self.methods:
            meant = f"; {', '.join(self.methods)} recipes have it"
        message = f"{self.key} is not a key of this recipe{meant}"
        return Text(message, perhaps(self.nearest, f"~{self.key}"))


class Unset(AboutKey, kind="unset"):
    """A value that is still to be filled in."""

    def text(self) -> Text:
        return Text(f"{self.key} is still ???", f"{self.key}=VALUE")
