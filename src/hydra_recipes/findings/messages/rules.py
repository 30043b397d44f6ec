"""Messages about rules files and other files of libraries that can't be used."""

from __future__ import annotations

from collections.abc import Sequence

from hydra_recipes.findings.messages.base import AboutFile, Detail, Text
from hydra_recipes.shell_words import quote
from hydra_recipes.text import Bare, one_of, perhaps


class NoPrimaryConfig(Detail, kind="no-primary-config"):
    """Libraries of which none has a primary config.

    Attributes:
        libraries: Their directories.
        primary: Its name.
        asked: Whether that name was asked for.
    """

    libraries: Sequence[str]
    primary: str = "config"
    asked: bool = False

    def text(self) -> Text:
        hint = "a library without one adds to others: name one that has it as well"
        if self.asked:
            hint = "--config-name is the name of a file at the root of one, without .yaml"
        return Text(f"no {self.primary}.yaml in {', '.join(self.libraries)}", hint)


class BadLibraryFile(AboutFile, kind="bad-library-file"):
    """A file of a library that can't be used.

    Attributes:
        reason: Why, as another program or package may have said it.
        hint: What to do about it.
    """

    reason: str
    hint: str | None = None

    def text(self) -> Text:
        return Text(f"can't use {self.file}: {' '.join(self.reason.split())}", self.hint)


class BadFamily(Detail, kind="bad-family"):
    """A family whose model can't be used.

    Attributes:
        family: The import path of the model.
        reason: Why.
    """

    family: str
    reason: str

    def text(self) -> Text:
        return Text(f"can't use {self.what}: {self.reason}")

    @property
    def what(self) -> str:
        """What can't be used."""
        is_path = ":" in self.family and not self.family.startswith("{")
        return f"the family model {self.family}" if is_path else "the schema of the family"


class NotInstalled(BadFamily, kind="family-not-installed"):
    """A family whose model needs a module that isn't installed.

    Attributes:
        module: The package that the module is in.
        project: The directory of the project that has it, if it is the rules file's own.
    """

    module: str
    project: str | None = None

    def text(self) -> Text:
        message = f"can't use {self.what}: {self.module} isn't installed here"
        if self.project:
            return Text(message, f"pip install -e {quote(self.project)}")
        # Under that name an index may have something of somebody else's, or nothing.
        hint = (
            f"install the package that has {self.module}, by its name or pip install -e DIRECTORY"
        )
        return Text(message, hint)


class BadRulesSection(AboutFile, kind="bad-rules-section"):
    """A section that rules files don't have.

    Attributes:
        section: Its name.
        known: The sections there are.
        nearest: Those of them that may be meant.
    """

    section: str
    known: Sequence[str]
    nearest: Sequence[str] = ()

    def text(self) -> Text:
        known = ", ".join(self.known)
        return Text(
            f"no section is called {self.section}; there are {known}", perhaps(self.nearest)
        )


class AboutEntry(AboutFile):
    """Something wrong with an entry of a file.

    Attributes:
        entry: The entry's id.
    """

    entry: str
    file: str = ""


class BadRulesEntry(AboutEntry, kind="bad-rules-entry"):
    """An entry that can't be used.

    Attributes:
        reason: Why.
    """

    reason: str

    def text(self) -> Text:
        return Text(f"{self.entry} can't be used: {self.reason}")


class BadRulesField(AboutEntry, kind="bad-rules-field"):
    """A field that such entries don't have.

    Attributes:
        field: Its name.
        known: The fields there are.
        nearest: Those of them that may be meant.
        reason: What is wrong, for a message that names no other field.
    """

    field: str
    known: Sequence[str]
    nearest: Sequence[str] = ()
    reason: str = ""

    def text(self) -> Text:
        known = ", ".join(self.known)
        return Text(
            f"{self.entry}: no field is called {self.field}; there are {known}",
            perhaps(self.nearest),
        )


class BadKeyword(AboutEntry, kind="bad-keyword"):
    """Keywords of a limit that aren't supported.

    Attributes:
        key: The key that they limit.
        keywords: The keywords.
        nearest: The keywords that may be meant.
    """

    key: str
    keywords: Sequence[str]
    nearest: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.entry}: {', '.join(self.keywords)} for {self.key} is no keyword that "
            "is supported",
            perhaps(self.nearest, "keywords are those of JSON Schema, such as minimum or enum"),
        )


class AmbiguousRuleKey(AboutEntry, kind="ambiguous-rule-key"):
    """A short key that several keys of a family end in.

    Attributes:
        key: The short key.
        candidates: The keys that it may stand for.
    """

    key: str
    candidates: Sequence[str]

    def text(self) -> Text:
        keys = one_of([Bare(name) for name in self.candidates])
        return Text(f"the key {self.key} of {self.entry} could be {keys}")


class BadCel(AboutEntry, kind="bad-cel"):
    """An expression that can't be used.

    Attributes:
        expression: The expression.
        reason: Why.
    """

    expression: str
    reason: str

    def text(self) -> Text:
        return Text(
            f"the expression of {self.entry} can't be used: {self.reason} ({self.expression})"
        )
