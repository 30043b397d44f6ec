"""Entries of a defaults list, and what can be told to be wrong with one by itself.

Hydra refuses the same in words of its own, without a line, and by no type that tells one from
another. So a library's defaults lists are looked through before Hydra has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from hydra_recipes.documents.document import Document
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.links.grammar import contains_link, problem_in
from hydra_recipes.origin import KeyPath, Origin
from hydra_recipes.tree import nearest

KEYWORDS = ("optional", "override")
"""What may stand before the group of an entry; one of them."""
SELF = "_self_"
"""The entry that stands for the file itself."""
OPEN = "???"
"""In place of an option: that it has to be chosen."""

_SCALAR = re.compile(r"[^\s,\[\]{}]+")
_ABOUT = 60
"""How much of an entry is told."""


class Entry(NamedTuple):
    """An entry of a defaults list.

    Attributes:
        keyword: ``optional``, ``override``, or nothing.
        group: The group as it is written; empty where the entry names an option outright.
        package: The package that it gives; empty if it gives none.
        options: What it names; of a group, the options.
        at: Its place in the list.
        is_list: Whether it names a list of options.
    """

    keyword: str
    group: str
    package: str
    options: tuple[str, ...]
    at: int
    is_list: bool = False

    @property
    def is_override(self) -> bool:
        """Whether it chooses for an entry of another list."""
        return self.keyword == "override"


def entries_of(tree: Any) -> Iterator[Entry]:
    """The entries of a file's defaults list, as far as they are any."""
    listed = tree.get("defaults") if isinstance(tree, dict) else None
    for at, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, str) and entry != SELF:
            name, _, package = entry.partition("@")
            yield Entry("", "", package, (name,), at)
        for key, value in entry.items() if isinstance(entry, dict) else ():
            *words, named = str(key).split() or [""]
            group, _, package = named.partition("@")
            values = value if isinstance(value, list) else [value]
            options = tuple(one for one in values if isinstance(one, str))
            yield Entry(next(iter(words), ""), group, package, options, at, isinstance(value, list))


def misspelt_defaults(tree: Any) -> str | None:
    """The key that a defaults list stands under by mistake, such as ``default``; None if none."""
    for key, value in tree.items() if isinstance(tree, dict) and "defaults" not in tree else ():
        begins = str(key).casefold().startswith("de")
        if begins and isinstance(value, list) and nearest(str(key), ("defaults",)):
            return str(key)
    return None


def check_entries(document: Document, file: str) -> None:
    """Refuses a defaults list that is none, and an entry that can't be one.

    Args:
        document: The file, which holds a mapping.
        file: What it is called.

    Raises:
        LibraryError: With the place of the entry.
    """
    if "defaults" not in document.tree:
        return
    listed = document.tree["defaults"]
    if not isinstance(listed, list):
        write = _as_list(listed)
        _refuse(document, file, ("defaults",), "no-list", found=_kind(listed), write=write)
    overridden: str | None = None
    lines: dict[str, int] = {}
    own = 0
    for at, entry in enumerate(listed):
        place: KeyPath = ("defaults", at)
        if isinstance(entry, str):
            own += entry == SELF
            _check_text(document, file, place, entry, own)
            moved = entry if entry != SELF else ""
        elif isinstance(entry, dict):
            group, is_override = _check_group(document, file, place, entry)
            overridden = group if is_override else overridden
            if is_override:
                _check_once(document, file, place, group, lines)
            moved = "" if is_override or group.startswith("hydra/") else group
        else:
            write = f'- "{_written(document, place)}"' if _is_scalar(entry) else ""
            _refuse(document, file, place, "no-entry", found=_kind(entry), write=write)
        if overridden is not None and moved:
            _refuse(document, file, place, "after-override", entry=moved, override=overridden)


def _check_slashes(document: Document, file: str, place: KeyPath, name: str, write: str) -> None:
    """Refuses a name that begins with more than one slash."""
    if name.startswith("//"):
        _refuse(document, file, place, "two-slashes", name=name, write=write)


def _check_once(
    document: Document, file: str, place: KeyPath, group: str, lines: dict[str, int]
) -> None:
    """Refuses a second override of a group, which Hydra passes over."""
    origin = document.origin(place)
    name, line = group.lstrip("/"), origin.line if origin else 1
    if name in lines:
        _refuse(document, file, place, "override-twice", group=name, line=lines[name])
    lines[name] = line


def _check_text(document: Document, file: str, place: KeyPath, entry: str, own: int) -> None:
    name, at, _ = entry.partition("@")
    if not name.strip("/ "):
        _refuse(document, file, place, "no-entry", found=f'"{entry}"', write="")
    _check_slashes(document, file, place, name, f"- /{entry.lstrip('/')}")
    if name == SELF and (at or own > 1):
        _refuse(document, file, place, "self-package" if at else "self-twice")
    if name.rpartition("/")[2] == OPEN:
        _refuse(document, file, place, "open-option", write="- GROUP: ???")
    _check_link(document, file, place, entry)


def _check_group(
    document: Document, file: str, place: KeyPath, entry: dict[Any, Any]
) -> tuple[str, bool]:
    """The group of an entry, and whether it overrides one."""
    if not entry:
        _refuse(document, file, place, "no-entry", found="an empty mapping", write="")
    if len(entry) != 1:
        pairs = [f"- {key}: {_shown(value)}" for key, value in entry.items()]
        _refuse(document, file, place, "several-groups", write=" and ".join(pairs))
    ((key, value),) = entry.items()
    *words, named = (key.split() if isinstance(key, str) else []) or [""]
    if not words and named in KEYWORDS:
        words, named = [named], ""
    if not named.partition("@")[0].strip("/"):
        found = f"{_written(document, (*place, key), key=True)}:" if key is not None else "null:"
        _refuse(document, file, place, "no-group", found=found)
    write = " ".join(["-", *words, f"/{named.lstrip('/')}:", _shown(value)])
    _check_slashes(document, file, place, named, write)
    unknown = [word for word in words if word not in KEYWORDS]
    if unknown:
        near = nearest(unknown[0], KEYWORDS)
        write = f"- {near[0]} {named}: {_shown(value)}" if near else ""
        _refuse(document, file, place, "no-keyword", word=unknown[0], write=write)
    if len(set(words)) > 1:
        write = f"- override {named}: {_shown(value)}"
        _refuse(document, file, place, "two-keywords", write=write)
    several = isinstance(value, list)
    for at, option in enumerate(value if several else [value]):
        where: KeyPath = (*place, key, at) if several else (*place, key)
        _check_option(document, file, where, key, option, listed=several)
    return named, "override" in words


def _check_option(
    document: Document, file: str, place: KeyPath, key: str, option: Any, *, listed: bool
) -> None:
    if option is None and not listed:
        return  # no option at all, for others to choose one
    if isinstance(option, str):
        if option == SELF:
            _refuse(document, file, place, "self-option", group=key)
        if listed and contains_link(option):
            _refuse(document, file, place, "link-in-list", option=option)
        _check_link(document, file, place, option)
        return
    write = ""
    if _is_scalar(option):
        written = _written(document, place)
        write = f'"{written}"' if listed else f'- {key}: "{written}"'
    elif isinstance(option, dict):
        write = f"- {key}: {next(iter(option), 'OPTION')}"
    _refuse(document, file, place, "no-option", found=_kind(option), group=key, write=write)


def _check_link(document: Document, file: str, place: KeyPath, text: str) -> None:
    problem = problem_in(text) if contains_link(text) else None
    if problem:
        _refuse(document, file, place, "no-link", text=problem)


def _refuse(document: Document, file: str, place: KeyPath, wrong: str, **data: Any) -> NoReturn:
    origin: Origin | None = document.origin(place, key=place in document.keys)
    raise LibraryError("bad-defaults", origin, file=file, wrong=wrong, **data)


def _written(document: Document, place: KeyPath, *, key: bool = False) -> str:
    """What is written for a value that is neither text nor nested: ``1e3``, ``yes``."""
    origin = document.origin(place, key=key)
    found = _SCALAR.match(origin.text, origin.column - 1) if origin else None
    return found[0].rstrip(":") if found else ""


def _is_scalar(value: Any) -> bool:
    return value is not None and not isinstance(value, str | list | dict)


def _kind(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a truth value"
    for kind, words in ((dict, "a mapping"), (list, "a list"), (str, "text")):
        if isinstance(value, kind):
            return words
    return "a number"


def _as_list(found: Any) -> str:
    """How a defaults list is written that isn't one."""
    if isinstance(found, dict):
        pairs = [f"- {key}: {_shown(value)}" for key, value in found.items()]
        return " and ".join(pairs)[:_ABOUT] or "- GROUP: OPTION"
    return f"- {found}"[:_ABOUT] if isinstance(found, str) else "- GROUP: OPTION"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"[:_ABOUT]
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return "OPTION" if isinstance(value, dict) else str(value)[:_ABOUT]
