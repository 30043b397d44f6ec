"""Messages about what is wrong with a library."""

from __future__ import annotations

from collections.abc import Sequence

from hydra_recipes.findings.messages.base import AboutKey, Detail, Text
from hydra_recipes.shell_words import quote
from hydra_recipes.text import counted, perhaps

_MOST = 3
"""How many of several keys or limits a message names."""


class AboutCase(Detail):
    """What is wrong with something that was tried.

    Attributes:
        what: What was tried, as a user would type it, or the kind and id of a rules file's entry.
    """

    what: str


class InvalidIn(AboutCase, kind="invalid-in"):
    """Something that composes no valid recipe, though nothing declares that.

    Attributes:
        message: What is wrong with the recipe.
        overrides: What was tried.
        more: In how many further combinations the same is wrong.
        hint: What to do about it.
        never: How many combinations were tried, if none of them is valid.
    """

    message: str
    overrides: Sequence[str]
    more: int
    hint: str | None
    never: int | None = None

    def text(self) -> Text:
        typed = " ".join(map(quote, self.overrides)) or "nothing chosen"
        is_named = self.what in self.overrides or f"+{self.what}" in self.overrides
        message = f"{'' if is_named else f'{self.what}, '}{typed}: {self.message}"
        if self.never is not None and self.never > 1:
            message += f"; none of the {self.never} combinations tried is valid"
        elif self.never is None and self.more:
            message += f" (and in {counted(self.more, 'more combination')})"
        return Text(message, self.hint)


class NoPoints(Detail, kind="no-points"):
    """A sweep without a valid point."""

    def text(self) -> Text:
        return Text("no point of it is valid")


class NeverOffered(AboutCase, kind="never-offered"):
    """An option that is in no offer."""

    def text(self) -> Text:
        return Text(f"{self.what} is in no offer", "offer it, or extend an option that is offered")


class NeverReached(Detail, kind="never-reached"):
    """An option of a derived group that no choices lead to."""

    option: str

    def text(self) -> Text:
        return Text(
            f"nothing that was tried leads to {self.option}", "remove it, or bring it somewhere"
        )


class NeverApplies(AboutCase, kind="never-applies"):
    """A limit, rule or offer that is for nothing that is offered."""

    def text(self) -> Text:
        return Text(
            f"{self.what} applies to nothing that is offered", "remove it, or correct its when"
        )


class UnknownName(AboutCase, kind="unknown-name"):
    """An entry for a group, an option or a key that isn't there.

    Attributes:
        name: The name that isn't there.
        nearest: The names that may be meant.
    """

    name: str
    nearest: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.what} is for {self.name}, which no library has",
            perhaps(self.nearest, "recipe list"),
        )


class ForbidsAll(AboutCase, AboutKey, kind="forbids-all"):
    """A limit that leaves no value of a key, or a rule that is never true.

    Attributes:
        others: The limits that, beside this one, leave none.
    """

    others: Sequence[str] = ()

    def text(self) -> Text:
        if self.key is None:
            return Text(f"{self.what} is never true, and applies to all that is offered")
        others = [other for other in self.others if other not in self.what.split()]
        against = f" beside {_first(others)}" if others else ""
        return Text(f"{self.what} leaves no value of {self.key}{against}, wherever it applies")


class SameRecipe(AboutCase, kind="same-recipe"):
    """A preset that composes the recipe of another, or of none.

    Attributes:
        other: The other.
    """

    other: str

    def text(self) -> Text:
        return Text(f"{self.what} composes the same recipe as {self.other}")


class WrittenTwice(Detail, kind="written-twice"):
    """Values that two files write.

    Attributes:
        keys: Their keys.
        other: The other file.
        first: The line of the first of them there.
    """

    keys: Sequence[str]
    other: str
    first: int

    def text(self) -> Text:
        count = len(self.keys)
        return Text(
            f"{count} values stand in {self.other}:{self.first} too: {_first(self.keys)}",
            "put them into one file, which both bring by their defaults lists",
        )


class InVain(AboutKey, kind="in-vain"):
    """A value that another file gives wherever this one takes part."""

    def text(self) -> Text:
        return Text(
            f"{self.key} has this value already, from another file, wherever this one takes part",
            "remove it",
        )


class Misnamed(Detail, kind="misnamed"):
    """A file that nothing reads because of its name.

    Attributes:
        name: The name.
        better: A name by which it is read.
    """

    name: str
    better: str

    def text(self) -> Text:
        return Text(
            f"nothing reads {self.name}: an option's file ends in .yaml",
            f"rename it to {self.better}",
        )


class MovedInVain(Detail, kind="moved-in-vain"):
    """An old name that is still in use."""

    old: str
    new: str

    def text(self) -> Text:
        return Text(
            f"{self.old} is there still, so that nothing moves to {self.new}",
            f"remove {self.old}, or leave it out of moved",
        )


class NoSource(AboutCase, kind="no-source"):
    """A limit or rule that names no source."""

    def text(self) -> Text:
        return Text(
            f"{self.what} doesn't say who says so",
            "add source: the name of a guide, or of your team",
        )


class IdleShadow(Detail, kind="idle-shadow"):
    """An option that a library says it shadows, and no other has."""

    option: str

    def text(self) -> Text:
        return Text(f"no other library has {self.option}", "remove it from shadows")


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST]) + (", …" if len(names) > _MOST else "")
