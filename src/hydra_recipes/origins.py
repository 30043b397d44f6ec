"""Where a value came from: a place in a file, or an override's own text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KeyPath = tuple[str | int, ...]
"""The keys from the recipe's root to a value; list positions are integers."""


@dataclass(frozen=True)
class FileOrigin:
    """A place in a file.

    Attributes:
        file: The path as the user gave it.
        line: Line number, from 1.
        column: Column number, from 1.
        text: That line's text, for showing it with a caret.
    """

    file: str
    line: int
    column: int
    text: str

    def as_json(self) -> dict[str, Any]:
        """The origin as ``recipe check --json`` shows it."""
        return {"file": self.file, "line": self.line}


@dataclass(frozen=True)
class OverrideOrigin:
    """An override, as it was typed."""

    override: str

    def as_json(self) -> dict[str, Any]:
        """The origin as ``recipe check --json`` shows it."""
        return {"override": self.override}


Origin = FileOrigin | OverrideOrigin


def dotted(path: KeyPath) -> str:
    """Writes a key path with dots: ``("run", "replicas")`` is ``run.replicas``."""
    return ".".join(map(str, path))
