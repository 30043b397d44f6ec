"""Kept compositions: what Hydra composed, on disk, so that the next process needn't compose it.

An entry holds all that composing looked at: of each path whether a file, a folder or nothing was
there, where links lead, and the content of each file that was read. It is used only while all of
that is the same, for the same versions of Hydra, of Python and of the code that composes. So times
and sizes don't matter, and an entry survives a fresh checkout.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hydra_recipes.composing.cache import CacheKey
from hydra_recipes.composing.composition import Composition
from hydra_recipes.composing.provenance import Source
from hydra_recipes.files import content_of
from hydra_recipes.library.model import Libraries
from hydra_recipes.library.moves import Moves
from hydra_recipes.rules.kept import UNUSABLE, KeptFile, state_of_code

_SLOTS = 512
"""The most entries; with some 30 kB for each, they stay below 16 MB."""
_ROOMS = ("composing", "documents", "library", "links", "rules")
"""The rooms, besides the modules at the top, whose code decides what is composed."""
_State = tuple[str, str | None]
"""What is at a path: the kind of thing, and where it leads if it is a link."""


class KeptComposition:
    """The entry of a request on disk.

    Args:
        libraries: The libraries.
        chosen: What was chosen, as plain data.
        moves: The old names known.
    """

    def __init__(self, libraries: Libraries, chosen: Sequence[Any], moves: Moves) -> None:
        members = [(library.name, str(library.root)) for library in libraries.members]
        self._libraries = libraries
        self._request = repr((members, libraries.primary, chosen))
        self._moves = repr(tuple(moves))
        self._kept = KeptFile("composed", self._request, _SLOTS)

    def read(self, cache_key: CacheKey) -> Composition | None:
        """Return what was composed; None if it isn't there, or wouldn't come out the same.

        Args:
            cache_key: Takes note of all that it depends on.
        """
        with suppress(*UNUSABLE):
            request, code, moves, folders, states, contents, rows = self._kept.read()
            for path, _ in states:
                cache_key.look(path)
            if (
                (request, moves) == (self._request, self._moves)
                and code == _code()
                and all(os.path.realpath(folder) == real for folder, real in folders)
                and all(_state(path) == state for path, state in states)
                and all(content_of(path) == content for path, content in contents)
            ):
                tree, choices, sources = rows
                return Composition(tree, choices, tuple(map(_source, sources)))
        return None

    def write(self, cache_key: CacheKey, composition: Composition) -> None:
        """Keep what was composed, if nothing has changed since it was read."""
        if self._kept.path is None or composition.moved:  # those hold places in files
            return
        with suppress(*UNUSABLE):
            contents = [(path, content_of(path)) for path in cache_key.texts]
            read = [_text(content) for _, content in contents]
            if read != list(cache_key.texts.values()):
                return
            states = [(path, _state(path)) for path in cache_key.stamps]
            if not cache_key.hold(cache_key.moves):
                return
            folders = {os.path.dirname(path) for path in cache_key.stamps}  # noqa: PTH120 - text
            links = [(folder, os.path.realpath(folder)) for folder in sorted(folders)]
            rows = (
                composition.tree,
                composition.choices,
                [(s.library, s.config, str(s.path), s.package) for s in composition.sources],
            )
            self._kept.write((self._request, _code(), self._moves, links, states, contents, rows))


def _source(row: Iterable[str]) -> Source:
    library, config, path, package = row
    return Source(library, config, Path(path), package)


def _text(content: bytes) -> str:
    """Return a file's text as it is read for composing."""
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def _state(path: str) -> _State:
    """Return what is at a path."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return "", None
    if stat.S_ISLNK(mode):
        kind = "file" if os.path.isfile(path) else "folder" if os.path.isdir(path) else ""  # noqa: PTH112, PTH113 - text
        return kind, os.path.realpath(path)
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "", None


def _code() -> list[Any]:
    """Return what tells the code that composes: ours, and the versions of Hydra and OmegaConf."""
    return state_of_code(_ROOMS, {"hydra": "__init__.py", "omegaconf": "version.py"})
