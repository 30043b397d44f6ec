"""Where a value came from: a place in a file, or an override's own text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KeyPath = tuple[str | int, ...]
"""The keys from the recipe's root to a value; list positions are integers."""


@dataclass(frozen=True)
class FileOrigin:
    """A place in a file.

    Attributes:
        file: The path as the user gave it; for a library's file ``nova:model/nova-lite.yaml``.
        line: Line number, from 1.
        column: Column number, from 1.
        text: That line's text, for showing it with a caret.
        path: For a library's file, where it is.
    """

    file: str
    line: int
    column: int
    text: str
    path: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """The origin as ``recipe check --json`` shows it."""
        return {"file": str(self.path or self.file), "line": self.line}


@dataclass(frozen=True)
class OverrideOrigin:
    """An override, as it was typed."""

    override: str

    def as_json(self) -> dict[str, Any]:
        """The origin as ``recipe check --json`` shows it."""
        return {"override": self.override}


Origin = FileOrigin | OverrideOrigin


def is_users(origin: Origin | None) -> bool:
    """Whether what stands there is the user's own: an override, or a file that was checked."""
    return isinstance(origin, OverrideOrigin) or (origin is not None and origin.path is None)


@dataclass(frozen=True)
class Source:
    """A file that took part in composing.

    Attributes:
        library: The library it is from.
        config: Its name there, without the ending: ``model/nova-lite``.
        path: Where it is.
        package: The key it was mounted at, dotted; empty for the root.
    """

    library: str
    config: str
    path: Path
    package: str


@dataclass(frozen=True)
class Step:
    """An override of a key, as it was applied.

    Attributes:
        text: The override as it was typed.
        keys: The keys of the recipe that it names or sets.
        before: All that was composed before it, links unresolved.
    """

    text: str
    keys: tuple[KeyPath, ...]
    before: Mapping[str, Any]


@dataclass(frozen=True)
class Making:
    """How a recipe was composed, as far as it is known at no cost; ``history`` works out the rest.

    Attributes:
        sources: The files that were merged, in order.
        choices: Group to option, derived groups included.
        chosen_by: The override that chose a group's option, where one did.
        steps: The overrides of keys that came after, in order.
    """

    sources: tuple[Source, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    chosen_by: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()


def dotted(path: KeyPath) -> str:
    """Writes a key path with dots: ``("run", "replicas")`` is ``run.replicas``."""
    return ".".join(map(str, path))
