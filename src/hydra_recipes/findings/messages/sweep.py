"""Messages about sweeps."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from hydra_recipes.findings.messages.base import Data, Text


def _perhaps(data: Data, otherwise: str | None = None) -> str | None:
    return f"did you mean {' or '.join(data['nearest'])}?" if data["nearest"] else otherwise


_OF_CEL = "it is CEL over keys and groups: 'max_length <= 16384 || replicas >= 4'"


def _bad_where(data: Data) -> Text:
    if "number" in data:
        hint = f"--where {shlex.quote(data['instead'])}" if "instead" in data else _OF_CEL
        problem = f"{data['number']} is a number and {data['string']} a text, which have no order"
        return Text(
            f"the condition can't be used: {problem} and are never equal ({data['text']})", hint
        )
    if "position" in data:
        positions = f"[0] to [{data['length'] - 1}]" if data["length"] else "none"
        problem = (
            f"{data['list']} has no {data['position'].removeprefix(data['list'])}, but {positions}"
        )
        guard = f"size({data['list']}) > {data['position'][:-1].rpartition('[')[2]} && ..."
        return Text(
            f"the condition can't be used: {problem} ({data['text']})", f"ask first: '{guard}'"
        )
    return Text(
        f"the condition can't be used: {data['reason']} ({data['text']})",
        _OF_CEL,
    )


_SHOWN = 200
"""How many characters of a value are shown."""
_FEW = 8
"""How many changes a message names."""


def _in_short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _changed(data: Data) -> Text:
    changes = "; ".join(
        f"{name} was {_in_short(old)}, is {_in_short(new)}"
        for name, old, new in data["changed"][:_FEW]
    )
    return Text(
        f"{data['directory']} has a sweep of another request: {changes}",
        "add the new points with --extend, or write to another directory",
    )


def _too_few(data: Data) -> Text:
    because = "".join(f"; {rule} forbids {count:,}" for rule, count in data["worst"])
    return Text(
        f"{data['asked']:,} points were asked for, and among {data['drawn']:,} drawn only "
        f"{data['there']:,}"
        f" different ones are valid{because}",
        f"ask for fewer, or for narrower axes: --sample {data['there']}",
    )


_INTERVALS = {
    "ends": "it needs a START and a larger END",
    "log": "a logarithmic scale starts above 0",
    "whole": "there is no whole number in it",
}

MESSAGES: dict[str, Callable[[Data], Text]] = {
    "sweep-option": lambda data: Text(
        f"{data['text']} is a whole grid, and a recipe is one point of it",
        f"write the grid: recipe sweep {data['text']}",
    ),
    "list-for-axis": lambda data: Text(
        f"{data['text']} is one value, a list, and {data['element']} has to be {data['expected']}",
        f"an axis has no brackets: {shlex.quote(data['element'] + '=' + ','.join(data['values']))}",
    ),
    "axis-twice": lambda data: Text(
        f"{data['key']} is an axis twice", "write one axis with all values"
    ),
    "axis-set": lambda data: Text(
        f"{data['key']} is an axis, and {data['text']} sets it too", "leave one of them out"
    ),
    "where": lambda data: Text(f"the condition doesn't hold: {data['text']}"),
    "derived-axis": lambda data: Text(
        f"{data['group']} follows from other groups and can't be an axis",
        "recipe list says from which",
    ),
    "interval-axis": lambda data: Text(
        f"{data['text']} has no end of values",
        "draw some: --sampler sobol --sample 64",
    ),
    "interval-group": lambda data: Text(
        f"{data['text']} is no choice: {data['key']} is a group",
        f"recipe list {data['key']} has its options",
    ),
    "bad-interval": lambda data: Text(f"{data['text']} has no value: {_INTERVALS[data['reason']]}"),
    "unknown-tag": lambda data: Text(
        f"{data['text']} has an unknown tag: {data['tag']}", "the tag there is: log"
    ),
    "bad-range": lambda data: Text(
        f"{data['text']} has no values: it is range(START,STOP,STEP), and the step is not 0"
    ),
    "empty-axis": lambda data: Text(
        f"{data['text']} has no value",
        f"a glob gives the options of a group; values are written out: {data['key']}=A,B"
        if "key" in data
        else None,
    ),
    "unequal-zip": lambda data: Text(
        "zipped axes need the same number of values: "
        + ", ".join(
            f"{name} has {'no end of them' if count is None else count}"
            for name, count in data["lengths"]
        )
    ),
    "zipped-twice": lambda data: Text(f"an axis is zipped twice: {', '.join(data['names'])}"),
    "unknown-axis": lambda data: Text(
        f"no axis is called {data['name']}",
        _perhaps(data, f"the axes are {', '.join(data['axes']) or 'none'}"),
    ),
    "bad-where": _bad_where,
    "bad-template": lambda data: Text(
        f"{data['text']!r} is not a template: {data['reason']}", "for example '{name}-{model}-{lr}'"
    ),
    "unknown-field": lambda data: Text(
        f"the template has no field {{{data['field']}}}; there are {', '.join(data['known'])}",
        _perhaps(data),
    ),
    "too-large-sample": lambda data: Text(
        f"a sample of {data['asked']:,} was asked for, and there are {data['there']:,} valid points"
    ),
    "bad-sample": lambda data: Text(f"a sample is 1 point or more, and not {data['asked']}"),
    "unknown-sampler": lambda data: Text(
        f"there is no sampler {data['sampler']}", f"there is {', '.join(data['known'])}"
    ),
    "sampler-alone": lambda data: Text(
        f"the sampler {data['sampler']} has to know how many points to draw", "add --sample 64"
    ),
    "too-few-drawn": _too_few,
    "bad-why": lambda data: Text(
        f"{data['axis']} has no value {data['value'] or 'that is empty'}; it has "
        f"{', '.join(data['values'])}"
    ),
    "why-zip": lambda data: Text(
        f"{' and '.join(data['asked'])} don't go together", f"these do: {','.join(data['there'])}"
    ),
    "sweep-locked": lambda data: Text(f"another run is writing to {data['directory']}"),
    "sweep-exists": lambda data: Text(
        f"{data['directory']} has a sweep already", "go on with it with --resume"
    ),
    "sweep-changed": _changed,
    "format-changed": lambda data: Text(
        f"the sweep in {data['directory']} is written as {data['old']}",
        f"use --format {data['old']}",
    ),
    "sweep-unfinished": lambda data: Text(
        f"the sweep in {data['directory']} isn't finished",
        "finish it with --resume and its own request",
    ),
    "earlier-damaged": lambda data: Text(
        f"recipes that an earlier request wrote to {data['directory']} are missing or cut short",
        "bring them back, or write to another directory",
    ),
    "not-a-sweep": lambda data: Text(
        f"{data['directory']} has files that are no sweep", "write to a directory of its own"
    ),
    "not-its-own": lambda data: Text(
        f"{data['file']}{', line ' + str(data['line']) + ',' if data['line'] else ''}"
        " is not what this sweep wrote there",
        "bring back what was there, or write to another directory",
    ),
    "sweep-version": lambda data: Text(
        f"{data['file']} was written by hydra-recipes {data['version']}, and this is {data['own']}",
        "go on with that version, or write to another directory",
    ),
    "bad-sweep-file": lambda data: Text(
        f"{data['file']} is not what a sweep wrote"
        + (f": {data['reason']}" if data.get("reason") else ""),
        "bring back what was there, or write to another directory",
    ),
    "sweep-stopped": lambda data: Text(
        f"can't write {data['file']}: {data['reason']}",
        "what is written stays; go on with --resume",
    ),
    "sweep-interrupted": lambda data: Text(
        f"interrupted: {data['recipes']:,} of {data['of']:,} recipes are in {data['directory']}",
        f"recipe sweep … --dir {shlex.quote(data['directory'])} --resume",
    ),
    "name-taken": lambda data: Text(
        f"a recipe called {data['name']} is there already",
        "tell the new ones apart with --name, or write to another directory",
    ),
    "missing-extra": lambda data: Text(
        f"this needs {data['module']}", f"pip install 'hydra-recipes[{data['extra']}]'"
    ),
}
