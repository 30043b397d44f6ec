"""The messages about libraries and how they go together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hydra_recipes.messages import Text, hops, one_line, perhaps

Data = Mapping[str, Any]


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
    "nothing-to-extend": lambda d: Text(
        f"no library has {d['option']}, which a defaults list brings",
        perhaps(d["nearest"], "recipe list shows what there is"),
    ),
    "mutual-off": _mutual_off,
    "unknown-rule-key": _unknown_rule_key,
    "moved": lambda d: Text(f"{d['old']} is called {d['new']} now", d["new"]),
    "link-environment": lambda d: Text(
        f"{d['name']} must not be read from the environment without --allow-env {d['name']} "
        f"({hops(d)})",
        f"--allow-env {d['name']}",
    ),
}
