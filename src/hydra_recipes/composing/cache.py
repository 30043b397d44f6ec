"""Cache of compositions: what was composed, valid while all that it depends on is unchanged.

Programs compose the same options again and again: in a loop over values, for each file of a set,
for each case of a library. Hydra takes some thirty times as long for that as copying does.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hydra_recipes.composing.composition import Composition
from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.library.moves import Moves


@dataclass
class CacheKey:
    """What a composition depends on: the old names, and each file or folder that was looked for.

    Attributes:
        moves: The old names known.
        stamps: The state of each path before it was read; None where there was nothing.
        texts: The path and text of each file that was read.
    """

    moves: Moves
    stamps: dict[str, Stamp] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def look(self, path: str) -> None:
        """Note the state of a path that is about to be read."""
        if path not in self.stamps:
            self.stamps[path] = stamp_of(path)

    def hold(self, moves: Moves) -> bool:
        """Return whether no path has changed, and the old names known now are the same."""
        same = all(stamp_of(path) == stamp for path, stamp in self.stamps.items())
        return same and moves == self.moves


class CompositionCache:
    """The last compositions of this process, ``most`` at most. Thread-safe."""

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._kept: dict[Hashable, tuple[CacheKey, Composition]] = {}
        self._lock = threading.Lock()

    def find(self, request: Hashable, moves: Moves) -> Composition | None:
        """Return what was composed for a request if that is still valid, or None."""
        kept = self._kept.get(request)
        return kept[1] if kept and kept[0].hold(moves) else None

    def keep(self, request: Hashable, cache_key: CacheKey, composition: Composition) -> None:
        """Keep what was composed for a request, dropping the oldest if there are too many."""
        with self._lock:
            self._kept.pop(request, None)
            self._kept[request] = (cache_key, composition)
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]


def choices_of(known: Mapping[str, Any]) -> dict[str, str]:
    """Return group to option in the order of the defaults list, which is the reverse of Hydra's."""
    return {
        group: option
        for group, option in reversed(list(known.items()))
        if isinstance(option, str) and not group.startswith("hydra/")
    }
