"""Contents: what each library has, what it takes the place of, and what it switches off."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hydra_recipes.library.model import SWEEPS, Libraries, Library, configs
from hydra_recipes.rules.book import rule_book
from hydra_recipes.rules.model import Family, Limit, Rule, RuleBook
from hydra_recipes.sources import pyproject
from hydra_recipes.sources.shadowing import shadows
from hydra_recipes.version import __version__

PRESETS = "preset"
"""The group whose options are whole recipes to start from."""


@dataclass(frozen=True)
class Contents:
    """A library and what it has.

    Attributes:
        name: What it is called.
        source: Where it was named.
        version: Its version, if it says one.
        digest: A hash over all its files.
        directory: Where it is.
        options: Group to its options, presets and sweeps left out.
        presets: Its presets.
        sweeps: Its sweeps.
        offers: How many offers it makes.
        limits: The ids of its limits.
        rules: The ids of its rules.
        families: The ids of its families.
        shadows: Its options that have the name of another library's, each with that library.
        off: What it switches off of others.
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
        """It as ``recipe library list --json`` shows it."""
        return dataclasses.asdict(self)


def contents(libraries: Libraries) -> list[Contents]:
    """What each library has, the first on the search path first.

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
    """The version of a library: its package's, or what its project's ``pyproject.toml`` says."""
    if library.source == "built-in":
        return __version__
    if library.package is None:
        return pyproject.version_in(library.root.parent / "pyproject.toml")
    from importlib import metadata  # takes long to import, and only this asks it

    top = library.package.partition(".")[0]
    names = [top, *metadata.packages_distributions().get(top, ())]
    for name in reversed(names):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return pyproject.version_in(library.root.parent / "pyproject.toml")


def _contents(library: Library, book: RuleBook, shadowed: Mapping[str, str]) -> Contents:
    options: dict[str, list[str]] = {}
    for config in configs(library):
        group, slash, option = config.partition("/")
        if slash:
            options.setdefault(group, []).append(option)
    presets, sweeps = options.pop(PRESETS, []), options.pop(SWEEPS, [])
    off = [one for one in book.off if one.by.library == library.name]
    own = [one.entry for one in book.off if one.entry.library == library.name]
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
        limits=_ids(library, [*book.limits, *(one for one in own if isinstance(one, Limit))]),
        rules=_ids(library, [*book.rules, *(one for one in own if isinstance(one, Rule))]),
        families=_ids(library, book.families),
        shadows=dict(sorted(shadowed.items())),
        off=tuple(one.told().as_json() for one in off),
        moved={move.old: move.new for move in book.moves if move.library == library.name},
    )


def _ids(library: Library, entries: Iterable[Limit | Rule | Family]) -> tuple[str, ...]:
    return tuple(entry.id for entry in entries if entry.library == library.name)
