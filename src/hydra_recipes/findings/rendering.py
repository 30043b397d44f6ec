"""Renderings of findings and errors: text for people, annotations for GitHub."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator

from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding, Report, SwitchedOff
from hydra_recipes.findings.messages.registry import message_of
from hydra_recipes.origin import FileOrigin, Origin, OverrideOrigin
from hydra_recipes.text import counted, one_line, with_source

Style = Callable[[str, str], str]
"""Colours a text; the second argument is a severity, ``key`` or ``dim``."""


_LONGEST = 300
"""Of a longer override only the beginning is shown."""


def plain(text: str, role: str) -> str:  # noqa: ARG001 - a Style has two arguments
    """No colours."""
    return text


def report_text(
    report: Report, style: Style = plain, *, quiet: bool = False, strict: bool = False
) -> str:
    """A report as text, one paragraph a finding and a line of summary.

    Args:
        report: The report.
        style: Colours words.
        quiet: Leaves out the summary.
        strict: Whether warnings count as errors.
    """
    paragraphs = [finding_text(finding, style) for finding in report.findings]
    if not quiet:
        paragraphs += [off_text(one, style) for one in report.off]
        paragraphs.append(summary(report, style, strict=strict))
    return "\n".join([*paragraphs, *_repairs(report, style)])


def off_text(one: SwitchedOff, style: Style = plain) -> str:
    """One line: what is switched off, by whom and why."""
    return style(f"off: {one.rule} of {one.library}, by {one.by}: {one.because}", "dim")


def _repairs(report: Report, style: Style) -> Iterator[str]:
    """How to mend all errors at once, as words for a shell; a lone hint that is that tells it."""
    errors = [finding for finding in report.findings if finding.severity == "error"]
    ways = [" ".join(map(shlex.quote, repair)) for repair in report.repairs]
    if ways and ways != [finding.advice for finding in errors]:
        for at, words in enumerate(ways):
            yield f"{'    or: ' if at else 'repair: '}{style(words, 'key')}"
    if report.search_ended:
        yield "the search for repairs ended before all were looked at; there may be smaller ones"
    yield from _conflict(report, [finding for finding in errors if finding.without])


def _conflict(report: Report, left_out: Collection[Finding]) -> Iterator[str]:
    """What nothing near mends: what is told already by name, what mending that breaks whole."""
    told = {(one.rule, one.key) for one in report.findings}
    if {(one.rule, one.key) for one in report.conflict} <= {(f.rule, f.key) for f in left_out}:
        return
    names = [f"{one.key} [{one.rule}]" if one.key else f"[{one.rule}]" for one in report.conflict]
    several = "; in conflict" if len(names) > 1 else " for"
    yield f"no repair found within three changes{several}: {', '.join(names)}"
    for one in report.conflict:
        if one.because and (one.rule, one.key) not in told:
            yield f"  [{one.rule}]: {with_source(one.because, one.source)}"


def summary(report: Report, style: Style = plain, *, strict: bool = False) -> str:
    """One line: valid or not, and how many findings of each kind."""
    count = dict.fromkeys(("error", "warning", "incomplete"), 0)
    for finding in report.findings:
        count[finding.severity] += 1
    words = [counted(count[one], one) for one in ("error", "warning") if count[one]]
    if count["incomplete"]:
        words.append(f"{counted(count['incomplete'], 'value')} to fill in")
    state = "valid" if report.valid else "not valid"
    role = "error" if not report.valid else "incomplete" if not report.ready else "ok"
    if report.valid and not report.ready:
        state = "valid, not ready to submit"
    if report.valid and strict and not report.strictly_valid:
        state, role = "not valid with --strict", "error"
    return f"{one_line(report.subject) or 'the default recipe'}: {style(state, role)}" + (
        f" ({', '.join(words)})" if words else ""
    )


def finding_text(finding: Finding, style: Style = plain) -> str:
    """One finding: what, where from, why, and what to type."""
    head = f"{_where(finding.origin, style)}{style(finding.severity, finding.severity)}"
    lines = [f"{head}: {finding.message} {style(f'[{finding.rule}]', 'dim')}"]
    lines += excerpt(finding.origin)
    if why := with_source(finding.because, finding.source):
        lines.append(f"  because: {why}")
    hint = finding.advice
    if hint:
        lines.append(f"  {hint}" if hint.endswith("?") else f"  try: {style(hint, 'key')}")
    return "\n".join(lines)


def error_text(error: RecipeError, style: Style = plain) -> str:
    """An error: one line, and the place in the file or override if there is one."""
    placed = isinstance(error.origin, FileOrigin)
    data = {**error.data, "file": "this file"} if placed else error.data  # it is named before that
    text = message_of(error.kind, data)
    lines = [f"{_where(error.origin, style)}{style('error', 'error')}: {text.message}"]
    if text.hint:
        lines[0] += f"; {text.hint}"
    if isinstance(error.origin, FileOrigin):
        lines += excerpt(error.origin)
    elif error.data.get("column") is not None and error.data["text"].strip():
        lines += _caret(error.data["text"], error.data["column"], "  ")
    return "\n".join(lines)


def _where(origin: Origin | None, style: Style) -> str:
    if not isinstance(origin, FileOrigin):
        return ""
    return style(f"{one_line(origin.file)}:{origin.line}:{origin.column}: ", "dim")


def excerpt(origin: Origin | None) -> list[str]:
    """The line of the file with a caret under the place, or the override."""
    if isinstance(origin, OverrideOrigin):
        text = one_line(origin.override)
        return [f"  from: {text if len(text) <= _LONGEST else text[: _LONGEST - 3] + '...'}"]
    if not isinstance(origin, FileOrigin) or not origin.text.strip():
        return []
    return _caret(origin.text, origin.column - 1, f"{origin.line:>6} | ")


def _caret(text: str, column: int, margin: str, width: int = 70) -> list[str]:
    start = max(0, column - width // 2) if len(text) > width else 0
    shown = "".join(
        character if character.isprintable() or character == "\t" else " "
        for character in text[start : start + width]
    )
    blank = "".join(map(_blank, shown[: column - start]))
    gap = margin if margin.isspace() else " " * (len(margin) - 2) + "| "
    return [f"{margin}{shown}", f"{gap}{blank}^"]


def _blank(character: str) -> str:
    """As much white space as a character takes on a terminal."""
    import unicodedata

    if character == "\t":
        return character
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "


_GITHUB = {"error": "error", "warning": "warning", "incomplete": "notice"}


def github_lines(report: Report) -> Iterator[str]:
    """The findings as GitHub workflow commands, which annotate a pull request."""
    for finding in report.findings:
        hint = finding.advice
        why = with_source(finding.because, finding.source)
        parts = [finding.message, why, f"try: {hint}" if hint else None]
        message = _github_data("\n".join(filter(None, parts)))
        properties = [f"title={_github_property(finding.rule)}"]
        if isinstance(finding.origin, FileOrigin):
            origin = finding.origin
            file = str(origin.path or origin.file)
            place = f"file={_github_property(file)},line={origin.line},col={origin.column}"
            properties.insert(0, place)
        yield f"::{_GITHUB[finding.severity]} {','.join(properties)}::{message}"
    for one in report.off:
        yield f"::notice title=off::{_github_data(one_line(off_text(one)))}"


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")
