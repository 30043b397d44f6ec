"""YAML scalars, typed as OmegaConf types them: ``1e-5`` is a float, a date is text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from hydra_recipes.numbers import MAX_DIGITS, is_too_long

_SHORT = 64

CORE = "tag:yaml.org,2002:"
"""What ``!!`` stands for."""

_TEXT = CORE + "str"
_INT = CORE + "int"
_REAL = CORE + "float"
_NUMBERS = {_INT, _REAL}
_DIGITS = frozenset("0123456789")
_NUMERIC = _DIGITS | set("-+.")
_OCTAL = _DIGITS | {"o", "_"}
"""What follows the 0 of a number that some take for one of base 8."""
_PLAIN_VALUES = {CORE + "null", CORE + "bool", _TEXT} | _NUMBERS
_NO_VALUES = {CORE + "value", CORE + "merge"}
"""What ``=`` and ``<<`` mean to YAML 1.1; as a value no reader takes them."""

_FLOAT = r"""(?x)
    [-+]?[0-9]+(?:_[0-9]+)*
    (?:\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+|(?::[0-5]?[0-9])+\.[0-9_]*)
    |\.[0-9]+(?:_[0-9]+)*(?:[eE][-+][0-9]+)?
    |[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)
    """
"""What OmegaConf takes for a float; PyYAML doesn't take all of them."""

_UNCLEAR_WORDS = frozenset(
    ("yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF")
)
"""True and false, or text."""

_UNCLEAR_NUMBERS = r"""(?x)
    [-+]?(?!0+[0-7]?$)0o?[0-9_]+                      # of base 8, of base 10, or text
    |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)? # of base 60, or text
    |[0-9]{4}-[0-9]{2}-[0-9]{2}                       # a date, or text
    |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9: .Z+-]*
    """


class TooManyDigitsError(ValueError):
    """A number has more digits than a file may have."""


class _Scalars(yaml.SafeLoader):
    """Only its resolver and its constructors are used."""


_Scalars.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _PLAIN_VALUES | _NO_VALUES]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_scalars = _Scalars("")
_readers_of_1_1 = yaml.SafeLoader("")


def tag_of(event: yaml.ScalarEvent, *, key: bool = False) -> str:
    """Return the tag of a scalar: the written one, or the one that its text implies."""
    tag = event.tag
    if tag is None or tag == "!":
        known = len(event.value) <= _SHORT  # most are keys and words that come again and again
        tag = (_implied if known else _implied.__wrapped__)(event.value, event.implicit)
        if key and tag in _NO_VALUES:
            return _TEXT
    return str(tag)


@lru_cache(maxsize=8192)
def _implied(text: str, implicit: tuple[bool, bool]) -> str:
    """Return the tag that a scalar's text implies."""
    # Most keys and many values are words or counts, which are told in a fraction of the time.
    if not implicit[0] or text[:1] not in _scalars.yaml_implicit_resolvers:
        return _TEXT
    if _is_count(text):
        return _INT
    tag: str = _scalars.resolve(yaml.ScalarNode, text, implicit)  # type: ignore[no-untyped-call]
    may_be_float = tag == _TEXT and text[:1] in _NUMERIC
    return _REAL if may_be_float and re.fullmatch(_FLOAT, text) else tag


def _is_count(text: str) -> bool:
    """Return whether a text has only digits, and doesn't begin with a zero."""
    return text.isdecimal() and text.isascii() and text[0] != "0"


def is_plain_value(tag: str) -> bool:
    """Return whether a tag stands for null, a boolean, a number or text."""
    return tag in _PLAIN_VALUES


def is_unclear(event: yaml.ScalarEvent) -> bool:
    """Return whether YAML 1.1, YAML 1.2 and OmegaConf read a scalar as different values.

    A float without a dot, ``1e-5``, doesn't count; of that ``is_text_to_some`` tells.
    """
    text = event.value
    number = text.lstrip("+-")
    if not event.implicit[0] or number[:1] not in _DIGITS:
        return event.implicit[0] and text in _UNCLEAR_WORDS
    date = number[4:5] == "-" and number[3] in _DIGITS  # and not 1.0e-05
    if not (date or ":" in number or (number[0] == "0" and number[1:2] in _OCTAL)):
        return False  # most files have no such number; the pattern alone takes as long as a recipe
    return re.fullmatch(_UNCLEAR_NUMBERS, text) is not None


def is_text_to_some(text: str) -> bool:
    """Return whether readers of YAML 1.1 take a number for text: ``1e-5``, ``1.0e5``.

    Args:
        text: A scalar without quotes that is a float here.
    """
    tag = _readers_of_1_1.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return bool(tag == _TEXT)


def construct(tag: str, text: str) -> Any:
    """Return the value of a scalar.

    Raises:
        TooManyDigitsError: If it is a number of more than ``MAX_DIGITS``.
        ValueError: If the text doesn't fit the tag.
    """
    if tag == _TEXT:
        return text
    if tag == _INT and len(text) <= MAX_DIGITS and _is_count(text):
        return int(text)
    if tag in _NUMBERS and len(text.lstrip("+-")) > MAX_DIGITS:
        raise TooManyDigitsError(text)
    try:
        value = _Scalars.yaml_constructors[tag](_scalars, yaml.ScalarNode(tag, text))
    except (LookupError, OverflowError):  # "!!bool perhaps", '!!int ""'; 1:00:00:...:00.5
        raise ValueError(text) from None
    if is_too_long(value):  # in hexadecimal, say
        raise TooManyDigitsError(text)
    return value


def key_text(key: Any) -> str:
    """Return a mapping's key as YAML writes it: ``true``, ``null``, ``1``."""
    return {None: "null", True: "true", False: "false"}[key] if _is_word(key) else str(key)


def _is_word(key: Any) -> bool:
    return key is None or isinstance(key, bool)
