"""History: for every key of a recipe, what set it, in order; the last that did is what it has.

Files are read again for this, with the place of every value, and merged as OmegaConf merges them;
what an override does is told by comparing what was composed before it and after it. Whatever the
two come to is held against what Hydra composed, so a history never tells another value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra_recipes.composing.provenance import Provenance, Source
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import Document
from hydra_recipes.documents.reader import read_document
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.library.moved_links import tree_now
from hydra_recipes.library.moves import NO_MOVES, Moves
from hydra_recipes.links.grammar import contains_link, expand_shell_links
from hydra_recipes.links.resolver import UNSET, Scope
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, OverrideOrigin
from hydra_recipes.rules.book import moves_of
from hydra_recipes.shell_words import unquoted
from hydra_recipes.tree import MOUNT, canonical, leaves, within


@dataclass(frozen=True)
class Write:
    """One thing that set a key, or took it away.

    Attributes:
        origin: The place in a library's file, or the override; None if Hydra alone knows.
        value: What it wrote, links unresolved.
        removed: Whether it took the key away: deleted it, or replaced what held it.
        library: For a file, the library it is from.
        package: For a file, the key it was mounted at; empty for the root.
        choice: For a file, the choice that brought it: ``model=nova-lite``.
        chosen_by: The override that made this choice, if one did.
    """

    origin: Origin | None
    value: Any = None
    removed: bool = False
    library: str | None = None
    package: str | None = None
    choice: str | None = None
    chosen_by: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The write as ``recipe explain --json`` shows it."""
        return {
            "value": self.value,
            "removed": self.removed,
            "origin": self.origin.as_json() if self.origin else None,
            "library": self.library,
            "package": self.package,
            "choice": self.choice,
            "chosen_by": self.chosen_by,
        }


History = tuple[Write, ...]
"""What set a key, the first first."""


Histories = dict[KeyPath, History]
"""By key path; a list has one as a whole and one for each of its items."""


def histories(recipe: Recipe) -> Histories:
    """The history of every key of a recipe that has a value, or had one while it was composed.

    A recipe that wasn't composed has none.
    """
    return replayed(recipe)[0]


def histories_beside(recipe: Recipe) -> Histories:
    """The same of what stands beside a recipe."""
    return replayed(recipe)[1]


def replayed(recipe: Recipe) -> tuple[Histories, Histories]:
    """The histories of a recipe's keys, and of what stands beside it, which links may read."""
    provenance = recipe.provenance
    if not provenance.sources:
        return {}, {}
    final = {MOUNT: recipe.scope.recipe, **recipe.scope.beside}
    steps = provenance.steps
    record = _Record(moves_of(provenance.libraries) if provenance.libraries else NO_MOVES)
    for source in provenance.sources:
        record.merge(source, provenance)
    composed = flat(expand_shell_links(dict(steps[0].before if steps else final)))
    record.leave_open(composed)
    record.settle(composed, None)
    for at, step in enumerate(steps):
        after = steps[at + 1].before if at + 1 < len(steps) else final
        named = {(MOUNT, *key) for key in step.keys}
        record.settle(flat(expand_shell_links(dict(after))), OverrideOrigin(step.text), named)
    writes = {path: tuple(made) for path, made in record.writes.items()}
    inside = {path[1:]: made for path, made in writes.items() if path[0] == MOUNT}
    return inside, {path: made for path, made in writes.items() if path[0] != MOUNT}


def origin_in(made: Mapping[KeyPath, History], path: KeyPath) -> Origin | None:
    """Where the value of a key came from; for a mapping or a list, where its first value did."""
    for at, history in made.items():
        if at[: len(path)] == path and not history[-1].removed:
            return history[-1].origin
    return None


class _Record:
    """What there is while a recipe is composed, by key, and what set it."""

    def __init__(self, moves: Moves) -> None:
        self.moves = moves
        self.alive: dict[KeyPath, Any] = {}
        self.writes: dict[KeyPath, list[Write]] = {}
        self.open: dict[KeyPath, Write] = {}

    def merge(self, source: Source, provenance: Provenance) -> None:
        """Merges a file: mappings key by key, anything else as a whole."""
        document = _read(source.path, f"{source.library}:{source.config}.yaml")
        if document is None or not isinstance(document.tree, dict):
            return
        mount: KeyPath = tuple(source.package.split(".")) if source.package else ()
        choice, chosen_by = _choice_of(source, provenance)
        blank = Write(
            None,
            library=source.library,
            package=source.package,
            choice=choice,
            chosen_by=chosen_by,
        )
        for path, written_value in leaves(document.tree):
            if path[0] == "defaults":
                continue
            whole, value = (*mount, *path), written_value
            if self.moves:
                whole, value = self.moves.below(whole), tree_now(value, whole, self.moves)
            origins = {at: _origin(document, (*path, *at), source.path) for at in flat(value)}
            written = replace(blank, origin=_origin(document, path, source.path))
            self.put(whole, expand_shell_links(value), written, origins)

    def put(
        self, path: KeyPath, value: Any, write: Write, origins: Mapping[KeyPath, FileOrigin | None]
    ) -> None:
        """Puts a value that is no mapping, or an empty one, where a file has it."""
        for length in range(1, len(path)):
            self.follow(path[:length])
        below = [at for at in self.alive if at[: len(path)] == path]
        if value == {} and any(len(at) > len(path) for at in below):
            return  # leaves what is there
        if value == UNSET and below:
            self.open[path] = write  # if nothing is said after it
            return
        for at in [at for at in self.open if at[: len(path)] == path or path[: len(at)] == at]:
            del self.open[at]
        above = [path[:length] for length in range(1, len(path)) if path[:length] in self.alive]
        new = flat(value)
        for at in (*above, *below):
            if at[len(path) :] not in new or at in above:
                del self.alive[at]
                self.add(at, replace(write, removed=True))
        for at, item in new.items():
            self.alive[(*path, *at)] = item
            self.add((*path, *at), replace(write, origin=origins[at], value=item))

    def follow(self, path: KeyPath) -> None:
        """Puts what a link leads to in its place, as OmegaConf does before it merges into that."""
        link = self.alive.get(path)
        if path[0] != MOUNT or not contains_link(link):
            return
        tree = _unflat(self.alive)
        scope = Scope(tree.pop(MOUNT, {}), tree)
        _, place = scope.way(link, path[1:])
        if place is None:
            return
        whole = (MOUNT, *place.path) if place.inside else place.path
        for at in [at for at in self.alive if at[: len(whole)] == whole and at != whole]:
            copied = (*path, *at[len(whole) :])
            self.alive[copied] = self.alive[at]
            self.add(copied, self.writes[at][-1])

    def leave_open(self, real: Mapping[KeyPath, Any]) -> None:
        """Takes away what a file has left open and nothing has said after it."""
        for path, write in self.open.items():
            if real.get(path) != UNSET:
                continue
            for at in [at for at in self.alive if at[: len(path)] == path and at != path]:
                del self.alive[at]
                self.add(at, replace(write, removed=True))
            self.alive[path] = UNSET
            self.add(path, replace(write, value=UNSET))

    def settle(
        self, real: Mapping[KeyPath, Any], origin: Origin | None, named: set[KeyPath] | None = None
    ) -> None:
        """Takes over what there really is; what differs, or is named, was set by ``origin``."""
        for path in [path for path in self.alive if path not in real]:
            del self.alive[path]
            self.add(path, Write(origin, removed=True))
        named = named or set()
        items = {path[:-1] for path in named if isinstance(path[-1], int)}
        for path, value in real.items():
            same = path in self.alive and canonical(self.alive[path]) == canonical(value)
            if not same or within(path, named - items):
                self.alive[path] = value
                self.add(path, Write(origin, value))

    def add(self, path: KeyPath, write: Write) -> None:
        self.writes.setdefault(path, []).append(write)


def flat(node: Any, at: KeyPath = ()) -> dict[KeyPath, Any]:
    """Every value that isn't a mapping with keys, by its path: a list, and each of its items."""
    if isinstance(node, Mapping) and node:
        return {
            p: value for key, item in node.items() for p, value in flat(item, (*at, key)).items()
        }
    found = {at: node}
    for position, item in enumerate(node if isinstance(node, list) else ()):
        found |= flat(item, (*at, position))
    return found


def _unflat(values: Mapping[KeyPath, Any]) -> dict[Any, Any]:
    """The tree of which ``flat`` gives these values."""
    tree: dict[Any, Any] = {}
    for path, value in values.items():
        if not any(isinstance(key, int) for key in path):  # a list stands there as a whole
            node = tree
            for key in path[:-1]:
                node = node.setdefault(key, {})
            node[path[-1]] = value
    return tree


def _choice_of(source: Source, provenance: Provenance) -> tuple[str | None, str | None]:
    """The choice that brought a file, and the override that made it; None if there is none.

    Hydra 1.4 counts the folders of an option to its group; here they are part of its name.
    """
    group, _, option = source.config.partition("/")
    groups = [g for g, o in provenance.choices.items() if _names(source.config, g, o)]
    mounted = f"{group}@{source.package}"
    named = mounted if mounted in groups else next(iter(groups), None)
    by = provenance.chosen_by.get(group if named is None or "@" not in named else named)
    listed = by is not None and option in _listed(by.partition("=")[2])
    if named is None and not listed:
        return None, None
    return f"{group}={option}", by


def _listed(value: str) -> list[str]:
    """The options that the value of an override chooses."""
    quoted = [
        unquoted(one) for one in re.findall(r"""(?:"(?:\\.|[^"])*"|'(?:\\.|[^'])*')""", value)
    ]
    return [*quoted, *re.findall(r"[\w./-]+", value)]


def _names(config: str, group: str, option: str) -> bool:
    return config == f"{group.partition('@')[0]}/{option}"


def _origin(document: Document, path: KeyPath, file: Path) -> FileOrigin | None:
    origin = document.origin(path)
    return origin._replace(path=file) if origin else None


def _read(path: Path, name: str) -> Document | None:
    try:
        return _read_once(path, name, path.stat().st_mtime_ns)
    except DocumentError:  # an option that sets nothing
        return None


@lru_cache(maxsize=256)
def _read_once(path: Path, name: str, _: int) -> Document:
    return read_document(path, name)
