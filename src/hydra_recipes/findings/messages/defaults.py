"""Messages about defaults lists: entries that can't be one, and lists that don't go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from hydra_recipes.findings.messages.base import AboutFile, Detail, Text
from hydra_recipes.literals import spell_choice
from hydra_recipes.shell_words import quote
from hydra_recipes.text import perhaps

EntryFault = Literal[
    "no-list",
    "no-entry",
    "self-twice",
    "self-package",
    "self-option",
    "open-option",
    "several-groups",
    "no-group",
    "no-keyword",
    "two-keywords",
    "link-in-list",
    "no-option",
    "no-link",
    "after-override",
    "two-slashes",
    "override-twice",
]
"""What may be wrong with an entry of a defaults list."""
_WRONG: Mapping[EntryFault, str] = {
    "no-list": "defaults is a list, and this is {0}",
    "no-entry": "an entry of a defaults list is OPTION, or GROUP: OPTION, and this is {0}",
    "self-twice": "_self_ stands here twice, and a file is merged once",
    "self-package": "_self_ has the package of its file, and none of its own",
    "self-option": "_self_ is this file, and no option of {0}",
    "open-option": "??? leaves the option of a group open, and this names no group",
    "several-groups": "an entry is about one group, and this is about several",
    "no-group": "an entry begins with the name of a group, and this with {0}",
    "no-keyword": "before a group stands optional, override or nothing, and no {0}",
    "two-keywords": "override chooses an option, which can't be optional",
    "link-in-list": "{0} stands in a list of options, where no link can",
    "no-option": "the name of an option is text, and this is {0}",
    "no-link": "this is not a link: {0}",
    "after-override": "{0} stands after override {1}, and overrides stand last",
    "two-slashes": "a name begins with one slash at most, and this is {0}",
    "override-twice": "{0} is overridden here and in line {1}, and a recipe has one",
}
"""The same in words."""
_HINTS: Mapping[EntryFault, str] = {
    "no-entry": "write - OPTION, or - GROUP: OPTION",
    "self-twice": "leave one out",
    "self-package": "write - _self_",
    "self-option": "write - _self_",
    "no-group": "write - GROUP: OPTION",
    "no-keyword": "write - override GROUP: OPTION",
    "link-in-list": "give it an entry of its own: - GROUP: OPTION",
    "no-option": "write - GROUP: OPTION",
    "no-link": "a link to another choice is ${GROUP}",
    "override-twice": "leave one out",
    "after-override": "move it up, before the first override",
}


class BadDefaults(Detail, kind="bad-defaults"):
    """An entry of a defaults list that can't be one.

    Attributes:
        wrong: What is wrong.
        about: What the message names: the entry, or the part of it that is wrong.
        other: The other entry or line that it doesn't go with, if it is about two.
        write: The right entry; empty if it isn't known.
    """

    wrong: EntryFault
    about: str = ""
    other: str | int = ""
    write: str = ""

    def text(self) -> Text:
        hint = f"write {self.write}" if self.write else _HINTS.get(self.wrong)
        return Text(_WRONG[self.wrong].format(self.about, self.other), hint)


class ExtensionCircle(AboutFile, kind="extension-circle"):
    """Options whose defaults lists lead back to where they began."""

    options: Sequence[str]

    def text(self) -> Text:
        return Text(f"options extend each other in a circle: {' -> '.join(self.options)}")


class ResolverInDefaults(AboutFile, kind="resolver-in-defaults"):
    """A link in a defaults list that calls a resolver."""

    name: str

    def text(self) -> Text:
        return Text(
            f"the resolver {self.name} can't stand in a defaults list",
            "name the option, or a group it follows from: ${model}",
        )


class NothingToExtend(Detail, kind="nothing-to-extend"):
    """An entry that names an option that isn't there.

    Attributes:
        option: The whole name of the option.
        group: Its group, if there is such a group; else empty.
        nearest: Options with similar names.
        write: The right entry; empty if it isn't known.
    """

    option: str
    group: str
    nearest: Sequence[str]
    write: str

    def text(self) -> Text:
        shows = "recipe list shows what there is"
        hint = f"{perhaps(self.nearest)} {shows}" if self.nearest else shows
        if self.write:
            hint = f"write {self.write}"
        elif self.group:
            hint = perhaps(self.nearest) or f"recipe list {self.group} shows its options"
        return Text(f"no library has {self.option}, which a defaults list brings", hint)


class OpenGroup(Detail, kind="open-group"):
    """An option ``???`` that nothing settles.

    Attributes:
        group: The group.
        key: The group with its package, as an override names it.
        options: The options there are.
    """

    group: str
    key: str
    options: Sequence[str]

    def text(self) -> Text:
        spelled = [quote(spell_choice(self.key, option)) for option in self.options]
        # One that needs no quotes in a shell, if possible.
        choice = min(spelled, key=lambda text: "'" in text, default=f"{self.key}=OPTION")
        return Text(f"this leaves open which {self.group} it is", f"choose one: {choice}")


class UnknownGroupInDefaults(Detail, kind="unknown-group-in-defaults"):
    """A link to a group that isn't there."""

    name: str
    nearest: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"${{{self.name}}} names no group that has an option here",
            perhaps(f"${{{name}}}" for name in self.nearest),
        )


class GroupTwice(Detail, kind="group-twice"):
    """A group that two lists bring.

    Attributes:
        group: The group.
        other: The place of the first entry.
        write: The right entry; empty if it isn't known.
    """

    group: str
    other: str
    write: str

    def text(self) -> Text:
        return Text(
            f"{self.group} gets an option here and in {self.other}, and a recipe has one",
            f"write {self.write}" if self.write else "leave one out",
        )


class NothingToOverride(Detail, kind="nothing-to-override"):
    """An override of a group that no list brings.

    Attributes:
        group: The group.
        write: The right entry; empty if it isn't known.
    """

    group: str
    write: str

    def text(self) -> Text:
        return Text(
            f"there is no {self.group} to override: nothing else chooses one",
            f"write {self.write}" if self.write else "leave it out",
        )


class SeveralForALink(Detail, kind="several-for-a-link"):
    """A list of options for a group that a link leads to.

    Attributes:
        group: The group.
        other: The place of the link.
        write: The right entry.
    """

    group: str
    other: str
    write: str

    def text(self) -> Text:
        return Text(
            f"{self.group} gets several options here, and ${{{self.group}}} in {self.other} is one",
            f"write {self.write}",
        )


class LinkInEntry(Detail, kind="link-in-entry"):
    """A link in the name of a file."""

    write: str

    def text(self) -> Text:
        return Text(
            "a link can stand in the place of an option, and not in the name of a file",
            f"write {self.write}",
        )


class SkippedEntry(Detail, kind="skipped-entry"):
    """An optional entry that names nothing, and nearly names something."""

    option: str
    write: str

    def text(self) -> Text:
        return Text(
            f"this brings nothing: no library has {self.option}, and optional passes over that",
            f"write {self.write}",
        )


class PrimaryAsOption(Detail, kind="primary-as-option"):
    """The primary config as an option."""

    primary: str

    def text(self) -> Text:
        return Text(
            f"{self.primary} is the primary config, which is composed already and is no option",
            "leave it out",
        )


class GroupLeftOut(Detail, kind="group-left-out"):
    """An override that leaves no option of a group that a recipe needs."""

    group: str
    write: str

    def text(self) -> Text:
        return Text(
            f"this leaves out {self.group}, of which a recipe needs an option",
            f"write {self.write}",
        )


class EarlyLink(Detail, kind="early-link"):
    """A link to a choice that is made later."""

    name: str
    primary: str

    def text(self) -> Text:
        return Text(
            f"${{{self.name}}} is not chosen yet where this list is read",
            f"name the option, or put the entry into {self.primary}.yaml",
        )


class HydraInDefaults(Detail, kind="hydra-in-defaults"):
    """An entry about Hydra's own settings."""

    group: str

    def text(self) -> Text:
        return Text(
            f"{self.group} is a setting of Hydra's own, and no part of a recipe",
            "put it into the primary config of an app",
        )


class LateOverride(Detail, kind="late-override"):
    """An override in an option that follows from the choices that it overrides."""

    group: str

    def text(self) -> Text:
        return Text(
            f"this file follows from other choices, and can't override {self.group} after them",
            "override it where the choice is made that this follows from",
        )


class ListAndMapping(Detail, kind="list-and-mapping"):
    """A list where an earlier file has a mapping, or the other way round.

    Attributes:
        key: The key.
        other: The place in the earlier file.
        is_list: Whether the later file has the list.
    """

    key: str
    other: str
    is_list: bool

    def text(self) -> Text:
        here, there = ("list", "mapping") if self.is_list else ("mapping", "list")
        return Text(
            f"{self.key} is a {here} here and a {there} in {self.other}, which can't be merged",
            f"write a {there} here",
        )
