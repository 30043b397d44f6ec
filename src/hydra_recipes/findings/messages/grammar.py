"""The messages about the override grammar: its functions, its brackets, and its quotes."""

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


def typed(d: Data) -> str:
    """The override as it was typed, or how it begins."""
    text = d["text"]
    return repr(text if len(text) <= WIDEST else text[: WIDEST - 3] + "...")


def override(key: str, value: str) -> str:
    """An override as one word for a shell."""
    return shlex.quote(f"{key}={value}")


def quoted(key: str, value: str) -> str | None:
    """An override whose value is text in quotes, as one word for a shell; None if it is long."""
    # Hydra's quotes: a backslash counts only before a quote, and at the end.
    inner = re.sub(r'(\\*)("|$)', lambda found: 2 * found[1] + (found[2] and '\\"'), value)
    text = override(key, f'"{inner}"')
    return text if len(text) <= 2 * WIDEST else None


def how_to_bracket(key: str, value: str, at: str) -> str | None:
    """How a value is written that has brackets where the grammar has none, or other ones.

    Args:
        key: What is set.
        value: What it is set to.
        at: How the part begins that can't be read.
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


def bad_call(d: Data) -> Text:
    """What is wrong with the call of a function of the grammar."""
    key, _, value = d["text"].partition("=")
    given = ",".join(d["given"])
    tell = _REASONS.get(d["reason"])
    if tell is not None:
        return tell(d, key, value if d["reason"] == "unknown" else given)
    return Text(f"{typed(d)} calls {d['name']} wrongly", f"it is {USAGES[d['name']]}")


def _unknown(d: Data, key: str, value: str) -> Text:
    hint = perhaps(nearest(d["name"], d["known"]), f"an axis is written out: {key}=A,B,C")
    text = quoted(key, value)
    known = ", ".join(d["known"])
    return Text(
        f"{typed(d)} calls {d['name']}, and there is no such function; there are {known}",
        f"{hint}; for text: {text}" if text else hint,
    )


def _inside(d: Data, key: str, given: str) -> Text:
    members = ",".join(d["members"])
    hint = f"written out: {members}" if members else f"alone: {override(key, given)}"
    return Text(f"{typed(d)} has {given} inside, which stands for several values by itself", hint)


def _several(d: Data, key: str, given: str) -> Text:
    name, members = d["name"], ",".join(d["members"])
    hint = f"it is {USAGES[name]}"
    if members and name in _MEANT:
        hint = f"written out: {override(key, f'{name}({members})')}"
    elif given.startswith("glob("):
        hint = f"a glob's options stand in order already: {override(key, d['given'][0])}"
    return Text(f"{typed(d)} gives {name} what it doesn't take: {given}", hint)


def _order(d: Data, key: str, given: str) -> Text:
    bare = [one.strip("'\"") for one in d["given"]]
    hint = f"in the order they should have: {override(key, ','.join(d['given']))}"
    if all(map(_NUMBER.fullmatch, bare)):
        hint = f"numbers have no quotes: {override(key, 'sort(' + ','.join(bare) + ')')}"
    return Text(f"{typed(d)} sorts {given}: numbers and texts have no order", hint)


def _keys(d: Data, _: str, __: str) -> Text:
    return Text(
        f"{typed(d)} has a key twice in one mapping, and a recipe would lose one",
        "1, 1.0 and true are the same key here; leave one out",
    )


def _cast(d: Data, _: str, given: str) -> Text:
    name = d["name"]
    hint = f"it is {USAGES[name]}; if text is meant, quote the value"
    return Text(f"{typed(d)} can't make {_MEANT[name]} of {given}", hint)


_REASONS: Mapping[str, Callable[[Data, str, str], Text]] = {
    "unknown": _unknown,
    "inside": _inside,
    "several": _several,
    "order": _order,
    "cast": _cast,
    "keys": _keys,
}
