"""Finds the whole key that a short one means: ``recipes.run.replicas`` for ``replicas``.

A key that is there is meant by any end of it that no other key has. ``+key`` may name one that is
not there yet: a key of the family, one below a mapping that is there, or a key of the user's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hydra_recipes.composing.overrides import error_about
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.findings.messages.offers import KeyNotOffered, NotOffered
from hydra_recipes.findings.messages.overrides import (
    AmbiguousKey,
    KeyExists,
    KeyNotSet,
    PastTheEnd,
    UnknownKey,
)
from hydra_recipes.library.moves import NO_MOVES, Moved, Moves
from hydra_recipes.links.dependencies import leading
from hydra_recipes.links.resolver import Scope
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.tree import (
    MOUNT,
    find,
    matches,
    near_keys,
    nearest,
    past_the_end,
    path_of,
    shortest,
    value_at,
    walk,
)


@dataclass(frozen=True)
class KeyFinder:
    """Finds the whole key that a short one means.

    Attributes:
        recipe: The recipe as composed so far.
        beside: What a library composes beside the recipe.
        family_keys: Returns every key path that a recipe of this family may have; called only when
            needed.
        groups: The groups there are, to suggest one for an unknown key.
        moves: The old names there are.
        meant: Returns the key path that an alias means, and why the value can't go there as it is
            (None if it can); None if no library has such an alias.
        methods_with: Returns the other methods whose recipes have a key.
        unoffered: Returns what to say of the choices if they aren't offered together, or None.
    """

    recipe: Mapping[str, Any]
    beside: Mapping[str, Any]
    family_keys: Callable[[], Iterable[KeyPath]]
    groups: Sequence[str] = ()
    moves: Moves = NO_MOVES
    meant: Callable[[KeyPath], tuple[KeyPath, str | None] | None] = lambda _: None
    methods_with: Callable[[KeyPath], tuple[str, ...]] = lambda _: ()
    unoffered: Callable[[], NotOffered | None] = lambda: None

    def place(self, override: ParsedOverride) -> ParsedOverride:
        """Return the override with its whole key, as Hydra needs it.

        Raises:
            OverrideError: If no key, or more than one, ends in what was given; if it is none and
                the choices aren't offered together, that is said.
        """
        if override.key == MOUNT:
            return override
        text, key = override.text, override.key
        path = path_of(key)
        present = list(walk(self.recipe))
        matching = leading(find(path, self.recipe), Scope(self.recipe, self.beside))
        if len(matching) == 1:
            self._check_end(override, dotted(matching[0]), self.recipe)
            self._check_addition(override, matching[0])
            return override.at(dotted((MOUNT, *matching[0])))
        if matching:
            raise error_about(AmbiguousKey(override=text, key=key, candidates=_spelled(matching)))
        if key.split(".")[0] in self.beside:
            self._check_end(override, key, self.beside)
            return override
        possible = matches(path, self.family_keys())
        new_path = None if possible else self.moves.key(path)
        if new_path is not None:
            return self._place_moved(override, path, new_path)
        if override.kind in ("add", "force-add"):
            if len(possible) > 1:
                raise error_about(
                    AmbiguousKey(override=text, key=key, candidates=_spelled(possible))
                )
            whole = possible[0] if possible else self._below(path, present)
            return override.at(dotted((MOUNT, *whole)))
        if (unoffered := self.unoffered()) is not None:
            raise error_about(KeyNotOffered(override=text, choices=unoffered))
        if possible and override.kind == "change":
            raise error_about(KeyNotSet(override=text, key=key, candidates=_spelled(possible)))
        raise error_about(self._unknown(text, key, path, present))

    def _unknown(
        self, text: str, key: str, path: KeyPath, present: Sequence[KeyPath]
    ) -> UnknownKey:
        """Return what to say of a key that isn't there: what it may stand for."""
        meant, because = self.meant(path) or (None, None)
        methods = () if meant else self.methods_with(path)
        near = (*nearest(key, self.groups), *near_keys(path, present))
        near = (shortest(meant, present),) if meant else tuple(dict.fromkeys(near))[:3]
        if methods:  # of the keys that are only spelled alike none is meant
            parts = {*str(path[-1]).split("_")}
            longer = (here for here in present if parts < {*str(here[-1]).split("_")})
            near = tuple(shortest(here, present) for here in longer)
        return UnknownKey(override=text, key=key, nearest=near, because=because, methods=methods)

    def _place_moved(self, override: ParsedOverride, old: KeyPath, new: KeyPath) -> ParsedOverride:
        """Return the override with the whole key that replaced an old one, and a note of both."""
        placed = replace(self, moves=NO_MOVES).place(override.at(dotted(new)))
        if f".{placed.key}".endswith(f".{dotted(old)}"):
            return placed  # only what holds it is called otherwise
        moved = Moved(dotted(old), dotted(new), override.origin)
        return replace(placed, moved=(*placed.moved, moved))

    def _below(self, path: KeyPath, present: Sequence[KeyPath]) -> KeyPath:
        """Return where a key unknown to the family goes: into the mapping that its start means.

        In a recipe with the mapping ``run.optimizer``, ``optimizer.new`` goes to
        ``run.optimizer.new``; if no mapping or several are meant, it is a whole key.
        """
        *parents, last = path
        parent_paths = matches(tuple(parents), present) if parents else []
        mappings = [
            parent_path
            for parent_path in parent_paths
            if isinstance(value_at(self.recipe, parent_path), dict)
        ]
        return (*mappings[0], last) if len(mappings) == 1 else path

    def _check_addition(self, override: ParsedOverride, path: KeyPath) -> None:
        """Raise for ``+key`` where the key has a value; a mapping or a list may be added to."""
        if override.kind != "add" or isinstance(override.value, dict | list):
            return
        if value_at(self.recipe, path) is not None:
            raise error_about(KeyExists(override=override.text, key=dotted(path)))

    def _check_end(self, override: ParsedOverride, key: str, tree: Mapping[str, Any]) -> None:
        """Raise for a position past the end of a list."""
        beyond = past_the_end(key, tree)
        if beyond:
            raise error_about(PastTheEnd(override=override.text, place=beyond))


def _spelled(paths: Iterable[KeyPath]) -> tuple[str, ...]:
    """Return key paths as dotted keys."""
    return tuple(dotted(path) for path in paths)
