"""Provenance: what is noted about a recipe while it is composed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra_recipes.origin import KeyPath
from hydra_recipes.override import Override

if TYPE_CHECKING:
    from hydra_recipes.composing.parsed_override import ParsedOverride
    from hydra_recipes.library.model import Libraries
    from hydra_recipes.library.moves import Moved


@dataclass(frozen=True)
class Source:
    """A file that was merged.

    Attributes:
        library: The library it is from.
        config: Its name there, without the ending: ``model/nova-lite``.
        path: Where it is.
        package: The dotted key it was mounted at; empty for the root.
    """

    library: str
    config: str
    path: Path
    package: str

    @property
    def mount(self) -> KeyPath:
        """The key path it was mounted at."""
        return tuple(self.package.split(".")) if self.package else ()


@dataclass(frozen=True)
class Step:
    """An override of a key, as it was applied.

    Attributes:
        override: The override as it was typed.
        at: The key path that it names, in the recipe.
        keys: The key paths of the recipe that it names or sets.
        before: All that was composed before it, links unresolved.
    """

    override: Override
    at: KeyPath
    keys: tuple[KeyPath, ...]
    before: Mapping[str, Any]


@dataclass(frozen=True)
class Provenance:
    """How a recipe was composed, as far as noting it costs nothing; ``history`` works out the rest.

    Attributes:
        sources: The files that were merged, in order.
        choices: Group to option, derived groups included.
        chosen_by: Group to the override that chose its option, where one did. A group has its
            package with it if the override names one.
        steps: The overrides of keys that came after, in order.
        libraries: The libraries it was composed from.
        moved: The old names that were used, in overrides and in files.
    """

    sources: tuple[Source, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    chosen_by: Mapping[str, ParsedOverride] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    libraries: Libraries | None = None
    moved: tuple[Moved, ...] = ()


def sources_of(merged: Iterable[tuple[str, str]], libraries: Libraries) -> Iterator[Source]:
    """Yield the files of the configs that were merged, without Hydra's own settings for an app.

    Args:
        merged: The name and the package of each config, in order.
        libraries: The libraries.
    """
    for name, package in merged:
        for library, directory in libraries.search_path if name else ():
            path = Path(directory, f"{name}.yaml")
            if path.is_file():
                yield Source(library, name, path, package)
                break
