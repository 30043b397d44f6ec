"""The cache: what Hydra made of options before, for as long as it would make it again.

A program composes the same options again and again: in a loop over values, for each file of a set,
for each case of a library. Hydra takes some thirty times as long for that as copying does.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.library.moves import Moves

_Composition = TypeVar("_Composition")


@dataclass
class CacheKey:
    """What a composition rests on: the old names known, and each file or folder looked at or for.

    Attributes:
        moves: The old names.
        stamps: What told each path's state before it was read; None where there was nothing.
    """

    moves: Moves
    stamps: dict[str, Stamp] = field(default_factory=dict)

    def look(self, path: str) -> None:
        """Notes a path that is about to be asked for."""
        if path not in self.stamps:
            self.stamps[path] = stamp_of(path)

    def hold(self, moves: Moves) -> bool:
        """Whether everything is still as it was."""
        same = all(stamp_of(path) == stamp for path, stamp in self.stamps.items())
        return same and moves == self.moves


class CompositionCache(Generic[_Composition]):
    """The last compositions of this process, each for as long as its grounds hold. Thread-safe."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._kept: dict[Hashable, tuple[CacheKey, _Composition]] = {}
        self._lock = threading.Lock()

    def find(self, request: Hashable, moves: Moves) -> _Composition | None:
        """What was composed for a request, if it would be composed so again."""
        kept = self._kept.get(request)
        return kept[1] if kept and kept[0].hold(moves) else None

    def keep(self, request: Hashable, cache_key: CacheKey, composition: _Composition) -> None:
        """Keeps what was composed, in place of the oldest."""
        with self._lock:
            self._kept.pop(request, None)
            self._kept[request] = (cache_key, composition)
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]


def choices_of(known: Mapping[str, Any]) -> dict[str, str]:
    """Group to option in the order of the defaults list, which Hydra knows the other way round."""
    return {
        group: option
        for group, option in reversed(list(known.items()))
        if isinstance(option, str) and not group.startswith("hydra/")
    }
