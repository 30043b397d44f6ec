"""Markdown: a coverage as a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hydra_recipes.library_tools.against.coverage import Coverage
from hydra_recipes.library_tools.against.offered import together
from hydra_recipes.library_tools.against.text import (
    MISSING,
    Told,
    choices_text,
    counts_line,
    sections,
)
from hydra_recipes.library_tools.markdown import code, codes, comment, prose, table


def coverage_markdown(found: Coverage) -> str:
    """Return a coverage in Markdown; count the parts that don't fit into a comment."""
    return comment(_parts(found), "recipe library against")


def _parts(found: Coverage) -> Iterator[Iterable[str]]:
    """Yield the lines of each part, which is kept or left out as a whole."""
    heading = f"### {code(found.directory)}: what {codes(found.libraries)} composes of it"
    yield (heading, "", prose(counts_line(found)), "")
    for title, section in sections(found):
        for position, group in enumerate(section):
            yield (*(() if position else _title(title)), *_told(group))
    if found.missing:
        rows = (f"- {code(choices_text([row]))}" for row in together(found.missing))
        yield (*_title(MISSING), *rows)


def _title(title: str) -> tuple[str, str]:
    return f"#### {title[0].upper()}{title[1:]}", ""


def _told(group: Told) -> Iterator[str]:
    if group.reason:
        yield from (codes(file.file for file in group.files), "", prose(group.reason), "")
        return
    rows = ((code(file.file), code(choices_text(file.combinations))) for file in group.files)
    yield from table(("file", "choices"), rows)
    lines = (
        (code(line.key), _value(line.old), _value(line.new), prose(line.note))
        for line in group.lines
    )
    yield from table(("key", "composed", "in the file", ""), lines)
    if group.findings:
        yield from (*(f"- {prose(finding)}" for finding in group.findings), "")


def _value(text: str | None) -> str:
    return "" if text is None else code(text)
