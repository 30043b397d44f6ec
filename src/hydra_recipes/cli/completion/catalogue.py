"""Catalogue of what can be typed: commands with their options, groups with theirs, and keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hydra_recipes.record import Record


class Option(Record):
    """An option of a command.

    Attributes:
        names: Its names, the long one last.
        about: What it is for.
        metavar: What its value is called; empty if it takes none.
        values: The values there are to choose from.
    """

    names: tuple[str, ...]
    about: str
    metavar: str
    values: tuple[str, ...]


class Command(Record):
    """A command: its subcommands with what each is for, its options, and its arguments' names."""

    commands: Mapping[str, str]
    options: tuple[Option, ...]
    arguments: str


class Group(Record):
    """A group to choose from.

    Attributes:
        default: The option that is chosen if nobody chooses; empty if one is added by ``+``.
        about: What it is for.
        options: The options, each with what it is.
        spellings: Other names of options, each with the option.
    """

    default: str
    about: str
    options: Mapping[str, str]
    spellings: Mapping[str, str]


class Family(Record):
    """A family of recipes.

    Attributes:
        offered: The options that its recipes are offered with, by group.
        added: The groups added by ``+`` with an option that sets only keys of its recipes.
        keys: Every key of them that holds no others, with its meaning.
    """

    offered: Mapping[str, Sequence[str]]
    added: Sequence[str]
    keys: Mapping[str, str]


class Catalogue(Record):
    """What can be typed.

    Attributes:
        commands: By the words of the command: ``library check``; empty for ``recipe`` itself.
        groups: By name.
        families: The families of recipes.
    """

    commands: Mapping[str, Command]
    groups: Mapping[str, Group]
    families: Sequence[Family]
