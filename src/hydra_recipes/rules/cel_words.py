"""The words of a CEL expression: the names that it reads, and the functions that it calls.

What stands in quotes or in a comment is no word, and neither is the variable of a macro
(``x`` in ``betas.all(x, x < 1.0)``) nor a field of what isn't a name (``at`` in ``f(x).at``).
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

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
"""What CEL has. ``has`` is none of them: a key that isn't there is ``null`` here."""

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


class Word(NamedTuple):
    """A word, and where it stands in the expression."""

    text: str
    kind: Kind
    start: int
    end: int


@lru_cache(maxsize=1024)
def words_in(source: str) -> tuple[Word, ...]:
    """The words of an expression, in reading order; fields are told with what they are of."""
    return tuple(_words(source))


def names_in(source: str) -> tuple[str, ...]:
    """The names that an expression reads, each once."""
    return tuple(dict.fromkeys(one.text for one in words_in(source) if one.kind == "name"))


def foreign_word(source: str) -> str | None:
    """What is wrong with the first word that other languages have and CEL hasn't."""
    return next(filter(None, map(_foreign, words_in(source))), None)


def _foreign(one: Word) -> str | None:
    word, kind = one.text, one.kind
    if kind == "name":
        return f"CEL writes {_CONSTANTS[word]} for {word}" if word in _CONSTANTS else None
    told = None
    if kind == "function" and word == "in":
        told = "a list stands in brackets: KEY in [1, 2]"
    elif kind == "function" and word in _SIGNS:
        told = f"CEL writes {_SIGNS[word]} for {word}"
    elif kind == "function" and word == "has":
        told = "has() is always true here, as a key that isn't there is null: use KEY != null"
    elif kind == "function" and word in METHODS - FUNCTIONS:
        told = f"{word} is written after a value: VALUE.{word}(...)"
    elif word not in (known := FUNCTIONS if kind == "function" else METHODS):
        told = f"there is no {kind} {word}; there is {', '.join(sorted(known))}"
    return told


def foreign_sign(source: str) -> str | None:
    """What is wrong with the first sign that other languages have, in what is no CEL."""
    bare = "".join(" " if token["aside"] else token[0] for token in _TOKEN.finditer(source))
    sign = next((one for one in _SIGN.findall(bare) if one in _SIGNS), None)
    return sign and f"CEL writes {_SIGNS[sign]} for {sign}"


def has_room(source: str) -> bool:
    """Whether each number of an expression has room in the 64 bits that CEL has."""
    return all(_fits(token["number"]) for token in _TOKEN.finditer(source) if token["number"])


def _fits(number: str) -> bool:
    bare = number.rstrip("uU")
    try:
        if bare[1:2] in ("x", "X"):
            return int(bare, 16) < 2**64
        return int(bare) < 2**64 if bare != number else int(bare) <= 2**63
    except ValueError:
        return not _is_infinite(bare)


def _is_infinite(number: str) -> bool:
    try:
        return math.isinf(float(number))
    except ValueError:  # what is no number is told by who reads it
        return False


def _words(source: str) -> Iterator[Word]:
    variables: list[str | None] = []  # for each open bracket, that of the macro; "" is to come
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
