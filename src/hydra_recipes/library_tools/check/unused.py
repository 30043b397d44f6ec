"""Unused parts of a library: options out of reach, equal presets, values written twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.base import Detail
from hydra_recipes.findings.messages.library_check import (
    IdleShadow,
    InVain,
    Misnamed,
    MovedInVain,
    NeverReached,
    NoSource,
    SameRecipe,
    WrittenTwice,
)
from hydra_recipes.library.entries import settings_in
from hydra_recipes.library.model import PRESETS, SWEEPS, Libraries, Library, configs
from hydra_recipes.library.option_file import package_of
from hydra_recipes.library.reading import load_yaml, read_text
from hydra_recipes.library_tools.check.cases import Case
from hydra_recipes.library_tools.check.entries import is_in_use
from hydra_recipes.library_tools.check.places import place_in, top_of
from hydra_recipes.library_tools.check.trial import Trial, Written
from hydra_recipes.origin import FileOrigin, KeyPath, dotted
from hydra_recipes.rules.model import RuleBook
from hydra_recipes.sources.shadowing import declared, shadows
from hydra_recipes.tree import MOUNT, canonical, key_of, leaves

SHARED = 3
"""The fewest equal values that two files should move to a shared one."""


def unreached(
    library: Library, derived: frozenset[str], trials: Iterable[Trial]
) -> Iterator[Finding]:
    """Yield findings about options of derived groups that took part in no trial."""
    used = {config for trial in trials for name, config in trial.configs if name == library.name}
    for config in configs(library):
        group, slash, _ = config.partition("/")
        if slash and group in derived and config not in used:
            place = top_of(library.root / f"{config}.yaml")
            yield _warning(NeverReached(option=config), place)


def same_recipes(alone: Mapping[Case, Trial], plain: Trial) -> Iterator[Finding]:
    """Yield findings about presets that compose the recipe of another, or of none.

    Args:
        alone: Each preset to the trial of it alone.
        plain: The trial without a preset.
    """
    name_of_recipe = {plain.recipe: "no preset at all"}
    for case, trial in alone.items():
        other = name_of_recipe.setdefault(trial.recipe, case.typed) if trial.recipe else case.typed
        if other != case.typed:
            yield _warning(SameRecipe(what=case.typed, other=other), top_of(case.file))


def written_twice(library: Library) -> Iterator[Finding]:
    """Yield findings about files that write the same values to the same keys."""
    first_config: dict[tuple[KeyPath, str], str] = {}
    for config in configs(library):
        if config.partition("/")[0] == SWEEPS or "/" not in config:
            continue
        paths_by_config: dict[str, list[KeyPath]] = {}
        for path, text in _values(library.root / f"{config}.yaml", config):
            other = first_config.setdefault((path, text), config)
            if other != config:
                paths_by_config.setdefault(other, []).append(path)
        for other, paths in paths_by_config.items():
            if len(paths) >= SHARED:
                keys = tuple(map(key_of, paths))
                line = _place(library, other, paths[0]).line
                detail = WrittenTwice(keys=keys, other=f"{other}.yaml", first=line)
                yield _warning(detail, _place(library, config, paths[0]))


def in_vain(library: Library, trials: Sequence[Trial]) -> Iterator[Finding]:
    """Yield findings about values that other files of the library give wherever these take part."""
    written: set[Written] = set().union(*(trial.written for trial in trials))
    useful = set().union(*(trial.written - trial.in_vain for trial in trials))
    for config, path in sorted(written - useful, key=lambda pair: (pair[0], dotted(pair[1]))):
        if config.partition("/")[0] != PRESETS:  # a preset may spell out what holds anyway
            place = _place(library, config, (MOUNT, *path))
            yield _warning(InVain(), place, dotted(path))


def misnamed(library: Library) -> Iterator[Finding]:
    """Yield findings about files that nothing reads, since they end in ``.yml``."""
    for file in sorted(library.root.rglob("*.yml")):
        if not any(part.startswith(".") for part in file.relative_to(library.root).parts):
            detail = Misnamed(name=file.name, better=file.with_suffix(".yaml").name)
            yield _warning(detail, FileOrigin(str(file), 1, 1, ""))


def beside(library: Library, trials: Sequence[Trial]) -> Iterator[Finding]:
    """Yield one finding for each place whose values land beside the recipe, where nothing reads."""
    # Reversed, so that of the findings about one place the first is kept.
    first_at = {
        finding.origin: finding for trial in reversed(trials) for finding in reversed(trial.beside)
    }
    for place, finding in first_at.items():
        if isinstance(place, FileOrigin) and (place.path or Path()).is_relative_to(library.root):
            yield finding


def moved_in_vain(library: Library, book: RuleBook, libraries: Libraries) -> Iterator[Finding]:
    """Yield findings about old names that are still in use."""
    for move in book.moves:
        if move.library == library.name and is_in_use(move.old, book, libraries):
            place = place_in(move.file, ("moved", move.old))
            yield _warning(MovedInVain(old=move.old, new=move.new), place)


def unsourced(library: Library, book: RuleBook) -> Iterator[Finding]:
    """Yield findings about limits and rules of the library that name no source."""
    for section, entries in (("limits", book.limits), ("rules", book.rules)):
        for entry in entries:
            if entry.library == library.name and not entry.source:
                place = place_in(entry.file, (section, entry.id))
                detail = NoSource(what=f"{section[:-1]} {entry.id}")
                yield Finding("incomplete", detail.kind, detail, origin=place)


def idle_shadows(library: Library, libraries: Libraries) -> Iterator[Finding]:
    """Yield findings about options that a library says it shadows, and no other has."""
    shadowed = {
        config for shadowing, _, config in shadows(libraries) if shadowing.name == library.name
    }
    for config in declared(library):
        if config not in shadowed:
            files = [file for file in library.rules_files() if config in _shadows(file)]
            position = _shadows(files[0]).index(config) if files else 0
            place = place_in(files[0] if files else library.root, ("shadows", position))
            yield _warning(IdleShadow(option=config), place)


def _warning(detail: Detail, place: FileOrigin | None, key: str | None = None) -> Finding:
    return Finding("warning", detail.kind, detail, key, origin=place)


def _shadows(file: Path) -> list[str]:
    """Return the options that a rules file says it shadows."""
    return list(load_yaml(file).get("shadows") or ())


def _values(file: Path, config: str) -> Iterator[tuple[KeyPath, str]]:
    """Yield each key that a file writes, and its value as canonical text."""
    content = load_yaml(file)
    mount = package_of(read_text(file), config)
    for path, value in leaves(settings_in(content)):
        yield (*mount, *path), canonical(value)


def _place(library: Library, config: str, path: KeyPath) -> FileOrigin:
    """Return where a config of a library writes a whole key."""
    file = library.root / f"{config}.yaml"
    mount = package_of(read_text(file), config)
    return place_in(file, path[len(mount) :])
