"""Messages about overrides that choose options of groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hydra_recipes.findings.messages.base import AboutOverride, Detail, Text
from hydra_recipes.findings.messages.overrides import pasted
from hydra_recipes.literals import spell_choice, spell_value
from hydra_recipes.override import Override
from hydra_recipes.shell_words import quote
from hydra_recipes.text import cut, perhaps
from hydra_recipes.tree import MOUNT

_WORDS = {"true": "a truth value", "false": "a truth value", "null": "no value"}
"""What an unquoted word is, if it is not text."""


class UnknownOption(Detail, kind="unknown-option"):
    """An option that its group doesn't have.

    Attributes:
        group: The group.
        option: The option, as it was typed.
        options: The options there are.
        nearest: Those with similar names.
        element: What stands before the ``=`` of the override; the group itself when left out.
        meant: The override that chooses an option whose name has to be quoted, if that is meant.
        old: The old name that led to this one, if one did.
        elsewhere: The other groups that have an option of this name.
    """

    group: str
    option: str
    options: Sequence[str]
    nearest: Sequence[str]
    element: str | None = None
    meant: str | None = None
    old: str | None = None
    elsewhere: Sequence[str] = ()

    def text(self) -> Text:
        if self.meant:
            kind = _WORDS.get(self.option.lower(), "a number")
            message = f"{self.option} is {kind}, and the name of an option is text"
            return Text(message, quote(self.meant))
        if self.elsewhere:
            others = " and of ".join(self.elsewhere)
            return Text(
                f"{self.group} has no option {self.option!r}; it is an option of {others}",
                " or ".join(spell_choice(group, self.option) for group in self.elsewhere),
            )
        moved = f", which {self.old} has moved to" if self.old else ""
        return Text(
            f"{self.group} has no option {self.option!r}{moved}; it has {', '.join(self.options)}",
            perhaps(self._as_pasted()),
        )

    def _as_pasted(self) -> Iterator[str]:
        """Yield the nearest options, one that needs quotes as a whole override."""
        for option in self.nearest:
            spelled = spell_value(option)
            is_quoted = spelled != option
            yield quote(f"{self.element or self.group}={spelled}") if is_quoted else option


class AboutGroup(AboutOverride):
    """Something wrong with an override that chooses an option, or drops one."""

    group: str


class GroupNotDefault(AboutGroup, kind="group-not-default"):
    """A change of the choice of a group that isn't chosen."""

    def text(self) -> Text:
        return Text(
            f"{self.group} is not chosen by default", f"add it: {pasted('+' + self.override)}"
        )


class GroupNotChosen(AboutGroup, kind="group-not-chosen"):
    """A deletion of the choice of a group that isn't chosen.

    Attributes:
        keys: The keys of the same name.
    """

    keys: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"no option of {self.group} is chosen that could be dropped",
            f"to delete a key: ~{self.keys[0]}" if self.keys else "leave it out",
        )


class GroupIsDefault(AboutGroup, kind="group-is-default"):
    """An addition of a choice of a group that is chosen already."""

    def text(self) -> Text:
        change = Override.read(self.override).unsigned
        return Text(f"{self.group} is chosen already", f"change it: {pasted(change.text)}")


class GroupNeeded(AboutGroup, kind="group-needed"):
    """A deletion of a choice that a recipe needs.

    Attributes:
        options: The options there are.
    """

    options: Sequence[str]

    def text(self) -> Text:
        options = ", ".join(self.options)
        hint = f"choose another with {self.group}=OPTION: {options}" if options else None
        return Text(f"{self.typed} leaves no {self.group}, and a recipe needs one", hint)


class OneOption(AboutGroup, kind="one-option"):
    """A list of options for a group of which a recipe has one.

    Attributes:
        options: The options in the list.
    """

    options: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.typed} chooses a list, and a recipe has one {self.group}",
            self._one_or_several(),
        )

    def _one_or_several(self) -> str:
        if not self.options:
            return f"choose one: {self.group}=OPTION"
        several = f"{self.group}={','.join(map(spell_value, self.options))}"
        grid = f"; for a grid: recipe sweep {pasted(several)}" if len(self.options) > 1 else ""
        return f"choose one: {pasted(spell_choice(self.group, self.options[0]))}{grid}"


class OutsideRecipe(AboutOverride, kind="outside-recipe"):
    """A choice for a package that is no part of the recipe."""

    package: str

    def text(self) -> Text:
        return Text(
            f"{self.typed} puts nothing into the recipe: {self.package} stands beside it",
            f"a package begins with {MOUNT}: @{MOUNT}.{self.package}",
        )


class AddedTwice(AboutGroup, kind="added-twice"):
    """Two additions of a choice of the same group.

    Attributes:
        first: The first of the two overrides.
    """

    first: str

    def text(self) -> Text:
        return Text(
            f"{self.group} is added twice, by {self.first!r} and {self.typed}", "leave one out"
        )


class GivenTwice(AboutOverride, kind="given-twice"):
    """Two overrides of the same group or key, of which the last counts, as with Hydra.

    Attributes:
        name: The group or key.
        first: The override that doesn't count.
    """

    name: str
    first: str

    def text(self) -> Text:
        return Text(
            f"{self.name} is given twice, by {cut(self.first)!r} and {self.typed}: the last counts"
        )
