"""The messages about sweeps."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from hydra_recipes.findings.messages.base import Data, Text


def _perhaps(d: Data, otherwise: str | None = None) -> str | None:
    return f"did you mean {' or '.join(d['nearest'])}?" if d["nearest"] else otherwise


_OF_CEL = "it is CEL over keys and groups: 'max_length <= 16384 || replicas >= 4'"


def _bad_where(d: Data) -> Text:
    if "number" in d:
        hint = f"--where {shlex.quote(d['instead'])}" if "instead" in d else _OF_CEL
        told = f"{d['number']} is a number and {d['string']} a text, which have no order"
        return Text(f"the condition can't be used: {told} and are never equal ({d['text']})", hint)
    if "position" in d:
        positions = f"[0] to [{d['length'] - 1}]" if d["length"] else "none"
        told = f"{d['list']} has no {d['position'].removeprefix(d['list'])}, but {positions}"
        guard = f"size({d['list']}) > {d['position'][:-1].rpartition('[')[2]} && ..."
        return Text(f"the condition can't be used: {told} ({d['text']})", f"ask first: '{guard}'")
    return Text(
        f"the condition can't be used: {d['reason']} ({d['text']})",
        _OF_CEL,
    )


_SHOWN = 200
"""How many characters of a value are told."""
_FEW = 8
"""How many changes are told."""


def _in_short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _changed(d: Data) -> Text:
    changes = "; ".join(
        f"{name} was {_in_short(old)}, is {_in_short(new)}"
        for name, old, new in d["changed"][:_FEW]
    )
    return Text(
        f"{d['directory']} has a sweep of another request: {changes}",
        "add the new points with --extend, or write to another directory",
    )


def _too_few(d: Data) -> Text:
    because = "".join(f"; {rule} forbids {count:,}" for rule, count in d["worst"])
    return Text(
        f"{d['asked']:,} points were asked for, and among {d['drawn']:,} drawn only {d['there']:,}"
        f" different ones are valid{because}",
        f"ask for fewer, or for narrower axes: --sample {d['there']}",
    )


_INTERVALS = {
    "ends": "it needs a START and a larger END",
    "log": "a logarithmic scale starts above 0",
    "whole": "there is no whole number in it",
}

MESSAGES: dict[str, Callable[[Data], Text]] = {
    "sweep-option": lambda d: Text(
        f"{d['text']} is a whole grid, and a recipe is one point of it",
        f"write the grid: recipe sweep {d['text']}",
    ),
    "list-for-axis": lambda d: Text(
        f"{d['text']} is one value, a list, and {d['element']} has to be {d['expected']}",
        f"an axis has no brackets: {shlex.quote(d['element'] + '=' + ','.join(d['values']))}",
    ),
    "axis-twice": lambda d: Text(f"{d['key']} is an axis twice", "write one axis with all values"),
    "axis-set": lambda d: Text(
        f"{d['key']} is an axis, and {d['text']} sets it too", "leave one of them out"
    ),
    "where": lambda d: Text(f"the condition doesn't hold: {d['text']}"),
    "derived-axis": lambda d: Text(
        f"{d['group']} follows from other groups and can't be an axis",
        "recipe list says from which",
    ),
    "interval-axis": lambda d: Text(
        f"{d['text']} has no end of values",
        "draw some: --sampler sobol --sample 64",
    ),
    "interval-group": lambda d: Text(
        f"{d['text']} is no choice: {d['key']} is a group",
        f"recipe list {d['key']} has its options",
    ),
    "bad-interval": lambda d: Text(f"{d['text']} has no value: {_INTERVALS[d['reason']]}"),
    "unknown-tag": lambda d: Text(
        f"{d['text']} has an unknown tag: {d['tag']}", "the tag there is: log"
    ),
    "bad-range": lambda d: Text(
        f"{d['text']} has no values: it is range(START,STOP,STEP), and the step is not 0"
    ),
    "empty-axis": lambda d: Text(
        f"{d['text']} has no value",
        f"a glob gives the options of a group; values are written out: {d['key']}=A,B"
        if "key" in d
        else None,
    ),
    "unequal-zip": lambda d: Text(
        "zipped axes need the same number of values: "
        + ", ".join(
            f"{name} has {'no end of them' if count is None else count}"
            for name, count in d["lengths"]
        )
    ),
    "zipped-twice": lambda d: Text(f"an axis is zipped twice: {', '.join(d['names'])}"),
    "unknown-axis": lambda d: Text(
        f"no axis is called {d['name']}",
        _perhaps(d, f"the axes are {', '.join(d['axes']) or 'none'}"),
    ),
    "bad-where": _bad_where,
    "bad-template": lambda d: Text(
        f"{d['text']!r} is not a template: {d['reason']}", "for example '{name}-{model}-{lr}'"
    ),
    "unknown-field": lambda d: Text(
        f"the template has no field {{{d['field']}}}; there are {', '.join(d['known'])}",
        _perhaps(d),
    ),
    "too-large-sample": lambda d: Text(
        f"a sample of {d['asked']:,} was asked for, and there are {d['there']:,} valid points"
    ),
    "bad-sample": lambda d: Text(f"a sample is 1 point or more, and not {d['asked']}"),
    "unknown-sampler": lambda d: Text(
        f"there is no sampler {d['sampler']}", f"there is {', '.join(d['known'])}"
    ),
    "sampler-alone": lambda d: Text(
        f"the sampler {d['sampler']} has to know how many points to draw", "add --sample 64"
    ),
    "too-few-drawn": _too_few,
    "bad-why": lambda d: Text(
        f"{d['axis']} has no value {d['value'] or 'that is empty'}; it has {', '.join(d['values'])}"
    ),
    "why-zip": lambda d: Text(
        f"{' and '.join(d['asked'])} don't go together", f"these do: {','.join(d['there'])}"
    ),
    "sweep-locked": lambda d: Text(f"another run is writing to {d['directory']}"),
    "sweep-exists": lambda d: Text(
        f"{d['directory']} has a sweep already", "go on with it with --resume"
    ),
    "sweep-changed": _changed,
    "format-changed": lambda d: Text(
        f"the sweep in {d['directory']} is written as {d['old']}", f"use --format {d['old']}"
    ),
    "sweep-unfinished": lambda d: Text(
        f"the sweep in {d['directory']} isn't finished",
        "finish it with --resume and its own request",
    ),
    "earlier-damaged": lambda d: Text(
        f"recipes that an earlier request wrote to {d['directory']} are missing or cut short",
        "bring them back, or write to another directory",
    ),
    "not-a-sweep": lambda d: Text(
        f"{d['directory']} has files that are no sweep", "write to a directory of its own"
    ),
    "not-its-own": lambda d: Text(
        f"{d['file']}{', line ' + str(d['line']) + ',' if d['line'] else ''}"
        " is not what this sweep wrote there",
        "bring back what was there, or write to another directory",
    ),
    "sweep-version": lambda d: Text(
        f"{d['file']} was written by hydra-recipes {d['version']}, and this is {d['own']}",
        "go on with that version, or write to another directory",
    ),
    "bad-sweep-file": lambda d: Text(
        f"{d['file']} is not what a sweep wrote",
        "bring back what was there, or write to another directory",
    ),
    "sweep-stopped": lambda d: Text(
        f"can't write {d['file']}: {d['reason']}", "what is written stays; go on with --resume"
    ),
    "sweep-interrupted": lambda d: Text(
        f"interrupted: {d['recipes']:,} of {d['of']:,} recipes are in {d['directory']}",
        f"recipe sweep … --dir {shlex.quote(d['directory'])} --resume",
    ),
    "name-taken": lambda d: Text(
        f"a recipe called {d['name']} is there already",
        "tell the new ones apart with --name, or write to another directory",
    ),
    "missing-extra": lambda d: Text(
        f"this needs {d['module']}", f"pip install 'hydra-recipes[{d['extra']}]'"
    ),
}
