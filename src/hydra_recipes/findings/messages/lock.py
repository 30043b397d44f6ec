"""Messages about locks, and about what differs from one."""

from __future__ import annotations

from collections.abc import Callable

from hydra_recipes.findings.messages.base import Data, Text, reason
from hydra_recipes.text import counted


def _library_gone(data: Data) -> Text:
    action = " ".join(["install the", *data["source"]])
    if "directory" in data:
        action = f"name it with --library {data['directory']}"
    message = f"{data['library']} is in {data['lock']}, and not among the libraries"
    return Text(_more(data, message), f"{action}, or run recipe library lock to leave it out")


def _library_new(data: Data) -> Text:
    message = f"the library {data['library']} is not in {data['lock']}"
    return Text(_more(data, message), "leave it out, or run recipe library lock to take it too")


def _version(data: Data) -> Text:
    here, there = (data[side] or "without a version" for side in ("new", "old"))
    message = f"{data['library']} is {here} here, and {there} in {data['lock']}"
    action = f"install {data['old']}, or run" if data["old"] else "run"
    return Text(_more(data, message), f"{action} recipe library lock to take this one")


def _file(data: Data) -> Text:
    message = {
        "changed": f"{data['path']} has changed since {data['lock']} was written",
        "new": f"{data['path']} is not in {data['lock']}",
        "gone": f"{data['path']} is in {data['lock']}, and not there any more",
    }[data["how"]]
    return Text(_more(data, message), "if that is meant, run recipe library lock")


def _order(data: Data) -> Text:
    here, there = (", ".join(data[side]) for side in ("new", "old"))
    message = f"the libraries come as {here}, and in {data['lock']} as {there}"
    return Text(_more(data, message), "name them in that order, or run recipe library lock")


def _more(data: Data, message: str) -> str:
    """Return a message with the number of further differences, if there are any."""
    more = data["more"]
    return f"{message} (and {counted(more, 'more difference')})" if more else message


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "no-lock": lambda data: Text(
        f"there is no {data['file']}", "write it with recipe library lock"
    ),
    "bad-lock": lambda data: Text(
        f"can't use {data['file']}: {reason(data)}",
        "write it anew with recipe library lock --force",
    ),
    "later-lock": lambda data: Text(
        f"{data['file']} is of format {data['format']}, and this version of hydra-recipes reads "
        f"format {data['known']}",
        "pip install --upgrade hydra-recipes",
    ),
    "other-lock": lambda data: Text(
        f"{data['file']} is the lock {data['digest']}, and not {data['asked']}",
        "take the lock of then from version control, or compose with --locked instead",
    ),
    "recipe-of-other-lock": lambda data: Text(
        f"{data['file']} was composed from the lock {data['asked']}, and that of now is "
        f"{data['digest']}",
        "compose it anew with --locked",
    ),
    "lock-library-gone": _library_gone,
    "lock-library-new": _library_new,
    "lock-version": _version,
    "lock-file": _file,
    "lock-order": _order,
}
