"""Sweeps kept in a library: the options of the group ``sweep``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from hydra_recipes.composing.hydra_bridge import ParsedOverride
from hydra_recipes.findings.errors import LibraryError, OverrideError
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.library.reading import read_file
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.sweep.space.request import SweepOptions
from hydra_recipes.tree import nearest

_PLAIN = re.compile(r"[A-Za-z][\w./-]*")
_WORDS = ("null", "true", "false", "nan", "inf")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _axes(value: Any) -> bool:
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
"""The fields of a sweep: what each may be, and how that is called."""


@dataclass(frozen=True)
class SweepOption:
    """What an option of the group ``sweep`` holds.

    Attributes:
        overrides: Its choices, values and axes, in Hydra's grammar.
        zips: Names of axes that are tied.
        where: CEL expressions.
        sample: How many points to draw, if it says.
        seed: The seed of the drawing, if it says.
        sampler: What draws them, if it says.
        name: The template of run names, if it says.
    """

    overrides: tuple[str, ...]
    zips: tuple[tuple[str, ...], ...]
    where: tuple[str, ...]
    sample: int | None
    seed: int | None
    sampler: str | None
    name: str | None

    def added_to(self, wishes: SweepOptions) -> SweepOptions:
        """The wishes with what this option asks for; what the user asked for wins."""
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
    """Reads a sweep from the libraries.

    Args:
        name: The option.
        text: The override that asks for it.
        libraries: Where to look.

    Raises:
        OverrideError: If there is no such option.
        LibraryError: If its file makes no sense.
    """
    file = libraries.option_file(SWEEPS, name)
    if file is None:
        options = libraries.options(SWEEPS)
        data = {"nearest": nearest(name, options), "options": options, "option": name}
        raise OverrideError("unknown-option", OverrideOrigin(text), group=SWEEPS, **data)
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
    """What a sweep's file holds, each field of the kind that it has to be."""
    document = read_file(file)
    content = (document.tree if document else None) or {}

    def refuse(kind: str, where: tuple[Any, ...], **data: Any) -> NoReturn:
        origin = document.origin(where, key=where in document.keys) if document else None
        raise LibraryError(kind, origin, file=str(file), **data)

    if not isinstance(content, Mapping):
        refuse("bad-library-file", (), reason="not a mapping")
    for field, value in content.items():
        if field not in _FIELDS:
            refuse("bad-rules-field", (field,), entry=name, field=field, known=tuple(_FIELDS))
        fits, kind = _FIELDS[field]
        if value is not None and not fits(value):
            refuse("bad-rules-entry", (field,), entry=name, reason=f"{field} has to be {kind}")
    for key, values in (content.get("axes") or {}).items():
        if values is None or values == []:
            refuse("bad-rules-entry", ("axes", key), entry=name, reason=f"{key} has no values")
    return content


def _axis(values: Any) -> str:
    """An axis as Hydra's grammar has it, from a list of values or from text in that grammar."""
    if not isinstance(values, list):
        return str(values)
    texts = ",".join(map(_text, values))
    return f"choice({texts})" if len(values) == 1 else texts


def _text(value: Any) -> str:
    """A value as Hydra's grammar reads it back; text that could be read otherwise is quoted."""
    if isinstance(value, str) and not (_PLAIN.fullmatch(value) and value.lower() not in _WORDS):
        return "'" + value.replace("'", "\\'") + "'"
    return ParsedOverride.value_text(value)
