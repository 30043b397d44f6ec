"""Messages about files."""

from __future__ import annotations

import re
from collections.abc import Callable

from hydra_recipes.findings.messages.base import Data, Text

_OBSTACLES = {
    "shared": "{name} is shared with other keys by an anchor",
    "layout": "{name} is written so that it can't be changed alone",
    "duplicate-key": "{name} is written twice",
    "equal-keys": "{name} may be read as another key",
    "merge-conflict": "{name} is merged with another value",
    "tag": "{name} has a tag",
}
"""What keeps a file from being mended in place."""


LOSSES = {
    "choice": "a choice is yours to make",
    "removes": "it would take away what somebody wrote",
    "replaces": "it would replace what somebody wrote",
    "fills": "what belongs there depends on what only you know",
    "renames": "its value isn't allowed under its right name, and is yours to change",
    "guesses": "it may not be what was meant",
    "elsewhere": "it would change a value that is right by itself",
    "twice": "of two values only you know which is meant",
}
"""Why ``--fix`` leaves a change to the user."""


def _cannot_fix(data: Data) -> Text:
    why = _OBSTACLES[data["why"]].format(name=data["name"])
    return Text(f"can't mend {data['file']} in place: {why}", data.get("hint", "mend it by hand"))


_YAML_TROUBLES = {
    "found a tab character": "a tab where only spaces can be; indent with spaces",
    "cannot start any token": "a tab or another character that can't start a value; indent with "
    "spaces, and quote a value that starts with @, ` or %",
    "a quoted scalar found unexpected end": "a quote is not closed",
    "',' or '}'": "a { is not closed, or a comma is missing",
    "',' or ']'": "a [ is not closed, or a comma is missing",
    "mapping values are not allowed": "a colon where none can be; quote the value, or mend the "
    "indentation",
    "expected ':'": "a key without a colon, or wrong indentation",
    "did not find expected key": "a key without a colon, or wrong indentation",
}
"""A part of what a YAML parser says, to the same in plain words."""


def _bad_yaml(data: Data) -> Text:
    reason = " ".join(str(data["reason"]).split())
    plain = next((plain for excerpt, plain in _YAML_TROUBLES.items() if excerpt in reason), reason)
    return Text(f"{data['file']} is not YAML: {plain}")


def _unreadable_file(data: Data) -> Text:
    name = data["file"]
    is_word = re.fullmatch(r"\w{1,40}", name) is not None
    return Text(
        f"can't read {name}: {data['reason']}",
        f"for an override: {name}=VALUE" if is_word else None,
    )


def _mixed_inputs(data: Data) -> Text:
    file, override = data["file"], data["override"]
    hint = f"no spaces around the =: {override}{file}"
    return Text(f"{file!r} is taken for a file and {override!r} for an override", hint)


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "no-backup": lambda data: Text(
        f"there is no backup of {data['file']}: no {data['backup']}",
        "recipe check FILE --fix keeps one, unless --no-backup is given",
    ),
    "unreadable-file": _unreadable_file,
    "too-large": lambda data: Text(
        f"{data['file']} is too large for a recipe: more than {data['limit'] // 1_000_000} MB"
    ),
    "not-utf8": lambda data: Text(
        f"{data['file']} is {data['found']} text, not UTF-8"
        if data.get("found")
        else f"{data['file']} is not UTF-8 text (line {data['line']})",
        "save it as UTF-8",
    ),
    "bad-yaml": _bad_yaml,
    "bad-json": lambda data: Text(f"{data['file']} is not JSON: {data['reason']}"),
    "stream": lambda data: Text(
        f"{data['file']} holds many records, not one recipe",
        "recipe sweep --format yaml writes files",
    ),
    "several-documents": lambda data: Text(
        f"{data['file']} holds several YAML documents; a recipe is one",
        "write each into a file of its own",
    ),
    "empty-file": lambda data: Text(f"{data['file']} is empty"),
    "too-deep": lambda data: Text(f"{data['file']} is nested deeper than {data['limit']} levels"),
    "too-many-values": lambda data: Text(
        f"{data['file']} holds more than {data['limit']:,} values"
    ),
    "too-many-digits": lambda data: Text(
        f"{data['file']} holds a number of more than {data['limit']:,} digits",
        "quote it if it is text",
    ),
    "bad-alias": lambda data: Text(
        f"{data['file']} has an alias *{data['alias']} without an anchor before it",
        f"write &{data['alias']} before the value that it stands for",
    ),
    "key-not-scalar": lambda data: Text(
        f"{data['file']} has a key that is not a plain value", "a key is a word: KEY: VALUE"
    ),
    "bad-merge": lambda data: Text(
        f"{data['file']} merges something that is not a mapping", "merge a mapping: <<: *ANCHOR"
    ),
    "bad-scalar": lambda data: Text(
        f"{data['file']} holds a value that can't be read: {data['value']}", "leave its tag out"
    ),
    "not-a-mapping": lambda data: Text(
        f"{data['file']} holds {data['found']}; a recipe is a mapping"
    ),
    "no-input": lambda _: Text("one of the inputs is empty", "is a variable of the shell empty?"),
    "no-recipes": lambda data: Text(
        f"there is no .yaml, .yml or .json file in {data['directory']}"
    ),
    "mixed-inputs": _mixed_inputs,
    "directory-and-recipe": lambda data: Text(
        f"{data['directory']} is a directory and {data['other']} is not",
        "compare two recipes, or two directories",
    ),
    "file-exists": lambda data: Text(f"{data['file']} exists already", "overwrite it with --force"),
    "cannot-fix": _cannot_fix,
    "not-in-json": lambda data: Text(
        f"{data['key']} is {data['value']}, which JSON has no number for",
        f"{data['key']}=VALUE, or YAML",
    ),
    "cannot-write": lambda data: Text(
        f"can't write {data['file']}: {data['reason']}", data.get("hint")
    ),
}
