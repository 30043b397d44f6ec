"""Messages about libraries and how they go together."""

from __future__ import annotations

from collections.abc import Sequence

from hydra_recipes.findings.messages.base import AboutFile, Detail, Text
from hydra_recipes.text import one_line, perhaps


class NoLibrary(Detail, kind="no-library"):
    """A word that names no library.

    Attributes:
        name: The word.
        asked: Who asked for it: an option, a variable, a file.
    """

    name: str
    asked: str

    def text(self) -> Text:
        return Text(
            f"there is no directory and no installed package {one_line(self.name)} ({self.asked})",
            "name the directory of a library, or install its package",
        )


class NotLocal(Detail, kind="not-local"):
    """A library that would have to be fetched.

    Attributes:
        name: The word that names it.
        asked: Who asked for it: an option, a variable, a file.
    """

    name: str
    asked: str

    def text(self) -> Text:
        return Text(
            f"{one_line(self.name)} is not on this machine; a library is a directory or a package, "
            f"file:// or pkg:// ({self.asked})",
            "install it by pip, or clone it, and name what is there then",
        )


class NotALibrary(Detail, kind="not-a-library"):
    """A directory or package that is no library."""

    directory: str
    reason: str | None

    def text(self) -> Text:
        return Text(f"{self.directory} is no library: {self.reason}")


class AboutFiles(Detail):
    """Something wrong between two files, or directories, of libraries."""

    files: tuple[str, str]


class SameLibraryName(AboutFiles, kind="same-library-name"):
    """Two libraries of one name."""

    name: str

    def text(self) -> Text:
        first, second = self.files
        return Text(f"two libraries are called {self.name}: {first} and {second}", "leave one out")


class UndeclaredShadow(AboutFiles, kind="undeclared-shadow"):
    """An option that takes the place of another library's, without a word of it.

    Attributes:
        option: The option.
        libraries: The library that has it now, and the one that had it.
    """

    option: str
    libraries: tuple[str, str]

    def text(self) -> Text:
        first, second = self.files
        by, of = self.libraries
        return Text(
            f"{first} takes the place of {second}, and {by} doesn't say so",
            f"rename it, or write shadows: [{self.option}] in a rules file of {by} if {of}'s "
            "shall go",
        )


class MutualOff(Detail, kind="mutual-off"):
    """Two libraries that switch off a rule of each other.

    Attributes:
        ids: The ids of both rules.
        libraries: The library that switches off the first, and the one that has it.
        other: The file that switches off the second.
    """

    ids: tuple[str, str]
    libraries: tuple[str, str]
    other: str

    def text(self) -> Text:
        by, of = self.libraries
        mine, theirs = self.ids
        return Text(
            f"{by} switches off {mine} of {of}, which switches off {theirs} of {by} in "
            f"{self.other}",
            "leave one of them out",
        )


class UnknownRuleKey(AboutFile, kind="unknown-rule-key"):
    """An entry of a rules file about a key that no family has."""

    entry: str
    key: str
    nearest: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.entry} is about {self.key}, a key that no family has",
            perhaps(self.nearest, "recipe schema shows the keys there are"),
        )


class OutsideLibrary(AboutFile, kind="outside-library"):
    """A file that a link leads out of its library."""

    library: str

    def text(self) -> Text:
        return Text(
            f"{self.file} leads out of the library {self.library}",
            "a library has all its files inside itself",
        )


class MovedName(Detail, kind="moved"):
    """An old name."""

    old: str
    new: str

    def text(self) -> Text:
        return Text(f"{self.old} is called {self.new} now", self.new)
