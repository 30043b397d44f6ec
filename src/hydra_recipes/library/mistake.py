"""Mistakes in the shape of a file: where the first one stands, and what is expected there.

The shapes are pydantic models (``library/shape.py``). This module says in our words what pydantic
says, and imports nothing of it: most files have no mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.base import Detail
from hydra_recipes.findings.messages.rules import (
    BadLibraryFile,
    BadRulesEntry,
    BadRulesField,
    BadRulesSection,
)
from hydra_recipes.library.reading import as_written
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.record import Record
from hydra_recipes.text import perhaps, spell
from hydra_recipes.tree import nearest

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from hydra_recipes.documents.document import Document

_EXPECTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a finite number",
}


class _Fields(Record):
    """The fields of a model: all names, and the path and the description of one of them."""

    names: tuple[str, ...]
    path: KeyPath
    description: str | None


def expected(detail: Mapping[str, Any]) -> str:
    """Return in words what a value has to be, from one of pydantic's errors about a value."""
    words = str(detail["msg"]).removeprefix("Input should be ")
    if detail["type"] == "literal_error":
        return words.replace("'", "")
    return _EXPECTED.get(detail["type"], words)


def library_error(
    error: ValidationError,
    shape: type[BaseModel],
    file: str,
    document: Document | None = None,
    entry: str | None = None,
) -> LibraryError:
    """Return the error about the first mistake in the shape of a file.

    A key that is not text comes first, as what stands below it has no place. A field that is
    missing comes last: it may be there, but misspelt.

    Args:
        error: All mistakes, as pydantic tells them.
        shape: The model of the file.
        file: The path of the file.
        document: The file as it was read; None if places in it aren't known.
        entry: What the whole file is about; None if it has sections, and in those entries.
    """

    def rank(detail: Mapping[str, Any]) -> tuple[int, int, int]:
        path = _path(detail, document)
        mark = document and (document.keys.get(path) or document.marks.get(path))
        order = 2 if detail["type"] == "missing" else not _is_about_key(detail)
        return (order, *(mark or (0, 0)))

    detail = min(error.errors(include_url=False), key=rank)
    place = _path(detail, document)
    origin = document.origin(place, key=place in document.keys) if document else None
    path = detail["loc"][: len(place) - _is_about_key(detail)]
    depth = 2 if entry is None else 0
    if entry is None:  # the entry's id, or its place among others without one
        ids = tuple(key for key in path[1:2] if isinstance(key, str))
        entry = dotted(ids or path[:2])
    kind, values = _message(detail, path, depth, _fields(shape, detail["loc"]))
    return LibraryError(kind(file=file, entry=entry, **values), origin)


def reason_of(error: LibraryError) -> str:
    """Return what is wrong in the shape of a file, without its name."""
    return str(vars(error.detail).get("reason") or error)


def _message(
    detail: Mapping[str, Any], path: KeyPath, depth: int, fields: _Fields
) -> tuple[type[Detail], dict[str, Any]]:
    """Return the kind of message about a mistake, and the values in it.

    Args:
        detail: The mistake, as pydantic tells it.
        path: Its key path, as far as it stands in the file.
        depth: How many keys lead to what the message names before it says what is wrong.
        fields: The fields where the mistake is.
    """
    name, last = dotted(path[depth:]) or "it", dotted(detail["loc"][-1:])
    match detail["type"]:
        case "message":  # a validator of ours gives the kind and the values
            values = {"key": last, **detail["ctx"]}
            return values.pop("kind"), values
        case "extra_forbidden" | "invalid_key":
            near = nearest(last, fields.names)
            values = {"known": fields.names, "nearest": near}
            if len(path) < depth:
                return BadRulesSection, {"section": last, **values}
            reason = "; ".join(filter(None, (f"no field is called {name}", perhaps(near))))
            return BadRulesField, {"field": last, "reason": reason, **values}
        case "missing":
            reason = f"{name} has no {last}"
        case "value_error":
            reason = f"{name} {detail['ctx']['error']}"
        case _ if not path:
            return BadLibraryFile, {"reason": "not a mapping"}
        case _ if fields.description:
            reason = f"{dotted(fields.path[depth:])} has to be {fields.description}"
        case _ if _is_about_key(detail):
            key = spell(detail["input"])
            reason = f'{name} has the key {key}, which has to be text: "{key}"'
        case _:
            reason = f"{name} has to be {expected(detail)}"
    return BadRulesEntry, {"reason": reason}


def _is_about_key(detail: Mapping[str, Any]) -> bool:
    """Return whether a mistake is a key of a mapping, whatever its value is."""
    return bool(detail["loc"][-1:] == ("[key]",))


def _path(detail: Mapping[str, Any], document: Document | None) -> KeyPath:
    """Return the key path of a mistake, as far as it stands in the file."""
    path: KeyPath = detail["loc"]
    if _is_about_key(detail):
        path = (*path[:-2], detail["input"])  # the key itself; in its place pydantic has a text
    elif detail["type"] == "invalid_key":
        path = (*path[:-1], detail["input"])
    elif detail["type"] == "missing":
        path = path[:-1]
    if document is None:
        return path
    path = as_written(path, document)
    while path and path not in document.keys and path not in document.marks:
        path = path[:-1]
    return path


def _fields(shape: type[BaseModel], path: KeyPath) -> _Fields:
    """Return the fields of the innermost model that a path leads into."""
    inner: Any = shape
    fields = _Fields((), (), None)
    for length, key in enumerate(path, 1):
        if not hasattr(inner, "model_fields"):
            inner = (None, *get_args(inner))[-1]  # the type of items, or of a mapping's values
            continue
        by_name = {field.alias or name: field for name, field in inner.model_fields.items()}
        field = by_name.get(str(key))
        inner = field and field.annotation
        fields = _Fields(tuple(by_name), path[:length], field and field.description)
    return fields
