"""Streams of recipes: the JSONL files of sweeps, a recipe on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from hydra_recipes.documents.document import Document, Mark, place
from hydra_recipes.documents.json_text import json_problem
from hydra_recipes.documents.reader import parse_document
from hydra_recipes.findings.errors import DocumentError
from hydra_recipes.findings.messages.files import BadJson, NotUtf8, UnreadableFile
from hydra_recipes.origin import KeyPath

T = TypeVar("T")
SUFFIX = ".jsonl"
"""How the names of such files end."""
_RECIPE = "recipe"
"""The key of the recipe in a line of a sweep's stream, beside its ``id``."""


def read_stream(path: Path) -> Iterator[tuple[int, str | None, Document | DocumentError]]:
    """Read the recipes of a JSONL file, one after another.

    A line is a recipe, or holds one under ``recipe`` as in the streams of sweeps. Empty lines are
    passed over.

    Yields:
        The number of the line, from 1; the id that it names, if any; and its recipe as a document
        with places in the file, or the error that keeps it from being read.

    Raises:
        DocumentError: If the file can't be read.
    """
    file = str(path)
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, *_read_line(line, number, file)
    except OSError as error:
        raise DocumentError(UnreadableFile(file=file, reason=error.strerror or "")) from None


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the mappings in a JSONL file, up to the first line that is none."""
    with suppress(OSError, ValueError), path.open("rb") as lines:
        for line in lines:
            content = json.loads(line)
            if not isinstance(content, dict):
                return
            yield content


def _read_line(line: bytes, number: int, file: str) -> tuple[str | None, Document | DocumentError]:
    """Return the id on a line, and its recipe or why there is none."""
    try:
        text = line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return None, DocumentError(NotUtf8(file=file, line_number=number, found=None))
    problem = json_problem(text)
    if problem:
        _, column, reason = problem
        origin = place(file, text, Mark(1, column), number)
        return None, DocumentError(BadJson(file=file, reason=reason), origin)
    try:
        document = parse_document(text, file, number)
    except DocumentError as error:
        return None, error
    if not (isinstance(document.tree, dict) and isinstance(document.tree.get(_RECIPE), dict)):
        return None, document
    inner = document._replace(
        tree=document.tree[_RECIPE],
        marks=_inside(document.marks),
        keys=_inside(document.keys),
        troubles=tuple(
            trouble._replace(path=trouble.path[1:])
            for trouble in document.troubles
            if trouble.path[:1] == (_RECIPE,)
        ),
        unclear=_inside(document.unclear),
        plain=_inside(document.plain),
    )
    return document.tree.get("id"), inner


def _inside(places: Mapping[KeyPath, T]) -> dict[KeyPath, T]:
    """Return what is known about the keys of the recipe, by their path in it."""
    return {path[1:]: value for path, value in places.items() if path[:1] == (_RECIPE,)}
