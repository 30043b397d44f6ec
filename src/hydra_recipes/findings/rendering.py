"""Rendering of findings and errors: as text for people, as annotations for GitHub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator

from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding, Report, SwitchedOff
from hydra_recipes.findings.messages.base import AboutFile, Unparsed
from hydra_recipes.origin import FileOrigin, Origin, OverrideOrigin
from hydra_recipes.shell_words import quote
from hydra_recipes.text import counted, one_line, with_source

Style = Callable[[str, str], str]
"""Colours a text; the second argument is a severity, ``key`` or ``dim``."""


_TIMES = "\N{MULTIPLICATION SIGN}"
_LONGEST = 300
"""How many characters of an override are shown."""


def plain(text: str, role: str) -> str:  # noqa: ARG001 - a Style has two arguments
    """Return text without colours: a ``Style`` for plain output."""
    return text


def report_text(
    report: Report,
    style: Style = plain,
    *,
    quiet: bool = False,
    strict: bool = False,
    told: Counter[str] | None = None,
) -> str:
    """Return a report as text: a paragraph for each finding, and a line of summary.

    Args:
        report: The report.
        style: Colours words.
        quiet: Whether to leave out the summary.
        strict: Whether warnings count as errors.
        told: How often each finding was told, as ``finding_line``; told again it gets one line, and
            is counted here.
    """
    paragraphs = []
    for finding in report.findings:
        line = finding_line(finding)
        again = told is not None and told[line] > 0
        paragraphs.append(_head(finding, style) if again else finding_text(finding, style))
        if told is not None:
            told[line] += 1
    if not quiet:
        paragraphs += [off_text(off, style) for off in report.off]
        paragraphs.append(summary(report, style, strict=strict))
    return "\n".join([*paragraphs, *_repairs(report, style)])


def off_text(one: SwitchedOff, style: Style = plain) -> str:
    """Return one line: what is switched off, by which library and why."""
    return style(f"off: {one.rule} of {one.library}, by {one.by}: {one.because}", "dim")


def _repairs(report: Report, style: Style) -> Iterator[str]:
    """Yield how to mend all errors at once, unless the one finding's hint says the same."""
    errors = [finding for finding in report.findings if finding.severity == "error"]
    commands = [" ".join(map(quote, repair)) for repair in report.repairs]
    if commands and commands != [finding.advice for finding in errors]:
        for position, command in enumerate(commands):
            yield f"{'    or: ' if position else 'repair: '}{style(command, 'key')}"
    if report.search_ended:
        yield "the search for repairs ended before all were looked at; there may be smaller ones"
    yield from _conflict(report, [finding for finding in errors if finding.without])


def _conflict(report: Report, left_out: Collection[Finding]) -> Iterator[str]:
    """Yield what no repair nearby mends, and why; nothing if ``left_out`` says so already.

    Findings of the report are only named; those that a repair would cause also get their reasons.
    """
    reported = {(finding.rule, finding.key) for finding in report.findings}
    conflict = {(finding.rule, finding.key) for finding in report.conflict}
    if conflict <= {(finding.rule, finding.key) for finding in left_out}:
        return
    names = [
        f"{finding.key} [{finding.rule}]" if finding.key else f"[{finding.rule}]"
        for finding in report.conflict
    ]
    relation = "; in conflict" if len(names) > 1 else " for"
    yield f"no repair found within three changes{relation}: {', '.join(names)}"
    for finding in report.conflict:
        if finding.because and (finding.rule, finding.key) not in reported:
            yield f"  [{finding.rule}]: {with_source(finding.because, finding.source)}"


def summary(report: Report, style: Style = plain, *, strict: bool = False) -> str:
    """Return one line: valid or not, and how many findings of each severity."""
    count = dict.fromkeys(("error", "warning", "incomplete"), 0)
    for finding in report.findings:
        count[finding.severity] += 1
    words = [counted(count[name], name) for name in ("error", "warning") if count[name]]
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


def counts_text(told: Counter[str], style: Style = plain) -> Iterator[str]:
    """Yield the findings that several inputs have, each with how many, the most common first.

    Args:
        told: How often each finding was told, as ``finding_line``.
        style: Colours words.
    """
    for line, count in told.most_common():
        if count > 1:
            severity, _, rest = line.partition(":")
            yield f"{count:,} {_TIMES} {style(severity, severity)}:{rest}"


def totals_text(inputs: Counter[str], word: str, style: Style = plain) -> str:
    """Return one line: ``100 files: 99 valid, 1 not valid``.

    Args:
        inputs: How many inputs are ``valid``, ``not valid`` and ``not read``.
        word: What an input is.
        style: Colours words.
    """
    roles = {"valid": "ok", "not valid": "error", "not read": "error"}
    states = (f"{inputs[state]:,} {style(state, roles[state])}" for state in roles if inputs[state])
    return f"{counted(inputs.total(), word)}: {', '.join(states)}"


def finding_line(finding: Finding) -> str:
    """Return a finding as one line without its place, the same for the same mistake anywhere."""
    return f"{finding.severity}: {finding.message} [{finding.rule}]"


def _head(finding: Finding, style: Style) -> str:
    """Return a finding as one line: where, and what is wrong."""
    head = f"{_where(finding.origin, style)}{style(finding.severity, finding.severity)}"
    return f"{head}: {finding.message} {style(f'[{finding.rule}]', 'dim')}"


def finding_text(finding: Finding, style: Style = plain) -> str:
    """Return a finding as lines: what is wrong and where, why, and what to type."""
    lines = [_head(finding, style), *excerpt(finding.origin)]
    if finding.because:
        lines.append(f"  because: {with_source(finding.because, finding.source)}")
    hint = finding.advice
    if hint:
        lines.append(f"  {hint}" if hint.endswith("?") else f"  try: {style(hint, 'key')}")
    return "\n".join(lines)


def error_text(error: RecipeError, style: Style = plain) -> str:
    """Return an error as lines: the message, and its place in a file or override if any."""
    detail = error.detail
    if isinstance(error.origin, FileOrigin) and isinstance(detail, AboutFile):
        detail = detail.but(file="this file")  # the place in front of the message names it already
    text = detail.line()
    lines = [f"{_where(error.origin, style)}{style('error', 'error')}: {text.message}"]
    if text.hint:
        lines[0] += f"; {text.hint}"
    if isinstance(error.origin, FileOrigin):
        lines += excerpt(error.origin)
    elif isinstance(detail, Unparsed) and detail.override.strip():
        lines += _caret(detail.override, detail.column, "  ")
    return "\n".join(lines)


def _where(origin: Origin | None, style: Style) -> str:
    """Return ``FILE:LINE:COLUMN: ``; empty for a place that is not in a file."""
    if not isinstance(origin, FileOrigin):
        return ""
    return style(f"{one_line(origin.file)}:{origin.line}:{origin.column}: ", "dim")


def excerpt(origin: Origin | None) -> list[str]:
    """Return the line of the file with a caret under the place, or the override."""
    if isinstance(origin, OverrideOrigin):
        text = one_line(origin.override)
        return [f"  from: {text if len(text) <= _LONGEST else text[: _LONGEST - 3] + '...'}"]
    if not isinstance(origin, FileOrigin) or not origin.text.strip():
        return []
    return _caret(origin.text, origin.column - 1, f"{origin.line:>6} | ")


def _caret(text: str, column: int, margin: str, width: int = 70) -> list[str]:
    """Return the part of a line around a column, from 0, and a line with a caret under it."""
    start = max(0, column - width // 2) if len(text) > width else 0
    shown = "".join(
        character if character.isprintable() or character == "\t" else " "
        for character in text[start : start + width]
    )
    blank = "".join(map(_blank, shown[: column - start]))
    gap = margin if margin.isspace() else " " * (len(margin) - 2) + "| "
    return [f"{margin}{shown}", f"{gap}{blank}^"]


def _blank(character: str) -> str:
    """Return white space as wide as a character on a terminal."""
    import unicodedata

    if character == "\t":
        return character
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "


_GITHUB = {"error": "error", "warning": "warning", "incomplete": "notice"}


def github_lines(report: Report) -> Iterator[str]:
    """Yield the findings as GitHub workflow commands, which annotate a pull request."""
    for finding in report.findings:
        hint = finding.advice
        why = with_source(finding.because, finding.source) if finding.because else None
        parts = [finding.message, why, f"try: {hint}" if hint else None]
        message = _github_data("\n".join(filter(None, parts)))
        properties = [f"title={_github_property(finding.rule)}"]
        if isinstance(finding.origin, FileOrigin):
            origin = finding.origin
            file = str(origin.path or origin.file)
            place = f"file={_github_property(file)},line={origin.line},col={origin.column}"
            properties.insert(0, place)
        yield f"::{_GITHUB[finding.severity]} {','.join(properties)}::{message}"
    for off in report.off:
        yield f"::notice title=off::{_github_data(one_line(off_text(off)))}"


def _github_data(text: str) -> str:
    """Return text escaped for the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    """Return text escaped for a property of a workflow command."""
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")
