"""The messages about libraries and how they go together."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

from hydra_recipes.findings.messages.base import Data, Text, hops, some_keys
from hydra_recipes.findings.messages.packages import goes_where, other_package
from hydra_recipes.literals import spell_choice
from hydra_recipes.text import one_line, perhaps


def _choice(key: str, options: Sequence[str]) -> str:
    """A choice to paste into a shell, of an option that needs no quotes if there is one."""
    spelled = [shlex.quote(spell_choice(key, one)) for one in options]
    return min(spelled, key=lambda text: "'" in text, default=f"{key}=OPTION")


def _no_library(d: Data) -> Text:
    return Text(
        f"there is no directory and no installed package {one_line(d['name'])} ({d['asked']})",
        "name the directory of a library, or install its package",
    )


def _not_local(d: Data) -> Text:
    return Text(
        f"{one_line(d['name'])} is not on this machine; a library is a directory or a package, "
        f"file:// or pkg:// ({d['asked']})",
        "install it by pip, or clone it, and name what is there then",
    )


def _not_a_library(d: Data) -> Text:
    return Text(f"{d['directory']} is no library: {d['reason']}")


def _same_library_name(d: Data) -> Text:
    first, second = d["files"]
    return Text(f"two libraries are called {d['name']}: {first} and {second}", "leave one out")


def _undeclared_shadow(d: Data) -> Text:
    first, second = d["files"]
    by, of = d["libraries"]
    return Text(
        f"{first} takes the place of {second}, and {by} doesn't say so",
        f"rename it, or write shadows: [{d['option']}] in a rules file of {by} if {of}'s shall go",
    )


def _mutual_off(d: Data) -> Text:
    by, of = d["libraries"]
    mine, theirs = d["ids"]
    return Text(
        f"{by} switches off {mine} of {of}, which switches off {theirs} of {by} in {d['other']}",
        "leave one of them out",
    )


def _unknown_rule_key(d: Data) -> Text:
    return Text(
        f"{d['entry']} is about {d['key']}, a key that no family has",
        perhaps(d["nearest"], "recipe schema shows the keys there are"),
    )


_IN_DEFAULTS: dict[str, Callable[[Data], str]] = {
    "no-list": lambda d: f"defaults is a list, and this is {d['found']}",
    "no-entry": lambda d: (
        f"an entry of a defaults list is OPTION, or GROUP: OPTION, and this is {d['found']}"
    ),
    "self-twice": lambda _: "_self_ stands here twice, and a file is merged once",
    "self-package": lambda _: "_self_ has the package of its file, and none of its own",
    "self-option": lambda d: f"_self_ is this file, and no option of {d['group']}",
    "open-option": lambda _: "??? leaves the option of a group open, and this names no group",
    "several-groups": lambda _: "an entry is about one group, and this is about several",
    "no-group": lambda d: f"an entry begins with the name of a group, and this with {d['found']}",
    "no-keyword": lambda d: (
        f"before a group stands optional, override or nothing, and no {d['word']}"
    ),
    "two-keywords": lambda _: "override chooses an option, which can't be optional",
    "link-in-list": lambda d: f"{d['option']} stands in a list of options, where no link can",
    "no-option": lambda d: f"the name of an option is text, and this is {d['found']}",
    "no-link": lambda d: f"this is not a link: {d['text']}",
    "after-override": lambda d: (
        f"{d['entry']} stands after override {d['override']}, and overrides stand last"
    ),
    "two-slashes": lambda d: f"a name begins with one slash at most, and this is {d['name']}",
    "override-twice": lambda d: (
        f"{d['group']} is overridden here and in line {d['line']}, and a recipe has one"
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


def _bad_defaults(d: Data) -> Text:
    told = _IN_DEFAULTS[d["wrong"]](d)
    write = d.get("write")
    return Text(told, f"write {write}" if write else _DEFAULTS_HINTS.get(d["wrong"]))


def _nothing_to_extend(d: Data) -> Text:
    told = f"no library has {d['option']}, which a defaults list brings"
    if d["write"]:
        return Text(told, f"write {d['write']}")
    if d["group"]:
        return Text(told, perhaps(d["nearest"], f"recipe list {d['group']} shows its options"))
    shows = "recipe list shows what there is"
    return Text(told, f"{perhaps(d['nearest'])} {shows}" if d["nearest"] else shows)


def _written_or(d: Data, otherwise: str) -> str:
    return f"write {d['write']}" if d["write"] else otherwise


def _wrong_part(d: Data) -> Text:
    one = len(d["keys"]) == 1
    told = f"{some_keys(d['keys'])} {'is not a key' if one else 'are no keys'} of this recipe"
    header = f"begin the file with # @package {d['right']}"
    hint = other_package(d) if d["way"] == "entry" else header
    if d["way"] == "defaults":
        hint = "did you mean defaults"
    return Text(f"{told}: {goes_where(d)}", hint)


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "no-library": _no_library,
    "not-a-library": _not_a_library,
    "not-local": _not_local,
    "same-library-name": _same_library_name,
    "undeclared-shadow": _undeclared_shadow,
    "outside-library": lambda d: Text(
        f"{d['file']} leads out of the library {d['library']}",
        "a library has all its files inside itself",
    ),
    "resolver-in-defaults": lambda d: Text(
        f"the resolver {d['name']} can't stand in a defaults list",
        "name the option, or a group it follows from: ${model}",
    ),
    "extension-circle": lambda d: Text(
        f"options extend each other in a circle: {' -> '.join(d['options'])}"
    ),
    "nothing-to-extend": _nothing_to_extend,
    "bad-defaults": _bad_defaults,
    "open-group": lambda d: Text(
        f"this leaves open which {d['group']} it is",
        f"choose one: {_choice(d['key'], d['options'])}",
    ),
    "unknown-group-in-defaults": lambda d: Text(
        f"${{{d['name']}}} names no group that has an option here",
        perhaps(f"${{{name}}}" for name in d["nearest"]),
    ),
    "group-twice": lambda d: Text(
        f"{d['group']} gets an option here and in {d['other']}, and a recipe has one",
        _written_or(d, "leave one out"),
    ),
    "nothing-to-override": lambda d: Text(
        f"there is no {d['group']} to override: nothing else chooses one",
        _written_or(d, "leave it out"),
    ),
    "several-for-a-link": lambda d: Text(
        f"{d['group']} gets several options here, and ${{{d['group']}}} in {d['other']} is one",
        f"write {d['write']}",
    ),
    "link-in-entry": lambda d: Text(
        "a link can stand in the place of an option, and not in the name of a file",
        f"write {d['write']}",
    ),
    "skipped-entry": lambda d: Text(
        f"this brings nothing: no library has {d['option']}, and optional passes over that",
        f"write {d['write']}",
    ),
    "primary-as-option": lambda d: Text(
        f"{d['primary']} is the primary config, which is composed already and is no option",
        "leave it out",
    ),
    "group-left-out": lambda d: Text(
        f"this leaves out {d['group']}, of which a recipe needs an option", f"write {d['write']}"
    ),
    "early-link": lambda d: Text(
        f"${{{d['name']}}} is not chosen yet where this list is read",
        f"name the option, or put the entry into {d['primary']}.yaml",
    ),
    "hydra-in-defaults": lambda d: Text(
        f"{d['group']} is a setting of Hydra's own, and no part of a recipe",
        "put it into the primary config of an app",
    ),
    "late-override": lambda d: Text(
        f"this file follows from other choices, and can't override {d['group']} after them",
        "override it where the choice is made that this follows from",
    ),
    "list-and-mapping": lambda d: Text(
        f"{d['key']} is a {'list' if d['is_list'] else 'mapping'} here and a "
        f"{'mapping' if d['is_list'] else 'list'} in {d['other']}, which can't be merged",
        f"write a {'mapping' if d['is_list'] else 'list'} here",
    ),
    "wrong-part": _wrong_part,
    "mutual-off": _mutual_off,
    "unknown-rule-key": _unknown_rule_key,
    "moved": lambda d: Text(f"{d['old']} is called {d['new']} now", d["new"]),
    "link-environment": lambda d: Text(
        f"{d['name']} must not be read from the environment without --allow-env {d['name']} "
        f"({hops(d)})",
        f"--allow-env {d['name']}",
    ),
}
