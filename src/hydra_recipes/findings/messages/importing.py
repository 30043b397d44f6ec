"""Messages about importing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hydra_recipes.findings.messages.base import Data, Text
from hydra_recipes.text import one_of, spell

_WIDEST = 80
"""How many characters of a value are shown."""


def _listed(names: tuple[str, ...], more: int) -> str:
    return ", ".join(names) + (f" and {more} more" if more else "")


def _shown(value: Any) -> str:
    text = spell(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _unknown_family(data: Data) -> Text:
    missing = _listed(data["missing"], data["more_missing"])
    unknown = _listed(data["unknown"], data["more_unknown"])
    parts = [f"lacks {missing}" if missing else "", f"has {unknown} besides" if unknown else ""]
    return Text(
        f"{data['file']} is a recipe of no known family ({', '.join(data['families'])}); "
        f"for the nearest, {data['nearest']}, it {' and '.join(filter(None, parts))}"
    )


def _other_method(data: Data) -> Text:
    return Text(
        f"{data['file']} is a recipe of the method {data['method']} ({data['about']}), told by "
        f"{data['evidence']}; there are families for {one_of(data['known'])} only, so nothing "
        "more is "
        "said of it",
        data["hint"],
    )


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "other-method": _other_method,
    "not-a-recipe": lambda data: Text(
        f"{data['file']} is not a recipe: it has no {' and no '.join(data['sections'])}; "
        f"the known families are {', '.join(data['families'])}"
    ),
    "unknown-family": _unknown_family,
    "left-out-renamed": lambda data: Text(
        f"{data['key']} is not a key of this recipe, which has {data['meant']} for it",
        "recipe check FILE --fix gives it its name",
    ),
    "left-out-unknown": lambda data: Text(
        f"{data['key']} is not a key of this recipe", "--allow-unknown adds it"
    ),
    "preset-cannot-delete": lambda data: Text(
        f"no preset can leave out {', '.join(data['keys'])}, which a library always composes",
        "keep what is printed as a command, or complete the file",
    ),
    "preset-unknown": lambda data: Text(
        f"the preset {data['name']} would lack {', '.join(data['keys'])}: "
        "no recipe of this family has such a key",
        "add it all the same with --allow-unknown",
    ),
    "preset-not-exact": lambda data: Text(
        f"no preset gives this recipe exactly; it has {', '.join(data['keys'])} to set",
        "compose it with the command that is printed",
    ),
    "preset-name-twice": lambda data: Text(
        f"{' and '.join(data['files'])} would both be the preset {data['name']}",
        "rename one of the files",
    ),
    "said-as-text": lambda data: Text(
        f"{data['key']} is {_shown(data['value'])}, as YAML takes {data['typed']}; it has to "
        "be text, so "
        "the command has it as it was typed, in quotes"
    ),
    "left-out": lambda data: Text(f"no override makes {data['key']} {_shown(data['value'])}"),
}
