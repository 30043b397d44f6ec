"""Contents: what each library has, which options it shadows, and what it switches off."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hydra_recipes.library.model import PRESETS, SWEEPS, Libraries, Library, options_by_group
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.model import Family, Limit, Rule, RuleBook
from hydra_recipes.sources import pyproject
from hydra_recipes.sources.shadowing import shadows
from hydra_recipes.version import __version__


@dataclass(frozen=True)
class Contents:
    """A library and what it has.

    Attributes:
        name: Its name.
        source: Where it was named.
        version: Its version, if it says one.
        digest: A hash over all its files.
        directory: Its directory.
        options: Group to options, without presets and sweeps.
        presets: Its presets.
        sweeps: Its sweeps.
        offers: How many offers it makes.
        limits: The ids of its limits.
        rules: The ids of its rules.
        families: The ids of its families.
        shadows: Each option of it that takes the place of another library's, to that library.
        off: The limits and rules of others that it switches off, each as JSON.
        moved: Old name to new.
    """

    name: str
    source: str
    version: str | None
    digest: str
    directory: str
    options: Mapping[str, tuple[str, ...]]
    presets: tuple[str, ...]
    sweeps: tuple[str, ...]
    offers: int
    limits: tuple[str, ...]
    rules: tuple[str, ...]
    families: tuple[str, ...]
    shadows: Mapping[str, str]
    off: tuple[Mapping[str, str], ...]
    moved: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return the contents as ``recipe library list --json`` shows them."""
        return dataclasses.asdict(self)


def contents(libraries: Libraries) -> list[Contents]:
    """Return the contents of each library, in the order of the search path.

    Raises:
        LibraryError: If a file of one can't be used.
    """
    book = rule_book(libraries)
    hidden = list(shadows(libraries))
    return [
        _contents(library, book, {config: of.name for by, of, config in hidden if by is library})
        for library in libraries.members
    ]


def version_of(library: Library) -> str | None:
    """Return a library's version, of its package or its ``pyproject.toml``; None without one."""
    if library.source == "built-in":
        return __version__
    if library.package is None:
        return pyproject.version_in(library.root.parent / "pyproject.toml")
    from importlib import metadata  # takes long to import, and is needed only here

    top = library.package.partition(".")[0]
    # A package may be installed under another name: those names are asked first.
    names = [top, *metadata.packages_distributions().get(top, ())]
    for name in reversed(names):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return pyproject.version_in(library.root.parent / "pyproject.toml")


def _contents(library: Library, book: RuleBook, shadowed: Mapping[str, str]) -> Contents:
    options = options_by_group(library)
    presets, sweeps = options.pop(PRESETS, []), options.pop(SWEEPS, [])
    switched_off = [off for off in book.off if off.by.library == library.name]
    # Others switch these off, but they are still entries of this library.
    own_off = [off.entry for off in book.off if off.entry.library == library.name]
    return Contents(
        name=library.name,
        source=library.source,
        version=version_of(library),
        digest=library.digest(),
        directory=str(library.root),
        options={group: tuple(sorted(options[group])) for group in sorted(options)},
        presets=tuple(sorted(presets)),
        sweeps=tuple(sorted(sweeps)),
        offers=sum(offer.library == library.name for offer in book.offers),
        limits=_ids(
            library, [*book.limits, *(entry for entry in own_off if isinstance(entry, Limit))]
        ),
        rules=_ids(
            library, [*book.rules, *(entry for entry in own_off if isinstance(entry, Rule))]
        ),
        families=_ids(library, book.families),
        shadows=dict(sorted(shadowed.items())),
        off=tuple(off.told().as_json() for off in switched_off),
        moved={move.old: move.new for move in book.moves if move.library == library.name},
    )


def _ids(library: Library, entries: Iterable[Limit | Rule | Family]) -> tuple[str, ...]:
    return tuple(entry.id for entry in entries if entry.library == library.name)
