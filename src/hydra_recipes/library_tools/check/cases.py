"""Cases: the things in a library that are tried, each with the combinations it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.library.model import PRESETS, RULES, SWEEPS, Library, configs
from hydra_recipes.library.reading import read_file
from hydra_recipes.library_tools.check.combinations import Combinations
from hydra_recipes.literals import spell_choice
from hydra_recipes.override import Override
from hydra_recipes.rules.book import groups_now
from hydra_recipes.rules.model import Limit, Rule

Kind = Literal["option", "preset", "sweep", "offer", "limit", "rule"]


@dataclass(frozen=True)
class Case:
    """A thing in a library that is tried.

    Attributes:
        kind: Its kind.
        name: Its name, such as ``model/nova-lite``; for an offer, ``FILE:POSITION``, from 0.
        root: The library's directory.
        file: The file that holds it.
        rows: The overrides of each trial.
        offered: In how many combinations it is offered.
        all: Whether the rows are all of these; else they are a sample, see ``Combinations``.
        entry: The limit or rule; None for the other kinds.
    """

    kind: Kind
    name: str
    root: Path
    file: Path
    rows: tuple[tuple[str, ...], ...]
    offered: int
    all: bool
    entry: Limit | Rule | None = None

    @property
    def is_sweep(self) -> bool:
        """Whether the rows are sweeps."""
        return self.kind == "sweep"

    @property
    def typed(self) -> str:
        """Its name in messages."""
        if self.kind == "offer":
            file, _, position = self.name.rpartition(":")
            return f"offer {int(position) + 1} in {file}"
        group, _, option = self.name.partition("/")
        if self.kind in ("preset", "sweep"):
            return spell_choice(group, option, "+")
        return spell_choice(group, option) if self.kind == "option" else f"{self.kind} {self.name}"

    def as_json(self) -> dict[str, Any]:
        """Return the case as ``recipe library check --json`` shows it."""
        return {
            "what": self.typed,
            "combinations": self.offered,
            "tried": len(self.rows),
            "all": self.all,
        }


def cases(library: Library, combinations: Combinations) -> Iterator[Case]:
    """Yield the cases of a library: its options, presets and sweeps, then offers, then entries.

    Raises:
        RecipeError: If a sweep's file makes no sense.
    """
    derived = combinations.book.derived
    for config in configs(library):
        group, slash, option = config.partition("/")
        if slash and group not in derived:
            yield _option(library, group, option, combinations)
    yield from _offers(library, combinations)
    for entry in combinations.book.entries:
        if entry.library == library.name:
            tries = combinations.with_options(dict(entry.when.groups))
            kind: Kind = "limit" if isinstance(entry, Limit) else "rule"
            file = Path(entry.file)
            yield Case(
                kind, entry.id, library.root, file, tries.rows, tries.offered, tries.all, entry
            )


def _option(library: Library, group: str, option: str, combinations: Combinations) -> Case:
    file = library.root / group / f"{option}.yaml"
    name = f"{group}/{option}"
    if group == SWEEPS:
        return _sweep(library.root, name, option, combinations)
    tries = combinations.with_options({group: (option,)})
    alone_row = (combinations.typed(group, option),)
    by_itself = group == PRESETS or not tries.rows  # composed, even where it isn't offered
    rows = tuple(dict.fromkeys((*([alone_row] if by_itself else []), *tries.rows)))
    kind: Kind = "preset" if group == PRESETS else "option"
    return Case(kind, name, library.root, file, rows, tries.offered, tries.all)


def _sweep(root: Path, name: str, option: str, combinations: Combinations) -> Case:
    """Return the case of a sweep, in combinations of the groups that it doesn't set."""
    from hydra_recipes.sweep.space.saved import read_option  # few libraries hold sweeps

    file = root / f"{name}.yaml"
    text = spell_choice(SWEEPS, option, "+")
    try:
        saved = read_option(option, text, combinations.libraries)
        set_here = [Override.read(override) for override in saved.all_overrides]
    except RecipeError:
        return Case(
            "sweep", name, root, file, ((text,),), 1, all=True
        )  # trying it says what is wrong
    named = {override.name for override in set_here}
    tries = combinations.with_options(
        {
            override.name: (override.option,)
            for override in set_here
            if override.name in combinations.chosen
            and combinations.libraries.option_file(override.name, override.option)
        }
    )
    rows = [
        (text, *(override for override in row if Override.read(override).name not in named))
        for row in tries.rows
    ]
    unique = tuple(dict.fromkeys(((text,), *rows)))
    return Case("sweep", name, root, file, unique, tries.offered, tries.all)


def _offers(library: Library, combinations: Combinations) -> Iterator[Case]:
    for file in library.rules_files():
        document = read_file(file)
        offers = document.tree.get("offers") if document else None
        for position, offer in enumerate(offers or ()):
            wanted = {
                str(group): tuple(options) if isinstance(options, list) else (options,)
                for group, options in offer.items()
            }
            now = groups_now(tuple(wanted.items()), combinations.book.now)
            tries = combinations.with_options(dict(now))
            name = f"{RULES}/{file.name}:{position}"
            yield Case("offer", name, library.root, file, tries.rows, tries.offered, tries.all)
