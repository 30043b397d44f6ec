"""Words of a CEL expression: the names that it reads and the functions that it calls.

Text in quotes or comments has no words. Neither is the variable of a macro a word (``x`` in
``betas.all(x, x < 1.0)``), nor a field of a call's result (``at`` in ``f(x).at``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from hydra_recipes.record import Record

_TOKEN = re.compile(
    r"""
    (?P<aside>//[^\n]* | [rRbB]{0,2}(?: \"{3}.*?\"{3} | '{3}.*?'{3}
        | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' ))
    | (?P<number>\d[\d.]*(?:[eE][+-]?\d+|[xX][\dA-Fa-f]+)?[uU]?)
    | (?P<field>\.\s*)?(?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)(?P<call>\s*\()?
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | .
    """,
    re.VERBOSE | re.DOTALL,
)
_OF_CEL = frozenset(
    {"true", "false", "null", "in", "bool", "bytes", "double", "int", "string", "uint"}
)
_MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
FUNCTIONS = frozenset({"bool", "bytes", "double", "int", "size", "string", "type", "uint"})
METHODS = _MACROS | {"contains", "endsWith", "matches", "size", "startsWith"}
"""CEL's methods, without ``has``, which has no use here: a key that isn't there is ``null``."""

_CONSTANTS = {"True": "true", "False": "false", "None": "null"}
_SIGNS = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "is": "==",
    "if": "CONDITION ? ONE : OTHER",
    "=": "==",
    "===": "==",
    "<>": "!=",
    "~=": "!=",
    "&": "&&",
    "|": "||",
}
_SIGN = re.compile(r"[=!<>~&|]+|(?<![\w.])[a-z]+(?!\w)")


Kind = Literal["name", "function", "method"]


class Word(Record):
    """A word, and where it stands in the expression.

    Attributes:
        text: The word; a name has its fields too, without spaces: ``optim.lr``.
        kind: Whether it is a name, a function (``size(x)``) or a method (``x.size()``).
        start: Its position in the expression, from 0.
        end: The position after its end.
    """

    text: str
    kind: Kind
    start: int
    end: int


@lru_cache(maxsize=1024)
def words_in(source: str) -> tuple[Word, ...]:
    """Return the words of an expression in reading order."""
    return tuple(_words(source))


def names_in(source: str) -> tuple[str, ...]:
    """Return the names that an expression reads, each once."""
    return tuple(dict.fromkeys(word.text for word in words_in(source) if word.kind == "name"))


def foreign_word(source: str) -> str | None:
    """Return what is wrong with the first word that CEL doesn't have, or None."""
    return next(filter(None, map(_foreign, words_in(source))), None)


def _foreign(word: Word) -> str | None:
    """Return what is wrong with a word that CEL doesn't have, or None if CEL has it."""
    text, kind = word.text, word.kind
    if kind == "name":
        return f"CEL writes {_CONSTANTS[text]} for {text}" if text in _CONSTANTS else None
    problem = None
    if kind == "function" and text == "in":
        problem = "a list stands in brackets: KEY in [1, 2]"
    elif kind == "function" and text in _SIGNS:
        problem = f"CEL writes {_SIGNS[text]} for {text}"
    elif kind == "function" and text == "has":
        problem = "has() is always true here, as a key that isn't there is null: use KEY != null"
    elif kind == "function" and text in METHODS - FUNCTIONS:
        problem = f"{text} is written after a value: VALUE.{text}(...)"
    elif text not in (of_cel := FUNCTIONS if kind == "function" else METHODS):
        problem = f"there is no {kind} {text}; there is {', '.join(sorted(of_cel))}"
    return problem


def foreign_sign(source: str) -> str | None:
    """Return what is wrong with the first sign of another language in an expression, or None."""
    bare = "".join(" " if token["aside"] else token[0] for token in _TOKEN.finditer(source))
    sign = next((sign for sign in _SIGN.findall(bare) if sign in _SIGNS), None)
    return sign and f"CEL writes {_SIGNS[sign]} for {sign}"


def has_room(source: str) -> bool:
    """Return whether every number of an expression fits in CEL's 64 bits."""
    return all(_fits(token["number"]) for token in _TOKEN.finditer(source) if token["number"])


def _fits(number: str) -> bool:
    """Return whether a number as it is written fits in 64 bits; one with ``u`` is unsigned."""
    bare = number.rstrip("uU")
    try:
        if bare[1:2] in ("x", "X"):
            return int(bare, 16) < 2**64
        return int(bare) < 2**64 if bare != number else int(bare) <= 2**63
    except ValueError:
        return not _is_infinite(bare)


def _is_infinite(number: str) -> bool:
    """Return whether a decimal as it is written overflows a double."""
    try:
        return math.isinf(float(number))
    except ValueError:  # not a number at all, which the CEL parser reports
        return False


def _words(source: str) -> Iterator[Word]:
    """Yield the words of an expression in reading order."""
    # For each open bracket the variable of its macro: "" until it is read, None without a macro.
    variables: list[str | None] = []
    for token in _TOKEN.finditer(source):
        if token["open"]:
            variables.append(None)
        elif token["close"]:
            del variables[-1:]
        elif token["name"]:
            whole, is_field = token["name"], bool(token["field"])
            name, _, called = whole.rpartition(".") if token["call"] else (whole, "", "")
            first, end = name.partition(".")[0].strip(), token.start("name") + len(name.rstrip())
            if name and not is_field and first not in (*variables, *_OF_CEL):
                if variables and variables[-1] == "":
                    variables[-1] = first
                else:
                    text = re.sub(r"\s", "", name)
                    yield Word(text, "name", token.start("name"), end)
            if token["call"]:
                is_method = bool(name) or is_field
                kind: Kind = "method" if is_method else "function"
                yield Word(called.strip(), kind, end, token.end("name"))
                variables.append("" if is_method and called.strip() in _MACROS else None)
