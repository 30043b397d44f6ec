"""Origins: the place in a file, or the override, that a value came from.

Private: it may change in any release.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra_recipes.record import Record

KeyPath = tuple[str | int, ...]
"""The keys from the recipe's root to a value; list positions are integers."""


class FileOrigin(Record):
    """A place in a file.

    Attributes:
        file: The path as the user gave it; for a library's file ``nova:model/nova-lite.yaml``.
        line: Line number, from 1.
        column: Column number, from 1.
        text: The text of that line, for showing it with a caret.
        path: The path of a library's file; None for a file of the user.
    """

    file: str
    line: int
    column: int
    text: str
    path: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the origin as ``recipe check --json`` shows it."""
        return {"file": str(self.path or self.file), "line": self.line}


class OverrideOrigin(Record):
    """An override as it was typed."""

    override: str

    def as_json(self) -> dict[str, Any]:
        """Return the origin as ``recipe check --json`` shows it."""
        return {"override": self.override}


Origin = FileOrigin | OverrideOrigin


def is_users(origin: Origin | None) -> bool:
    """Return whether an origin is the user's own: an override, or a file that was checked."""
    return isinstance(origin, OverrideOrigin) or (origin is not None and origin.path is None)


def dotted(path: KeyPath) -> str:
    """Return a key path with dots: ``run.replicas`` for ``("run", "replicas")``."""
    return ".".join(map(str, path))
