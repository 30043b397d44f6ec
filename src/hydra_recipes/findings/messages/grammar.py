"""Messages about overrides that can't be parsed, or whose functions are called wrongly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from hydra_recipes.findings.messages.base import AboutOverride, Detail, Text, Unparsed
from hydra_recipes.literals import in_quotes
from hydra_recipes.override import Override
from hydra_recipes.shell_words import quote
from hydra_recipes.text import WIDEST, perhaps
from hydra_recipes.tree import nearest

CallFault = Literal["unknown", "inside", "several", "order", "cast", "keys", "call"]
"""What may be wrong with a call."""
USAGES = {
    "bool": "bool(true,0,...)",
    "choice": "choice(A,B,...)",
    "float": "float(1,2,...)",
    "glob": "glob(PATTERN), alone",
    "int": "int(1.0,2.0,...)",
    "interval": "interval(START,END), of numbers",
    "range": "range(START,STOP,STEP), of numbers: range(5,21,5)",
    "shuffle": "shuffle(A,B,...), or shuffle(range(START,STOP,STEP))",
    "sort": "sort(A,B,...), or sort(range(START,STOP,STEP),reverse=true)",
    "str": "str(A,B,...)",
    "tag": "tag(log,interval(START,END))",
}
"""How each function of the grammar is called."""
_MEANT = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}
_NUMBER = r"(?i:[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?)"
_CALL = r"(\w+)\("
_INDEXED = r"(\w+)\[(.*)\]"
_BRACKETS = r"([({])([^(){}\[\]:]+,[^(){}\[\]:]+)[)}]"
_KEY = r"(?a:(?:~|\+\+|\+)?[A-Za-z0-9_][\w./@:-]*)"


class WrongCall(Detail):
    """What the grammar accepts and nobody can mean, mostly a function that is called wrongly.

    Attributes:
        name: The name of the function.
        reason: What is wrong; ``call`` is something else about the arguments.
        given: The arguments.
        members: The values that the only argument stands for, if they are few.
        known: The functions there are.
    """

    name: str
    reason: CallFault
    given: Sequence[str] = ()
    members: Sequence[str] = ()
    known: Sequence[str] = ()

    def text_in(self, override: str, typed: str) -> Text:
        """Return the message about an override with this call; ``typed`` is how it is shown."""
        written = Override.read(override)
        key, value = written.element, written.value
        name, given = self.name, ",".join(self.given)
        match self.reason:
            case "unknown":
                message = f"calls {name}, and there is no such function; there are "
                message, hint = f"{message}{', '.join(self.known)}", self._known_hint(key, value)
            case "inside":
                message = f"has {given} inside, which stands for several values by itself"
                members = ",".join(self.members)
                hint = f"written out: {members}" if members else f"alone: {one_word(key, given)}"
            case "several":
                message = f"gives {name} what it doesn't take: {given}"
                hint = self._several_hint(key)
            case "order":
                message = f"sorts {given}: numbers and texts have no order"
                hint = self._order_hint(key)
            case "keys":
                message = "has a key twice in one mapping, and a recipe would lose one"
                hint = "1, 1.0 and true are the same key here; leave one out"
            case "cast":
                message = f"can't make {_MEANT[name]} of {given}"
                hint = f"it is {USAGES[name]}; if text is meant, quote the value"
            case _:
                message, hint = f"calls {name} wrongly", f"it is {USAGES[name]}"
        return Text(f"{typed} {message}", hint)

    def _known_hint(self, key: str, value: str) -> str:
        near = nearest(self.name, self.known)
        hint = perhaps(near) or f"an axis is written out: {key}=A,B,C"
        text = quoted(key, value)
        return f"{hint}; for text: {text}" if text else hint

    def _several_hint(self, key: str) -> str:
        if self.members and self.name in _MEANT:
            members = ",".join(self.members)
            return f"written out: {one_word(key, f'{self.name}({members})')}"
        if self.given and self.given[0].startswith("glob("):
            return f"a glob's options stand in order already: {one_word(key, self.given[0])}"
        return f"it is {USAGES[self.name]}"

    def _order_hint(self, key: str) -> str:
        bare = [argument.strip("'\"") for argument in self.given]
        if all(re.fullmatch(_NUMBER, argument) for argument in bare):
            return f"numbers have no quotes: {one_word(key, 'sort(' + ','.join(bare) + ')')}"
        return f"in the order they should have: {one_word(key, ','.join(self.given))}"


class BadOverride(Unparsed, kind="bad-override"):
    """An override that the grammar doesn't accept.

    Attributes:
        call: The call that can't be meant, if that is what is wrong.
    """

    call: WrongCall | None = None

    def text(self) -> Text:
        if self.call:
            return self.call.text_in(self.override, self.typed)
        if not self.override.strip():
            hint = "an override is KEY=VALUE; is a variable of the shell empty?"
            return Text("one of the overrides is empty", hint)
        rest = self.override[self.column :][:12]
        message = f"can't parse the override {self.typed}{_place(rest)}"
        return Text(message, _how_to_write(self.override, rest))


class BadLink(Unparsed, kind="bad-link"):
    """An override with a link that can't be parsed."""

    def text(self) -> Text:
        link = self.override[self.column :]
        closing = ">" if link.startswith("$<") else "}"
        hint = (
            "a link is ${KEY}, $<KEY> or ${RESOLVER:VALUE,...}; a backslash before it makes it text"
        )
        if link.count(link[1]) > link.count(closing):
            hint = f"the link is not closed; a {closing} ends it"
        return Text(f"can't parse the override {self.typed}{_place(link[:12])}", hint)


class BareOption(AboutOverride, kind="bare-option"):
    """An option without its group.

    Attributes:
        group: The group.
        meant: All overrides as they are probably meant.
    """

    group: str
    meant: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.typed} is an option of {self.group}, and an override is GROUP=OPTION",
            f"type {' '.join(map(quote, self.meant))}",
        )


class SpacedOverride(AboutOverride, kind="spaced-override"):
    """An override with spaces around its ``=``, which a shell takes for several words.

    Attributes:
        meant: All overrides as they are probably meant.
    """

    meant: Sequence[str]

    def text(self) -> Text:
        return Text(
            f"{self.typed} has spaces around the =, and an override is one word",
            f"type {' '.join(map(quote, self.meant))}",
        )


class NotUtf8Override(AboutOverride, kind="not-utf8-override"):
    """An override with half a character."""

    def text(self) -> Text:
        return Text(f"the override {self.typed} is not UTF-8, and a file couldn't hold it")


class OverrideTooLarge(AboutOverride, kind="override-too-large"):
    """An override that would take too long to parse.

    Attributes:
        limit: What it may have at most, in words.
    """

    limit: str

    def text(self) -> Text:
        return Text(f"the override {self.typed} has more than {self.limit}")


class BadRange(AboutOverride, kind="bad-range"):
    """A range without values."""

    def text(self) -> Text:
        return Text(
            f"{self.override} has no values: it is range(START,STOP,STEP), and the step is not 0"
        )


def one_word(key: str, value: str) -> str:
    """Return an override as one word for a shell."""
    return quote(f"{key}={value}")


def quoted(key: str, value: str) -> str | None:
    """Return an override with its value in quotes, as a word for a shell; None if it is long."""
    text = one_word(key, in_quotes(value))
    return text if len(text) <= 2 * WIDEST else None


def _place(rest: str) -> str:
    return f" at {rest!r}" if rest else " at its end"


def _how_to_write(text: str, rest: str) -> str:
    """Return how to write a broken override, as near as possible to what was typed.

    Args:
        text: The override.
        rest: The beginning of the part that can't be parsed.
    """
    written = Override.read(text)
    key, value, has_value = written.element.strip(), written.value, written.assigned is not None
    if key.endswith((".yaml", ".yml", ".json")):
        return (
            f"an override is KEY=VALUE; of a file: recipe compose --from {key}, recipe check {key}"
        )
    if has_value and not key:
        return f"no spaces around the =: KEY={value.strip() or 'VALUE'}"
    if not has_value or not key:
        near = re.sub(r"[/:]", "=", key, count=1) if re.search(r"\w[/:]\w", key) else f"{key}=VALUE"
        is_key = re.fullmatch(_KEY, Override.read(near).element)
        return f"an override is KEY=VALUE: {near}" if is_key else "an override is KEY=VALUE"
    counted = re.fullmatch(r"([\w.]+?)(?:\[(-?\d+)\]|\.(-\d+|0\d+))", key, re.ASCII)
    if counted:  # a position in brackets, below 0, or with leading zeros
        position = counted[2] or counted[3]
        place = "POSITION, from 0" if position.startswith("-") else str(int(position))
        return f"a position in a list: {counted[1]}.{place}"
    if not re.fullmatch(_KEY, key):
        return "a key is made of letters, digits, _, - and dots"
    return _how_to_quote(text, key, value.strip(), rest)


def _how_to_quote(text: str, key: str, value: str, rest: str) -> str:
    """Return how to write the value of a broken override."""
    if value.endswith(",") and not rest:
        return f"no comma at the end: {one_word(key, value.rstrip(','))}"
    if rest[:1] in ("'", '"') and value[:1] == rest[:1] and value.count(rest[:1]) == 1:
        return f"the {rest[:1]} is not closed"
    is_call = re.match(_CALL, value)
    pairs = ["[]", "{}", *(["<>"] if "$<" in value else []), *(["()"] if is_call else [])]
    unpaired = [pair for pair in pairs if value.count(pair[0]) != value.count(pair[1])]
    nested = value[:1] in ("[", "{") or "$<" in value or "${" in value or is_call
    if unpaired and nested:
        return f"{unpaired[0][0]} and {unpaired[0][1]} must be in pairs"
    words = value.split()
    words = re.split(r",(?=[+~\w./@-]+=)", value) if len(words) == 1 else words
    if len(words) > 1 and all(re.fullmatch(r"[\w./@+~-]+=[\w./:+-]*", w) for w in words[1:]):
        return f"these are several overrides; write them apart: {key}={' '.join(words)}"
    if text != f"{key}={value}" and re.fullmatch(r"[\w./:+-]+", value, re.ASCII):
        return f"no spaces around the =: {key}={value}"
    whole = quoted(key, value)
    hint = "quote the value, and the whole for the shell"
    hint = f"{hint}: {whole}" if whole else hint
    return _how_to_bracket(key, value, rest) or hint


def _how_to_bracket(key: str, value: str, rest: str) -> str | None:
    """Return how to write a value whose brackets the grammar doesn't have; None if unclear."""
    call, indexed = re.match(_CALL, rest), re.fullmatch(_INDEXED, value)
    if call and call[1] in USAGES:  # arguments in the wrong order
        return f"it is {USAGES[call[1]]}"
    if indexed and indexed[1] in USAGES:
        return f"round brackets: {one_word(key, f'{indexed[1]}({indexed[2]})')}"
    if brackets := re.fullmatch(_BRACKETS, value):
        values = brackets[2]
        return f"several values stand alone: {one_word(key, values)}; a list: {key}=[{values}]"
    return None
