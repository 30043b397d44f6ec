"""Messages about the override grammar: its functions, its brackets, and its quotes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping

from hydra_recipes.findings.messages.base import Data, Text
from hydra_recipes.text import WIDEST, perhaps
from hydra_recipes.tree import nearest

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
_NUMBER = re.compile(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_CALL = re.compile(r"(\w+)\(")
_INDEXED = re.compile(r"(\w+)\[(.*)\]")
_BRACKETS = re.compile(r"([({])([^(){}\[\]:]+,[^(){}\[\]:]+)[)}]")


def typed(data: Data) -> str:
    """Return the override as it was typed, cut if it is long."""
    text = data["text"]
    return repr(text if len(text) <= WIDEST else text[: WIDEST - 3] + "...")


def override(key: str, value: str) -> str:
    """Return an override as one word for a shell."""
    return shlex.quote(f"{key}={value}")


def quoted(key: str, value: str) -> str | None:
    """Return an override with its value in quotes, as a word for a shell; None if it is long."""
    # Hydra's quotes: a backslash counts only before a quote, and at the end.
    inner = re.sub(
        r'(\\*)("|$)', lambda backslashes: 2 * backslashes[1] + (backslashes[2] and '\\"'), value
    )
    text = override(key, f'"{inner}"')
    return text if len(text) <= 2 * WIDEST else None


def how_to_bracket(key: str, value: str, at: str) -> str | None:
    """Return how to write a value whose brackets the grammar doesn't have; None if unclear.

    Args:
        key: The key that is set.
        value: The value as it was typed.
        at: The beginning of the part that can't be parsed.
    """
    call, indexed, brackets = _CALL.match(at), _INDEXED.fullmatch(value), _BRACKETS.fullmatch(value)
    if call and call[1] in USAGES:  # arguments in the wrong order
        return f"it is {USAGES[call[1]]}"
    if indexed and indexed[1] in USAGES:
        return f"round brackets: {override(key, f'{indexed[1]}({indexed[2]})')}"
    if brackets:
        values = brackets[2]
        return f"several values stand alone: {override(key, values)}; a list: {key}=[{values}]"
    return None


def bad_call(data: Data) -> Text:
    """Return the message for a wrong call of a function of the grammar."""
    key, _, value = data["text"].partition("=")
    given = ",".join(data["given"])
    tell = _REASONS.get(data["reason"])
    if tell is not None:
        return tell(data, key, value if data["reason"] == "unknown" else given)
    return Text(f"{typed(data)} calls {data['name']} wrongly", f"it is {USAGES[data['name']]}")


def _unknown(data: Data, key: str, value: str) -> Text:
    hint = perhaps(nearest(data["name"], data["known"]), f"an axis is written out: {key}=A,B,C")
    text = quoted(key, value)
    known = ", ".join(data["known"])
    return Text(
        f"{typed(data)} calls {data['name']}, and there is no such function; there are {known}",
        f"{hint}; for text: {text}" if text else hint,
    )


def _inside(data: Data, key: str, given: str) -> Text:
    members = ",".join(data["members"])
    hint = f"written out: {members}" if members else f"alone: {override(key, given)}"
    return Text(
        f"{typed(data)} has {given} inside, which stands for several values by itself", hint
    )


def _several(data: Data, key: str, given: str) -> Text:
    name, members = data["name"], ",".join(data["members"])
    hint = f"it is {USAGES[name]}"
    if members and name in _MEANT:
        hint = f"written out: {override(key, f'{name}({members})')}"
    elif given.startswith("glob("):
        hint = f"a glob's options stand in order already: {override(key, data['given'][0])}"
    return Text(f"{typed(data)} gives {name} what it doesn't take: {given}", hint)


def _order(data: Data, key: str, given: str) -> Text:
    bare = [argument.strip("'\"") for argument in data["given"]]
    hint = f"in the order they should have: {override(key, ','.join(data['given']))}"
    if all(map(_NUMBER.fullmatch, bare)):
        hint = f"numbers have no quotes: {override(key, 'sort(' + ','.join(bare) + ')')}"
    return Text(f"{typed(data)} sorts {given}: numbers and texts have no order", hint)


def _keys(data: Data, _: str, __: str) -> Text:
    return Text(
        f"{typed(data)} has a key twice in one mapping, and a recipe would lose one",
        "1, 1.0 and true are the same key here; leave one out",
    )


def _cast(data: Data, _: str, given: str) -> Text:
    name = data["name"]
    hint = f"it is {USAGES[name]}; if text is meant, quote the value"
    return Text(f"{typed(data)} can't make {_MEANT[name]} of {given}", hint)


_REASONS: Mapping[str, Callable[[Data, str, str], Text]] = {
    "unknown": _unknown,
    "inside": _inside,
    "several": _several,
    "order": _order,
    "cast": _cast,
    "keys": _keys,
}
