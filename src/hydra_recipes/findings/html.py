"""HTML for notebooks, which show it in place of a ``repr``: a title, and a table or a text below.

All that is shown is escaped: what a recipe or a file says never becomes markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}


def escaped(text: str) -> str:
    """Return a text that shows as it is; the module ``html`` takes longer to import."""
    return "".join(_ESCAPES.get(character, character) for character in text)


def text_html(title: str, about: str, text: str) -> str:
    """Return a text of several lines, spaces kept, with its title.

    Args:
        title: What it is, in bold.
        about: What else to say of it, beside the title.
        text: The text.
    """
    return f"{_title(title, about)}<pre>{escaped(text)}</pre>"


def table_html(
    title: str, about: str, heads: Sequence[str], rows: Iterable[Sequence[str | None]]
) -> str:
    """Return a table with its title; the title alone if it has no rows.

    Args:
        title: What it is, in bold.
        about: What else to say of it, beside the title.
        heads: The heads of the columns.
        rows: The rows; None is an empty cell.
    """
    lines = [_row("td", row) for row in rows]
    if not lines:
        return _title(title, about)
    return f"{_title(title, about)}<table>{_row('th', heads)}{''.join(lines)}</table>"


def _title(title: str, about: str) -> str:
    return f"<p><b>{escaped(title)}</b> {escaped(about)}</p>"


def _row(cell: str, texts: Sequence[str | None]) -> str:
    style = ' style="text-align: left"'
    cells = (f"<{cell}{style}>{escaped(text or '')}</{cell}>" for text in texts)
    return f"<tr>{''.join(cells)}</tr>"
