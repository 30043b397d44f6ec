"""Messages about the keys that overrides name, and about Hydra, which takes overrides too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra_recipes.findings.messages.base import AboutOverride, Detail, Text, composed_with
from hydra_recipes.literals import spell_value
from hydra_recipes.override import Override
from hydra_recipes.shell_words import quote
from hydra_recipes.text import joined, one_of_names, perhaps
from hydra_recipes.tree import MOUNT

_SHORT = 8
"""A list of fewer values than this is written out in a message."""
_TAKEN = frozenset("'\" \\")


class SweepOverride(AboutOverride, kind="sweep-override"):
    """An override with several values, where one recipe is composed.

    Attributes:
        key: Its group or key.
        is_group: Whether that is a group.
    """

    key: str
    is_group: bool

    def text(self) -> Text:
        hint = "for a grid: recipe sweep"
        if not self.is_group:
            hint += f"; for a list: {self.key}=[…]; for text with a comma: {self.key}='\"…\"'"
        return Text(f"{self.typed} has several values, and a recipe has one", hint)


class SweepOption(AboutOverride, kind="sweep-option"):
    """An override that chooses a whole sweep, where one recipe is composed."""

    def text(self) -> Text:
        return Text(
            f"{self.override} is a whole grid, and a recipe is one point of it",
            f"write the grid: recipe sweep {self.override}",
        )


class HydraOverride(AboutOverride, kind="hydra-override"):
    """An override of a setting of Hydra's own."""

    def text(self) -> Text:
        return Text(
            f"{self.typed} is a setting of Hydra's own", "use it with python -m hydra_recipes"
        )


class UnknownKey(AboutOverride, kind="unknown-key"):
    """A key that isn't there.

    Attributes:
        key: The key, as it was typed.
        nearest: Keys and groups with similar names, or the key that an alias means; with
            ``methods``, the keys of this recipe whose names say more.
        because: Why the value can't go to the key that the alias means, if it can't.
        methods: The other methods whose recipes have the key.
    """

    key: str
    nearest: Sequence[str]
    because: str | None = None
    methods: Sequence[str] = ()

    def text(self) -> Text:
        if not self.key:
            return Text(f"{self.typed} names no key", "an override is KEY=VALUE")
        if self.methods:
            here = f"; here it is {one_of_names(self.nearest)}" if self.nearest else ""
            return Text(
                f"there is no key {self.key} here; {', '.join(self.methods)} recipes have it",
                f"for one: method={self.methods[0]}{here}",
            )
        hint = perhaps(self.nearest, "recipe list shows the groups")
        return Text(
            f"there is no key or group {self.key}",
            f"{hint} {self.because}" if self.because else hint,
        )


class GroupNotKey(AboutOverride, kind="group-not-key"):
    """A group where a key has to be named."""

    key: str

    def text(self) -> Text:
        return Text(
            f"{self.key} is a group, not a key", f"recipe list {self.key} shows its options"
        )


class AmbiguousKey(AboutOverride, kind="ambiguous-key"):
    """A short key that several keys end in.

    Attributes:
        key: The short key.
        candidates: The keys that it may stand for.
    """

    key: str
    candidates: Sequence[str]

    def text(self) -> Text:
        return Text(f"{self.key} could be {one_of_names(self.candidates)}", "write more of the key")


class KeyExists(AboutOverride, kind="key-exists"):
    """An addition of a key that has a value."""

    key: str

    def text(self) -> Text:
        change = Override.read(self.override).unsigned
        return Text(f"{self.key} is there already", f"change it: {pasted(change.text)}")


class KeyNotSet(AboutOverride, kind="key-not-set"):
    """A change of a key that recipes of this family may have, and this one hasn't.

    Attributes:
        key: The key, as it was typed.
        candidates: The keys that it may stand for.
    """

    key: str
    candidates: Sequence[str]

    def text(self) -> Text:
        others = self.candidates != (self.key,)
        return Text(
            f"this recipe has no {self.key}, but it may have "
            f"{one_of_names(self.candidates) if others else 'one'}",
            f"put a + before it to add it: {pasted('+' + self.override)}",
        )


class KeyNotInMapping(AboutOverride, kind="key-not-in-mapping"):
    """A mapping with a key that the mapping it is merged into doesn't have.

    Attributes:
        key: The whole key.
    """

    key: str

    def text(self) -> Text:
        parent, _, name = self.key.removeprefix(f"{MOUNT}.").rpartition(".")
        typed = Override.read(self.override).element.strip().removeprefix(f"{MOUNT}.")
        key = typed if f".{parent}".endswith(f".{typed}") else parent
        return Text(
            f"can't apply {self.typed}: {parent} has no key {name}",
            f"to add it: +{key}.{name}=VALUE",
        )


class NotItsValue(AboutOverride, kind="not-its-value"):
    """A deletion of a key with a value that it doesn't have."""

    key: str

    def text(self) -> Text:
        return Text(
            f"can't apply {self.typed}: that is not its value",
            f"{Override.read(self.override).element.strip()} deletes it whatever it is",
        )


class CannotOverride(AboutOverride, kind="cannot-override"):
    """An override that Hydra can't apply.

    Attributes:
        key: The whole key.
        reason: Why, in Hydra's words.
    """

    key: str
    reason: str

    def text(self) -> Text:
        return Text(f"can't apply {self.typed}: {joined(self.reason)}")


class PastTheEnd(AboutOverride, kind="cannot-override"):
    """An override of a position that a list doesn't have.

    Attributes:
        place: The key of the list, its values, and the position.
    """

    place: tuple[str, Sequence[Any], int]

    def text(self) -> Text:
        key, values, position = self.place
        last = len(values) - 1
        override = Override.read(self.override)
        name = override.name.strip().rpartition(".")[0]
        there = f"has positions 0 to {last}" if values else "is empty"
        hint = f"the last is {name}.{last}" if values else f"set all of it: {name}=[VALUE]"
        is_set = override.assigned is not None and override.sign != "~"
        if is_set and position == len(values) < _SHORT:
            meant = ",".join([*map(spell_value, values), override.value])
            hint = f"for one more: {quote(f'{name}=[{meant}]')}"
        return Text(f"{self.typed} is past the end: {key} {there}", hint)


class CannotCompose(Detail, kind="cannot-compose"):
    """Choices that don't compose.

    Attributes:
        reason: Why, as another package may have said it.
    """

    reason: str

    def text(self) -> Text:
        return Text(f"can't compose this: {joined(self.reason)}")


class FirstLineRefused(Detail, kind="first-line-refused"):
    """A recipe whose first line has a command that composes nothing here.

    Attributes:
        reason: Why.
        named: The options of the command that name libraries.
    """

    reason: str
    named: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"the command in the first line composes nothing here: {self.reason}",
            composed_with(self.named),
        )


class FirstLineOfOthers(Detail, kind="first-line-of-others"):
    """A recipe whose first line has a command that names other libraries.

    Attributes:
        named: The options of the command that name them.
    """

    named: Sequence[str]

    def text(self) -> Text:
        return Text(
            "the command in the first line names other libraries", composed_with(self.named)
        )


def pasted(text: str) -> str:
    """Return an override to paste into a shell, quoted if it holds quotes or spaces."""
    return quote(text) if set(text) & _TAKEN else text
