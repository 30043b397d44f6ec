"""History: for every key of a recipe, what wrote it, in order; the last write gave its value.

Composing keeps values only, so here it is replayed. The files that Hydra merged are read again,
with the place of every value, and merged as OmegaConf does it. What an override wrote is the
difference between what was composed before it and after it. Each result is compared with what Hydra
composed, and the difference recorded as a write too, so a history never ends in another value.

For example, the override ``run.lr=3e-6`` after these two files

    model/nova.yaml:4    run: {lr: 1e-5, steps: 100}
    method/dpo.yaml:2    run: {lr: 2e-6}

gives ``run.lr`` three writes (1e-5, 2e-6, 3e-6) and ``run.steps`` one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra_recipes.composing.provenance import Provenance, Source
from hydra_recipes.composing.recipe import Recipe
from hydra_recipes.documents.document import Document
from hydra_recipes.documents.reader import read_document
from hydra_recipes.files import Stamp, stamp_of
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.library.moved_links import leaves_now
from hydra_recipes.library.moves import NO_MOVES, Moves
from hydra_recipes.links.grammar import contains_link, expand_shell_links
from hydra_recipes.links.resolver import UNSET, Scope
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, is_users
from hydra_recipes.rules.book import moves_of
from hydra_recipes.tree import MOUNT, equal, flat, meet, unflat, within


@dataclass(frozen=True)
class Write:
    """One write: what set a key, or removed it.

    Attributes:
        origin: The place in a library's file, or the override; None if Hydra alone knows.
        value: The value written, links unresolved.
        removed: Whether it removed the key: deleted it, or replaced it or what held it as a whole.
        library: For a file, the library it is from.
        package: For a file, the dotted key it was mounted at; empty for the root.
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

    @property
    def is_edit(self) -> bool:
        """Whether it is in a file of the user's."""
        return isinstance(self.origin, FileOrigin) and is_users(self.origin)

    def as_json(self) -> dict[str, Any]:
        """Return the write as ``recipe explain --json`` shows it."""
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
"""The writes of a key, the first one first."""


Histories = dict[KeyPath, History]
"""Histories by key path; a list has one as a whole and one for each of its items."""


def histories(recipe: Recipe) -> Histories:
    """Return the histories of a recipe's keys, those removed on the way included.

    Empty for a recipe that wasn't composed.
    """
    return replayed(recipe)[0]


def histories_beside(recipe: Recipe) -> Histories:
    """Return the histories of what stands beside a recipe, as ``histories`` does."""
    return replayed(recipe)[1]


def replayed(recipe: Recipe) -> tuple[Histories, Histories]:
    """Return the histories of a recipe's keys, and those of what stands beside it."""
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
    for index, step in enumerate(steps):
        after = steps[index + 1].before if index + 1 < len(steps) else final
        named = {(MOUNT, *key) for key in step.keys}
        record.settle(flat(expand_shell_links(dict(after))), step.override.origin, named)
    writes = {path: tuple(history) for path, history in record.writes.items()}
    inside = {path[1:]: history for path, history in writes.items() if path[0] == MOUNT}
    return inside, {path: history for path, history in writes.items() if path[0] != MOUNT}


def origin_in(made: Mapping[KeyPath, History], path: KeyPath) -> Origin | None:
    """Return where a key's value came from; for a mapping or a list, where its first value did."""
    for key_path, history in made.items():
        if key_path[: len(path)] == path and not history[-1].removed:
            return history[-1].origin
    return None


class _Record:
    """The state of a replay.

    Attributes:
        moves: The old names known.
        alive: The values there are so far, as ``flat`` returns them.
        writes: The writes of each key path so far.
        open: For each value that a file merged ``???`` over, the write that did.
    """

    def __init__(self, moves: Moves) -> None:
        self.moves = moves
        self.alive: dict[KeyPath, Any] = {}
        self.writes: dict[KeyPath, list[Write]] = {}
        self.open: dict[KeyPath, Write] = {}

    def merge(self, source: Source, provenance: Provenance) -> None:
        """Merge a file: mappings key by key, any other value as a whole."""
        document = _read(source.path, f"{source.library}:{source.config}.yaml")
        if document is None or not isinstance(document.tree, dict):
            return
        choice, chosen_by = _choice_of(source, provenance)
        template = Write(
            None,
            library=source.library,
            package=source.package,
            choice=choice,
            chosen_by=chosen_by,
        )
        for path, whole_path, value in leaves_now(document.tree, source.mount, self.moves):
            origins = {
                item_path: _origin(document, (*path, *item_path), source.path)
                for item_path in flat(value)
            }
            written = replace(template, origin=_origin(document, path, source.path))
            self.put(whole_path, expand_shell_links(value), written, origins)

    def put(
        self, path: KeyPath, value: Any, write: Write, origins: Mapping[KeyPath, FileOrigin | None]
    ) -> None:
        """Record that a file sets ``path`` to ``value``, which is no mapping with keys.

        Args:
            path: The whole key path.
            value: The value.
            write: The write to record, with no value yet.
            origins: The places of the value and, if it is a list, of its items, by path in it.
        """
        for length in range(1, len(path)):
            self.follow(path[:length])
        below = [other for other in self.alive if other[: len(path)] == path]
        if value == {} and any(len(other) > len(path) for other in below):
            return  # merging {} into a mapping changes nothing
        if value == UNSET and below:
            self.open[path] = write  # OmegaConf keeps the value; ``leave_open`` takes it away
            return
        for other in [other for other in self.open if meet(other, path)]:
            del self.open[other]
        above = [path[:length] for length in range(1, len(path)) if path[:length] in self.alive]
        items = flat(value)
        for other in (*above, *below):
            if other[len(path) :] not in items or other in above:
                del self.alive[other]
                self.add(other, replace(write, removed=True))
        for item_path, item in items.items():
            self.alive[(*path, *item_path)] = item
            self.add((*path, *item_path), replace(write, origin=origins[item_path], value=item))

    def follow(self, path: KeyPath) -> None:
        """Replace a link by what it leads to, as OmegaConf does before it merges into that."""
        link = self.alive.get(path)
        if path[0] != MOUNT or not contains_link(link):
            return
        tree = unflat(self.alive)
        scope = Scope(tree.pop(MOUNT, {}), tree)
        _, place = scope.way(link, path[1:])
        if place is None:
            return
        target = (MOUNT, *place.path) if place.inside else place.path
        for other in [
            other for other in self.alive if other[: len(target)] == target and other != target
        ]:
            copied = (*path, *other[len(target) :])
            self.alive[copied] = self.alive[other]
            self.add(copied, self.writes[other][-1])

    def leave_open(self, composed: Mapping[KeyPath, Any]) -> None:
        """Remove what a file merged ``???`` over, where Hydra composed ``???`` in the end."""
        for path, write in self.open.items():
            if composed.get(path) != UNSET:
                continue
            for other in [
                other for other in self.alive if other[: len(path)] == path and other != path
            ]:
                del self.alive[other]
                self.add(other, replace(write, removed=True))
            self.alive[path] = UNSET
            self.add(path, replace(write, value=UNSET))

    def settle(
        self,
        composed: Mapping[KeyPath, Any],
        origin: Origin | None,
        named_paths: set[KeyPath] | None = None,
    ) -> None:
        """Take over what Hydra composed.

        Args:
            composed: What it composed, as ``flat`` returns it.
            origin: What wrote the values that differ; None if unknown.
            named_paths: The key paths that ``origin`` sets, whether or not their values differ.
        """
        for path in [path for path in self.alive if path not in composed]:
            del self.alive[path]
            self.add(path, Write(origin, removed=True))
        named_paths = named_paths or set()
        # An item of a list is named along with its list, whose other items keep their writes.
        lists = {path[:-1] for path in named_paths if isinstance(path[-1], int)}
        for path, value in composed.items():
            same = path in self.alive and equal(self.alive[path], value)
            if not same or within(path, named_paths - lists):
                self.alive[path] = value
                self.add(path, Write(origin, value))

    def add(self, path: KeyPath, write: Write) -> None:
        """Append a write to a key's history."""
        self.writes.setdefault(path, []).append(write)


def _choice_of(source: Source, provenance: Provenance) -> tuple[str | None, str | None]:
    """Return the choice that brought a file, and the override that made it; None if none did.

    Hydra 1.4 counts the folders of an option to its group; here they are part of its name.
    """
    group, _, option = source.config.partition("/")
    groups = [
        group
        for group, option in provenance.choices.items()
        if _names(source.config, group, option)
    ]
    mounted = f"{group}@{source.package}"
    named_group = mounted if mounted in groups else next(iter(groups), None)
    override = provenance.chosen_by.get(
        group if named_group is None or "@" not in named_group else named_group
    )
    chosen = override.value if override else None
    is_listed = option in (chosen if isinstance(chosen, list) else [chosen])
    if named_group is None and not is_listed:
        return None, None
    return f"{group}={option}", override.text if override else None


def _names(config: str, group: str, option: str) -> bool:
    """Return whether a group's option is this config; the group may have a package."""
    return config == f"{group.partition('@')[0]}/{option}"


def _origin(document: Document, path: KeyPath, file: Path) -> FileOrigin | None:
    """Return where a value of a document stands, as a place in this file."""
    origin = document.origin(path)
    return origin._replace(path=file) if origin else None


def _read(path: Path, name: str) -> Document | None:
    """Return what a file holds, under this name; None if it is nothing."""
    try:
        return _read_once(path, name, stamp_of(path))
    except DocumentError:  # an option that sets nothing, such as an empty file
        return None


@lru_cache(maxsize=256)
def _read_once(path: Path, name: str, _: Stamp) -> Document:
    """Return what a file holds, read again only when it changes."""
    return read_document(path, name)
