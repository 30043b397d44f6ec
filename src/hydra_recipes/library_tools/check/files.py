"""Files: whether each file of a library can be read, whatever is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.library.model import RULES, Library, unusable
from hydra_recipes.library.moves import NO_MOVES
from hydra_recipes.library.option_file import read_option_file
from hydra_recipes.library_tools.check.trial import finding_of
from hydra_recipes.rules.file import SECTIONS, read_rules


def unreadable(library: Library) -> Iterator[Finding]:
    """What keeps files of a library from being read: for each the first thing that does."""
    try:
        files = library.files()
    except LibraryError as error:
        yield finding_of(error)
        return
    for path in files:
        config = path.relative_to(library.root).with_suffix("").as_posix()
        try:
            if config.partition("/")[0] == RULES:
                found: dict[str, list[Any]] = {section: [] for section in SECTIONS}
                read_rules(library.name, str(path), found, {})
            else:
                read_option_file(library, path, config, NO_MOVES)
        except LibraryError as error:
            yield finding_of(error)
        except (OSError, ValueError) as error:
            yield finding_of(unusable(path, error))
