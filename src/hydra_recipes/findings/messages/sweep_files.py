"""Messages about the files that a sweep writes, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra_recipes.findings.messages.base import AboutFile, Detail, Text
from hydra_recipes.shell_words import quote

_SHOWN = 200
"""How many characters of a value are shown."""
_FEW = 8
"""How many changes a message names."""


class BadTemplate(Detail, kind="bad-template"):
    """A template of names that can't be used."""

    template: str | None
    reason: str

    def text(self) -> Text:
        return Text(
            f"{self.template!r} is not a template: {self.reason}",
            "for example '{name}-{model}-{lr}'",
        )


class UnknownField(Detail, kind="unknown-field"):
    """A field that templates don't have."""

    field: str
    nearest: Sequence[str]
    known: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"the template has no field {{{self.field}}}; there are {', '.join(self.known)}",
            f"did you mean {' or '.join(self.nearest)}?" if self.nearest else None,
        )


class NameTaken(Detail, kind="name-taken"):
    """A new recipe with the name of one that is there."""

    name: str

    def text(self) -> Text:
        return Text(
            f"a recipe called {self.name} is there already",
            "tell the new ones apart with --name, or write to another directory",
        )


class AboutDirectory(Detail):
    """Something wrong with the directory of a sweep."""

    directory: str


class SweepLocked(AboutDirectory, kind="sweep-locked"):
    """A directory that another run writes to."""

    def text(self) -> Text:
        return Text(f"another run is writing to {self.directory}")


class SweepExists(AboutDirectory, kind="sweep-exists"):
    """A directory that has a sweep."""

    def text(self) -> Text:
        return Text(f"{self.directory} has a sweep already", "go on with it with --resume")


class SweepChanged(AboutDirectory, kind="sweep-changed"):
    """A directory that has a sweep of another request.

    Attributes:
        changed: What differs: the name, the value recorded there, and the value of now.
    """

    changed: Sequence[tuple[str, Any, Any]]

    def text(self) -> Text:
        changes = "; ".join(
            f"{name} was {_in_short(old)}, is {_in_short(new)}"
            for name, old, new in self.changed[:_FEW]
        )
        return Text(
            f"{self.directory} has a sweep of another request: {changes}",
            "add the new points with --extend, or write to another directory",
        )


class FormatChanged(AboutDirectory, kind="format-changed"):
    """A directory that has a sweep of another format."""

    old: str

    def text(self) -> Text:
        return Text(
            f"the sweep in {self.directory} is written as {self.old}", f"use --format {self.old}"
        )


class SweepUnfinished(AboutDirectory, kind="sweep-unfinished"):
    """A directory that has the beginning of a sweep."""

    def text(self) -> Text:
        return Text(
            f"the sweep in {self.directory} isn't finished",
            "finish it with --resume and its own request",
        )


class EarlierDamaged(AboutDirectory, kind="earlier-damaged"):
    """A directory whose earlier recipes aren't all there."""

    def text(self) -> Text:
        return Text(
            f"recipes that an earlier request wrote to {self.directory} are missing or cut short",
            "bring them back, or write to another directory",
        )


class NotASweep(AboutDirectory, kind="not-a-sweep"):
    """A directory that has other files."""

    def text(self) -> Text:
        return Text(
            f"{self.directory} has files that are no sweep", "write to a directory of its own"
        )


class NotItsOwn(AboutFile, kind="not-its-own"):
    """A file that a sweep would have written differently.

    Attributes:
        line_number: The line, if it is one of many.
    """

    line_number: int | None = None

    def text(self) -> Text:
        place = f", line {self.line_number}," if self.line_number else ""
        return Text(
            f"{self.file}{place} is not what this sweep wrote there",
            "bring back what was there, or write to another directory",
        )


class SweepVersion(AboutFile, kind="sweep-version"):
    """A file of a sweep that another release wrote."""

    version: str
    own: str

    def text(self) -> Text:
        return Text(
            f"{self.file} was written by hydra-recipes {self.version}, and this is {self.own}",
            "go on with that version, or write to another directory",
        )


class BadSweepFile(AboutFile, kind="bad-sweep-file"):
    """A file about a sweep that can't be used.

    Attributes:
        reason: What is wrong in it; None if it can't be read at all.
    """

    reason: str | None = None

    def text(self) -> Text:
        reason = f": {self.reason}" if self.reason else ""
        return Text(
            f"{self.file} is not what a sweep wrote{reason}",
            "bring back what was there, or write to another directory",
        )


class SweepStopped(AboutFile, kind="sweep-stopped"):
    """A file of a sweep that can't be written."""

    reason: str

    def text(self) -> Text:
        return Text(
            f"can't write {self.file}: {self.reason}",
            "what is written stays; go on with --resume",
        )


class SweepInterrupted(AboutDirectory, kind="sweep-interrupted"):
    """A sweep that Ctrl-C ended.

    Attributes:
        recipes: How many recipes are written.
        of: How many it has.
    """

    recipes: int
    of: int

    def text(self) -> Text:
        return Text(
            f"interrupted: {self.recipes:,} of {self.of:,} recipes are in {self.directory}",
            f"recipe sweep … --dir {quote(self.directory)} --resume",
        )


def _in_short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
