"""A composition: what choices compose, before overrides of keys are applied, and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hydra_recipes.composing.provenance import Source
from hydra_recipes.library.moves import Moved


@dataclass(frozen=True)
class Composition:
    """What was composed: the whole config, links unresolved.

    Attributes:
        tree: The config as plain dicts, lists and scalars, links as they are written. Nobody may
            change it: others have it too.
        choices: Group to option, in the order of the defaults list.
        sources: The files that were merged, in order.
        moved: The old names that stand in those files.
    """

    tree: dict[str, Any]
    choices: dict[str, str]
    sources: tuple[Source, ...]
    moved: tuple[Moved, ...] = ()
