"""Messages about files: reading them, writing them, and mending them in place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydra_recipes.findings.messages.base import AboutFile, Detail, Text
from hydra_recipes.shell_words import quote
from hydra_recipes.text import joined, one_of, perhaps

LOSSES = {
    "choice": "a choice is yours to make",
    "removes": "it would take away what somebody wrote",
    "replaces": "it would replace what somebody wrote",
    "fills": "what belongs there depends on what only you know",
    "renames": "its value isn't allowed under its right name, and is yours to change",
    "guesses": "it may not be what was meant",
    "elsewhere": "it would change a value that is right by itself",
    "twice": "of two values only you know which is meant",
}
"""Why ``--fix`` leaves a change to the user."""
_OBSTACLES = {
    "shared": "{} is shared with other keys by an anchor",
    "layout": "{} is written so that it can't be changed alone",
    "duplicate-key": "{} is written twice",
    "equal-keys": "{} may be read as another key",
    "merge-conflict": "{} is merged with another value",
    "tag": "{} has a tag",
}
"""What keeps a file from being mended in place."""
_YAML_TROUBLES = {
    "found a tab character": "a tab where only spaces can be; indent with spaces",
    "cannot start any token": "a tab or another character that can't start a value; indent with "
    "spaces, and quote a value that starts with @, ` or %",
    "a quoted scalar found unexpected end": "a quote is not closed",
    "',' or '}'": "a { is not closed, or a comma is missing",
    "',' or ']'": "a [ is not closed, or a comma is missing",
    "mapping values are not allowed": "a colon where none can be; quote the value, or mend the "
    "indentation",
    "expected ':'": "a key without a colon, or wrong indentation",
    "did not find expected key": "a key without a colon, or wrong indentation",
}
"""A part of what a YAML parser says, to the same in plain words."""


class UnreadableFile(AboutFile, kind="unreadable-file"):
    """A file that can't be read.

    Attributes:
        near: Files whose names are like its name, if there is no such file.
    """

    reason: str
    near: Sequence[str] = ()

    def text(self) -> Text:
        is_word = re.fullmatch(r"\w{1,40}", self.file) is not None
        hint = f"for an override: {self.file}=VALUE" if is_word else None
        return Text(f"can't read {self.file}: {self.reason}", perhaps(self.near) or hint)


class FileTooLarge(AboutFile, kind="too-large"):
    """A file that is too large.

    Attributes:
        limit: How many bytes it may have.
    """

    limit: int

    def text(self) -> Text:
        megabytes = self.limit // 1_000_000
        return Text(f"{self.file} is too large for a recipe: more than {megabytes} MB")


class NotUtf8(AboutFile, kind="not-utf8"):
    """A file that isn't UTF-8.

    Attributes:
        line_number: The line of the first byte that isn't.
        found: The encoding it seems to have, if it can be told.
    """

    line_number: int
    found: str | None

    def text(self) -> Text:
        what = (
            f"{self.found} text, not UTF-8"
            if self.found
            else f"not UTF-8 text (line {self.line_number})"
        )
        return Text(f"{self.file} is {what}", "save it as UTF-8")


class RecordStream(AboutFile, kind="stream"):
    """A file of many recipes, as sweeps write them."""

    def text(self) -> Text:
        message = f"{self.file} holds many records, not one recipe"
        if self.file.endswith(".jsonl"):
            return Text(message, f"for all of them: recipe check {quote(self.file)}")
        return Text(
            message, "recipe check reads YAML, JSON and JSONL: sweep with --format yaml or jsonl"
        )


class SeveralDocuments(AboutFile, kind="several-documents"):
    """A file of several YAML documents."""

    def text(self) -> Text:
        return Text(
            f"{self.file} holds several YAML documents; a recipe is one",
            "write each into a file of its own",
        )


class EmptyFile(AboutFile, kind="empty-file"):
    """A file without a value."""

    def text(self) -> Text:
        return Text(f"{self.file} is empty")


class BadYaml(AboutFile, kind="bad-yaml"):
    """A file that isn't YAML.

    Attributes:
        reason: Why, in the words of the parser.
    """

    reason: str

    def text(self) -> Text:
        reason = joined(self.reason)
        plain = (plain for excerpt, plain in _YAML_TROUBLES.items() if excerpt in reason)
        return Text(f"{self.file} is not YAML: {next(plain, reason)}")


class BadJson(AboutFile, kind="bad-json"):
    """A file that isn't JSON."""

    reason: str

    def text(self) -> Text:
        return Text(f"{self.file} is not JSON: {self.reason}")


class TooDeep(AboutFile, kind="too-deep"):
    """A file that is nested too deep.

    Attributes:
        limit: How many levels it may have.
    """

    limit: int

    def text(self) -> Text:
        return Text(f"{self.file} is nested deeper than {self.limit} levels")


class TooManyValues(AboutFile, kind="too-many-values"):
    """A file of too many values."""

    limit: int

    def text(self) -> Text:
        return Text(f"{self.file} holds more than {self.limit:,} values")


class TooManyDigits(AboutFile, kind="too-many-digits"):
    """A file with a number of too many digits."""

    limit: int

    def text(self) -> Text:
        return Text(
            f"{self.file} holds a number of more than {self.limit:,} digits",
            "quote it if it is text",
        )


class BadAlias(AboutFile, kind="bad-alias"):
    """An alias without an anchor."""

    alias: str

    def text(self) -> Text:
        return Text(
            f"{self.file} has an alias *{self.alias} without an anchor before it",
            f"write &{self.alias} before the value that it stands for",
        )


class KeyNotScalar(AboutFile, kind="key-not-scalar"):
    """A key that is a mapping or a list."""

    def text(self) -> Text:
        return Text(
            f"{self.file} has a key that is not a plain value", "a key is a word: KEY: VALUE"
        )


class BadMerge(AboutFile, kind="bad-merge"):
    """A merge of something other than mappings."""

    def text(self) -> Text:
        return Text(
            f"{self.file} merges something that is not a mapping", "merge a mapping: <<: *ANCHOR"
        )


class BadScalar(AboutFile, kind="bad-scalar"):
    """A value that can't be what its tag says."""

    value: str

    def text(self) -> Text:
        return Text(
            f"{self.file} holds a value that can't be read: {self.value}", "leave its tag out"
        )


class NotAMapping(AboutFile, kind="not-a-mapping"):
    """A file that holds no mapping.

    Attributes:
        found: What it holds.
    """

    found: str

    def text(self) -> Text:
        return Text(f"{self.file} holds {self.found}; a recipe is a mapping")


class RecipeOfOtherLock(AboutFile, kind="recipe-of-other-lock"):
    """A recipe that was composed from another lock.

    Attributes:
        asked: The digest of the lock it was composed from.
        digest: The digest of the lock of now.
    """

    asked: str
    digest: str

    def text(self) -> Text:
        return Text(
            f"{self.file} was composed from the lock {self.asked}, and that of now is "
            f"{self.digest}",
            "compose it anew with --locked",
        )


class NoInput(Detail, kind="no-input"):
    """An empty word where a file or a recipe is to be named."""

    def text(self) -> Text:
        return Text("one of the inputs is empty", "is a variable of the shell empty?")


class NoRecipes(Detail, kind="no-recipes"):
    """A directory without recipes.

    Attributes:
        suffixes: How the names of recipe files would end.
    """

    directory: str
    suffixes: tuple[str, ...]

    def text(self) -> Text:
        return Text(f"there is no {one_of(self.suffixes)} file in {self.directory}")


class NotADirectory(Detail, kind="not-a-directory"):
    """Something else where a directory is to be named.

    Attributes:
        is_file: Whether it is a file; otherwise there is nothing of that name.
    """

    directory: str
    is_file: bool

    def text(self) -> Text:
        if self.is_file:
            hint = f"recipe import {quote(self.directory)} finds the choices of one file"
            return Text(f"{self.directory} is a file, not a directory", hint)
        return Text(f"there is no directory {self.directory}")


class MixedInputs(AboutFile, kind="mixed-inputs"):
    """An override whose value stands apart, so that it is taken for a file."""

    override: str

    def text(self) -> Text:
        return Text(
            f"{self.file!r} is taken for a file and {self.override!r} for an override",
            f"no spaces around the =: {self.override}{self.file}",
        )


class DirectoryAndRecipe(Detail, kind="directory-and-recipe"):
    """A directory that is to be compared with a recipe."""

    directory: str
    other: str

    def text(self) -> Text:
        return Text(
            f"{self.directory} is a directory and {self.other} is not",
            "compare two recipes, or two directories",
        )


class FileExists(AboutFile, kind="file-exists"):
    """A file that would be overwritten."""

    def text(self) -> Text:
        return Text(f"{self.file} exists already", "overwrite it with --force")


class CannotWrite(AboutFile, kind="cannot-write"):
    """A file that can't be written."""

    reason: str | None
    hint: str | None = None

    def text(self) -> Text:
        return Text(f"can't write {self.file}: {self.reason}", self.hint)


class NotInJson(Detail, kind="not-in-json"):
    """A number that JSON doesn't have."""

    key: str
    value: str

    def text(self) -> Text:
        return Text(
            f"{self.key} is {self.value}, which JSON has no number for",
            f"{self.key}=VALUE, or YAML",
        )


class CannotFix(AboutFile, kind="cannot-fix"):
    """A file that can't be mended in place.

    Attributes:
        why: What hinders it: the kind of something wrong in the file, or how it is written.
        name: The key.
    """

    why: str
    name: object

    def text(self) -> Text:
        obstacle = _OBSTACLES[self.why].format(self.name)
        return Text(f"can't mend {self.file} in place: {obstacle}", "mend it by hand")


class NoBackup(AboutFile, kind="no-backup"):
    """A file that was to be put back, and has no backup.

    Attributes:
        backup: The file in which it would be.
    """

    backup: str

    def text(self) -> Text:
        return Text(
            f"there is no backup of {self.file}: no {self.backup}",
            "recipe check FILE --fix keeps one, unless --no-backup is given",
        )
