"""Messages about what is wrong with a library."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from hydra_recipes.findings.messages.base import Data, Text
from hydra_recipes.text import counted, perhaps

_MOST = 3
"""How many of several keys or limits a message names."""


def _invalid_in(data: Data) -> Text:
    typed = " ".join(map(shlex.quote, data["overrides"])) or "nothing chosen"
    named = {data["what"], f"+{data['what']}"} & {*data["overrides"]}
    what = "" if named else f"{data['what']}, "
    if "never" in data:
        times = data["never"]
        all_of = f"; none of the {times} combinations tried is valid" if times > 1 else ""
        return Text(f"{what}{typed}: {data['text']}{all_of}", data["hint"])
    more = f" (and in {counted(data['more'], 'more combination')})"
    return Text(f"{what}{typed}: {data['text']}{more if data['more'] else ''}", data["hint"])


def _forbids_all(data: Data) -> Text:
    others = [other for other in data["others"] if other not in data["what"].split()]
    named = ", ".join(others[:_MOST]) + (", …" if len(others) > _MOST else "")
    against = f" beside {named}" if others else ""
    if data["key"] is None:
        return Text(f"{data['what']} is never true, and applies to all that is offered")
    return Text(f"{data['what']} leaves no value of {data['key']}{against}, wherever it applies")


def _written_twice(data: Data) -> Text:
    keys = ", ".join(data["keys"][:_MOST]) + (", …" if len(data["keys"]) > _MOST else "")
    return Text(
        f"{len(data['keys'])} values stand in {data['other']}:{data['line']} too: {keys}",
        "put them into one file, which both bring by their defaults lists",
    )


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "invalid-in": _invalid_in,
    "no-points": lambda _: Text("no point of it is valid"),
    "never-offered": lambda data: Text(
        f"{data['what']} is in no offer", "offer it, or extend an option that is offered"
    ),
    "never-reached": lambda data: Text(
        f"nothing that was tried leads to {data['option']}", "remove it, or bring it somewhere"
    ),
    "never-applies": lambda data: Text(
        f"{data['what']} applies to nothing that is offered", "remove it, or correct its when"
    ),
    "unknown-name": lambda data: Text(
        f"{data['what']} is for {data['name']}, which no library has",
        perhaps(data["nearest"], "recipe list"),
    ),
    "forbids-all": _forbids_all,
    "same-recipe": lambda data: Text(f"{data['what']} composes the same recipe as {data['other']}"),
    "written-twice": _written_twice,
    "in-vain": lambda data: Text(
        f"{data['key']} has this value already, from another file, wherever this one takes part",
        "remove it",
    ),
    "misnamed": lambda data: Text(
        f"nothing reads {data['name']}: an option's file ends in .yaml",
        f"rename it to {data['better']}",
    ),
    "moved-in-vain": lambda data: Text(
        f"{data['old']} is there still, so that nothing moves to {data['new']}",
        f"remove {data['old']}, or leave it out of moved",
    ),
    "no-source": lambda data: Text(
        f"{data['what']} doesn't say who says so",
        "add source: the name of a guide, or of your team",
    ),
    "idle-shadow": lambda data: Text(
        f"no other library has {data['option']}", "remove it from shadows"
    ),
}
