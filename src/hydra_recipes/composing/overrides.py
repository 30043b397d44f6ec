"""Overrides: which name a group and which a key, and the whole key that a short one stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hydra_recipes.composing.hydra_bridge import ParsedOverride, parse_override
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.library.moves import NO_MOVES, Moved, Moves
from hydra_recipes.links.grammar import to_braces
from hydra_recipes.literals import options_meant, spell_value
from hydra_recipes.origin import KeyPath, OverrideOrigin, dotted
from hydra_recipes.rules.book import moves_of, old_name_of
from hydra_recipes.tree import (
    MOUNT,
    find,
    matches,
    near_keys,
    nearest,
    past_the_end,
    shortest,
    value_at,
    walk,
)


@dataclass(frozen=True)
class Request:
    """What the user asked for, parsed and sorted.

    Attributes:
        groups: The overrides that choose options.
        keys: The overrides that set, add or delete keys, in the order they were given.
    """

    groups: tuple[ParsedOverride, ...]
    keys: tuple[ParsedOverride, ...]

    @property
    def moved(self) -> tuple[Moved, ...]:
        """The old names of groups and options in them."""
        return tuple(one for override in self.groups for one in override.moved)


def read_override(text: str, libraries: Libraries) -> ParsedOverride:
    """Parse an override, with the names that groups and options have now.

    All overrides come in here; the keys among them get their names of now by ``KeyFinder.place``,
    once there is a recipe to look for them in.

    Raises:
        OverrideError: If Hydra's grammar doesn't accept it.
    """
    now = moves_of(libraries).override(text)
    override = parse_override(to_braces(now), typed=text)
    if now == text:
        return override
    return replace(override, moved=(Moved(text, now, OverrideOrigin(text)),))


def read_overrides(texts: Iterable[str], libraries: Libraries) -> Request:
    """Parses overrides and tells groups from keys.

    Raises:
        OverrideError: If one can't be parsed, has several values, or names an unknown option.
    """
    groups: list[ParsedOverride] = []
    keys: list[ParsedOverride] = []
    given = tuple(texts)
    for text in given:
        override = read_override(text, libraries)
        if override.sweeps:
            data = {"key": override.key, "is_group": libraries.is_group(override.key)}
            raise OverrideError("sweep-override", OverrideOrigin(text), text=text, **data)
        if override.key.split(".")[0] == "hydra" or override.key.startswith("hydra/"):
            raise OverrideError("hydra-override", OverrideOrigin(text), text=text)
        if override.key == SWEEPS and libraries.is_group(SWEEPS):
            raise OverrideError("sweep-option", OverrideOrigin(text), text=text)
        if libraries.is_group(override.key) and not isinstance(override.value, dict):
            _check_options(override, libraries, alone=not any(t.startswith("+") for t in given))
            groups.append(override)
        else:
            keys.append(override)
    return Request(tuple(groups), tuple(keys))


def _check_options(override: ParsedOverride, libraries: Libraries, *, alone: bool) -> None:
    group, origin = override.key, OverrideOrigin(override.text)
    chosen = override.value if isinstance(override.value, list) else [override.value]
    options = libraries.options(group)
    for option in chosen:
        known = isinstance(option, str) and libraries.option_file(group, option) is not None
        if not known and not (override.kind == "delete" and option is None):
            meant = [] if isinstance(option, str) else options_meant(option, options)
            near = nearest(str(option), options)
            change = override.kind == "change" and override.package is None
            sign = "+" if alone and change and group not in default_choices(libraries) else ""
            move = old_name_of(f"{group}/{option}", libraries)
            raise OverrideError(
                "unknown-option",
                move[1] if move else origin,
                old=move[0] if move else None,
                group=group,
                option=option if isinstance(option, str) else _as_typed(option, override),
                element=sign + override.parsed.get_key_element(),
                meant=sign + _with_text(override, option, meant[0]) if meant else None,
                nearest=near,
                options=options,
            )


def _as_typed(option: Any, override: ParsedOverride) -> str:
    """A value that is no text, as it was typed if it stands alone."""
    if isinstance(override.value, list):
        return spell_value(option)
    return override.text.partition("=")[2].strip()


def _with_text(override: ParsedOverride, value: Any, option: str) -> str:
    """The override with the name of an option in place of a value that is no text."""
    several = isinstance(override.value, list)
    values = override.value if several else [override.value]
    texts = [option if repr(one) == repr(value) else one for one in values]
    return f"{override.parsed.get_key_element()}={spell_value(texts if several else texts[0])}"


@dataclass(frozen=True)
class KeyFinder:
    """Finds the whole key that a short one stands for.

    Attributes:
        recipe: The recipe as composed so far.
        beside: What a library composes beside the recipe.
        family_keys: Gives every key a recipe of this family may have; called only when needed.
        groups: The groups there are, to suggest one for an unknown key.
        moves: The old names there are.
        meant: Gives the key that one means by another name, if a library says so, and why the
            value can't go there as it is, if it can't.
    """

    recipe: Mapping[str, Any]
    beside: Mapping[str, Any]
    family_keys: Callable[[], Iterable[KeyPath]]
    groups: Sequence[str] = ()
    moves: Moves = NO_MOVES
    meant: Callable[[KeyPath], tuple[KeyPath, str | None] | None] = lambda _: None

    def place(self, override: ParsedOverride) -> ParsedOverride:
        """The override with its whole key, as Hydra needs it.

        Raises:
            OverrideError: If no key, or more than one, ends in what was given.
        """
        if override.key == MOUNT:
            return override
        path = tuple(override.key.removeprefix(f"{MOUNT}.").split("."))
        present = list(walk(self.recipe))
        found = find(path, self.recipe)
        if len(found) == 1:
            self._check_end(override, dotted(found[0]), self.recipe)
            self._check_addition(override, found[0])
            return override.at(dotted((MOUNT, *found[0])))
        if found:
            self._fail("ambiguous-key", override, key=override.key, candidates=_spelled(found))
        if override.key.split(".")[0] in self.beside:
            self._check_end(override, override.key, self.beside)
            return override
        possible = matches(path, self.family_keys())
        new = None if possible else self.moves.key(path)
        if new is not None:
            return self._place_moved(override, path, new)
        if override.kind in ("add", "force-add"):
            if len(possible) > 1:
                self._fail(
                    "ambiguous-key", override, key=override.key, candidates=_spelled(possible)
                )
            whole = possible[0] if possible else self._below(path, present)
            return override.at(dotted((MOUNT, *whole)))
        if possible and override.kind == "change":
            self._fail("key-not-set", override, key=override.key, candidates=_spelled(possible))
        key, because = self.meant(path) or (None, None)
        near = (*nearest(override.key, self.groups), *near_keys(path, present))
        near = (shortest(key, present),) if key else tuple(dict.fromkeys(near))[:3]
        return self._fail("unknown-key", override, key=override.key, nearest=near, because=because)

    def _place_moved(self, override: ParsedOverride, old: KeyPath, new: KeyPath) -> ParsedOverride:
        """The override with the whole key that has another name now, and what it was called."""
        placed = replace(self, moves=NO_MOVES).place(override.at(dotted(new)))
        if f".{placed.key}".endswith(f".{dotted(old)}"):
            return placed  # only what holds it is called otherwise
        moved = Moved(dotted(old), dotted(new), OverrideOrigin(override.text))
        return replace(placed, moved=(*placed.moved, moved))

    def _below(self, path: KeyPath, present: Sequence[KeyPath]) -> KeyPath:
        """Where a key goes that no recipe of the family has: in the mapping that it names short."""
        *parents, last = path
        found = matches(tuple(parents), present) if parents else []
        mappings = [at for at in found if isinstance(value_at(self.recipe, at), dict)]
        return (*mappings[0], last) if len(mappings) == 1 else path

    def _check_addition(self, override: ParsedOverride, path: KeyPath) -> None:
        """Refuses ``+key`` for a key that has a value; a mapping or a list may be added to."""
        if override.kind != "add" or isinstance(override.value, dict | list):
            return
        if value_at(self.recipe, path) is not None:
            self._fail("key-exists", override, key=dotted(path))

    def _check_end(self, override: ParsedOverride, key: str, tree: Mapping[str, Any]) -> None:
        """Refuses a position that a list doesn't have."""
        beyond = past_the_end(key, tree)
        if beyond:
            self._fail("cannot-override", override, **beyond)

    def _fail(self, kind: str, override: ParsedOverride, **data: Any) -> ParsedOverride:
        raise OverrideError(kind, OverrideOrigin(override.text), text=override.text, **data)


def _spelled(paths: Iterable[KeyPath]) -> tuple[str, ...]:
    return tuple(dotted(path) for path in paths)
