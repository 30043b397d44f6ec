"""The first lines of a recipe file, written and read: the command that composed it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from hydra_recipes.record import Record
from hydra_recipes.shell_words import quote, split
from hydra_recipes.text import in_one_line

_NAMING = ("--library", "--config-dir", "--config-name")
"""The options that say which configs it was composed from."""
_LOCK = "--lock"
CONTINUE = "--continue"
_OPTIONS_WITH_VALUE = (*_NAMING, CONTINUE, "--allow-env", "--links", "--schema", _LOCK)
"""The options of ``recipe compose`` that a first line names and that have a value."""
_COMMAND = "# recipe compose"


class Command(Record):
    """The command that a recipe file's first line gives.

    Attributes:
        overrides: Its overrides.
        named: Its options that name libraries and the primary config, each with its value.
        lock: The digest of the lock that it names; None if it names none.
        continues: The recipe file that it continues; None if it continues none.
    """

    overrides: tuple[str, ...]
    named: tuple[str, ...] = ()
    lock: str | None = None
    continues: str | None = None


@lru_cache(maxsize=2)  # of a file, or the two that are compared, for all that ask
def command_in(text: str) -> Command | None:
    """Return the command that a recipe file's first line gives; None if it gives none."""
    if not text.startswith(_COMMAND):
        return None
    line = text.partition("\n")[0].removeprefix(_COMMAND)
    if line[:1].strip():
        return None  # another word, which only begins so
    try:
        words = iter(split(line))
    except ValueError:
        return None  # somebody changed the line
    overrides: list[str] = []
    options: dict[str, list[str]] = {}
    for word in words:
        if word in _OPTIONS_WITH_VALUE:
            options.setdefault(word, []).append(next(words, ""))
        elif not word.startswith("--"):
            overrides.append(word)
    named = [part for name in _NAMING for word in options.get(name, ()) for part in (name, word)]
    lock, continues = (next(iter(options.get(name, ())), None) for name in (_LOCK, CONTINUE))
    return Command(tuple(overrides), tuple(named), lock, continues)


def header(arguments: Sequence[str], schema: str | None = None) -> str:
    """Return the first lines of a recipe file: the command for it, and the schema for editors."""
    command = " ".join(["recipe compose", *map(quote, arguments)])
    lines = [_commented(command)]
    if schema:
        lines.append(_commented(f"yaml-language-server: $schema={schema}"))
    return "".join(f"{line}\n" for line in lines)


def comment_word(argument: str) -> str:
    """Return an argument of the command as it stands in the first line."""
    return header([argument]).removeprefix(f"{_COMMAND} ").removesuffix("\n")


def _commented(text: str) -> str:
    """Return text as a comment, whatever line breaks or unprintable characters it has."""
    return "\n".join(f"# {in_one_line(line)}" for line in text.splitlines() or [""])
