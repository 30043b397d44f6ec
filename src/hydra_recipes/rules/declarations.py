"""Declarations: what a library's rules files say of the rules and the names of others."""

from __future__ import annotations

from typing import NamedTuple


class Off(NamedTuple):
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


class Shadow(NamedTuple):
    """A library's declaration that it has a config of another's name: ``model/nova-lite``."""

    config: str
    library: str
    file: str


class Move(NamedTuple):
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
