"""Markdown: the pieces of it that pages and comments are made of, as GitHub renders it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from hydra_recipes.text import one_line, written_out

_SPECIAL = re.compile(r"[\\`*\[\]<]|(?<![^\W_])_|_(?![^\W_])|^[#>+-]|(?<=^\d)[.)]")
"""What would be taken for markup; an underscore inside a word isn't."""


def prose(text: str) -> str:
    """Text that shows as it is, in one line."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", one_line(" ".join(text.split())))


def code(text: str) -> str:
    """Text as code, in one line."""
    shown = one_line(text)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") or not shown else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def codes(texts: Iterable[str]) -> str:
    """Several texts as code, with commas between them."""
    return ", ".join(map(code, texts))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table and an empty line, or nothing if it would have no rows.

    Args:
        head: The titles of the columns.
        rows: The cells, Markdown each.
    """
    lines = [_row(row) for row in rows]
    if lines:
        yield from (_row(head), _row(["---"] * len(head)), *lines, "")


def block(text: str, language: str) -> Iterator[str]:
    """A block of code and an empty line."""
    text = written_out(text)
    longest = max(map(len, re.findall("^ *(`+)", text, re.MULTILINE)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{language}", *text.rstrip("\n").split("\n"), fence, "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
