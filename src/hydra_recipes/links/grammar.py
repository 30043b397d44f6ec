"""Parser of links: ``${run.replicas}``, ``${..x}``, ``${oc.select:a.b,1}``, ``$<run.x>``.

OmegaConf has a parser too. This one also records where each reference stands in the text, so that
it can be rewritten, and costs no import. A property test compares it with OmegaConf's grammar.

For example, ``parse("s3://${run.name}/${add:1,2}")`` returns ``("s3://", Reference, "/", Call)``.
The reference has the key ``("", "run", ".", "name")``: its leading dots, here none, and then its
names with what separates them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from hydra_recipes.links.syntax import Argument, Call, Element, Items, Pairs, Part, Parts, Reference
from hydra_recipes.literals import primitive
from hydra_recipes.tree import with_texts

MAX_NESTING = 16
"""How many levels of links, lists and mappings may be nested in one another."""

_SPACE = re.compile(r"[ \t]*")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*)[ \t]*:")
_KEY = re.compile(r"[^\\{}()\[\]:. \t'\"]+")
_DOTS = re.compile(r"\.*")
_ESCAPE = re.compile(r"\\([\\()\[\]{}:=, \t])")
# An argument without quotes, and the same for the key of a mapping, which ends at a colon.
_BARE = re.compile(r"(?:[A-Za-z0-9_/+.%*@?|: \t-]+|\$(?!\{)|\\[\\()\[\]{}:=, \t]|\\)+")
_BARE_KEY = re.compile(r"(?:[A-Za-z0-9_/+.%*@?|$ \t-]+|\\[\\()\[\]{}:=, \t]|\\)+")
_MARKS = {
    quote: re.compile(r"(?<!\\)(\\*)(\$\{" + (f"|{quote})" if quote else ")"))
    for quote in ("", "'", '"')
}
_SHOWN = 80
"""How many characters of a link that can't be read an error shows."""


class LinkSyntaxError(ValueError):
    """Raised for a ``${`` that begins no valid link; its text is the start of that link."""


_T = TypeVar("_T")


def contains_link(value: object) -> bool:
    """Return whether a value is a string that may hold a link."""
    return isinstance(value, str) and "${" in value


def to_braces(text: str) -> str:
    r"""Return text with each shell-safe ``$<path>`` as ``${path}``; ``\$<`` stays as it is."""
    if "$<" not in text:
        return text
    pieces: list[str] = []
    closers: list[str] = []
    position = 0
    while position < len(text):
        if text.startswith("\\$<", position):
            pieces.append("\\$<")
            position += 3
        elif text.startswith("$<", position):
            pieces.append("${")
            closers.append(">")
            position += 2
        elif text.startswith("${", position):
            pieces.append("${")
            closers.append("}")
            position += 2
        elif closers and text[position] == closers[-1]:
            pieces.append("}")
            closers.pop()
            position += 1
        else:
            pieces.append(text[position])
            position += 1
    return "".join(pieces)


def expand_shell_links(node: Any) -> Any:
    """Return a copy of a tree with every ``$<path>`` in it as ``${path}``."""
    return with_texts(node, to_braces)


def parse(text: str) -> Parts:
    """Split a value into plain text, unescaped, and links.

    Raises:
        LinkSyntaxError: If a ``${`` isn't closed or what it holds isn't a link.
    """
    return _Reader(text).text(quote="")


def problem_in(text: str) -> str | None:
    """Return the start of the first link that can't be read, or None if all can be read."""
    try:
        parse(text)
    except LinkSyntaxError as error:
        return str(error)
    return None


class _Reader:
    """Recursive descent parser of one text.

    Attributes:
        whole: The text.
        at: The position of the next character to read.
        depth: How many links, lists and mappings are open.
        start: The position of the outermost link that is open, for errors.
    """

    def __init__(self, text: str) -> None:
        self.whole = text
        self.at = 0
        self.depth = 0
        self.start = 0

    def fail(self) -> LinkSyntaxError:
        """Return the error for the outermost link that is open."""
        return LinkSyntaxError(self.whole[self.start : self.start + _SHOWN])

    def sees(self, text: str) -> bool:
        """Return whether ``text`` comes next."""
        return self.whole.startswith(text, self.at)

    def take(self, text: str) -> bool:
        """Skip ``text`` if it comes next, and return whether it did."""
        taken = self.sees(text)
        self.at += len(text) if taken else 0
        return taken

    def spaces(self) -> None:
        """Skip spaces and tabs."""
        self.at = self.match(_SPACE).end()

    def match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Return the match of a pattern at this position, which stays; raise if there is none."""
        match = pattern.match(self.whole, self.at)
        if match is None:
            raise self.fail()
        return match

    def nested(self, read: Callable[[], _T]) -> _T:
        """Return what ``read`` returns, one level deeper; raise if that is too deep."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.fail()
        value = read()
        self.depth -= 1
        return value

    def text(self, quote: str) -> Parts:
        """Read text with links up to a closing quote, which is left, or to the end."""
        parts: list[Part] = []
        plain = ""
        pattern = _MARKS[quote]
        while match := pattern.search(self.whole, self.at):
            slashes, mark = match.groups()
            # Before a mark two backslashes stand for one, and an odd one makes the mark plain text.
            plain += self.whole[self.at : match.start()] + "\\" * (len(slashes) // 2)
            if len(slashes) % 2:
                plain += mark
                self.at = match.end()
                continue
            self.at = match.end(1)
            if mark == quote:
                return (*parts, plain) if plain else tuple(parts)
            parts += [plain] if plain else []
            plain = ""
            parts.append(self.nested(self.link))
        if quote:
            raise self.fail()
        plain += self.whole[self.at :]
        return (*parts, plain) if plain else tuple(parts)

    def link(self) -> Reference | Call:
        """Read a link from its ``${`` to its ``}``: a resolver's call or a reference."""
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
        """Read ``[key]``, and return its three parts."""
        self.take("[")
        key = self.key()
        if not self.take("]"):
            raise self.fail()
        return ["[", key, "]"]

    def key(self) -> Part:
        """Read one name of a key, or the link that gives it."""
        if self.sees("${"):
            return self.nested(self.link)
        match = self.match(_KEY)
        self.at = match.end()
        return match.group()

    def elements(self, closing: str) -> tuple[Element, ...]:
        """Read elements separated by commas, and the closing character after them."""
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
        """Read one argument: a list, a mapping, quoted text, or words and links."""
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
        """Read an argument without quotes: words and links."""
        parts: list[Part] = []
        while True:
            match = _BARE.match(self.whole, self.at)
            if match:
                self.at = match.end()
                text = match.group()
                if not self.sees("${"):
                    text = _without_trailing_spaces(text)
                    self.at = match.start() + len(text)
                parts += [_ESCAPE.sub(r"\1", text)] if text else []
            if not self.sees("${"):
                return Argument(start, self.at, tuple(parts), quoted=False)
            parts.append(self.nested(self.link))

    def pairs(self) -> Pairs:
        """Read the pairs of a mapping, and the brace that closes it."""
        self.spaces()
        if self.take("}"):
            return Pairs(())
        pairs: list[tuple[Any, Element]] = []
        while True:
            self.spaces()
            match = self.match(_BARE_KEY)
            self.at = match.end()
            key = _without_trailing_spaces(match.group())
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
    """Return text as OmegaConf's lexer leaves it: an escaped space at its end stays."""
    stripped = text.rstrip(" \t")
    if stripped.endswith(":"):
        return text  # OmegaConf's lexer makes the spaces part of the colon
    slashes = len(stripped) - len(stripped.rstrip("\\"))
    return text[: len(stripped) + 1] if slashes % 2 else stripped
