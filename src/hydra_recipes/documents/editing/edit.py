"""Edit: one piece of a file's text, and what comes in its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hydra_recipes.documents.editing.nodes import BREAK


class Edit(NamedTuple):
    """What stands from one place to another goes, and something else comes there."""

    start: int
    end: int
    new: str = ""


def made(text: str, edits: Iterable[Edit]) -> str:
    """Return a text after some edits, of which no two touch the same place."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def ending_of(text: str) -> str:
    """Return the line ending of a file."""
    return "\r\n" if "\r\n" in text else "\n"


def as_lines(text: str, lines: Iterable[str], column: int) -> str:
    """Return lines, each at a column, as text to put behind the end of another line in a file."""
    return "".join(
        f"{ending_of(text)}{' ' * column}{line}" if line else ending_of(text) for line in lines
    )


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, without their endings."""
    return BREAK.split(text)
