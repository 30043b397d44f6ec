"""The messages about importing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hydra_recipes.findings.messages.base import Data, Text
from hydra_recipes.text import one_of, spell

_WIDEST = 80
"""Longer values are cut."""


def _listed(names: tuple[str, ...], more: int) -> str:
    return ", ".join(names) + (f" and {more} more" if more else "")


def _shown(value: Any) -> str:
    text = spell(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _unknown_family(d: Data) -> Text:
    missing = _listed(d["missing"], d["more_missing"])
    unknown = _listed(d["unknown"], d["more_unknown"])
    parts = [f"lacks {missing}" if missing else "", f"has {unknown} besides" if unknown else ""]
    return Text(
        f"{d['file']} is a recipe of no known family ({', '.join(d['families'])}); "
        f"for the nearest, {d['nearest']}, it {' and '.join(filter(None, parts))}"
    )


def _other_method(d: Data) -> Text:
    return Text(
        f"{d['file']} is a recipe of the method {d['method']} ({d['about']}), told by "
        f"{d['evidence']}; there are families for {one_of(d['known'])} only, so nothing more is "
        "said of it",
        d["hint"],
    )


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "other-method": _other_method,
    "not-a-recipe": lambda d: Text(
        f"{d['file']} is not a recipe: it has no {' and no '.join(d['sections'])}; "
        f"the known families are {', '.join(d['families'])}"
    ),
    "unknown-family": _unknown_family,
    "left-out-renamed": lambda d: Text(
        f"{d['key']} is not a key of this recipe, which has {d['meant']} for it",
        "recipe check FILE --fix gives it its name",
    ),
    "left-out-unknown": lambda d: Text(
        f"{d['key']} is not a key of this recipe", "--allow-unknown adds it"
    ),
    "preset-cannot-delete": lambda d: Text(
        f"no preset can leave out {', '.join(d['keys'])}, which a library always composes",
        "keep what is printed as a command, or complete the file",
    ),
    "preset-unknown": lambda d: Text(
        f"the preset {d['name']} would lack {', '.join(d['keys'])}: "
        "no recipe of this family has such a key",
        "add it all the same with --allow-unknown",
    ),
    "preset-not-exact": lambda d: Text(
        f"no preset gives this recipe exactly; it has {', '.join(d['keys'])} to set",
        "compose it with the command that is printed",
    ),
    "preset-name-twice": lambda d: Text(
        f"{' and '.join(d['files'])} would both be the preset {d['name']}",
        "rename one of the files",
    ),
    "said-as-text": lambda d: Text(
        f"{d['key']} is {_shown(d['value'])}, as YAML takes {d['typed']}; it has to be text, so "
        "the command has it as it was typed, in quotes"
    ),
    "left-out": lambda d: Text(f"no override makes {d['key']} {_shown(d['value'])}"),
}
