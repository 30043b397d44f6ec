"""Checks of the entries of a defaults list that need only the list itself.

Hydra refuses the same mistakes, but names no line, and its errors can't be told apart by type. So
the defaults lists of a library are checked here before Hydra reads them.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from hydra_recipes.documents.document import Document
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.defaults import BadDefaults, EntryFault
from hydra_recipes.library.entries import KEYWORDS, OPEN, SELF
from hydra_recipes.links.grammar import contains_link, problem_in
from hydra_recipes.origin import KeyPath, Origin
from hydra_recipes.tree import nearest

_SCALAR = re.compile(r"[^\s,\[\]{}]+")
_ABOUT = 60
"""How many characters of an entry a message shows."""


def check_entries(document: Document) -> None:
    """Refuse a defaults list that is no list, and entries that can't be one.

    Args:
        document: The file, which holds a mapping.

    Raises:
        LibraryError: With the place of the entry.
    """
    if "defaults" not in document.tree:
        return
    listed = document.tree["defaults"]
    if not isinstance(listed, list):
        write = _as_list(listed)
        _refuse(document, ("defaults",), "no-list", about=_kind(listed), write=write)
    overridden: str | None = None
    override_lines: dict[str, int] = {}
    self_count = 0
    for position, entry in enumerate(listed):
        place: KeyPath = ("defaults", position)
        if isinstance(entry, str):
            self_count += entry == SELF
            _check_text(document, place, entry, self_count)
            movable = entry if entry != SELF else ""
        elif isinstance(entry, dict):
            group, is_override = _check_group(document, place, entry)
            overridden = group if is_override else overridden
            if is_override:
                _check_once(document, place, group, override_lines)
            movable = "" if is_override or group.startswith("hydra/") else group
        else:
            write = f'- "{_written(document, place)}"' if _is_scalar(entry) else ""
            _refuse(document, place, "no-entry", about=_kind(entry), write=write)
        if overridden is not None and movable:
            _refuse(document, place, "after-override", about=movable, other=overridden)


def _check_slashes(document: Document, place: KeyPath, name: str, write: str) -> None:
    """Refuse a name that begins with more than one slash."""
    if name.startswith("//"):
        _refuse(document, place, "two-slashes", about=name, write=write)


def _check_once(
    document: Document, place: KeyPath, group: str, override_lines: dict[str, int]
) -> None:
    """Refuse a second override of a group, which Hydra would silently ignore."""
    origin = document.origin(place)
    name, line = group.lstrip("/"), origin.line if origin else 1
    if name in override_lines:
        _refuse(document, place, "override-twice", about=name, other=override_lines[name])
    override_lines[name] = line


def _check_text(document: Document, place: KeyPath, entry: str, self_count: int) -> None:
    """Refuse a text entry that can't be one; ``self_count`` counts each ``_self_`` up to it."""
    name, separator, _ = entry.partition("@")
    if not name.strip("/ "):
        _refuse(document, place, "no-entry", about=f'"{entry}"')
    _check_slashes(document, place, name, f"- /{entry.lstrip('/')}")
    if name == SELF and (separator or self_count > 1):
        _refuse(document, place, "self-package" if separator else "self-twice")
    if name.rpartition("/")[2] == OPEN:
        _refuse(document, place, "open-option", write="- GROUP: ???")
    _check_link(document, place, entry)


def _check_group(document: Document, place: KeyPath, entry: dict[Any, Any]) -> tuple[str, bool]:
    """Return the group of an entry as written, and whether the entry overrides it."""
    if not entry:
        _refuse(document, place, "no-entry", about="an empty mapping")
    if len(entry) != 1:
        pairs = [f"- {key}: {_shown(value)}" for key, value in entry.items()]
        _refuse(document, place, "several-groups", write=" and ".join(pairs))
    ((key, value),) = entry.items()
    *keywords, name = (key.split() if isinstance(key, str) else []) or [""]
    if not keywords and name in KEYWORDS:
        keywords, name = [name], ""
    if not name.partition("@")[0].strip("/"):
        written_key = (
            f"{_written(document, (*place, key), key=True)}:" if key is not None else "null:"
        )
        _refuse(document, place, "no-group", about=written_key)
    write = " ".join(["-", *keywords, f"/{name.lstrip('/')}:", _shown(value)])
    _check_slashes(document, place, name, write)
    unknown = [word for word in keywords if word not in KEYWORDS]
    if unknown:
        near = nearest(unknown[0], KEYWORDS)
        write = f"- {near[0]} {name}: {_shown(value)}" if near else ""
        _refuse(document, place, "no-keyword", about=unknown[0], write=write)
    if len(set(keywords)) > 1:
        write = f"- override {name}: {_shown(value)}"
        _refuse(document, place, "two-keywords", write=write)
    is_list = isinstance(value, list)
    for position, option in enumerate(value if is_list else [value]):
        option_place: KeyPath = (*place, key, position) if is_list else (*place, key)
        _check_option(document, option_place, key, option, listed=is_list)
    return name, "override" in keywords


def _check_option(
    document: Document, place: KeyPath, key: str, option: Any, *, listed: bool
) -> None:
    """Refuse an option that is not text; without any (null), the choice is left to others."""
    if option is None and not listed:
        return  # others may choose the option
    if isinstance(option, str):
        if option == SELF:
            _refuse(document, place, "self-option", about=str(key))
        if listed and contains_link(option):
            _refuse(document, place, "link-in-list", about=option)
        _check_link(document, place, option)
        return
    write = ""
    if _is_scalar(option):
        written = _written(document, place)
        write = f'"{written}"' if listed else f'- {key}: "{written}"'
    elif isinstance(option, dict):
        write = f"- {key}: {next(iter(option), 'OPTION')}"
    _refuse(document, place, "no-option", about=_kind(option), write=write)


def _check_link(document: Document, place: KeyPath, text: str) -> None:
    problem = problem_in(text) if contains_link(text) else None
    if problem:
        _refuse(document, place, "no-link", about=problem)


def _refuse(
    document: Document,
    place: KeyPath,
    wrong: EntryFault,
    *,
    about: str = "",
    other: str | int = "",
    write: str = "",
) -> NoReturn:
    """Raise the error for what is wrong at a place of a defaults list; see ``BadDefaults``.

    Raises:
        LibraryError: Always.
    """
    origin: Origin | None = document.origin(place, key=place in document.keys)
    detail = BadDefaults(wrong=wrong, about=about, other=other, write=write)
    raise LibraryError(detail, origin)


def _written(document: Document, place: KeyPath, *, key: bool = False) -> str:
    """Return the source text of a number or truth value, such as ``1e3`` or ``yes``."""
    origin = document.origin(place, key=key)
    scalar = _SCALAR.match(origin.text, origin.column - 1) if origin else None
    return scalar[0].rstrip(":") if scalar else ""


def _is_scalar(value: Any) -> bool:
    return value is not None and not isinstance(value, str | list | dict)


def _kind(value: Any) -> str:
    """Return what a value is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a truth value"
    for kind, words in ((dict, "a mapping"), (list, "a list"), (str, "text")):
        if isinstance(value, kind):
            return words
    return "a number"


def _as_list(value: Any) -> str:
    """Return how to write as a list what stands in place of a defaults list."""
    if isinstance(value, dict):
        pairs = [f"- {group}: {_shown(option)}" for group, option in value.items()]
        return " and ".join(pairs)[:_ABOUT] or "- GROUP: OPTION"
    return f"- {value}"[:_ABOUT] if isinstance(value, str) else "- GROUP: OPTION"


def _shown(value: Any) -> str:
    """Return a value as it is written in an entry, cut to what a message shows."""
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"[:_ABOUT]
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return "OPTION" if isinstance(value, dict) else str(value)[:_ABOUT]
