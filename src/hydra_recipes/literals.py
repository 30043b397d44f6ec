"""Values and options as Hydra's grammar reads them: text is quoted where it has to be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from hydra_recipes.documents.emitter import is_reserved
from hydra_recipes.links.grammar import primitive

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_./:@+-]*|\?\?\?")
_LINK = re.compile(r"\$\{[A-Za-z0-9_.]+\}")
_IN_KEY = re.compile(r"([\\()\[\]{}:=, \t])")


def spell_value(value: Any) -> str:
    """A value as Hydra's grammar reads it: text is quoted where it could be taken otherwise."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        items = (f"{_spell_key(key)}:{spell_value(item)}" for key, item in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(spell_value, value)) + "]"
    if not isinstance(value, str):
        return repr(value)
    plain = _BARE.fullmatch(value) and primitive(value) == value
    plain = plain and not is_reserved(value)  # which Hydra takes for text, and a file doesn't
    return value if plain or _LINK.fullmatch(value) else _quoted(value)


def _spell_key(key: Any) -> str:
    return spell_value(key) if not isinstance(key, str) else _IN_KEY.sub(r"\\\1", key)


def _quoted(text: str) -> str:
    # In Hydra's quotes a backslash counts only before a quote, and at the end.
    return '"' + re.sub(r'(\\*)("|$)', lambda at: 2 * at[1] + (at[2] and '\\"'), text) + '"'


def spell_choice(group: str, option: str, sign: str = "") -> str:
    """The override that chooses an option, whatever it is called: ``+dataset="10"``."""
    return f"{sign}{group}={spell_value(option)}"


def options_meant(value: Any, options: Iterable[str]) -> list[str]:
    """The options whose names would be read as a value that is no text: ``1e3`` as a number."""
    return [one for one in options if repr(primitive(one)) == repr(value)]
