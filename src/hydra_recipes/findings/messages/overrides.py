"""The messages about overrides, and about Hydra, which takes them too."""

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
"""A list of fewer values is written out in a message."""
_CALL = re.compile(r"\w+\(").match
_TAKEN = frozenset("'\" \\")
_WORDS = {"true": "a truth value", "false": "a truth value", "null": "no value"}
"""What a word without quotes is, where it is no text."""
_KEY = re.compile(r"(?:~|\+\+|\+)?[A-Za-z0-9_][\w./@:-]*", re.ASCII)


def _bad_override(d: Data) -> Text:
    text = d["text"]
    if d.get("call"):
        return bad_call({"text": text, **d["call"]})
    if not text.strip():
        hint = "an override is KEY=VALUE; is a variable of the shell empty?"
        return Text("one of the overrides is empty", hint)
    at = text[d["column"] :][:12]
    return Text(f"can't parse the override {_typed(d)}{_at(at)}", _how_to_write(text, at))


def _bad_link(d: Data) -> Text:
    link = d["text"][d["column"] :]
    closing = ">" if link.startswith("$<") else "}"
    hint = "a link is ${KEY}, $<KEY> or ${RESOLVER:VALUE,...}; a backslash before it makes it text"
    if link.count(link[1]) > link.count(closing):
        hint = f"the link is not closed; a {closing} ends it"
    return Text(f"can't parse the override {_typed(d)}{_at(link[:12])}", hint)


def _at(place: str) -> str:
    return f" at {place!r}" if place else " at its end"


def _how_to_write(text: str, at: str) -> str:
    """How a broken override is written, as near to what was typed as can be told."""
    key, equals, value = text.partition("=")
    key = key.strip()
    if key.endswith((".yaml", ".yml", ".json")):
        return f"an override is KEY=VALUE; of a file: recipe check {key}"
    if equals and not key:
        return f"no spaces around the =: KEY={value.strip() or 'VALUE'}"
    if not equals or not key:
        near = re.sub(r"[/:]", "=", key, count=1) if re.search(r"\w[/:]\w", key) else f"{key}=VALUE"
        return "an override is KEY=VALUE" + (f": {near}" if _whole(near.partition("=")[0]) else "")
    counted = re.fullmatch(r"([\w.]+?)(?:\[(-?\d+)\]|\.(-\d+|0\d+))", key, re.ASCII)
    if counted:  # a position as Python has it, or padded
        at = counted[2] or counted[3]
        place = "POSITION, from 0" if at.startswith("-") else str(int(at))
        return f"a position in a list: {counted[1]}.{place}"
    if not _whole(key):
        return "a key is made of letters, digits, _, - and dots"
    return _how_to_quote(text, key, value.strip(), at)


def _how_to_quote(text: str, key: str, value: str, at: str) -> str:
    """How the value of a broken override is written."""
    if at[:1] in ("'", '"') and value[:1] == at[:1] and value.count(at[:1]) == 1:
        return f"the {at[:1]} is not closed"
    pairs = ["[]", "{}", *(["<>"] if "$<" in value else []), *(["()"] if _CALL(value) else [])]
    unpaired = [two for two in pairs if value.count(two[0]) != value.count(two[1])]
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


def _several_values(d: Data) -> Text:
    hint = "for a grid: recipe sweep"
    if not d["is_group"]:
        hint += f"; for a list: {d['key']}=[…]; for text with a comma: {d['key']}='\"…\"'"
    return Text(f"{_typed(d)} has several values, and a recipe has one", hint)


def _composed_with(libraries: Sequence[str]) -> str | None:
    options = " ".join(f"--library {shlex.quote(name)}" for name in libraries)
    return f"it was composed with {options}" if options else None


def _unknown_key(d: Data) -> Text:
    if not d["key"]:
        return Text(f"{_typed(d)} names no key", "an override is KEY=VALUE")
    hint = perhaps(d["nearest"], "recipe list shows the groups")
    because = d.get("because")
    return Text(f"there is no key or group {d['key']}", f"{hint} {because}" if because else hint)


def _unknown_option(d: Data) -> Text:
    options = ", ".join(d["options"])
    if d.get("meant"):
        kind = _WORDS.get(d["option"].lower(), "a number")
        told = f"{d['option']} is {kind}, and the name of an option is text"
        return Text(told, shlex.quote(d["meant"]))
    moved = f", which {d['old']} has moved to" if d.get("old") else ""
    return Text(
        f"{d['group']} has no option {d['option']!r}{moved}; it has {options}",
        perhaps(_as_pasted(d)),
    )


def _as_pasted(d: Data) -> Iterator[str]:
    """The nearest options; one whose name has to be quoted as the whole override."""
    for option in d["nearest"]:
        quoted = spell_value(option) != option
        whole = f"{d.get('element', d['group'])}={spell_value(option)}"
        yield shlex.quote(whole) if quoted else option


def _pasted(text: str) -> str:
    """An override to paste into a shell, which would take its quotes away."""
    return shlex.quote(text) if set(text) & _TAKEN else text


def _key_not_set(d: Data) -> Text:
    others = d["candidates"] != (d["key"],)
    return Text(
        f"this recipe has no {d['key']}, but it may have {candidates(d) if others else 'one'}",
        f"put a + before it to add it: {_pasted('+' + d['text'])}",
    )


def _key_not_in_mapping(d: Data) -> Text:
    parent, _, name = d["key"].removeprefix(f"{MOUNT}.").rpartition(".")
    typed = d["text"].partition("=")[0].strip().removeprefix(f"{MOUNT}.")
    key = typed if f".{parent}".endswith(f".{typed}") else parent
    return Text(
        f"can't apply {_typed(d)}: {parent} has no key {name}", f"to add it: +{key}.{name}=VALUE"
    )


def _past_the_end(d: Data) -> Text:
    """What is said of a position that a list doesn't have, and the list that was meant."""
    values, position = d["values"], d["position"]
    name, equals, new = d["text"].partition("=")
    name = name.strip().lstrip("+~").rpartition(".")[0]
    there = f"has positions 0 to {len(values) - 1}" if values else "is empty"
    hint = f"the last is {name}.{len(values) - 1}" if values else f"set all of it: {name}=[VALUE]"
    if equals and not d["text"].startswith("~") and position == len(values) < _SHORT:
        meant = ",".join([*map(spell, values), new])
        hint = f"for one more: {shlex.quote(f'{name}=[{meant}]')}"
    return Text(f"{_typed(d)} is past the end: {d['list']} {there}", hint)


def _one_or_several(group: str, options: Sequence[str]) -> str:
    if not options:
        return f"choose one: {group}=OPTION"
    several = f"{group}={','.join(map(spell_value, options))}"
    grid = f"; for a grid: recipe sweep {_pasted(several)}" if len(options) > 1 else ""
    return f"choose one: {_pasted(spell_choice(group, options[0]))}{grid}"


def _group_needed(d: Data) -> Text:
    ways = ", ".join(d["options"])
    hint = f"choose another with {d['group']}=OPTION: {ways}" if ways else None
    return Text(f"{_typed(d)} leaves no {d['group']}, and a recipe needs one", hint)


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "bad-override": _bad_override,
    "bad-link": _bad_link,
    "not-utf8-override": lambda d: Text(
        f"the override {_typed(d)} is not UTF-8, and a file couldn't hold it"
    ),
    "variable-not-utf8": lambda d: Text(
        f"the environment's variable {d['name']} is not UTF-8, and a file couldn't hold it"
    ),
    "override-too-large": lambda d: Text(f"the override {_typed(d)} has more than {d['limit']}"),
    "sweep-override": _several_values,
    "hydra-override": lambda d: Text(
        f"{_typed(d)} is a setting of Hydra's own", "use it with python -m hydra_recipes"
    ),
    "hydra-for-python": lambda d: Text(
        f"on Python {d['python']} a plain Hydra app needs hydra-core 1.4, and this is "
        f"{d['hydra']} (recipe commands work with it)",
        "pip install 'hydra-core>=1.4.0rc3,<1.5'",
    ),
    "unknown-option": _unknown_option,
    "group-not-default": lambda d: Text(
        f"{d['group']} is not chosen by default", f"add it: {_pasted('+' + d['text'])}"
    ),
    "group-not-chosen": lambda d: Text(
        f"no option of {d['group']} is chosen that could be dropped",
        f"to delete a key: ~{d['keys'][0]}" if d["keys"] else "leave it out",
    ),
    "group-is-default": lambda d: Text(
        f"{d['group']} is chosen already", f"change it: {_pasted(d['text'].lstrip('+'))}"
    ),
    "group-needed": _group_needed,
    "one-option": lambda d: Text(
        f"{_typed(d)} chooses a list, and a recipe has one {d['group']}",
        _one_or_several(d["group"], d["options"]),
    ),
    "outside-recipe": lambda d: Text(
        f"{_typed(d)} puts nothing into the recipe: {d['package']} stands beside it",
        f"a package begins with {MOUNT}: @{MOUNT}.{d['package']}",
    ),
    "added-twice": lambda d: Text(
        f"{d['group']} is added twice, by {d['first']!r} and {_typed(d)}", "leave one out"
    ),
    "key-not-in-mapping": _key_not_in_mapping,
    "unknown-key": _unknown_key,
    "first-line-refused": lambda d: Text(
        f"the command in the first line composes nothing here: {d['reason']}",
        _composed_with(d["libraries"]),
    ),
    "first-line-of-others": lambda d: Text(
        "the command in the first line names other libraries", _composed_with(d["libraries"])
    ),
    "group-not-key": lambda d: Text(
        f"{d['key']} is a group, not a key", f"recipe list {d['key']} shows its options"
    ),
    "ambiguous-key": lambda d: Text(
        f"{d['key']} could be {candidates(d)}", "write more of the key"
    ),
    "key-exists": lambda d: Text(
        f"{d['key']} is there already", f"change it: {_pasted(d['text'].lstrip('+'))}"
    ),
    "key-not-set": _key_not_set,
    "not-its-value": lambda d: Text(
        f"can't apply {_typed(d)}: that is not its value",
        f"{d['text'].partition('=')[0].strip()} deletes it whatever it is",
    ),
    "cannot-override": lambda d: (
        _past_the_end(d) if "position" in d else Text(f"can't apply {_typed(d)}: {reason(d)}")
    ),
    "cannot-compose": lambda d: Text(f"can't compose this: {reason(d)}"),
}
