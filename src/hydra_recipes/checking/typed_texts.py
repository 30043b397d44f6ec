"""Typed texts: what the user typed for a value that is read as something else than text.

Where a key wants text and a file says ``version: 1.10``, YAML reads a number, and ``str`` of that
is ``1.1``. To suggest ``'1.10'``, the text as typed is carried along by dotted key: documents keep
that of their plain values, and overrides are split here again, as Hydra's parsed values have lost
theirs.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from hydra_recipes.composing.provenance import Step
from hydra_recipes.documents.editing.change import Change
from hydra_recipes.documents.reader import read_document
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.values import WrongType
from hydra_recipes.literals import primitive
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, dotted
from hydra_recipes.override import Override
from hydra_recipes.tree import equal, lookup, path_of

Typed = Mapping[str, str]
"""What the user typed for values that aren't read as text, by whole dotted key."""

_CLOSING = {"[": "]", "{": "}", "(": ")"}
_TOKEN = re.compile(r"""\\.|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|.""", re.DOTALL)


def as_typed(finding: Finding, typed: Typed, reader: str) -> Finding:
    """Return a finding with, if about a value that should be text, the text that was typed.

    Args:
        finding: Any finding; one about something else is returned as it is.
        typed: What the user typed, by dotted key.
        reader: What read that as something else: YAML or Hydra.
    """
    text = typed.get(finding.key or "")
    detail = finding.detail
    if not text or not isinstance(detail, WrongType) or detail.expected != "text":
        return finding
    meant = None if detail.meant is None else text  # null is hardly meant as "null"
    detail = detail.but(meant=meant, written=text, reader=reader)
    return dataclasses.replace(finding, detail=detail)


def typed_in(steps: Iterable[Step]) -> Typed:
    """Return what was typed in overrides of a recipe's keys, by dotted key; the last one counts."""
    typed: dict[str, str] = {}
    for step in steps:
        own = tuple(dotted(key) for key in step.keys if key[: len(step.at)] == step.at)
        typed = {key: text for key, text in typed.items() if not _is_in(key, own)}
        for path, text in _texts(step.override.value, ()):
            if own:  # a key of the recipe
                typed[dotted((*step.at, *path))] = text
    return typed


def steps_of(texts: Iterable[str]) -> Iterator[Step]:
    """Yield the steps of overrides that name whole keys, as a plain Hydra app takes them."""
    for text in texts:
        override = Override.read(text)
        path = path_of(override.name)
        yield Step(override, path, (path,), {})


def typed_values(text: str, values: Sequence[Any]) -> list[str | None]:
    """Return what was typed for each value of an axis; None for text, or where that can't be told.

    Args:
        text: The override: ``key=1.10,1.20`` or ``key=choice(1.10,1.20)``.
        values: Its values, in the order in which they were typed.
    """
    inner_text = Override.read(text).value.strip()
    if inner_text.startswith("choice("):
        inner_text = inner_text.removeprefix("choice(").removesuffix(")")
    parts = [part.strip() for part in _parts(inner_text, ",")]
    if len(parts) != len(values):
        return [None] * len(values)
    return [
        part if not isinstance(value, str) and equal(primitive(part), value) else None
        for part, value in zip(parts, values, strict=True)
    ]


def _is_in(key: str, keys: Iterable[str]) -> bool:
    """Return whether a dotted key is one of ``keys`` or stands in one."""
    return any(f"{key}.".startswith(f"{prefix}.") for prefix in keys)


def _texts(text: str, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the unquoted texts in a value in Hydra's grammar that aren't read as text.

    Args:
        text: The value.
        path: Its key path; each text is yielded with its own.
    """
    text = text.strip()
    if text[:1] == "[" and text[-1:] == "]":
        for position, item in enumerate(_parts(text[1:-1], ",")):
            yield from _texts(item, (*path, position))
    elif text[:1] == "{" and text[-1:] == "}":
        for pair in _parts(text[1:-1], ","):
            key, *value = _parts(pair, ":")
            yield from _texts(":".join(value), (*path, key.strip()))
    elif not isinstance(primitive(text), str):
        yield path, text


def _parts(text: str, comma: str) -> list[str]:
    """Return the parts of a text between commas, or colons, outside of brackets and quotes."""
    parts = [""]
    closing: list[str] = []
    for token in _TOKEN.findall(text):
        if token == comma and not closing:
            parts.append("")
            continue
        if token in _CLOSING:
            closing.append(_CLOSING[token])
        elif closing and token == closing[-1]:
            closing.pop()
        parts[-1] += token
    return parts


def typed_at(origin: Origin | None) -> str | None:
    """Return what was typed at a place in a library's file; None if that is read as text."""
    if not isinstance(origin, FileOrigin) or origin.path is None:
        return None
    try:
        document = read_document(origin.path)
    except RecipeError:
        return None
    mark = (origin.line, origin.column)
    return next(
        (text for path, text in document.plain.items() if document.marks[path] == mark), None
    )


def after(typed: Typed, changes: Iterable[Change], tree: Mapping[str, Any]) -> Typed:
    """Return what was typed once changes are applied: a renamed key has the text of the old one.

    Args:
        typed: What was typed before.
        changes: The changes, in order.
        tree: The recipe before them.
    """
    remaining = dict(typed)
    deleted: list[tuple[Any, str]] = []
    for change in changes:
        key = dotted(change.path)
        text = remaining.pop(key, None)
        if change.kind == "delete":
            deleted += [(lookup(tree, change.path), text)] if text else []
        else:
            texts = (text for value, text in deleted if equal(value, change.value))
            remaining.update((key, text) for text in islice(texts, 1))
    return remaining
