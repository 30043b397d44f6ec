"""The grammar of links: ``${run.replicas}``, ``${..x}``, ``${oc.select:a.b,1}``, ``$<run.x>``.

A parser of its own, so that each reference's place in the text is known (to rewrite it) and so that
reading links costs no import. A property test holds it against OmegaConf's own grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from hydra_recipes.links.syntax import Argument, Call, Element, Items, Pairs, Part, Parts, Reference
from hydra_recipes.literals import primitive

MAX_NESTING = 16
"""How deep links and values may stand in one another."""

_SPACE = re.compile(r"[ \t]*")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*)[ \t]*:")
_KEY = re.compile(r"[^\\{}()\[\]:. \t'\"]+")
_DOTS = re.compile(r"\.*")
_ESCAPE = re.compile(r"\\([\\()\[\]{}:=, \t])")
# What an argument without quotes may hold, and the key of a mapping: all but the colon.
_BARE = re.compile(r"(?:[A-Za-z0-9_/+.%*@?|: \t-]+|\$(?!\{)|\\[\\()\[\]{}:=, \t]|\\)+")
_BARE_KEY = re.compile(r"(?:[A-Za-z0-9_/+.%*@?|$ \t-]+|\\[\\()\[\]{}:=, \t]|\\)+")
_MARKS = {
    quote: re.compile(r"(?<!\\)(\\*)(\$\{" + (f"|{quote})" if quote else ")"))
    for quote in ("", "'", '"')
}
_SHOWN = 80


class LinkSyntaxError(ValueError):
    """The text has ``${`` but isn't a link; the argument says where it stops making sense."""


_T = TypeVar("_T")


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


def expand_shell_links(node: Any) -> Any:
    """A tree with every ``$<path>`` in it turned into ``${path}``."""
    if isinstance(node, dict):
        return {key: expand_shell_links(value) for key, value in node.items()}
    if isinstance(node, list):
        return [expand_shell_links(value) for value in node]
    return to_braces(node) if isinstance(node, str) else node


def parse(text: str) -> Parts:
    """Splits a value into plain text and links; plain text is unescaped.

    Raises:
        LinkSyntaxError: If a ``${`` isn't closed or what it holds isn't a link.
    """
    return _Reader(text).text(quote="")


def problem_in(text: str) -> str | None:
    """Where a value stops making sense as one with links; None if it makes sense."""
    try:
        parse(text)
    except LinkSyntaxError as error:
        return str(error)
    return None


class _Reader:
    def __init__(self, text: str) -> None:
        self.whole = text
        self.at = 0
        self.depth = 0
        self.start = 0

    def fail(self) -> LinkSyntaxError:
        return LinkSyntaxError(self.whole[self.start : self.start + _SHOWN])

    def sees(self, text: str) -> bool:
        return self.whole.startswith(text, self.at)

    def take(self, text: str) -> bool:
        taken = self.sees(text)
        self.at += len(text) if taken else 0
        return taken

    def spaces(self) -> None:
        self.at = self.match(_SPACE).end()

    def match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.whole, self.at)
        if found is None:
            raise self.fail()
        return found

    def nested(self, read: Callable[[], _T]) -> _T:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.fail()
        value = read()
        self.depth -= 1
        return value

    def text(self, quote: str) -> Parts:
        """Reads text with links up to a closing quote, or to the end."""
        parts: list[Part] = []
        plain = ""
        mark = _MARKS[quote]
        while found := mark.search(self.whole, self.at):
            slashes, what = found.groups()
            plain += self.whole[self.at : found.start()] + "\\" * (len(slashes) // 2)
            if len(slashes) % 2:
                plain += what
                self.at = found.end()
                continue
            self.at = found.end(1)
            if what == quote:
                return (*parts, plain) if plain else tuple(parts)
            parts += [plain] if plain else []
            plain = ""
            parts.append(self.nested(self.link))
        if quote:
            raise self.fail()
        plain += self.whole[self.at :]
        return (*parts, plain) if plain else tuple(parts)

    def link(self) -> Reference | Call:
        start = self.at
        if self.depth == 1:
            self.start = start
        self.take("${")
        self.spaces()
        name = _NAME.match(self.whole, self.at)
        if name:
            self.at = name.end()
            arguments = self.elements("}")
            return Call(start, self.at, name.group(1), arguments)
        key: list[Part] = [self.match(_DOTS).group()]
        self.at += len(str(key[0]))
        key += self.bracketed() if self.sees("[") else [self.key()]
        while self.sees("[") or self.sees("."):
            key += self.bracketed() if not self.take(".") else [".", self.key()]
        self.spaces()
        if not self.take("}"):
            raise self.fail()
        return Reference(start, self.at, tuple(key))

    def bracketed(self) -> list[Part]:
        self.take("[")
        key = self.key()
        if not self.take("]"):
            raise self.fail()
        return ["[", key, "]"]

    def key(self) -> Part:
        if self.sees("${"):
            return self.nested(self.link)
        found = self.match(_KEY)
        self.at = found.end()
        return found.group()

    def elements(self, closing: str) -> tuple[Element, ...]:
        """Reads elements with commas between them, and what closes them."""
        self.spaces()
        if self.take(closing):
            return ()
        elements = [self.nested(self.element)]
        self.spaces()
        while self.take(","):
            elements.append(self.nested(self.element))
            self.spaces()
        if not self.take(closing):
            raise self.fail()
        return tuple(elements)

    def element(self) -> Element:
        self.spaces()
        start = self.at
        if self.take("["):
            return Items(self.elements("]"))
        if self.take("{"):
            return self.pairs()
        for quote in "'\"":
            if self.take(quote):
                parts = self.text(quote)
                self.at += 1
                return Argument(start, self.at, parts, quoted=True)
        return self.bare(start)

    def bare(self, start: int) -> Argument:
        """Reads an argument without quotes: words and links."""
        parts: list[Part] = []
        while True:
            found = _BARE.match(self.whole, self.at)
            if found:
                self.at = found.end()
                text = found.group()
                if not self.sees("${"):
                    text = _without_trailing_spaces(text)
                    self.at = found.start() + len(text)
                parts += [_ESCAPE.sub(r"\1", text)] if text else []
            if not self.sees("${"):
                return Argument(start, self.at, tuple(parts), quoted=False)
            parts.append(self.nested(self.link))

    def pairs(self) -> Pairs:
        self.spaces()
        if self.take("}"):
            return Pairs(())
        pairs: list[tuple[Any, Element]] = []
        while True:
            self.spaces()
            found = self.match(_BARE_KEY)
            self.at = found.end()
            key = _without_trailing_spaces(found.group())
            if not self.take(":"):
                raise self.fail()
            value = self.nested(self.element)
            if isinstance(value, Argument) and value.start == value.stop:
                raise self.fail()
            pairs.append((primitive(_ESCAPE.sub(r"\1", key)), value))
            self.spaces()
            if self.take("}"):
                return Pairs(tuple(pairs))
            if not self.take(","):
                raise self.fail()


def _without_trailing_spaces(text: str) -> str:
    short = text.rstrip(" \t")
    if short.endswith(":"):
        return text  # OmegaConf's lexer takes them with the colon
    slashes = len(short) - len(short.rstrip("\\"))
    return text[: len(short) + 1] if slashes % 2 else short
