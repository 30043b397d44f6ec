"""Known: the recipes a directory has already; a few bytes each, for there may be millions."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from hydra_recipes.findings.errors import OutputError
from hydra_recipes.sweep.plan.plan import IdSet
from hydra_recipes.sweep.write.grown import LONGEST_LINE
from hydra_recipes.writing import open_own

RUN_NAME = "run.name="
_YAML = ".yaml"
_ID = re.compile("[0-9a-f]{12}")


@dataclass(frozen=True)
class RecipeIndex:
    """The recipes of a manifest's first lines: whether an id, or a run name, is among theirs.

    Attributes:
        manifest: The manifest, if there is one.
        ids: Their ids as numbers.
        names: Short hashes of their run names.
    """

    manifest: Path | None = None
    ids: IdSet = field(default_factory=IdSet)
    names: IdSet = field(default_factory=IdSet)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, recipe_id: object) -> bool:
        return int(str(recipe_id), 16) in self.ids

    def has_name(self, name: str) -> bool:
        """Whether one has this run name."""
        if self.manifest is None or not name or _short(name) not in self.names:
            return False
        # Another name may have the same hash, so the names themselves have the last word.
        return any(name == line.name for line in _lines(self.manifest, len(self)))


class Line(NamedTuple):
    """A line of a manifest.

    Attributes:
        number: Which line it is, from 1.
        end: How many bytes there are up to its end.
        id: The recipe's id.
        overrides: What composes it.
        file: The file that holds it.
    """

    number: int
    end: int
    id: str
    overrides: list[str]
    file: str

    @property
    def name(self) -> str:
        """What tells its file or its run from others, if something does."""
        if self.file.endswith(_YAML):
            return self.file.rpartition("/")[2].removesuffix(_YAML)
        last = self.overrides[-1] if self.overrides else ""
        return last.removeprefix(RUN_NAME) if last.startswith(RUN_NAME) else ""


def read_known(
    manifest: Path, points: int, seen: Callable[[Line], None] = lambda _: None
) -> RecipeIndex:
    """The recipes of a manifest's first lines, so many or all there are.

    Args:
        manifest: The manifest.
        points: How many lines.
        seen: Told of each line.

    Raises:
        OSError: If the manifest can't be read.
        OutputError: If a line isn't what a sweep writes there.
    """
    if not points:
        return RecipeIndex(manifest)
    ids, names = IdSet(), IdSet()
    for line in _lines(manifest, points):
        seen(line)
        ids.add(int(line.id, 16))
        if line.name:
            names.add(_short(line.name))
    return RecipeIndex(manifest, ids, names)


def _lines(manifest: Path, points: int) -> Iterator[Line]:
    """The first lines; one that is cut short ends them."""
    end = 0
    with os.fdopen(open_own(manifest, os.O_RDONLY), "rb") as stream:
        for index in range(points):
            text = stream.readline(LONGEST_LINE)
            if not text.endswith(b"\n") and len(text) < LONGEST_LINE:
                return
            end += len(text)
            line = _line(text, index, end)
            if line is None:
                raise OutputError("not-its-own", file=str(manifest), line=index + 1)
            yield line


def _line(text: bytes, index: int, end: int) -> Line | None:
    """A line of a manifest; None if it isn't the one with that index."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or repr(found.get("index")) != str(index):  # no 1.0, no true
        return None
    recipe_id, overrides, file = (found.get(key) for key in ("id", "overrides", "file"))
    if not isinstance(recipe_id, str) or not isinstance(file, str):
        return None
    if not isinstance(overrides, list) or not all(isinstance(one, str) for one in overrides):
        return None
    is_id = _ID.fullmatch(recipe_id) is not None
    return Line(index + 1, end, recipe_id, overrides, file) if is_id else None


def _short(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
