"""Typed texts: what a person typed where a value is read as another type than the text it is.

``1.10`` is a number to YAML and to Hydra, and ``str`` of that is ``1.1``. Where a key wants text,
what was typed is carried along by key: a file has the text of its plain values, and overrides have
theirs, which Hydra's parsed values have lost.
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
from hydra_recipes.literals import primitive
from hydra_recipes.origin import FileOrigin, KeyPath, Origin, dotted
from hydra_recipes.tree import MOUNT, canonical, lookup

Typed = Mapping[str, str]
"""What was typed for values that aren't text, by whole key."""

_CLOSING = {"[": "]", "{": "}", "(": ")"}
_TOKEN = re.compile(r"""\\.|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|.""", re.DOTALL)


def as_typed(finding: Finding, typed: Typed, reader: str) -> Finding:
    """The finding about a value that should be text, with the text that was typed.

    Args:
        finding: Any finding; one about something else stays as it is.
        typed: What was typed, by key.
        reader: Who took that for something else, YAML or Hydra.
    """
    text = typed.get(finding.key or "")
    if not text or finding.kind != "wrong-type" or finding.data["expected"] != "text":
        return finding
    meant = None if finding.data["meant"] is None else text  # null mostly means that there is none
    data = {**finding.data, "meant": meant, "written": text, "reader": reader}
    return dataclasses.replace(finding, data=data)


def typed_in(steps: Iterable[Step]) -> Typed:
    """What was typed in the overrides of a recipe's keys; of a key that is set twice, the last."""
    typed: dict[str, str] = {}
    for step in steps:
        own = tuple(dotted(key) for key in step.keys if key[: len(step.at)] == step.at)
        typed = {key: text for key, text in typed.items() if not _is_in(key, own)}
        for path, text in _texts(step.text.partition("=")[2], ()):
            if own:  # a key of the recipe
                typed[dotted((*step.at, *path))] = text
    return typed


def steps_of(texts: Iterable[str]) -> Iterator[Step]:
    """The steps of overrides that name whole keys, as a plain Hydra app takes them."""
    for text in texts:
        name = text.partition("=")[0].lstrip("+~").removeprefix(f"{MOUNT}.")
        at = tuple(name.split("."))
        yield Step(text, at, (at,), {})


def typed_values(text: str, values: Sequence[Any]) -> list[str | None]:
    """What was typed for each value of an axis that isn't text; None where that can't be told.

    Args:
        text: The override: ``key=1.10,1.20`` or ``key=choice(1.10,1.20)``.
        values: Its values, in the order in which they were typed.
    """
    inner = text.partition("=")[2].strip()
    inner = inner.removeprefix("choice(").removesuffix(")") if inner[:7] == "choice(" else inner
    typed = [part.strip() for part in _parts(inner, ",")]
    if len(typed) != len(values):
        return [None] * len(values)
    return [
        one
        if not isinstance(value, str) and canonical(primitive(one)) == canonical(value)
        else None
        for one, value in zip(typed, values, strict=True)
    ]


def _is_in(key: str, keys: Iterable[str]) -> bool:
    return any(f"{key}.".startswith(f"{one}.") for one in keys)


def _texts(text: str, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """The texts in a value in Hydra's grammar that are read as something else, without quotes."""
    text = text.strip()
    if text[:1] == "[" and text[-1:] == "]":
        for at, item in enumerate(_parts(text[1:-1], ",")):
            yield from _texts(item, (*path, at))
    elif text[:1] == "{" and text[-1:] == "}":
        for pair in _parts(text[1:-1], ","):
            key, *value = _parts(pair, ":")
            yield from _texts(":".join(value), (*path, key.strip()))
    elif not isinstance(primitive(text), str):
        yield path, text


def _parts(text: str, comma: str) -> list[str]:
    """The parts of a text between commas that stand in no brackets and no quotes."""
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
    """What was typed at a place in a library's file, if it isn't read as text."""
    if not isinstance(origin, FileOrigin) or origin.path is None:
        return None
    try:
        document = read_document(origin.path)
    except RecipeError:
        return None
    there = (origin.line, origin.column)
    return next((t for path, t in document.plain.items() if document.marks[path] == there), None)


def after(typed: Typed, changes: Iterable[Change], tree: Mapping[str, Any]) -> Typed:
    """What was typed, after some changes of a recipe: a renamed key has the text of the old one.

    Args:
        typed: What was typed before.
        changes: The changes, in their order.
        tree: The recipe before them.
    """
    left = dict(typed)
    taken: list[tuple[Any, str]] = []
    for change in changes:
        key = dotted(change.path)
        text = left.pop(key, None)
        if change.kind == "delete":
            taken += [(lookup(tree, change.path), text)] if text else []
        else:
            texts = (text for value, text in taken if canonical(value) == canonical(change.value))
            left.update((key, text) for text in islice(texts, 1))
    return left
