"""Messages about libraries and how they go together."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

from hydra_recipes.findings.messages.base import Data, Text
from hydra_recipes.literals import spell_choice
from hydra_recipes.text import one_line, perhaps


def _choice(key: str, options: Sequence[str]) -> str:
    """Return a choice to paste into a shell, of an option that needs no quotes if possible."""
    spelled = [shlex.quote(spell_choice(key, option)) for option in options]
    return min(spelled, key=lambda text: "'" in text, default=f"{key}=OPTION")


def _no_library(data: Data) -> Text:
    return Text(
        f"there is no directory and no installed package {one_line(data['name'])} "
        f"({data['asked']})",
        "name the directory of a library, or install its package",
    )


def _not_local(data: Data) -> Text:
    return Text(
        f"{one_line(data['name'])} is not on this machine; a library is a directory or a package, "
        f"file:// or pkg:// ({data['asked']})",
        "install it by pip, or clone it, and name what is there then",
    )


def _not_a_library(data: Data) -> Text:
    return Text(f"{data['directory']} is no library: {data['reason']}")


def _same_library_name(data: Data) -> Text:
    first, second = data["files"]
    return Text(f"two libraries are called {data['name']}: {first} and {second}", "leave one out")


def _undeclared_shadow(data: Data) -> Text:
    first, second = data["files"]
    by, of = data["libraries"]
    return Text(
        f"{first} takes the place of {second}, and {by} doesn't say so",
        f"rename it, or write shadows: [{data['option']}] in a rules file of {by} if {of}'s "
        "shall go",
    )


def _mutual_off(data: Data) -> Text:
    by, of = data["libraries"]
    mine, theirs = data["ids"]
    return Text(
        f"{by} switches off {mine} of {of}, which switches off {theirs} of {by} in {data['other']}",
        "leave one of them out",
    )


def _unknown_rule_key(data: Data) -> Text:
    return Text(
        f"{data['entry']} is about {data['key']}, a key that no family has",
        perhaps(data["nearest"], "recipe schema shows the keys there are"),
    )


_IN_DEFAULTS: dict[str, Callable[[Data], str]] = {
    "no-list": lambda data: f"defaults is a list, and this is {data['found']}",
    "no-entry": lambda data: (
        f"an entry of a defaults list is OPTION, or GROUP: OPTION, and this is {data['found']}"
    ),
    "self-twice": lambda _: "_self_ stands here twice, and a file is merged once",
    "self-package": lambda _: "_self_ has the package of its file, and none of its own",
    "self-option": lambda data: f"_self_ is this file, and no option of {data['group']}",
    "open-option": lambda _: "??? leaves the option of a group open, and this names no group",
    "several-groups": lambda _: "an entry is about one group, and this is about several",
    "no-group": lambda data: (
        f"an entry begins with the name of a group, and this with {data['found']}"
    ),
    "no-keyword": lambda data: (
        f"before a group stands optional, override or nothing, and no {data['word']}"
    ),
    "two-keywords": lambda _: "override chooses an option, which can't be optional",
    "link-in-list": lambda data: f"{data['option']} stands in a list of options, where no link can",
    "no-option": lambda data: f"the name of an option is text, and this is {data['found']}",
    "no-link": lambda data: f"this is not a link: {data['text']}",
    "after-override": lambda data: (
        f"{data['entry']} stands after override {data['override']}, and overrides stand last"
    ),
    "two-slashes": lambda data: f"a name begins with one slash at most, and this is {data['name']}",
    "override-twice": lambda data: (
        f"{data['group']} is overridden here and in line {data['line']}, and a recipe has one"
    ),
}
"""What is wrong with an entry of a defaults list."""

_DEFAULTS_HINTS = {
    "no-entry": "write - OPTION, or - GROUP: OPTION",
    "self-twice": "leave one out",
    "self-package": "write - _self_",
    "self-option": "write - _self_",
    "no-group": "write - GROUP: OPTION",
    "no-keyword": "write - override GROUP: OPTION",
    "link-in-list": "give it an entry of its own: - GROUP: OPTION",
    "no-option": "write - GROUP: OPTION",
    "no-link": "a link to another choice is ${GROUP}",
    "override-twice": "leave one out",
    "after-override": "move it up, before the first override",
}


def _bad_defaults(data: Data) -> Text:
    message = _IN_DEFAULTS[data["wrong"]](data)
    write = data.get("write")
    return Text(message, f"write {write}" if write else _DEFAULTS_HINTS.get(data["wrong"]))


def _nothing_to_extend(data: Data) -> Text:
    message = f"no library has {data['option']}, which a defaults list brings"
    if data["write"]:
        return Text(message, f"write {data['write']}")
    if data["group"]:
        return Text(
            message, perhaps(data["nearest"], f"recipe list {data['group']} shows its options")
        )
    shows = "recipe list shows what there is"
    return Text(message, f"{perhaps(data['nearest'])} {shows}" if data["nearest"] else shows)


def _written_or(data: Data, otherwise: str) -> str:
    return f"write {data['write']}" if data["write"] else otherwise


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "no-library": _no_library,
    "not-a-library": _not_a_library,
    "not-local": _not_local,
    "same-library-name": _same_library_name,
    "undeclared-shadow": _undeclared_shadow,
    "outside-library": lambda data: Text(
        f"{data['file']} leads out of the library {data['library']}",
        "a library has all its files inside itself",
    ),
    "resolver-in-defaults": lambda data: Text(
        f"the resolver {data['name']} can't stand in a defaults list",
        "name the option, or a group it follows from: ${model}",
    ),
    "extension-circle": lambda data: Text(
        f"options extend each other in a circle: {' -> '.join(data['options'])}"
    ),
    "nothing-to-extend": _nothing_to_extend,
    "bad-defaults": _bad_defaults,
    "open-group": lambda data: Text(
        f"this leaves open which {data['group']} it is",
        f"choose one: {_choice(data['key'], data['options'])}",
    ),
    "unknown-group-in-defaults": lambda data: Text(
        f"${{{data['name']}}} names no group that has an option here",
        perhaps(f"${{{name}}}" for name in data["nearest"]),
    ),
    "group-twice": lambda data: Text(
        f"{data['group']} gets an option here and in {data['other']}, and a recipe has one",
        _written_or(data, "leave one out"),
    ),
    "nothing-to-override": lambda data: Text(
        f"there is no {data['group']} to override: nothing else chooses one",
        _written_or(data, "leave it out"),
    ),
    "several-for-a-link": lambda data: Text(
        f"{data['group']} gets several options here, and ${{{data['group']}}} in "
        f"{data['other']} is one",
        f"write {data['write']}",
    ),
    "link-in-entry": lambda data: Text(
        "a link can stand in the place of an option, and not in the name of a file",
        f"write {data['write']}",
    ),
    "skipped-entry": lambda data: Text(
        f"this brings nothing: no library has {data['option']}, and optional passes over that",
        f"write {data['write']}",
    ),
    "primary-as-option": lambda data: Text(
        f"{data['primary']} is the primary config, which is composed already and is no option",
        "leave it out",
    ),
    "group-left-out": lambda data: Text(
        f"this leaves out {data['group']}, of which a recipe needs an option",
        f"write {data['write']}",
    ),
    "early-link": lambda data: Text(
        f"${{{data['name']}}} is not chosen yet where this list is read",
        f"name the option, or put the entry into {data['primary']}.yaml",
    ),
    "hydra-in-defaults": lambda data: Text(
        f"{data['group']} is a setting of Hydra's own, and no part of a recipe",
        "put it into the primary config of an app",
    ),
    "late-override": lambda data: Text(
        f"this file follows from other choices, and can't override {data['group']} after them",
        "override it where the choice is made that this follows from",
    ),
    "list-and-mapping": lambda data: Text(
        f"{data['key']} is a {'list' if data['is_list'] else 'mapping'} here and a "
        f"{'mapping' if data['is_list'] else 'list'} in {data['other']}, which can't be merged",
        f"write a {'mapping' if data['is_list'] else 'list'} here",
    ),
    "mutual-off": _mutual_off,
    "unknown-rule-key": _unknown_rule_key,
    "moved": lambda data: Text(f"{data['old']} is called {data['new']} now", data["new"]),
}
