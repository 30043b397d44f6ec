"""Text: a coverage for people; files of which the same is said stand together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hydra_recipes.diff.text import Line, aligned, key_lines
from hydra_recipes.findings.rendering import Style, finding_line
from hydra_recipes.library_tools.against.coverage import Coverage, FileCoverage
from hydra_recipes.library_tools.against.offered import Combination, together
from hydra_recipes.origin import FileOrigin, Origin
from hydra_recipes.text import counted, one_line
from hydra_recipes.tree import canonical

_INDENT = "    "
_WIDEST_NAME = 60
"""Choices aren't aligned beside longer names of files."""
TITLES = {
    "exact": "composed exactly",
    "different": "different, from the nearest choices to the file",
    "not-composed": "not composed",
}
"""State of a file to the title of its section."""
MISSING = "offered, but in no file"


def coverage_text(found: Coverage, width: int, style: Style) -> str:
    """Return a coverage as text.

    Args:
        found: The coverage.
        width: The width of a line in characters; a long value takes more.
        style: Colours words.
    """
    return "\n".join(_lines(found, width, style))


def _lines(found: Coverage, width: int, style: Style) -> Iterator[str]:
    for title, section in sections(found):
        yield style(title, "key")
        for group in section:
            yield from _told(group, width, style)
        yield ""
    if found.missing:
        yield style(MISSING, "key")
        yield from (f"  {choices_text([row])}" for row in together(found.missing))
        yield ""
    yield counts_line(found)


def _told(group: Told, width: int, style: Style) -> Iterator[str]:
    names = [one_line(file.file) for file in group.files]
    column = max((len(name) for name in names if len(name) <= _WIDEST_NAME), default=0)
    for name, file in zip(names, group.files, strict=True):
        choices = style(choices_text(file.combinations), "dim")
        yield f"  {name}" if file.error else f"  {name:<{column}}  {choices}"
    if group.reason:
        yield f"{_INDENT}{group.reason}"
    yield from (f"{_INDENT}{line}" for line in aligned(group.lines, width - len(_INDENT), style))
    for line in group.findings:
        severity, _, rest = line.partition(":")
        yield f"{_INDENT}{style(severity, severity)}:{rest}"


@dataclass(frozen=True, eq=False)
class Told:
    """What is said of files that read the same but for their names and choices.

    Attributes:
        files: The files.
        reason: Why they can't be composed; empty if they can.
        lines: The keys that differ.
        findings: The findings, each in one line.
    """

    files: Sequence[FileCoverage]
    reason: str
    lines: Sequence[Line]
    findings: Sequence[str]


def sections(found: Coverage) -> Iterator[tuple[str, list[Told]]]:
    """Yield the title of each section that has files, and what is said of them."""
    for state, title in TITLES.items():
        alike: dict[str, list[FileCoverage]] = {}
        for file in found.files:
            if file.state == state:
                said = [file.reason, _key_lines(file), _finding_lines(file)]
                alike.setdefault(canonical(said), []).append(file)
        if alike:
            yield title, [_told_of(files) for files in alike.values()]


def _told_of(files: Sequence[FileCoverage]) -> Told:
    first = files[0]
    return Told(files, first.reason, _key_lines(first), _finding_lines(first))


def _finding_lines(file: FileCoverage) -> list[str]:
    return list(map(finding_line, file.findings))


def _key_lines(file: FileCoverage) -> list[Line]:
    """Return a line for each key that differs, which notes where our value came from."""
    if file.difference is None:
        return []
    lines = key_lines(file.difference)
    return [
        line._replace(note="  ".join(filter(None, (line.note, _place(origin)))))
        for line, origin in zip(lines, file.origins, strict=True)
    ]


def _place(origin: Origin | None) -> str:
    return f"{origin.file}:{origin.line}" if isinstance(origin, FileOrigin) else ""


def choices_text(combinations: Iterable[Combination]) -> str:
    """Return combinations in one line: ``model=nova-lite hardware=p5,p5en``."""
    return " or ".join(" ".join(row) or "no override" for row in together(combinations))


def counts_line(found: Coverage) -> str:
    """Return one line: how many files are composed, and how many combinations are in none."""
    states = ", ".join(
        f"{number:,} {state.replace('-', ' ')}"
        for state in TITLES
        if (number := found.counts[state])
    )
    line = f"{counted(len(found.files), 'file')}: {states}"
    if not found.offered:
        return line
    missing = f"{len(found.missing):,} in no file" if found.missing else "each in a file"
    return f"{line}; {counted(found.offered, 'offered combination')}: {missing}"
