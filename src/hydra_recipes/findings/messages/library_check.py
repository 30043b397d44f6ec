"""The messages about what is wrong with a library."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from hydra_recipes.findings.messages.base import Data, Text
from hydra_recipes.text import counted, perhaps

_MOST = 3
"""Of several keys or limits so many are named."""


def _invalid_in(d: Data) -> Text:
    typed = " ".join(map(shlex.quote, d["overrides"])) or "nothing chosen"
    named = {d["what"], f"+{d['what']}"} & {*d["overrides"]}
    what = "" if named else f"{d['what']}, "
    if "never" in d:
        times = d["never"]
        all_of = f"; none of the {times} combinations tried is valid" if times > 1 else ""
        return Text(f"{what}{typed}: {d['text']}{all_of}", d["hint"])
    more = f" (and in {counted(d['more'], 'more combination')})"
    return Text(f"{what}{typed}: {d['text']}{more if d['more'] else ''}", d["hint"])


def _forbids_all(d: Data) -> Text:
    others = [one for one in d["others"] if one not in d["what"].split()]
    named = ", ".join(others[:_MOST]) + (", …" if len(others) > _MOST else "")
    against = f" beside {named}" if others else ""
    if d["key"] is None:
        return Text(f"{d['what']} is never true, and applies to all that is offered")
    return Text(f"{d['what']} leaves no value of {d['key']}{against}, wherever it applies")


def _written_twice(d: Data) -> Text:
    keys = ", ".join(d["keys"][:_MOST]) + (", …" if len(d["keys"]) > _MOST else "")
    return Text(
        f"{len(d['keys'])} values stand in {d['other']}:{d['line']} too: {keys}",
        "put them into one file, which both bring by their defaults lists",
    )


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "invalid-in": _invalid_in,
    "no-points": lambda _: Text("no point of it is valid"),
    "never-offered": lambda d: Text(
        f"{d['what']} is in no offer", "offer it, or extend an option that is offered"
    ),
    "never-reached": lambda d: Text(
        f"nothing that was tried leads to {d['option']}", "remove it, or bring it somewhere"
    ),
    "never-applies": lambda d: Text(
        f"{d['what']} applies to nothing that is offered", "remove it, or correct its when"
    ),
    "unknown-name": lambda d: Text(
        f"{d['what']} is for {d['name']}, which no library has",
        perhaps(d["nearest"], "recipe list"),
    ),
    "forbids-all": _forbids_all,
    "same-recipe": lambda d: Text(f"{d['what']} composes the same recipe as {d['other']}"),
    "written-twice": _written_twice,
    "in-vain": lambda d: Text(
        f"{d['key']} has this value already, from another file, wherever this one takes part",
        "remove it",
    ),
    "misnamed": lambda d: Text(
        f"nothing reads {d['name']}: an option's file ends in .yaml", f"rename it to {d['better']}"
    ),
    "moved-in-vain": lambda d: Text(
        f"{d['old']} is there still, so that nothing moves to {d['new']}",
        f"remove {d['old']}, or leave it out of moved",
    ),
    "no-source": lambda d: Text(
        f"{d['what']} doesn't say who says so", "add source: the name of a guide, or of your team"
    ),
    "idle-shadow": lambda d: Text(f"no other library has {d['option']}", "remove it from shadows"),
}
