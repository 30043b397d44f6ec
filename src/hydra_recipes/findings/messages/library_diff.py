"""The messages about versions of libraries."""

from __future__ import annotations

from collections.abc import Callable

from hydra_recipes.findings.messages.base import Data, Text
from hydra_recipes.text import one_line

MESSAGES: dict[str, Callable[[Data], Text]] = {
    "no-revision": lambda d: Text(
        f"{one_line(d['word'])} names no directory and revision", "write DIR@REV, as in acme@main"
    ),
    "no-git": lambda d: Text(
        f"can't run git: {d['reason']}", "install git, or compare two directories"
    ),
    "git-failed": lambda d: Text(f"git can't read {d['directory']}: {d['reason']}"),
    "unknown-revision": lambda d: Text(
        f"git knows no revision {one_line(d['revision'])} in {d['directory']}",
        f"git -C {d['directory']} fetch --tags brings what is missing",
    ),
    "not-in-revision": lambda d: Text(f"there is no directory {d['directory']} in {d['revision']}"),
}
