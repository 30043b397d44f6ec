"""Messages about the files that a sweep writes, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra_recipes.findings.messages.base import AboutFile, Detail, Text, some_keys
from hydra_recipes.shell_words import join
from hydra_recipes.text import counted

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
    """Something wrong with the directory of a sweep.

    Attributes:
        directory: Its path.
        options: The options that name the libraries and variables of the sweep, for commands.
    """

    directory: str
    options: Sequence[str] = ()

    @property
    def resuming(self) -> str:
        """The command that goes on with the sweep."""
        return join(["recipe", "sweep", "--resume", "--dir", self.directory, *self.options])


class SweepLocked(AboutDirectory, kind="sweep-locked"):
    """A directory that another run writes to."""

    def text(self) -> Text:
        return Text(f"another run is writing to {self.directory}")


class SweepExists(AboutDirectory, kind="sweep-exists"):
    """A directory that has a sweep.

    Attributes:
        is_same: Whether it is of the same request; None if nothing was asked for.
        is_finished: Whether all of it is written.
        is_wider: Whether the request of now leaves out some of it.
    """

    is_same: bool | None
    is_finished: bool
    is_wider: bool = False

    def text(self) -> Text:
        which = {True: "this", False: "another", None: "a"}[self.is_same]
        if not self.is_finished:
            message = f"{self.directory} has the beginning of {which} sweep"
            return Text(message, f"finish it: {self.resuming}")
        message = f"{self.directory} has {which} sweep already, finished"
        if self.is_wider:
            return Text(message, "write to another directory")
        return Text(
            message,
            "add the new points with --extend, or write to another directory"
            if self.is_same is False
            else f"should something be missing in it: {self.resuming}",
        )


class SweepChanged(AboutDirectory, kind="sweep-changed"):
    """A directory that has a sweep of another request.

    Attributes:
        changed: What differs: the name, the value recorded there, and the value of now.
        missing: Options that were given then and aren't now.
        is_finished: Whether all of it is written.
    """

    changed: Sequence[tuple[str, Any, Any]]
    missing: Sequence[str] = ()
    is_finished: bool = True

    def text(self) -> Text:
        changes = "; ".join(
            f"{name} was {_in_short(old)}, is {_in_short(new)}"
            for name, old, new in self.changed[:_FEW]
        )
        return Text(f"{self.directory} has a sweep of another request: {changes}", self._way_on())

    def _way_on(self) -> str:
        if self.missing:
            return f"give {' and '.join(self.missing)} as then"
        if not self.is_finished:
            return f"finish it as it was begun: {self.resuming}"
        return "add the new points with --extend, or write to another directory"


class FormatChanged(AboutDirectory, kind="format-changed"):
    """A directory that has a sweep of another format."""

    old: str

    def text(self) -> Text:
        return Text(
            f"the sweep in {self.directory} is written as {self.old}", f"use --format {self.old}"
        )


class NoTable(Detail, kind="no-table"):
    """A column for a format that has none.

    Attributes:
        format: The format.
        tables: The formats that have columns.
    """

    format: str
    tables: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"--json-column is a column of a table, and {self.format} has none",
            " or ".join(f"--format {table}" for table in self.tables),
        )


class ColumnsAdded(AboutDirectory, kind="columns-added"):
    """A table that lacks columns of the recipes that are to be added."""

    columns: Sequence[str]

    def text(self) -> Text:
        verb = "is a column" if len(self.columns) == 1 else "are columns"
        return Text(
            f"{some_keys(self.columns)} {verb} that the table in {self.directory} doesn't have",
            "write to another directory, or with --format parquet, whose parts may differ",
        )


class SweepUnfinished(AboutDirectory, kind="sweep-unfinished"):
    """A directory that has the beginning of a sweep."""

    def text(self) -> Text:
        return Text(
            f"the sweep in {self.directory} isn't finished",
            f"finish it first: {self.resuming}",
        )


class NoSweep(AboutDirectory, kind="no-sweep"):
    """A directory without a sweep to go on with."""

    def text(self) -> Text:
        begun = join(["recipe", "sweep", "lr=1e-5,2e-5", "--dir", self.directory])
        return Text(f"there is no sweep in {self.directory} to go on with", f"begin one: {begun}")


class AboutSamples(AboutDirectory):
    """A sample that is to extend another one.

    Attributes:
        before: How many points the sample there has.
        sample: How many points are asked for.
        most: How many points a sample there is known to have at most; None for any number.
    """

    before: int
    sample: int
    most: int | None = None

    @property
    def larger(self) -> str | None:
        """The command that makes the sample there larger; None if there may be no larger one."""
        size = self.sample if self.sample > self.before else 2 * self.before
        size = size if self.most is None else min(size, self.most)
        extend = ["recipe", "sweep", "--extend", "--dir", self.directory, *self.options]
        return join([*extend, "--sample", str(size)]) if size > self.before else None


class SmallerSample(AboutSamples, kind="smaller-sample"):
    """A sample that is part of the one that it is to extend."""

    def text(self) -> Text:
        return Text(
            f"a sample of {self.sample:,} is part of that of {self.before:,} in {self.directory}",
            f"ask for more: {self.larger}" if self.larger else "write to another directory",
        )


class SampleApart(AboutSamples, kind="sample-apart"):
    """A sample that doesn't begin with the one that it is to extend.

    Attributes:
        changed: What differs beside the size.
    """

    changed: Sequence[str]

    def text(self) -> Text:
        added = f"up to {counted(self.sample, 'recipe')} may be added"
        return Text(
            f"the sample of {self.before:,} in {self.directory} needn't be part of this one, as "
            f"{' and '.join(self.changed)} changed: {added}",
            f"with nothing else changed they are part of it: {self.larger}"
            if self.larger
            else None,
        )


class NoDirectory(Detail, kind="no-directory"):
    """A sweep to go on with whose directory isn't named.

    Attributes:
        flag: ``--resume`` or ``--extend``.
        latest: The directory of the sweep that was written last, or None.
    """

    flag: str
    latest: str | None

    def text(self) -> Text:
        latest = ["recipe", "sweep", self.flag, "--dir", self.latest or ""]
        return Text(
            f"{self.flag} goes on with the sweep of a directory, and none is named",
            f"the latest: {join(latest)}" if self.latest else "name it with --dir",
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


class SweepStopped(AboutDirectory, kind="sweep-stopped"):
    """A file of a sweep that can't be written."""

    file: str
    reason: str

    def text(self) -> Text:
        return Text(
            f"can't write {self.file}: {self.reason}",
            f"what is written stays; go on with: {self.resuming}",
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
            self.resuming,
        )


def _in_short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
