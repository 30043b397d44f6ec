"""Messages about overrides, and about Hydra, which takes overrides too."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence

from hydra_recipes.findings.messages.base import Data, Text, candidates, reason
from hydra_recipes.findings.messages.grammar import bad_call, how_to_bracket, quoted
from hydra_recipes.findings.messages.grammar import typed as _typed
from hydra_recipes.literals import spell_choice, spell_value
from hydra_recipes.text import perhaps, spell
from hydra_recipes.tree import MOUNT

_SHORT = 8
"""A list of fewer values than this is written out in a message."""
_CALL = re.compile(r"\w+\(").match
_TAKEN = frozenset("'\" \\")
_WORDS = {"true": "a truth value", "false": "a truth value", "null": "no value"}
"""What an unquoted word is, if it is not text."""
_KEY = re.compile(r"(?:~|\+\+|\+)?[A-Za-z0-9_][\w./@:-]*", re.ASCII)


def _bad_override(data: Data) -> Text:
    text = data["text"]
    if data.get("call"):
        return bad_call({"text": text, **data["call"]})
    if not text.strip():
        hint = "an override is KEY=VALUE; is a variable of the shell empty?"
        return Text("one of the overrides is empty", hint)
    at = text[data["column"] :][:12]
    return Text(f"can't parse the override {_typed(data)}{_at(at)}", _how_to_write(text, at))


def _bad_link(data: Data) -> Text:
    link = data["text"][data["column"] :]
    closing = ">" if link.startswith("$<") else "}"
    hint = "a link is ${KEY}, $<KEY> or ${RESOLVER:VALUE,...}; a backslash before it makes it text"
    if link.count(link[1]) > link.count(closing):
        hint = f"the link is not closed; a {closing} ends it"
    return Text(f"can't parse the override {_typed(data)}{_at(link[:12])}", hint)


def _at(place: str) -> str:
    return f" at {place!r}" if place else " at its end"


def _how_to_write(text: str, at: str) -> str:
    """Return how to write a broken override, as near as possible to what was typed."""
    key, equals, value = text.partition("=")
    key = key.strip()
    if key.endswith((".yaml", ".yml", ".json")):
        return (
            f"an override is KEY=VALUE; of a file: recipe compose --from {key}, recipe check {key}"
        )
    if equals and not key:
        return f"no spaces around the =: KEY={value.strip() or 'VALUE'}"
    if not equals or not key:
        near = re.sub(r"[/:]", "=", key, count=1) if re.search(r"\w[/:]\w", key) else f"{key}=VALUE"
        return "an override is KEY=VALUE" + (f": {near}" if _whole(near.partition("=")[0]) else "")
    counted = re.fullmatch(r"([\w.]+?)(?:\[(-?\d+)\]|\.(-\d+|0\d+))", key, re.ASCII)
    if counted:  # a position in brackets, below 0, or with leading zeros
        at = counted[2] or counted[3]
        place = "POSITION, from 0" if at.startswith("-") else str(int(at))
        return f"a position in a list: {counted[1]}.{place}"
    if not _whole(key):
        return "a key is made of letters, digits, _, - and dots"
    return _how_to_quote(text, key, value.strip(), at)


def _how_to_quote(text: str, key: str, value: str, at: str) -> str:
    """Return how to write the value of a broken override."""
    if at[:1] in ("'", '"') and value[:1] == at[:1] and value.count(at[:1]) == 1:
        return f"the {at[:1]} is not closed"
    pairs = ["[]", "{}", *(["<>"] if "$<" in value else []), *(["()"] if _CALL(value) else [])]
    unpaired = [pair for pair in pairs if value.count(pair[0]) != value.count(pair[1])]
    nested = value[:1] in ("[", "{") or "$<" in value or "${" in value or _CALL(value)
    if unpaired and nested:
        return f"{unpaired[0][0]} and {unpaired[0][1]} must be in pairs"
    words = value.split()
    words = re.split(r",(?=[+~\w./@-]+=)", value) if len(words) == 1 else words
    if len(words) > 1 and all(re.fullmatch(r"[\w./@+~-]+=[\w./:+-]*", w) for w in words[1:]):
        return f"these are several overrides; write them apart: {key}={' '.join(words)}"
    if text != f"{key}={value}" and re.fullmatch(r"[\w./:+-]+", value, re.ASCII):
        return f"no spaces around the =: {key}={value}"
    brackets = how_to_bracket(key, value, at)
    if brackets:
        return brackets
    whole = quoted(key, value)
    hint = "quote the value, and the whole for the shell"
    return f"{hint}: {whole}" if whole else hint


def _whole(key: str) -> bool:
    return _KEY.fullmatch(key) is not None


def _several_values(data: Data) -> Text:
    hint = "for a grid: recipe sweep"
    if not data["is_group"]:
        hint += f"; for a list: {data['key']}=[…]; for text with a comma: {data['key']}='\"…\"'"
    return Text(f"{_typed(data)} has several values, and a recipe has one", hint)


def _composed_with(libraries: Sequence[str]) -> str | None:
    options = " ".join(f"--library {shlex.quote(name)}" for name in libraries)
    return f"it was composed with {options}" if options else None


def _unknown_key(data: Data) -> Text:
    if not data["key"]:
        return Text(f"{_typed(data)} names no key", "an override is KEY=VALUE")
    hint = perhaps(data["nearest"], "recipe list shows the groups")
    because = data.get("because")
    return Text(f"there is no key or group {data['key']}", f"{hint} {because}" if because else hint)


def _unknown_option(data: Data) -> Text:
    options = ", ".join(data["options"])
    if data.get("meant"):
        kind = _WORDS.get(data["option"].lower(), "a number")
        message = f"{data['option']} is {kind}, and the name of an option is text"
        return Text(message, shlex.quote(data["meant"]))
    moved = f", which {data['old']} has moved to" if data.get("old") else ""
    return Text(
        f"{data['group']} has no option {data['option']!r}{moved}; it has {options}",
        perhaps(_as_pasted(data)),
    )


def _as_pasted(data: Data) -> Iterator[str]:
    """Yield the nearest options, one that needs quotes as a whole override."""
    for option in data["nearest"]:
        quoted = spell_value(option) != option
        whole = f"{data.get('element', data['group'])}={spell_value(option)}"
        yield shlex.quote(whole) if quoted else option


def _pasted(text: str) -> str:
    """Return an override to paste into a shell, quoted if it holds quotes or spaces."""
    return shlex.quote(text) if set(text) & _TAKEN else text


def _key_not_set(data: Data) -> Text:
    others = data["candidates"] != (data["key"],)
    return Text(
        f"this recipe has no {data['key']}, but it may have "
        f"{candidates(data) if others else 'one'}",
        f"put a + before it to add it: {_pasted('+' + data['text'])}",
    )


def _key_not_in_mapping(data: Data) -> Text:
    parent, _, name = data["key"].removeprefix(f"{MOUNT}.").rpartition(".")
    typed = data["text"].partition("=")[0].strip().removeprefix(f"{MOUNT}.")
    key = typed if f".{parent}".endswith(f".{typed}") else parent
    return Text(
        f"can't apply {_typed(data)}: {parent} has no key {name}", f"to add it: +{key}.{name}=VALUE"
    )


def _past_the_end(data: Data) -> Text:
    """Return the message for a position that a list doesn't have."""
    values, position = data["values"], data["position"]
    name, equals, new = data["text"].partition("=")
    name = name.strip().lstrip("+~").rpartition(".")[0]
    there = f"has positions 0 to {len(values) - 1}" if values else "is empty"
    hint = f"the last is {name}.{len(values) - 1}" if values else f"set all of it: {name}=[VALUE]"
    if equals and not data["text"].startswith("~") and position == len(values) < _SHORT:
        meant = ",".join([*map(spell, values), new])
        hint = f"for one more: {shlex.quote(f'{name}=[{meant}]')}"
    return Text(f"{_typed(data)} is past the end: {data['list']} {there}", hint)


def _one_or_several(group: str, options: Sequence[str]) -> str:
    if not options:
        return f"choose one: {group}=OPTION"
    several = f"{group}={','.join(map(spell_value, options))}"
    grid = f"; for a grid: recipe sweep {_pasted(several)}" if len(options) > 1 else ""
    return f"choose one: {_pasted(spell_choice(group, options[0]))}{grid}"


def _group_needed(data: Data) -> Text:
    options = ", ".join(data["options"])
    hint = f"choose another with {data['group']}=OPTION: {options}" if options else None
    return Text(f"{_typed(data)} leaves no {data['group']}, and a recipe needs one", hint)


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "bad-override": _bad_override,
    "bad-link": _bad_link,
    "not-utf8-override": lambda data: Text(
        f"the override {_typed(data)} is not UTF-8, and a file couldn't hold it"
    ),
    "variable-not-utf8": lambda data: Text(
        f"the environment's variable {data['name']} is not UTF-8, and a file couldn't hold it"
    ),
    "override-too-large": lambda data: Text(
        f"the override {_typed(data)} has more than {data['limit']}"
    ),
    "sweep-override": _several_values,
    "hydra-override": lambda data: Text(
        f"{_typed(data)} is a setting of Hydra's own", "use it with python -m hydra_recipes"
    ),
    "hydra-for-python": lambda data: Text(
        f"on Python {data['python']} a plain Hydra app needs hydra-core 1.4, and this is "
        f"{data['hydra']} (recipe commands work with it)",
        "pip install 'hydra-core>=1.4.0rc3,<1.5'",
    ),
    "unknown-option": _unknown_option,
    "group-not-default": lambda data: Text(
        f"{data['group']} is not chosen by default", f"add it: {_pasted('+' + data['text'])}"
    ),
    "group-not-chosen": lambda data: Text(
        f"no option of {data['group']} is chosen that could be dropped",
        f"to delete a key: ~{data['keys'][0]}" if data["keys"] else "leave it out",
    ),
    "group-is-default": lambda data: Text(
        f"{data['group']} is chosen already", f"change it: {_pasted(data['text'].lstrip('+'))}"
    ),
    "group-needed": _group_needed,
    "one-option": lambda data: Text(
        f"{_typed(data)} chooses a list, and a recipe has one {data['group']}",
        _one_or_several(data["group"], data["options"]),
    ),
    "outside-recipe": lambda data: Text(
        f"{_typed(data)} puts nothing into the recipe: {data['package']} stands beside it",
        f"a package begins with {MOUNT}: @{MOUNT}.{data['package']}",
    ),
    "added-twice": lambda data: Text(
        f"{data['group']} is added twice, by {data['first']!r} and {_typed(data)}", "leave one out"
    ),
    "key-not-in-mapping": _key_not_in_mapping,
    "unknown-key": _unknown_key,
    "first-line-refused": lambda data: Text(
        f"the command in the first line composes nothing here: {data['reason']}",
        _composed_with(data["libraries"]),
    ),
    "first-line-of-others": lambda data: Text(
        "the command in the first line names other libraries", _composed_with(data["libraries"])
    ),
    "group-not-key": lambda data: Text(
        f"{data['key']} is a group, not a key", f"recipe list {data['key']} shows its options"
    ),
    "ambiguous-key": lambda data: Text(
        f"{data['key']} could be {candidates(data)}", "write more of the key"
    ),
    "key-exists": lambda data: Text(
        f"{data['key']} is there already", f"change it: {_pasted(data['text'].lstrip('+'))}"
    ),
    "key-not-set": _key_not_set,
    "not-its-value": lambda data: Text(
        f"can't apply {_typed(data)}: that is not its value",
        f"{data['text'].partition('=')[0].strip()} deletes it whatever it is",
    ),
    "cannot-override": lambda data: (
        _past_the_end(data)
        if "position" in data
        else Text(f"can't apply {_typed(data)}: {reason(data)}")
    ),
    "cannot-compose": lambda data: Text(f"can't compose this: {reason(data)}"),
}
