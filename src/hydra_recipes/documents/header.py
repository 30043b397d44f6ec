"""The first lines of a recipe file, written and read: the command that composed it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hydra_recipes.shell_words import quote, split
from hydra_recipes.text import in_one_line

_LIBRARY = "--library"
_LOCK = "--lock"
_OPTIONS_WITH_VALUE = (_LIBRARY, "--allow-env", "--links", "--schema", _LOCK)
"""The options of ``recipe compose`` that a first line names and that have a value."""
_COMMAND = "# recipe compose"


def overrides_in_header(text: str) -> tuple[str, ...] | None:
    """Return the overrides of the command in a recipe file's first line, or None."""
    found = _header(text)
    return None if found is None else found[0]


def lock_in_header(text: str) -> str | None:
    """Return the digest of the lock that a recipe file's first line names, or None."""
    found = _header(text)
    return None if found is None else next(iter(found[1].get(_LOCK, ())), None)


def libraries_in_header(text: str) -> tuple[str, ...]:
    """Return the libraries that the command in a recipe file's first line names."""
    found = _header(text)
    return () if found is None else tuple(found[1].get(_LIBRARY, ()))


def _header(text: str) -> tuple[tuple[str, ...], Mapping[str, list[str]]] | None:
    """Return the overrides and options of the command in a first line; None without one."""
    if not text.startswith(_COMMAND):
        return None
    command = re.match(rf"{_COMMAND}(?!\S)(.*)", text)
    if command is None:
        return None
    try:
        words = iter(split(command[1]))
    except ValueError:
        return None  # somebody changed the line
    overrides: list[str] = []
    options: dict[str, list[str]] = {}
    for word in words:
        if word in _OPTIONS_WITH_VALUE:
            options.setdefault(word, []).append(next(words, ""))
        elif not word.startswith("--"):
            overrides.append(word)
    return tuple(overrides), options


def header(arguments: Sequence[str], schema: str | None = None) -> str:
    """Return the first lines of a recipe file: the command for it, and the schema for editors."""
    command = " ".join(["recipe compose", *map(quote, arguments)])
    lines = [_commented(command)]
    if schema:
        lines.append(_commented(f"yaml-language-server: $schema={schema}"))
    return "".join(f"{line}\n" for line in lines)


def _commented(text: str) -> str:
    """Text as a comment, whatever line breaks or unprintable characters it has."""
    return "\n".join(f"# {in_one_line(line)}" for line in text.splitlines() or [""])
