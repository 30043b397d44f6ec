"""The engine: overrides parsed and applied, and choices composed, by Hydra only where it must be.

Importing Hydra takes longer than all else that a small command does. So plain overrides are read
and applied without it, and what it composed once is used again while nothing has changed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hydra_recipes.composing.cache import CacheKey, CompositionCache
from hydra_recipes.composing.composition import Composition
from hydra_recipes.composing.kept_compositions import KeptComposition
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.composing.plain_override import apply_plain, read_plain, spell_plain
from hydra_recipes.library.model import PRIMARY, Libraries
from hydra_recipes.rules.book import moves_of

composed = CompositionCache()
"""What this process composed."""


def parse_override(text: str, typed: str | None = None) -> ParsedOverride:
    """Parse one override.

    Args:
        text: The override in Hydra's grammar.
        typed: What the user typed, if that differs.

    Raises:
        OverrideError: If Hydra's grammar doesn't accept it (its ``column`` says where), or if it is
            too long, too deep, or has too many values or digits.
    """
    plain = read_plain(text, typed or text)
    if plain is not None:
        return plain
    from hydra_recipes.composing import hydra_bridge

    return hydra_bridge.parse_override(text, typed)


def spell_parsed(value: Any) -> str:
    """Return a parsed value of an axis as Hydra's grammar reads it back, text as text: ``'1'``."""
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return spell_plain(value)
    from hydra_recipes.composing import hydra_bridge

    return hydra_bridge.spell_parsed(value)


def compose_groups(libraries: Libraries, overrides: Sequence[ParsedOverride]) -> Composition:
    """Compose the primary config with overrides of groups only.

    Raises:
        OverrideError: If Hydra refuses the combination of options.
        LibraryError: If a file can't be used, or options extend each other in a circle.
    """
    chosen = tuple((override.kind, override.group, repr(override.value)) for override in overrides)
    moves = moves_of(libraries)
    cache_key = CacheKey(moves)
    if libraries.primary != PRIMARY or "${" in repr(chosen) or _store_is_used():
        return _compose(libraries, overrides, cache_key)  # depends on more than files
    request = (libraries, chosen, _base())
    composition = composed.find(request, moves)
    if composition is None:
        kept = KeptComposition(libraries, request[1:], moves)
        composition = kept.read(cache_key)
        if composition is None:
            composition = _compose(libraries, overrides, cache_key)
            kept.write(cache_key, composition)
        composed.keep(request, cache_key, composition)
    return composition


def apply(composition: Composition, override: ParsedOverride) -> Composition:
    """Return what was composed with an override of a whole key applied, as Hydra does it.

    Raises:
        OverrideError: If it can't be applied, as when its value doesn't fit where it should go.
    """
    tree = apply_plain(composition.tree, override)
    if tree is None:
        from hydra_recipes.composing import hydra_bridge

        tree = hydra_bridge.apply(composition.tree, override)
    return replace(composition, tree=tree)


def _compose(
    libraries: Libraries, overrides: Sequence[ParsedOverride], cache_key: CacheKey
) -> Composition:
    """Compose by Hydra, and note what that depends on."""
    from hydra_recipes.composing import hydra_bridge

    return hydra_bridge.compose_groups(libraries, overrides, cache_key)


def _store_is_used() -> bool:
    """Return whether an app has put configs into Hydra's store."""
    if "hydra" not in sys.modules:
        return False
    from hydra_recipes.composing import hydra_bridge

    return hydra_bridge.store_is_used()


def _base() -> str:
    """Return the version that an app wants Hydra to behave like; empty if it is the usual one."""
    if "hydra" not in sys.modules:
        return ""
    from hydra_recipes.composing import hydra_bridge

    return hydra_bridge.other_base()
