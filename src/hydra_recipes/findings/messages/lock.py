"""The messages about locks and what differs from one."""

from __future__ import annotations

from collections.abc import Callable

from hydra_recipes.findings.messages.base import Data, Text, reason
from hydra_recipes.text import counted


def _library_gone(d: Data) -> Text:
    way = " ".join(["install the", *d["source"]])
    if "directory" in d:
        way = f"name it with --library {d['directory']}"
    told = f"{d['library']} is in {d['lock']}, and not among the libraries"
    return Text(_more(d, told), f"{way}, or run recipe library lock to leave it out")


def _library_new(d: Data) -> Text:
    told = f"the library {d['library']} is not in {d['lock']}"
    return Text(_more(d, told), "leave it out, or run recipe library lock to take it too")


def _version(d: Data) -> Text:
    here, there = (d[side] or "without a version" for side in ("new", "old"))
    told = f"{d['library']} is {here} here, and {there} in {d['lock']}"
    way = f"install {d['old']}, or run" if d["old"] else "run"
    return Text(_more(d, told), f"{way} recipe library lock to take this one")


def _file(d: Data) -> Text:
    told = {
        "changed": f"{d['path']} has changed since {d['lock']} was written",
        "new": f"{d['path']} is not in {d['lock']}",
        "gone": f"{d['path']} is in {d['lock']}, and not there any more",
    }[d["how"]]
    return Text(_more(d, told), "if that is meant, run recipe library lock")


def _order(d: Data) -> Text:
    here, there = (", ".join(d[side]) for side in ("new", "old"))
    told = f"the libraries come as {here}, and in {d['lock']} as {there}"
    return Text(_more(d, told), "name them in that order, or run recipe library lock")


def _more(d: Data, told: str) -> str:
    more = d["more"]
    return f"{told} (and {counted(more, 'more difference')})" if more else told


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "no-lock": lambda d: Text(f"there is no {d['file']}", "write it with recipe library lock"),
    "bad-lock": lambda d: Text(
        f"can't use {d['file']}: {reason(d)}", "write it anew with recipe library lock --force"
    ),
    "later-lock": lambda d: Text(
        f"{d['file']} is of format {d['format']}, and this version of hydra-recipes reads "
        f"format {d['known']}",
        "pip install --upgrade hydra-recipes",
    ),
    "other-lock": lambda d: Text(
        f"{d['file']} is the lock {d['digest']}, and not {d['asked']}",
        "take the lock of then from version control, or compose with --locked instead",
    ),
    "recipe-of-other-lock": lambda d: Text(
        f"{d['file']} was composed from the lock {d['asked']}, and that of now is {d['digest']}",
        "compose it anew with --locked",
    ),
    "lock-library-gone": _library_gone,
    "lock-library-new": _library_new,
    "lock-version": _version,
    "lock-file": _file,
    "lock-order": _order,
}
