"""Placement: where the axes and keys of a sweep write in what the choices of a branch compose.

An axis that writes a mapping writes each of its keys apart: ``optim={lr:1e-5},{lr:2e-5}`` writes
``optim.lr``. What a branch lacks is noted, as another branch may have it.
"""

from __future__ import annotations

from hydra_recipes.composing import engine
from hydra_recipes.composing.compose import key_finder
from hydra_recipes.composing.composition import Composition
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.offers import KeyNotOffered
from hydra_recipes.findings.messages.overrides import KeyNotSet, UnknownKey
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.moves import Moved
from hydra_recipes.origin import KeyPath
from hydra_recipes.sweep.space.mappings import Part, parts_of
from hydra_recipes.sweep.space.obstacles import obstacle_of
from hydra_recipes.sweep.space.space import Axis
from hydra_recipes.tree import key_path, lookup

ABSENT_KINDS = (UnknownKey, KeyNotSet, KeyNotOffered)
"""The kinds of error that say that a branch doesn't have the key of an axis."""


class Placement:
    """The overrides of keys, applied one after the other.

    Attributes:
        composition: What is composed so far, each axis with its first value.
        absent: For each axis and override whose key isn't there, by name, the error.
        inactive: The axes whose key isn't there.
        missing: The overrides with one value whose key isn't there.
        placed: Each axis and override with a key that it writes.
        parts: What the axes write, key by key.
        obstacle: Why the points have to be composed one by one, or None.
        moved: The old names that were used.
    """

    def __init__(self, composition: Composition, libraries: Libraries) -> None:
        self.composition = composition
        self.libraries = libraries
        self.absent: dict[str, OverrideError] = {}
        self.inactive: list[Axis] = []
        self.missing: list[ParsedOverride] = []
        self.placed: list[tuple[Axis | ParsedOverride, KeyPath]] = []
        self.parts: list[Part] = []
        self.obstacle: str | None = None
        self.moved: list[Moved] = [*composition.moved]

    def add(self, item: Axis | ParsedOverride, override: ParsedOverride) -> None:
        """Apply an override, or an axis by the override of its first value.

        Raises:
            OverrideError: If its key is ambiguous, or can't be written so.
        """
        composition = self.composition
        finder = key_finder(composition.tree, composition.choices, self.libraries)
        try:
            placed = finder.place(override)
        except OverrideError as error:
            if not isinstance(error.detail, ABSENT_KINDS):
                raise
            self.absent[item_name(item)] = error
            if isinstance(item, Axis):
                self.inactive.append(item)
            else:
                self.missing.append(override)
            return
        path = key_path(placed.key, composition.tree)
        paths = [path]
        if isinstance(item, Axis) and not item.is_group:  # a branch has one option, or mapping
            paths = self._add_parts(item, path)
        self.placed += [(item, written) for written in paths]
        self.composition = engine.apply(composition, placed)
        self.moved += placed.moved

    def _add_parts(self, axis: Axis, path: KeyPath) -> list[KeyPath]:
        """Note what an axis writes at a key; return the keys that it writes there."""
        tree = self.composition.tree
        merged = parts_of(axis, path, lookup(tree, path))
        self.obstacle = self.obstacle or obstacle_of(axis, path, tree, merged)
        self.parts += [Part(axis, path)] if merged is None else merged
        return [path] if merged is None else [part.path for part in merged]


def item_name(item: Axis | ParsedOverride) -> str:
    """Return what an axis or override is called where its key is missing."""
    return item.element if isinstance(item, Axis) else item.text
