"""Overrides: read, and sorted into those that name a group and those that name a key.

``model=nova-lite`` chooses an option of the group ``model``; ``lr=2e-6`` sets a key, as there is no
group ``lr``. Which key that is, ``key_finder.py`` tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hydra_recipes.composing.bare_words import refuse_bare_words
from hydra_recipes.composing.engine import parse_override
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.base import AboutOverride
from hydra_recipes.findings.messages.choices import UnknownOption
from hydra_recipes.findings.messages.overrides import (
    HydraOverride,
    SweepOption,
    SweepOverride,
)
from hydra_recipes.library.defaults import default_choices
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.library.moves import Moved
from hydra_recipes.links.grammar import to_braces
from hydra_recipes.literals import options_meant, spell_value
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.override import Override
from hydra_recipes.rules.book import moves_of, old_name_of, rule_book
from hydra_recipes.tree import (
    nearest,
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

    All overrides that users type are read here; ``parse_override`` alone is for texts that the
    program makes, which have no old names. Old names of keys are replaced by ``KeyFinder.place``,
    once there is a recipe to look for them in.

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
        raise error_about(SweepOverride(override=text, key=override.key, is_group=is_group))
    if override.key.split(".")[0] == "hydra" or override.key.startswith("hydra/"):
        raise error_about(HydraOverride(override=text))
    if override.key == SWEEPS and libraries.is_group(SWEEPS):
        raise error_about(SweepOption(override=text))
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
                    elsewhere=() if move or meant else _groups_with(option, libraries),
                ),
                move[1] if move else origin,
            )


def _groups_with(option: Any, libraries: Libraries) -> tuple[str, ...]:
    """Return the groups chosen in every recipe that have an option of this name."""
    derived = rule_book(libraries).derived
    groups = (group for group in default_choices(libraries) if group not in derived)
    return tuple(group for group in groups if option in libraries.options(group))


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


def error_about(detail: AboutOverride) -> OverrideError:
    """Return the error about an override."""
    return OverrideError(detail, OverrideOrigin(detail.override))
