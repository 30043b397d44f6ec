"""The recipes that a directory has already, a few bytes each, as there may be millions."""

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
from hydra_recipes.findings.messages.sweep_files import NotItsOwn
from hydra_recipes.origin import dotted
from hydra_recipes.override import Override
from hydra_recipes.sweep.plan.branch import RUN_NAME
from hydra_recipes.sweep.plan.duplicates import IdSet
from hydra_recipes.sweep.write.grown import LONGEST_LINE
from hydra_recipes.writing import open_own

_YAML = ".yaml"
_ID = re.compile("[0-9a-f]{12}")


@dataclass(frozen=True)
class RecipeIndex:
    """The recipes of a manifest's first lines, to look up an id or a run name.

    Attributes:
        manifest: The path of the manifest, or None if there is none.
        ids: The recipe ids as numbers.
        names: Short hashes of the run names.
    """

    manifest: Path | None = None
    ids: IdSet = field(default_factory=IdSet)
    names: IdSet = field(default_factory=IdSet)

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, recipe_id: object) -> bool:
        return int(str(recipe_id), 16) in self.ids

    def has_name(self, name: str) -> bool:
        """Return whether a recipe has this run name."""
        if self.manifest is None or not name or _short(name) not in self.names:
            return False
        # Another name may have the same hash, so the names themselves are compared.
        return any(name == line.name for line in _lines(self.manifest, len(self)))


class Line(NamedTuple):
    """A line of a manifest.

    Attributes:
        number: The number of the line, from 1.
        end: The offset of its end in the manifest, in bytes.
        id: The recipe's id.
        overrides: The overrides that compose the recipe.
        file: The file that holds the recipe.
    """

    number: int
    end: int
    id: str
    overrides: list[str]
    file: str

    @property
    def name(self) -> str:
        """Return the run name: of its YAML file, or in its last override; empty if it has none."""
        if self.file.endswith(_YAML):
            return self.file.rpartition("/")[2].removesuffix(_YAML)
        last = Override.read(self.overrides[-1] if self.overrides else "")
        return last.value if last.element == dotted(RUN_NAME) else ""


def read_known(
    manifest: Path, points: int, seen: Callable[[Line], None] = lambda _: None
) -> RecipeIndex:
    """Return the recipes of a manifest's first lines; of all lines if there are fewer.

    Args:
        manifest: The path of the manifest.
        points: How many lines.
        seen: Called with each line.

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
    """Yield the first lines, up to one without a line break at its end."""
    end = 0
    with os.fdopen(open_own(manifest, os.O_RDONLY), "rb") as stream:
        for index in range(points):
            text = stream.readline(LONGEST_LINE)
            if not text.endswith(b"\n") and len(text) < LONGEST_LINE:
                return
            end += len(text)
            line = _line(text, index, end)
            if line is None:
                raise OutputError(NotItsOwn(file=str(manifest), line_number=index + 1))
            yield line


def _line(text: bytes, index: int, end: int) -> Line | None:
    """Return a line of a manifest; None if it isn't the one with that index, from 0."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or repr(content.get("index")) != str(index):  # no 1.0, no true
        return None
    recipe_id, overrides, file = (content.get(key) for key in ("id", "overrides", "file"))
    if not isinstance(recipe_id, str) or not isinstance(file, str):
        return None
    if not isinstance(overrides, list) or not all(
        isinstance(override, str) for override in overrides
    ):
        return None
    is_id = _ID.fullmatch(recipe_id) is not None
    return Line(index + 1, end, recipe_id, overrides, file) if is_id else None


def _short(name: str) -> int:
    """Return a hash of a name, as a number of 64 bits."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
