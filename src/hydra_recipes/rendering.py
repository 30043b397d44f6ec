"""Renderings of findings and errors: text for people, annotations for GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hydra_recipes.errors import RecipeError
from hydra_recipes.findings import Finding, Report
from hydra_recipes.messages import message_of
from hydra_recipes.origins import FileOrigin, Origin, OverrideOrigin

Style = Callable[[str, str], str]
"""Colours a text; the second argument is a severity, ``key`` or ``dim``."""


def plain(text: str, role: str) -> str:  # noqa: ARG001 - a Style has two arguments
    """No colours."""
    return text


def report_text(report: Report, style: Style = plain, *, quiet: bool = False) -> str:
    """A report as text, one paragraph a finding and a line of summary.

    Args:
        report: The report.
        style: Colours words.
        quiet: Leaves out the summary.
    """
    paragraphs = [finding_text(finding, style) for finding in report.findings]
    if not quiet:
        paragraphs.append(summary(report, style))
    return "\n".join(paragraphs)


def summary(report: Report, style: Style = plain) -> str:
    """One line: valid or not, and how many findings of each kind."""
    count = dict.fromkeys(("error", "warning", "incomplete"), 0)
    for finding in report.findings:
        count[finding.severity] += 1
    words = []
    if count["error"]:
        words.append(f"{count['error']} error" + "s" * (count["error"] > 1))
    if count["warning"]:
        words.append(f"{count['warning']} warning" + "s" * (count["warning"] > 1))
    if count["incomplete"]:
        words.append(
            f"{count['incomplete']} value" + "s" * (count["incomplete"] > 1) + " to fill in"
        )
    state = "valid" if report.valid else "not valid"
    role = "error" if not report.valid else "incomplete" if not report.ready else "ok"
    if report.valid and not report.ready:
        state = "valid, not ready to submit"
    return f"{report.subject or 'the default recipe'}: {style(state, role)}" + (
        f" ({', '.join(words)})" if words else ""
    )


def finding_text(finding: Finding, style: Style = plain) -> str:
    """One finding: what, where from, why, and what to type."""
    text = finding.text
    where = ""
    if isinstance(finding.origin, FileOrigin):
        where = f"{finding.origin.file}:{finding.origin.line}:{finding.origin.column}: "
    head = f"{style(where, 'dim')}{style(finding.severity, finding.severity)}: {text.message}"
    lines = [f"{head} {style(f'[{finding.rule}]', 'dim')}"]
    lines += excerpt(finding.origin)
    if finding.because:
        lines.append(f"  because: {finding.because}")
    if text.hint:
        lines.append(f"  try: {style(text.hint, 'key')}")
    return "\n".join(lines)


def error_text(error: RecipeError, style: Style = plain) -> str:
    """An error: one line, and the place in the file or override if there is one."""
    text = message_of(error.kind, error.data)
    where = ""
    if isinstance(error.origin, FileOrigin):
        where = f"{error.origin.file}:{error.origin.line}:{error.origin.column}: "
    lines = [f"{style(where, 'dim')}{style('error', 'error')}: {text.message}"]
    if text.hint:
        lines[0] += f"; {text.hint}"
    if isinstance(error.origin, FileOrigin):
        lines += excerpt(error.origin)
    elif error.data.get("column") is not None:
        lines += _caret(error.data["text"], error.data["column"], "  ")
    return "\n".join(lines)


def excerpt(origin: Origin | None) -> list[str]:
    """The line of the file with a caret under the place, or the override."""
    if isinstance(origin, OverrideOrigin):
        return [f"  from: {origin.override}"]
    if not isinstance(origin, FileOrigin) or not origin.text.strip():
        return []
    return _caret(origin.text, origin.column - 1, f"{origin.line:>6} | ")


def _caret(text: str, column: int, margin: str, width: int = 100) -> list[str]:
    start = max(0, column - width // 2) if len(text) > width else 0
    shown = text[start : start + width]
    blank = "".join("\t" if character == "\t" else " " for character in shown[: column - start])
    gap = margin if margin.isspace() else " " * (len(margin) - 2) + "| "
    return [f"{margin}{shown}", f"{gap}{blank}^"]


_GITHUB = {"error": "error", "warning": "warning", "incomplete": "notice"}


def github_lines(report: Report) -> Iterator[str]:
    """The findings as GitHub workflow commands, which annotate a pull request."""
    for finding in report.findings:
        text = finding.text
        parts = [text.message, finding.because, f"try: {text.hint}" if text.hint else None]
        message = _github_data("\n".join(filter(None, parts)))
        properties = [f"title={_github_property(finding.rule)}"]
        if isinstance(finding.origin, FileOrigin):
            origin = finding.origin
            place = f"file={_github_property(origin.file)},line={origin.line},col={origin.column}"
            properties.insert(0, place)
        yield f"::{_GITHUB[finding.severity]} {','.join(properties)}::{message}"


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")
