"""An override as Hydra's grammar reads it, which all that composes goes by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from hydra_recipes.library.moves import Moved
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.override import Override

OverrideKind = Literal["change", "add", "force-add", "delete", "extend"]


@dataclass(frozen=True)
class ParsedOverride:
    """An override, parsed; the same if its text, key and old names are.

    Attributes:
        text: The override as it was typed; ``written`` has its parts.
        kind: Whether it changes, adds, replaces or adds, deletes, or extends a list.
        key: The group or key it names.
        value: Its value, or None; for a sweep, nothing useful.
        sweeps: Whether it has several values.
        parsed: Hydra's own object; None if it was read without Hydra's grammar.
        values: The values of a sweep that was read without Hydra's grammar.
        moved: The old names that it was typed with.
    """

    text: str
    kind: OverrideKind
    key: str
    value: Any = field(compare=False)
    sweeps: bool
    parsed: Any = field(default=None, compare=False)
    values: tuple[Any, ...] = field(default=(), compare=False)
    moved: tuple[Moved, ...] = ()

    @cached_property
    def written(self) -> Override:
        """The override as it was typed, in its parts."""
        return Override.read(self.text)

    @property
    def origin(self) -> OverrideOrigin:
        """The override as the place that a value came from."""
        return OverrideOrigin(self.text)

    @property
    def element(self) -> str:
        """The group or key with its sign and package, as it is now called."""
        return f"{self.written.sign}{self.group}"

    @property
    def package(self) -> str | None:
        """The package that a choice names: ``key`` of ``group@key=option``; None without one."""
        package: str | None = self.parsed and self.parsed.package
        return package

    @property
    def group(self) -> str:
        """The group as the defaults list names it, with its package if one is given."""
        return self.key if self.package is None else f"{self.key}@{self.package}"

    def at(self, key: str) -> ParsedOverride:
        """Return the same override of another key."""
        parsed = self.parsed and replace(self.parsed, key_or_group=key)
        return replace(self, key=key, parsed=parsed)
