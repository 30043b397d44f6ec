"""Reuse: a subject whose outcome is certainly the same in the other version isn't composed again.

Composing takes most of the time, and most changes touch few files. A recipe comes out the same if
none of the files that were merged for it, or looked for, differs, and if the rules give the same
names and families. If only ``model/acme.yaml`` differs, a recipe of ``model=nova-lite`` is reused.
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
"""An optional entry that names a config outright, so that no choice shows it was looked for."""


@dataclass(frozen=True)
class Changed:
    """The differences between two versions that decide what has to be composed.

    Attributes:
        configs: The names of configs that differ, or that only one version has.
        added: Whether the second version has configs that the first doesn't have.
        rules: Whether rules files differ.
        names: Whether old names or families differ, which recipes are composed by.
    """

    configs: frozenset[str]
    added: bool
    rules: bool
    names: bool

    def outcome(self, subject: Subject, before: Outcome, libraries: Libraries) -> Outcome | None:
        """Return what a subject gives in the second version if that is certain, else None.

        Args:
            subject: The subject.
            before: Its outcome in the first.
            libraries: The libraries, with the second version among them.
        """
        if subject.kind == SWEEPS:  # a glob may find new options, and rules drop points
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
    """Return the differences between two versions.

    Args:
        old: The first version.
        new: The second version.
        shelves: The libraries with the first version, and with the second.
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
    """Return what of the rules decides how recipes are composed: old names and families."""
    families = [(family.when, family.model) for family in rule_book(libraries).families]
    return moves_of(libraries), families


def _looked_for(provenance: Provenance) -> Iterable[str]:
    """Yield the configs that were merged, and those of optional groups that weren't there."""
    yield from (source.config for source in provenance.sources)
    for group, option in provenance.choices.items():
        yield f"{group.partition('@')[0]}/{option}"


def _has_optional_config(path: Path) -> bool:
    return _OPTIONAL_CONFIG.search(content_of(str(path))) is not None
