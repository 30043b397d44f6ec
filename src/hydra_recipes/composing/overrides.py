"""Overrides: which ones name a group and which a key, and the whole key that a short one means.

In a recipe with ``run.optimizer.lr``, ``model=nova-lite`` chooses an option of the group ``model``,
and ``lr=2e-6`` sets ``recipes.run.optimizer.lr``, as no other key ends in ``lr``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hydra_recipes.composing.bare_words import refuse_bare_words
from hydra_recipes.composing.hydra_bridge import parse_override
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.base import AboutOverride
from hydra_recipes.findings.messages.choices import UnknownOption
from hydra_recipes.findings.messages.overrides import (
    AmbiguousKey,
    HydraOverride,
    KeyExists,
    KeyNotSet,
    PastTheEnd,
    SweepOption,
    SweepOverride,
    UnknownKey,
)
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.library.moves import NO_MOVES, Moved, Moves
from hydra_recipes.links.dependencies import leading
from hydra_recipes.links.grammar import to_braces
from hydra_recipes.links.resolver import Scope
from hydra_recipes.literals import options_meant, spell_value
from hydra_recipes.origin import KeyPath, OverrideOrigin, dotted
from hydra_recipes.override import Override
from hydra_recipes.rules.book import moves_of, old_name_of
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
class Request:
    """What the user asked for: overrides, parsed and sorted.

    Attributes:
        groups: The overrides that choose options.
        keys: The overrides that set, add or delete keys, in the order they were given.
    """

    groups: tuple[ParsedOverride, ...]
    keys: tuple[ParsedOverride, ...]

    @property
    def moved(self) -> tuple[Moved, ...]:
        """The old names of groups and options in them."""
        return tuple(moved for override in self.groups for moved in override.moved)


def read_override(text: str, libraries: Libraries) -> ParsedOverride:
    """Parse an override, with the names that groups and options have now.

    What a user typed is always read here; ``parse_override`` alone is for texts of our own making,
    which have no old names. Old names of keys are replaced by ``KeyFinder.place``, once there is a
    recipe to look for them in.

    Raises:
        OverrideError: If Hydra's grammar doesn't accept it.
    """
    moves = moves_of(libraries)
    renamed = moves.override(text)
    override = parse_override(to_braces(moves.spelled(renamed)), typed=text)
    if renamed == text:
        return override
    return replace(override, moved=(Moved(text, renamed, OverrideOrigin(text)),))


def read_overrides(texts: Iterable[str], libraries: Libraries) -> Request:
    """Parse overrides and sort them into groups and keys.

    Raises:
        OverrideError: If one can't be parsed, has several values, or names an unknown option.
    """
    groups: list[ParsedOverride] = []
    keys: list[ParsedOverride] = []
    given = tuple(texts)
    alone = not any(Override.read(text).sign.startswith("+") for text in given)
    refuse_bare_words(given, libraries)
    for text in given:
        override = read_override(text, libraries)
        (groups if chooses(override, libraries, alone=alone) else keys).append(override)
    return Request(tuple(groups), tuple(keys))


def chooses(override: ParsedOverride, libraries: Libraries, *, alone: bool = True) -> bool:
    """Return whether an override chooses an option, and isn't about a key.

    If it stands ``alone``, with none that adds anything, a ``+`` that is missing is suggested.

    Raises:
        OverrideError: If it has several values, or names an unknown option.
    """
    text = override.text
    if override.sweeps:
        is_group = libraries.is_group(override.key)
        raise _error(SweepOverride(override=text, key=override.key, is_group=is_group))
    if override.key.split(".")[0] == "hydra" or override.key.startswith("hydra/"):
        raise _error(HydraOverride(override=text))
    if override.key == SWEEPS and libraries.is_group(SWEEPS):
        raise _error(SweepOption(override=text))
    if not libraries.is_group(override.key) or isinstance(override.value, dict):
        return False
    _check_options(override, libraries, alone=alone)
    return True


def _check_options(override: ParsedOverride, libraries: Libraries, *, alone: bool) -> None:
    """Raise for an option that its group doesn't have.

    Args:
        override: The override that chooses it.
        libraries: The libraries.
        alone: Whether no override adds anything; a ``+`` that is missing is then suggested.
    """
    group, origin = override.key, override.origin
    chosen = override.value if isinstance(override.value, list) else [override.value]
    options = libraries.options(group)
    for option in chosen:
        is_known = isinstance(option, str) and libraries.option_file(group, option) is not None
        if not is_known and not (override.kind == "delete" and option is None):
            meant = [] if isinstance(option, str) else options_meant(option, options)
            spellings = moves_of(libraries).spellings.get(group, ())
            near = nearest(str(option), [*options, *spellings])
            change = override.kind == "change" and override.package is None
            sign = "+" if alone and change and group not in default_choices(libraries) else ""
            move = old_name_of(f"{group}/{option}", libraries)
            raise OverrideError(
                UnknownOption(
                    old=move[0] if move else None,
                    group=group,
                    option=option if isinstance(option, str) else _as_typed(option, override),
                    element=sign + override.element,
                    meant=sign + _with_text(override, option, meant[0]) if meant else None,
                    nearest=near,
                    options=options,
                ),
                move[1] if move else origin,
            )


def _as_typed(option: Any, override: ParsedOverride) -> str:
    """Return an option that isn't text: as it was typed if it stands alone, else spelled anew."""
    return (
        spell_value(option) if isinstance(override.value, list) else override.written.value.strip()
    )


def _with_text(override: ParsedOverride, value: Any, option: str) -> str:
    """Return the override with an option's name in place of a value that isn't text."""
    several = isinstance(override.value, list)
    values = override.value if several else [override.value]
    texts = [option if repr(item) == repr(value) else item for item in values]
    return f"{override.element}={spell_value(texts if several else texts[0])}"


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
    """

    recipe: Mapping[str, Any]
    beside: Mapping[str, Any]
    family_keys: Callable[[], Iterable[KeyPath]]
    groups: Sequence[str] = ()
    moves: Moves = NO_MOVES
    meant: Callable[[KeyPath], tuple[KeyPath, str | None] | None] = lambda _: None

    def place(self, override: ParsedOverride) -> ParsedOverride:
        """Return the override with its whole key, as Hydra needs it.

        Raises:
            OverrideError: If no key, or more than one, ends in what was given.
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
            raise _error(AmbiguousKey(override=text, key=key, candidates=_spelled(matching)))
        if key.split(".")[0] in self.beside:
            self._check_end(override, key, self.beside)
            return override
        possible = matches(path, self.family_keys())
        new_path = None if possible else self.moves.key(path)
        if new_path is not None:
            return self._place_moved(override, path, new_path)
        if override.kind in ("add", "force-add"):
            if len(possible) > 1:
                raise _error(AmbiguousKey(override=text, key=key, candidates=_spelled(possible)))
            whole = possible[0] if possible else self._below(path, present)
            return override.at(dotted((MOUNT, *whole)))
        if possible and override.kind == "change":
            raise _error(KeyNotSet(override=text, key=key, candidates=_spelled(possible)))
        meant, because = self.meant(path) or (None, None)
        near = (*nearest(key, self.groups), *near_keys(path, present))
        near = (shortest(meant, present),) if meant else tuple(dict.fromkeys(near))[:3]
        raise _error(UnknownKey(override=text, key=key, nearest=near, because=because))

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
            raise _error(KeyExists(override=override.text, key=dotted(path)))

    def _check_end(self, override: ParsedOverride, key: str, tree: Mapping[str, Any]) -> None:
        """Raise for a position past the end of a list."""
        beyond = past_the_end(key, tree)
        if beyond:
            raise _error(PastTheEnd(override=override.text, place=beyond))


def _error(detail: AboutOverride) -> OverrideError:
    """Return the error about an override."""
    return OverrideError(detail, OverrideOrigin(detail.override))


def _spelled(paths: Iterable[KeyPath]) -> tuple[str, ...]:
    """Return key paths as dotted keys."""
    return tuple(dotted(path) for path in paths)
