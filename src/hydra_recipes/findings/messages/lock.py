"""Messages about locks, and about what differs from one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from hydra_recipes.findings.messages.base import AboutFile, Detail, Text
from hydra_recipes.text import counted, joined

FileFate = Literal["changed", "new", "gone"]
"""What may happen to a file of a library."""
_HOW: Mapping[FileFate, str] = {"changed": "has changed", "new": "is new", "gone": "is gone"}


class NoLock(AboutFile, kind="no-lock"):
    """A lock that isn't there."""

    def text(self) -> Text:
        return Text(f"there is no {self.file}", "write it with recipe library lock")


class BadLock(AboutFile, kind="bad-lock"):
    """A lock that can't be used."""

    reason: str

    def text(self) -> Text:
        return Text(
            f"can't use {self.file}: {joined(self.reason)}",
            "write it anew with recipe library lock --force",
        )


class LaterLock(AboutFile, kind="later-lock"):
    """A lock that a later release wrote.

    Attributes:
        format: The number of its format.
        known: The latest format that this release reads.
    """

    format: int
    known: int

    def text(self) -> Text:
        return Text(
            f"{self.file} is of format {self.format}, and this version of hydra-recipes reads "
            f"format {self.known}",
            "take a later version of hydra-recipes",
        )


class OtherLock(AboutFile, kind="other-lock"):
    """A lock that isn't the one that was asked for.

    Attributes:
        asked: The digest that was asked for.
        digest: The digest that it has.
    """

    asked: str
    digest: str

    def text(self) -> Text:
        return Text(
            f"{self.file} is the lock {self.digest}, and not {self.asked}",
            "take the lock of then from version control, or compose with --locked instead",
        )


class LockChange(Detail):
    """Something that isn't as a lock says.

    Attributes:
        lock: The lock file; where changes are only listed, none.
        more: How many other things aren't as it says.
    """

    lock: str = ""
    more: int = 0

    @property
    def brief(self) -> str:
        """What has changed since the lock was written, in a few words."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """Return the change as ``recipe library lock --json`` shows it."""
        fields = {name: value for name, value in vars(self).items() if name not in ("lock", "more")}
        return {"kind": self.kind.removeprefix("lock-"), **fields}

    def _with_more(self, message: str, hint: str) -> Text:
        """Return a message with the number of further differences, if there are any."""
        more = f" (and {counted(self.more, 'more difference')})" if self.more else ""
        return Text(f"{message}{more}", hint)


class LibraryGone(LockChange, kind="lock-library-gone"):
    """A library that isn't there any more.

    Attributes:
        library: Its name.
        source: Where it came from: ``directory`` or ``package``, and which.
        directory: The directory where it was, as seen from here, if it came from one.
    """

    library: str
    source: Sequence[str]
    directory: str | None = None

    @property
    def brief(self) -> str:
        """It in a few words."""
        return f"{self.library} is gone"

    def text(self) -> Text:
        action = " ".join(["install the", *self.source])
        if self.directory is not None:
            action = f"name it with --library {self.directory}"
        return self._with_more(
            f"{self.library} is in {self.lock}, and not among the libraries",
            f"{action}, or run recipe library lock to leave it out",
        )


class LibraryNew(LockChange, kind="lock-library-new"):
    """A library that the lock doesn't have."""

    library: str

    @property
    def brief(self) -> str:
        """It in a few words."""
        return f"{self.library} is new"

    def text(self) -> Text:
        return self._with_more(
            f"the library {self.library} is not in {self.lock}",
            "leave it out, or run recipe library lock to take it too",
        )


class VersionChanged(LockChange, kind="lock-version"):
    """A library of another version; None for one without a version."""

    library: str
    old: str | None
    new: str | None

    @property
    def brief(self) -> str:
        """It in a few words."""
        return f"{self.library} {self.old or 'without a version'} → {self.new or '-'}"

    def text(self) -> Text:
        here, there = (version or "without a version" for version in (self.new, self.old))
        action = f"install {self.old}, or run" if self.old else "run"
        return self._with_more(
            f"{self.library} is {here} here, and {there} in {self.lock}",
            f"{action} recipe library lock to take this one",
        )


class FileChanged(LockChange, kind="lock-file"):
    """A file of a library that isn't as it was.

    Attributes:
        library: The name of the library.
        file: The file, as the lock names it.
        how: What happened to it.
        path: Where it is, or was.
    """

    library: str
    file: str
    how: FileFate
    path: str = ""

    @property
    def brief(self) -> str:
        """It in a few words."""
        return f"{self.library}: {self.file} {_HOW[self.how]}"

    def text(self) -> Text:
        what = {
            "changed": f"has changed since {self.lock} was written",
            "new": f"is not in {self.lock}",
            "gone": f"is in {self.lock}, and not there any more",
        }[self.how]
        return self._with_more(f"{self.path} {what}", "if that is meant, run recipe library lock")


class OrderChanged(LockChange, kind="lock-order"):
    """Libraries in another order."""

    old: Sequence[str]
    new: Sequence[str]

    @property
    def brief(self) -> str:
        """It in a few words."""
        return f"in another order: {', '.join(self.new)}"

    def text(self) -> Text:
        here, there = (", ".join(names) for names in (self.new, self.old))
        return self._with_more(
            f"the libraries come as {here}, and in {self.lock} as {there}",
            "name them in that order, or run recipe library lock",
        )
