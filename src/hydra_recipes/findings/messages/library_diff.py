"""Messages about versions of libraries."""

from __future__ import annotations

from hydra_recipes.findings.messages.base import Detail, Text
from hydra_recipes.text import one_line


class NoRevision(Detail, kind="no-revision"):
    """A word that is no ``DIRECTORY@REVISION``."""

    word: str

    def text(self) -> Text:
        return Text(
            f"{one_line(self.word)} names no directory and revision",
            "write DIR@REV, as in acme@main",
        )


class NoGit(Detail, kind="no-git"):
    """A machine where git doesn't run."""

    reason: str | None

    def text(self) -> Text:
        return Text(f"can't run git: {self.reason}", "install git, or compare two directories")


class GitFailed(Detail, kind="git-failed"):
    """A directory that git can't read."""

    directory: str
    reason: str | None

    def text(self) -> Text:
        return Text(f"git can't read {self.directory}: {self.reason}")


class UnknownRevision(Detail, kind="unknown-revision"):
    """A revision that a repository doesn't have."""

    directory: str
    revision: str

    def text(self) -> Text:
        return Text(
            f"git knows no revision {one_line(self.revision)} in {self.directory}",
            f"git -C {self.directory} fetch --tags brings what is missing",
        )


class NotInRevision(Detail, kind="not-in-revision"):
    """A directory that a revision doesn't have."""

    directory: str
    revision: str

    def text(self) -> Text:
        return Text(f"there is no directory {self.directory} in {self.revision}")
