"""Markdown: the parts that pages and comments are made of, as GitHub renders them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from hydra_recipes.text import one_line, written_out

_SPECIAL = re.compile(r"[\\`*\[\]<]|(?<![^\W_])_|_(?![^\W_])|^[#>+-]|(?<=^\d)[.)]")
"""What GitHub would take for markup; it takes no underscore inside a word for that."""
_LONGEST = 50_000
"""The most characters of a comment; GitHub takes 65,536."""


def prose(text: str) -> str:
    """Return text escaped so that it shows as it is, in one line."""
    return _SPECIAL.sub(lambda mark: f"\\{mark[0]}", one_line(" ".join(text.split())))


def code(text: str) -> str:
    """Return text as inline code, in one line."""
    shown = one_line(text)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    # A fence of backticks has to be longer than any inside.
    ticks = "`" * (longest + 1)
    space = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") or not shown else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def codes(texts: Iterable[str]) -> str:
    """Return several texts as inline code, with commas between them."""
    return ", ".join(map(code, texts))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table and an empty one; nothing if the table would have no rows.

    Args:
        head: The titles of the columns.
        rows: The cells of each row, as Markdown.
    """
    lines = [_row(row) for row in rows]
    if lines:
        yield from (_row(head), _row(["---"] * len(head)), *lines, "")


def block(text: str, language: str) -> Iterator[str]:
    """Yield the lines of a block of code, and an empty one."""
    text = written_out(text)
    longest = max(map(len, re.findall("^ *(`+)", text, re.MULTILINE)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{language}", *text.rstrip("\n").split("\n"), fence, "")


def comment(parts: Iterable[Iterable[str]], command: str) -> str:
    """Return the text of a comment; count the parts that don't fit into one.

    Args:
        parts: The lines of each part, which is kept or left out as a whole.
        command: The command that shows all of them.
    """
    kept: list[str] = []
    size = left_out = 0
    for part in parts:
        text = "".join(f"{line}\n" for line in part)
        if size + len(text) > _LONGEST:
            left_out += 1
        else:
            kept.append(text)
            size += len(text)
    if left_out:
        kept.append(f"and {left_out:,} more; {command} shows all\n")
    return "".join(kept).rstrip("\n") + "\n"


def _row(cells: Sequence[str]) -> str:
    """Return a row of a table, with the bars inside cells escaped."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
