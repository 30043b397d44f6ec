"""What an option's file says, read without composing it: enough to skip options of no use."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.importing.goal import Goal
from hydra_recipes.library.entries import entries_of, settings_in
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.option_file import package_of
from hydra_recipes.library.reading import load_yaml, read_text
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import ABSENT, MOUNT, equal, leaves, lookup, scalars


def brings_choices(libraries: Libraries, group: str, option: str | None) -> bool:
    """Return whether an option chooses in other groups, as presets do."""
    file = libraries.option_file(group, option) if option else None
    return file is not None and _read(file, f"{group}/{option}", stamp_of(file))[1]


def contradictions(libraries: Libraries, group: str, option: str | None, goal: Goal) -> int:
    """Return the number of keys that an option itself sets and that differ in the goal.

    A section that the goal lacks counts as one key, whatever is in it. The number is 0 if there is
    no option.
    """
    file = libraries.option_file(group, option) if option else None
    if file is None:
        return 0
    wrong: set[KeyPath] = set()
    for path, value in _read(file, f"{group}/{option}", stamp_of(file))[0]:
        present = lookup(goal.resolved, path)
        if present is ABSENT:
            starts = (path[:length] for length in range(1, len(path) + 1))
            absent = (start for start in starts if lookup(goal.resolved, start) is ABSENT)
            wrong.add(next(absent))  # one deletion removes all below it
        elif not equal(present, value):
            wrong.add(path)
    return len(wrong)


@lru_cache(maxsize=1024)
def _read(file: Path, config: str, _: Stamp) -> tuple[tuple[tuple[KeyPath, Any], ...], bool]:
    """Return the path and value of each key of a recipe that an option sets.

    Values with a link are left out, as they depend on the rest. The second item tells whether the
    option chooses in other groups.
    """
    content = load_yaml(file)
    if not isinstance(content, dict):
        return (), False
    package = package_of(read_text(file), config)
    values = tuple(
        (path[1:], value)
        for path, value in leaves(settings_in(content), package)
        if path[0] == MOUNT and not any(contains_link(item) for _, item in scalars(value))
    )
    return values, any(entry.is_override for entry in entries_of(content))
