"""Messages about importing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra_recipes.findings.messages.base import Detail, Text
from hydra_recipes.text import shown


class Unexpressed(Detail):
    """A key of a file that the overrides don't set as the file does.

    Attributes:
        key: The whole key.
        value: Its value in the file; None where the file lacks a key that is composed.
    """

    key: str
    value: Any

    def as_json(self) -> dict[str, Any]:
        """Return the entry that ``recipe import --json`` shows."""
        return {"key": self.key, "value": self.value, "message": self.line().message}


class LeftOut(Unexpressed, kind="left-out"):
    """A value that no override gives."""

    def text(self) -> Text:
        return Text(f"no override makes {self.key} {shown(self.value)}")


class LeftOutUnknown(Unexpressed, kind="left-out-unknown"):
    """A key that no recipe of the family has."""

    def text(self) -> Text:
        return Text(f"{self.key} is not a key of this recipe", "--allow-unknown adds it")


class LeftOutRenamed(Unexpressed, kind="left-out-renamed"):
    """Another name of a key.

    Attributes:
        meant: The key that it names.
    """

    meant: str

    def text(self) -> Text:
        return Text(
            f"{self.key} is not a key of this recipe, which has {self.meant} for it",
            "recipe check FILE --fix gives it its name",
        )


class SaidAsText(Unexpressed, kind="said-as-text"):
    """A value that has to be text and isn't in quotes.

    Attributes:
        typed: The text, which the overrides set instead.
    """

    typed: str

    def text(self) -> Text:
        return Text(
            f"{self.key} is {shown(self.value)}, as YAML takes {self.typed}; it has to be text, so "
            "the command has it as it was typed, in quotes"
        )


class PresetUnknown(Detail, kind="preset-unknown"):
    """A preset that would lack keys which no recipe of its family has."""

    name: str
    keys: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"the preset {self.name} would lack {', '.join(self.keys)}: "
            "no recipe of this family has such a key",
            "add it all the same with --allow-unknown",
        )


class PresetCannotDelete(Detail, kind="preset-cannot-delete"):
    """A preset that would have to leave out keys."""

    keys: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"no preset can leave out {', '.join(self.keys)}, which a library always composes",
            "keep what is printed as a command, or complete the file",
        )


class PresetNotExact(Detail, kind="preset-not-exact"):
    """A recipe that no preset composes exactly.

    Attributes:
        keys: The keys that it has to set.
    """

    keys: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"no preset gives this recipe exactly; it has {', '.join(self.keys)} to set",
            "compose it with the command that is printed",
        )


class PresetNameTwice(Detail, kind="preset-name-twice"):
    """Two files that would be the same preset."""

    name: str
    files: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{' and '.join(self.files)} would both be the preset {self.name}",
            "rename one of the files",
        )
