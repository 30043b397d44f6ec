"""Sweeps that a library holds: the options of the group ``sweep``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from hydra_recipes.composing.hydra_bridge import spell_parsed
from hydra_recipes.findings.errors import LibraryError, OverrideError
from hydra_recipes.findings.messages.base import AboutFile
from hydra_recipes.findings.messages.choices import UnknownOption
from hydra_recipes.findings.messages.rules import BadLibraryFile, BadRulesEntry, BadRulesField
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.library.reading import read_file
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.tree import nearest

_PLAIN = re.compile(r"[A-Za-z][\w./-]*")
_WORDS = ("null", "true", "false", "nan", "inf")


def _texts(value: Any) -> bool:
    """Return whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_whole(value: Any) -> bool:
    """Return whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def _axes(value: Any) -> bool:
    """Return whether a value maps keys to lists of values, or to text in Hydra's grammar."""
    named = isinstance(value, dict) and all(isinstance(key, str) for key in value)
    return named and not any(isinstance(values, dict) for values in value.values())


_FIELDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "axes": (_axes, "a mapping of keys to lists of values, or to text such as range(5,21,5)"),
    "overrides": (_texts, "a list of overrides"),
    "zip": (
        lambda value: isinstance(value, list) and all(map(_texts, value)),
        "a list of lists of axes, such as [[lr, min_lr]]",
    ),
    "where": (lambda value: isinstance(value, str) or _texts(value), "text, or a list of texts"),
    "sample": (lambda value: _is_whole(value) and value > 0, "1 or more"),
    "seed": (_is_whole, "a whole number"),
    "sampler": (lambda value: isinstance(value, str), "text"),
    "name": (lambda value: isinstance(value, str), "text"),
}
"""The fields of a sweep's file: a test of the value, and its description for messages."""


@dataclass(frozen=True)
class SweepOption:
    """The content of an option of the group ``sweep``.

    Attributes:
        overrides: Its choices, values and axes, in Hydra's grammar.
        zips: The names of axes that take their values together, a tuple for each tie.
        where: CEL expressions that points have to satisfy.
        sample: How many points to draw, or None.
        seed: The seed of the draw, or None.
        sampler: The sampler, or None.
        name: The template of run names, or None.
    """

    overrides: tuple[str, ...]
    zips: tuple[tuple[str, ...], ...]
    where: tuple[str, ...]
    sample: int | None
    seed: int | None
    sampler: str | None
    name: str | None

    def added_to(self, wishes: SweepOptions) -> SweepOptions:
        """Return the user's options with those of this sweep added.

        Zips and conditions add up; of anything else, what the user asks for wins.
        """
        return replace(
            wishes,
            zips=(*self.zips, *wishes.zips),
            where=(*self.where, *wishes.where),
            sample=self.sample if wishes.sample is None else wishes.sample,
            seed=self.seed if wishes.seed is None else wishes.seed,
            sampler=wishes.sampler or self.sampler,
            name=self.name if wishes.name is None else wishes.name,
        )


def read_option(name: str, text: str, libraries: Libraries) -> SweepOption:
    """Read a sweep that a library holds.

    Args:
        name: The option's name.
        text: The override that asks for it, for messages.
        libraries: The libraries to look in.

    Raises:
        OverrideError: If there is no such option.
        LibraryError: If its file isn't the description of a sweep.
    """
    file = libraries.option_file(SWEEPS, name)
    if file is None:
        options = libraries.options(SWEEPS)
        near = nearest(name, options)
        detail = UnknownOption(group=SWEEPS, option=name, options=options, nearest=near)
        raise OverrideError(detail, OverrideOrigin(text))
    content = _content(name, file)
    where = content.get("where") or ()
    return SweepOption(
        overrides=(
            *map(str, content.get("overrides") or ()),
            *(f"{key}={_axis(values)}" for key, values in (content.get("axes") or {}).items()),
        ),
        zips=tuple(tuple(map(str, names)) for names in content.get("zip") or ()),
        where=(where,) if isinstance(where, str) else tuple(where),
        sample=content.get("sample"),
        seed=content.get("seed"),
        sampler=content.get("sampler"),
        name=content.get("name"),
    )


def _content(name: str, file: Path) -> Mapping[str, Any]:
    """Return the content of a sweep's file; raise if a field is unknown or of the wrong type."""
    document = read_file(file)
    content = (document.tree if document else None) or {}

    def refuse(detail: AboutFile, *path: str) -> NoReturn:
        origin = document.origin(path, key=path in document.keys) if document else None
        raise LibraryError(detail, origin)

    if not isinstance(content, Mapping):
        refuse(BadLibraryFile(file=str(file), reason="not a mapping"))
    for field, value in content.items():
        if field not in _FIELDS:
            known = tuple(_FIELDS)
            refuse(BadRulesField(file=str(file), entry=name, field=field, known=known), field)
        is_valid, description = _FIELDS[field]
        if value is not None and not is_valid(value):
            reason = f"{field} has to be {description}"
            refuse(BadRulesEntry(file=str(file), entry=name, reason=reason), field)
    for key, values in (content.get("axes") or {}).items():
        if values is None or values == []:
            reason = f"{key} has no values"
            refuse(BadRulesEntry(file=str(file), entry=name, reason=reason), "axes", key)
    return content


def _axis(values: Any) -> str:
    """Return the values of an axis in Hydra's grammar, from a list or from text in that grammar."""
    if not isinstance(values, list):
        return str(values)
    texts = ",".join(map(_text, values))
    return f"choice({texts})" if len(values) == 1 else texts


def _text(value: Any) -> str:
    """Return a value as Hydra's grammar reads it back.

    Text that would be read as another type is quoted.
    """
    if isinstance(value, str) and not (_PLAIN.fullmatch(value) and value.lower() not in _WORDS):
        return "'" + value.replace("'", "\\'") + "'"
    return spell_parsed(value)
