"""The grammar of links: ``${run.replicas}``, ``${..x}``, ``${oc.select:a.b,1}``, ``$<run.x>``.

A parser of its own, so that each reference's place in the text is known (to rewrite it) and so that
reading links costs no import. A property test holds it against OmegaConf's own grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"[A-Za-z_][\w.]*(?=\s*:)")
_KEY = re.compile(r"[^\s.:\[\]{}\\$'\"]+")
_WORDS: dict[str, Any] = {"null": None, "true": True, "false": False}


class LinkSyntaxError(ValueError):
    """The text has ``${`` but isn't a link; the argument says where it stops making sense."""


@dataclass(frozen=True)
class Reference:
    """``${a.b}`` or ``${..b}``.

    Attributes:
        start: Where it begins in the text.
        stop: Where it ends, exclusive.
        dots: 0 for an absolute one; 1 for the same mapping, 2 for the parent's, …
        keys: The keys; one that is itself a link is a tuple of parts.
    """

    start: int
    stop: int
    dots: int
    keys: tuple[str | Parts, ...]


@dataclass(frozen=True)
class Argument:
    """One argument of a resolver: its place and its parts, or a plain value."""

    start: int
    stop: int
    parts: Parts
    quoted: bool

    @property
    def value(self) -> Any:
        """The plain value, for an argument without links."""
        text = "".join(part for part in self.parts if isinstance(part, str))
        return text if self.quoted else primitive(text)


@dataclass(frozen=True)
class Call:
    """``${name:argument,…}``."""

    start: int
    stop: int
    name: str
    arguments: tuple[Argument, ...]


Parts = tuple["str | Reference | Call", ...]


def contains_link(value: object) -> bool:
    """Whether a value is a string that may hold a link."""
    return isinstance(value, str) and "${" in value


def to_braces(text: str) -> str:
    r"""Turns the shell-safe ``$<path>`` into ``${path}``; ``\$<`` stays as it is."""
    if "$<" not in text:
        return text
    out: list[str] = []
    closers: list[str] = []
    at = 0
    while at < len(text):
        if text.startswith("\\$<", at):
            out.append("\\$<")
            at += 3
        elif text.startswith("$<", at):
            out.append("${")
            closers.append(">")
            at += 2
        elif text.startswith("${", at):
            out.append("${")
            closers.append("}")
            at += 2
        elif closers and text[at] == closers[-1]:
            out.append("}")
            closers.pop()
            at += 1
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def braces_in(node: Any) -> Any:
    """A tree with every ``$<path>`` in it turned into ``${path}``."""
    if isinstance(node, dict):
        return {key: braces_in(value) for key, value in node.items()}
    if isinstance(node, list):
        return [braces_in(value) for value in node]
    return to_braces(node) if isinstance(node, str) else node


def primitive(text: str) -> Any:
    """An unquoted argument's value: null, a boolean, a number, otherwise the text itself."""
    text = text.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if text[:1] in "+-.0123456789" or text.lower().lstrip("+-") in ("inf", "nan"):
        for convert in (int, float):
            try:
                number = convert(text)
            except ValueError:
                continue
            octal = convert is int and text.lstrip("+-")[:1] == "0" and number != 0
            return text if octal else number
    return text


def parse(text: str) -> Parts:
    """Splits a value into plain text and links; plain text is unescaped.

    Raises:
        LinkSyntaxError: If a ``${`` isn't closed or what it holds isn't a link.
    """
    parts, at = _text(text, 0, closing="")
    assert at == len(text)
    return parts


def _text(text: str, at: int, closing: str) -> tuple[Parts, int]:
    """Reads text with links up to a closing quote, or to the end."""
    parts: list[str | Reference | Call] = []
    plain: list[str] = []
    while at < len(text):
        slashes = len(text) - at - len(text[at:].lstrip("\\"))
        after = at + slashes
        if slashes and (
            text.startswith("${", after) or (closing and text[after : after + 1] == closing)
        ):
            plain.append("\\" * (slashes // 2))
            at = after
            if slashes % 2:
                taken = 2 if text.startswith("${", after) else 1
                plain.append(text[after : after + taken])
                at += taken
            continue
        if slashes:
            plain.append("\\" * slashes)
            at = after
            continue
        if closing and text[at] == closing:
            break
        if text.startswith("${", at):
            if plain:
                parts.append("".join(plain))
                plain = []
            link, at = _link(text, at)
            parts.append(link)
        else:
            plain.append(text[at])
            at += 1
    if plain:
        parts.append("".join(plain))
    return tuple(parts), at


def _spaces(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at


def _link(text: str, start: int) -> tuple[Reference | Call, int]:
    at = _spaces(text, start + 2)
    name = _NAME.match(text, at)
    if name:
        return _call(text, start, name.group(), text.index(":", name.end()) + 1)
    dots = 0
    while text.startswith(".", at):
        dots += 1
        at += 1
    keys: list[str | Parts] = []
    while True:
        bracket = text.startswith("[", at)
        if not bracket and keys and not text.startswith(".", at):
            break
        at += bracket or bool(keys)
        if text.startswith("${", at):
            inner, at = _link(text, at)
            keys.append((inner,))
        else:
            key = _KEY.match(text, at)
            if not key:
                raise LinkSyntaxError(text[start:])
            keys.append(key.group())
            at = key.end()
        if bracket:
            if not text.startswith("]", at):
                raise LinkSyntaxError(text[start:])
            at += 1
    at = _spaces(text, at)
    if not text.startswith("}", at):
        raise LinkSyntaxError(text[start:])
    return Reference(start, at + 1, dots, tuple(keys)), at + 1


def _call(text: str, start: int, name: str, at: int) -> tuple[Call, int]:
    arguments: list[Argument] = []
    at = _spaces(text, at)
    if text.startswith("}", at):
        return Call(start, at + 1, name, ()), at + 1
    while True:
        argument, at = _argument(text, start, at)
        arguments.append(argument)
        at = _spaces(text, at)
        if text.startswith("}", at):
            return Call(start, at + 1, name, tuple(arguments)), at + 1
        if not text.startswith(",", at):
            raise LinkSyntaxError(text[start:])
        at += 1


def _argument(text: str, start: int, at: int) -> tuple[Argument, int]:
    at = _spaces(text, at)
    first = at
    if text[at : at + 1] in ("'", '"'):
        parts, at = _text(text, at + 1, closing=text[at])
        if at >= len(text):
            raise LinkSyntaxError(text[start:])
        return Argument(first, at + 1, parts, quoted=True), at + 1
    pieces: list[str | Reference | Call] = []
    plain = at
    while at < len(text) and text[at] not in ",}":
        if text[at] in "[]{'\"\\":
            raise LinkSyntaxError(text[start:])
        if text.startswith("${", at):
            if text[plain:at]:
                pieces.append(text[plain:at])
            link, at = _link(text, at)
            pieces.append(link)
            plain = at
        else:
            at += 1
    tail = text[plain:at].rstrip()
    if tail:
        pieces.append(tail)
    return Argument(first, plain + len(tail) if tail else plain, tuple(pieces), quoted=False), at
