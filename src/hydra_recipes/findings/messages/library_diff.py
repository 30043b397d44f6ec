"""Messages about versions of libraries."""

from __future__ import annotations

from collections.abc import Callable

from hydra_recipes.findings.messages.base import Data, Text
from hydra_recipes.text import one_line

MESSAGES: dict[str, Callable[[Data], Text]] = {
    "no-revision": lambda data: Text(
        f"{one_line(data['word'])} names no directory and revision",
        "write DIR@REV, as in acme@main",
    ),
    "no-git": lambda data: Text(
        f"can't run git: {data['reason']}", "install git, or compare two directories"
    ),
    "git-failed": lambda data: Text(f"git can't read {data['directory']}: {data['reason']}"),
    "unknown-revision": lambda data: Text(
        f"git knows no revision {one_line(data['revision'])} in {data['directory']}",
        f"git -C {data['directory']} fetch --tags brings what is missing",
    ),
    "not-in-revision": lambda data: Text(
        f"there is no directory {data['directory']} in {data['revision']}"
    ),
}
