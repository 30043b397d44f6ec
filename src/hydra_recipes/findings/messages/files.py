"""The messages about files."""

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
"""What hinders mending a file in place."""


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
"""Why ``--fix`` leaves a suggestion to the person."""


def _cannot_fix(d: Data) -> Text:
    why = _OBSTACLES[d["why"]].format(name=d["name"])
    return Text(f"can't mend {d['file']} in place: {why}", d.get("hint", "mend it by hand"))


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
"""What a YAML parser says (a part of it), and how a person would."""


def _bad_yaml(d: Data) -> Text:
    reason = " ".join(str(d["reason"]).split())
    plain = next((plain for said, plain in _YAML_TROUBLES.items() if said in reason), reason)
    return Text(f"{d['file']} is not YAML: {plain}")


def _unreadable_file(d: Data) -> Text:
    name = d["file"]
    is_word = re.fullmatch(r"\w{1,40}", name) is not None
    return Text(
        f"can't read {name}: {d['reason']}", f"for an override: {name}=VALUE" if is_word else None
    )


def _mixed_inputs(d: Data) -> Text:
    file, override = d["file"], d["override"]
    if override.endswith("="):
        hint = f"no spaces around the =: {override}{file}"
    else:
        hint = "beside files only choices can stand, such as hardware=p4d; --fix mends a file"
    return Text(f"{file!r} is taken for a file and {override!r} for an override", hint)


MESSAGES: dict[str, Callable[[Data], Text]] = {
    "no-backup": lambda d: Text(
        f"there is no backup of {d['file']}: no {d['backup']}",
        "recipe check FILE --fix keeps one, unless --no-backup is given",
    ),
    "unreadable-file": _unreadable_file,
    "too-large": lambda d: Text(
        f"{d['file']} is too large for a recipe: more than {d['limit'] // 1_000_000} MB"
    ),
    "not-utf8": lambda d: Text(
        f"{d['file']} is {d['found']} text, not UTF-8"
        if d.get("found")
        else f"{d['file']} is not UTF-8 text (line {d['line']})",
        "save it as UTF-8",
    ),
    "bad-yaml": _bad_yaml,
    "bad-json": lambda d: Text(f"{d['file']} is not JSON: {d['reason']}"),
    "stream": lambda d: Text(
        f"{d['file']} holds many records, not one recipe", "recipe sweep --format yaml writes files"
    ),
    "several-documents": lambda d: Text(
        f"{d['file']} holds several YAML documents; a recipe is one",
        "write each into a file of its own",
    ),
    "empty-file": lambda d: Text(f"{d['file']} is empty"),
    "too-deep": lambda d: Text(f"{d['file']} is nested deeper than {d['limit']} levels"),
    "too-many-values": lambda d: Text(f"{d['file']} holds more than {d['limit']:,} values"),
    "too-many-digits": lambda d: Text(
        f"{d['file']} holds a number of more than {d['limit']:,} digits", "quote it if it is text"
    ),
    "bad-alias": lambda d: Text(
        f"{d['file']} has an alias *{d['alias']} without an anchor before it",
        f"write &{d['alias']} before the value that it stands for",
    ),
    "key-not-scalar": lambda d: Text(
        f"{d['file']} has a key that is not a plain value", "a key is a word: KEY: VALUE"
    ),
    "bad-merge": lambda d: Text(
        f"{d['file']} merges something that is not a mapping", "merge a mapping: <<: *ANCHOR"
    ),
    "bad-scalar": lambda d: Text(
        f"{d['file']} holds a value that can't be read: {d['value']}", "leave its tag out"
    ),
    "not-a-mapping": lambda d: Text(f"{d['file']} holds {d['found']}; a recipe is a mapping"),
    "no-input": lambda _: Text("one of the inputs is empty", "is a variable of the shell empty?"),
    "no-recipes": lambda d: Text(f"there is no .yaml, .yml or .json file in {d['directory']}"),
    "mixed-inputs": _mixed_inputs,
    "directory-and-recipe": lambda d: Text(
        f"{d['directory']} is a directory and {d['other']} is not",
        "compare two recipes, or two directories",
    ),
    "file-exists": lambda d: Text(f"{d['file']} exists already", "overwrite it with --force"),
    "cannot-fix": _cannot_fix,
    "not-in-json": lambda d: Text(
        f"{d['key']} is {d['value']}, which JSON has no number for", f"{d['key']}=VALUE, or YAML"
    ),
    "cannot-write": lambda d: Text(f"can't write {d['file']}: {d['reason']}", d.get("hint")),
}
