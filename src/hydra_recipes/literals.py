"""Literals: how one value is written in YAML, and in Hydra's override grammar.

Private: it may change in any release.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hydra_recipes.text import INVISIBLE

_BARE = r"[A-Za-z_][A-Za-z0-9_./:@+-]*|\?\?\?"
_LINK = r"\$\{[A-Za-z0-9_.]+\}"
_IN_KEY = r"([\\()\[\]{}:=, \t])"
# Text that every YAML reader takes as text: it starts like a word and has no special characters.
_PLAIN = r"[A-Za-z_$/][A-Za-z0-9_+/.@${}-]*(?::[A-Za-z0-9_+/.@-]+|[A-Za-z0-9_+/.@${}-])*"
_RESERVED = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf")
)
_NO_NUMBERS = {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_UNPRINTABLE = rf'["\\\x00-\x1f\x7f-\x9f{INVISIBLE}\U000e0000-\U0010ffff]'
_WORDS: dict[str, Any] = {"null": None, "true": True, "false": False}
_MAX_DIGITS = 1_000  # a longer number is text: Python limits how many digits it converts
_INT = r"(?:0|[1-9](?:_?[0-9])*)"
_INTEGER = rf"[+-]?{_INT}"
_POINT = rf"(?:{_INT}\.|{_INT}?\.[0-9](?:_?[0-9])*)"
_EXPONENT = rf"(?:{_INT}|{_POINT})[eE][+-]?[0-9](?:_?[0-9])*"
_FLOAT = rf"[+-]?(?:{_EXPONENT}|{_POINT}|[Ii][Nn][Ff]|[Nn][Aa][Nn])"


def spell_value(value: Any, spell_scalar: Callable[[Any], str] | None = None) -> str:
    """Return a value in Hydra's grammar; text is quoted if it could be read as something else.

    Args:
        value: The value.
        spell_scalar: Spells what is in it, texts and numbers, in another way.
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        items = value.items()
        pairs = (f"{_spell_key(key)}:{spell_value(item, spell_scalar)}" for key, item in items)
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(spell_value(item, spell_scalar) for item in value) + "]"
    return (spell_scalar or _spell_scalar)(value)


def _spell_scalar(value: Any) -> str:
    if not isinstance(value, str):
        return repr(value)
    plain = _is_bare(value) and not is_reserved(value)  # Hydra reads yes as text, YAML doesn't
    return value if plain or re.fullmatch(_LINK, value) else in_quotes(value)


def _is_bare(text: str) -> bool:
    """Return whether Hydra's grammar reads a text without quotes as that text."""
    return bool(re.fullmatch(_BARE, text)) and primitive(text) == text


def _spell_key(key: Any) -> str:
    """Return the key of a mapping in Hydra's grammar."""
    return spell_value(key) if not isinstance(key, str) else re.sub(_IN_KEY, r"\\\1", key)


def in_quotes(text: str, quote: str = '"') -> str:
    """Return text in Hydra's quotes, double or single."""
    # Inside Hydra's quotes a backslash is special only before a quote, and at the end.
    inside = re.sub(
        rf"(\\*)({quote}|\Z)", lambda mark: 2 * mark[1] + (mark[2] and f"\\{quote}"), text
    )
    return f"{quote}{inside}{quote}"


def unquoted(text: str) -> str:
    """Return the text inside quotes of Hydra's grammar; text without quotes as it is."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return re.sub(rf"(\\+)({text[0]}|$)", _with_half, text[1:-1])
    return text


def _with_half(match: re.Match[str]) -> str:
    """Return half of the backslashes before a quote, and the quote."""
    return match[1][: len(match[1]) // 2] + match[2]


def spell_choice(group: str, option: str, sign: str = "") -> str:
    """Return the override that chooses an option, whatever its name: ``+dataset="10"``.

    An option is a file's name and never YAML, so words such as ``none`` need no quotes.
    """
    return f"{sign}{group}={option if _is_bare(option) else spell_value(option)}"


def options_meant(value: Any, options: Iterable[str]) -> list[str]:
    """Return the options whose names read as this value, which isn't text: ``1e3`` as 1000.0."""
    return [option for option in options if repr(primitive(option)) == repr(value)]


def in_flow(value: Any) -> str:
    """Return a value as YAML text in one line."""
    return in_brackets(value) if isinstance(value, Mapping | list) else scalar(value)


def in_brackets(value: Any) -> str:
    """Return the same where it stands in brackets, which no text without quotes may have then."""
    if isinstance(value, Mapping):
        pairs = (f"{in_brackets(key)}: {in_brackets(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_brackets, value)) + "]"
    has_brackets = isinstance(value, str) and set(value) & set("{}")
    return quoted(value) if has_brackets else scalar(value)


def scalar(value: Any) -> str:
    """Return one value as YAML text; of mappings and lists, only the empty ones."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    text = str(value)
    return text if isinstance(value, int) or _is_plain(text) else quoted(text)


def quoted(text: str) -> str:
    """Return text in double quotes, which all YAML readers read alike."""
    return '"' + re.sub(_UNPRINTABLE, lambda match: _escaped(match.group()), text) + '"'


def _is_plain(text: str) -> bool:
    """Return whether text needs no quotes in YAML."""
    is_word = text.isascii() and text.isidentifier()  # most are: spares them the pattern
    return (is_word or re.fullmatch(_PLAIN, text) is not None) and not is_reserved(text)


def is_reserved(text: str) -> bool:
    """Return whether some YAML reader takes a word for something other than text: ``yes``."""
    return text.lower() in _RESERVED


def _escaped(character: str) -> str:
    """Return a character as YAML writes it in double quotes, as an escape."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    digits = f"{ord(character):x}"
    letter, width = ("x", 2) if len(digits) <= 2 else ("u", 4) if len(digits) <= 4 else ("U", 8)  # noqa: PLR2004 - YAML's three widths
    return f"\\{letter}{digits:0>{width}}"


def float_text(value: float) -> str:
    """Return a float as all YAML readers take it: with a point, and a sign in its exponent."""
    text = repr(value)
    if text in _NO_NUMBERS:
        return _NO_NUMBERS[text]
    mantissa, exponent, power = text.partition("e")
    if "." not in mantissa:
        mantissa += ".0"
    if exponent and power[0] not in "+-":
        power = f"+{power}"
    return mantissa + exponent + power


def primitive(text: str) -> Any:
    """Return the value of unquoted text: None, a boolean, a number, or the text itself."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if len(text) > _MAX_DIGITS:
        return text
    if re.fullmatch(_INTEGER, text):
        return int(text)
    return float(text) if re.fullmatch(_FLOAT, text) else text
