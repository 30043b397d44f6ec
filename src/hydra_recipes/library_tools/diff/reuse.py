"""Reuse: what is certain to come out as in the other version isn't composed again.

Composing takes most of the time, and most changes touch few files. A recipe comes out the same if
no file that was merged for it, or looked for, is one of those that differ, and if the rules give
the same names and families.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from hydra_recipes.checking.composed import check_composed
from hydra_recipes.composing.provenance import Provenance
from hydra_recipes.files import content_of
from hydra_recipes.library.model import RULES, SWEEPS, Libraries, Library
from hydra_recipes.library_tools.diff.outcomes import Outcome, Subject
from hydra_recipes.rules.book import moves_of, rule_book

_OPTIONAL_CONFIG = re.compile(rb"^\s*-\s*[\"']?optional\s[^:\n]*$|\[[^\]]*optional\s", re.MULTILINE)
"""An entry that looks for a config by its whole name, which no choice tells."""


@dataclass(frozen=True)
class Changed:
    """What differs between two versions.

    Attributes:
        configs: The names of files that differ or that only one has, without those of rules.
        added: Whether the second has some that the first hasn't.
        rules: Whether rules files differ.
        names: Whether old names or families differ, by which recipes are composed.
    """

    configs: frozenset[str]
    added: bool
    rules: bool
    names: bool

    def outcome(self, subject: Subject, before: Outcome, libraries: Libraries) -> Outcome | None:
        """What a subject comes to in the second version, if that is certain.

        Args:
            subject: The subject.
            before: What it came to in the first.
            libraries: The libraries with the second.
        """
        if subject.kind == SWEEPS:  # an axis may find what is new, and rules cut points
            return None if self.configs or self.rules else before
        recipe = before.composed
        if recipe is None or self.names or self.configs & set(_looked_for(recipe.provenance)):
            return None
        sources = recipe.provenance.sources
        if self.added and any(_has_optional_config(source.path) for source in sources):
            return None
        if not self.rules:
            return before
        return replace(before, findings=check_composed(recipe, libraries).findings)


def changed(old: Library, new: Library, shelves: Iterable[Libraries]) -> Changed:
    """What differs between two versions.

    Args:
        old: The first.
        new: The second.
        shelves: The libraries with the one, and with the other.
    """
    before, after = old.digests(), new.digests()
    files = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    rules = {name for name in files if name.startswith(f"{RULES}/")}
    configs = files - rules
    first, second = map(_names, shelves)
    return Changed(
        configs=frozenset(name.removesuffix(".yaml") for name in configs),
        added=not configs <= before.keys(),
        rules=bool(rules),
        names=first != second,
    )


def _names(libraries: Libraries) -> tuple[object, ...]:
    families = [(family.when, family.model) for family in rule_book(libraries).families]
    return moves_of(libraries), families


def _looked_for(provenance: Provenance) -> Iterable[str]:
    """The configs that were merged, and those of optional groups that weren't there."""
    yield from (source.config for source in provenance.sources)
    for group, option in provenance.choices.items():
        yield f"{group.partition('@')[0]}/{option}"


def _has_optional_config(path: Path) -> bool:
    return _OPTIONAL_CONFIG.search(content_of(str(path))) is not None
