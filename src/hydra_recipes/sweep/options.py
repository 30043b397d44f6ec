"""Sweeps kept in a library: the options of the group ``sweep``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hydra_recipes.errors import LibraryError, OverrideError
from hydra_recipes.hydra_bridge import ParsedOverride
from hydra_recipes.keys import nearest
from hydra_recipes.library import SWEEPS, Libraries, load_yaml
from hydra_recipes.origins import OverrideOrigin
from hydra_recipes.sweep.space import Wishes

_PLAIN = re.compile(r"[A-Za-z][\w./-]*")
_WORDS = ("null", "true", "false", "nan", "inf")
_FIELDS = ("axes", "overrides", "zip", "where", "sample", "seed", "sampler", "name")


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

    def added_to(self, wishes: Wishes) -> Wishes:
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
    content = load_yaml(file)
    unknown = [f for f in content if f not in _FIELDS] if isinstance(content, Mapping) else ["it"]
    if unknown:
        entry: dict[str, Any] = {"entry": name, "field": unknown[0], "known": _FIELDS}
        raise LibraryError("bad-rules-field", **entry, file=str(file))
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
