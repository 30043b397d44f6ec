"""Declarations: entries of a rules file that are about other libraries' rules, or about names."""

from __future__ import annotations

from hydra_recipes.record import Record


class Off(Record):
    """A limit or rule of another library that is switched off.

    Attributes:
        id: The id of the limit or rule.
        library: The library that switches it off.
        file: The rules file that does so.
        because: The reason.
    """

    id: str
    library: str
    file: str
    because: str


class Shadow(Record):
    """A declaration that a library has a config of another library's name: ``model/nova-lite``."""

    config: str
    library: str
    file: str


class Move(Record):
    """A new name of an option (``model/nova-lite``), a group, or a key.

    Attributes:
        old: The old name.
        new: The current name.
        library: The library that declares it.
        file: The rules file that declares it.
    """

    old: str
    new: str
    library: str
    file: str
