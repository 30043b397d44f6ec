"""Answers of ``recipe check``: what is shown of each input, and a summary of many."""

from __future__ import annotations

import sys
from collections import Counter

from hydra_recipes.cli.terminal import error_line, json_text, say, style_for
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.finding import Finding, Report
from hydra_recipes.findings.messages.base import AboutFile
from hydra_recipes.findings.messages.files import NotUtf8
from hydra_recipes.findings.rendering import counts_text, github_lines, report_text, totals_text
from hydra_recipes.origin import FileOrigin


class Answers:
    """Shows reports in one form, and keeps the exit status that they call for.

    As text, the reports of many inputs end with those that aren't valid, the findings that several
    of them have, each with how many have it, and a line of totals.

    Args:
        form: ``text``, ``json`` or ``github``.
        strict: Whether warnings make a recipe invalid.
        quiet: Whether to show only what isn't valid.

    Attributes:
        status: The exit status so far.
        many: Whether there is more than one input.
        word: What an input is.
    """

    def __init__(self, form: str, *, strict: bool, quiet: bool) -> None:
        self._form = form
        self._strict = strict
        self._quiet = quiet
        self._style = style_for(sys.stdout)
        self._failed: list[Report] = []
        self._told: Counter[str] = Counter()
        self._inputs = Counter[str]()
        self.word = "file"
        self.status = 0
        self.many = False

    def show(self, report: Report, *, in_stream: bool = False) -> None:
        """Show a report.

        Args:
            report: The report.
            in_stream: Whether it is one of many in a file, of which a valid one isn't named.
        """
        good = report.valid and (not self._strict or report.strictly_valid)
        self.status = max(self.status, 0 if good else 1)
        self._inputs["valid" if good else "not valid"] += 1
        if good and self._quiet:
            return
        if self._form != "text":
            self._show_data(report)
        elif not good and self.many:
            self._failed.append(report)
        elif not in_stream or report.findings:
            self._show_text(report)

    def show_unread(self, error: RecipeError, subject: str) -> None:
        """Show why an input can't be read; in JSON as a finding."""
        self.status = 2
        self._inputs["not read"] += 1
        if self._form == "text":
            say(error_line(error), err=True)
            return
        origin, detail = error.origin, error.detail
        if origin is None and isinstance(detail, AboutFile) and detail.file:
            line = detail.line_number if isinstance(detail, NotUtf8) else 1
            origin = FileOrigin(detail.file, line, 1, "")
        finding = Finding("error", error.kind, detail, origin=origin)
        self._show_data(Report(subject, (finding,)))

    def finish(self) -> None:
        """Show what waits for the end, and the totals of several inputs."""
        for report in self._failed:
            self._show_text(report)
        if self._form == "text" and self.many:
            for line in counts_text(self._told, self._style):
                say(line)
            say(totals_text(self._inputs, self.word, self._style))

    def _show_text(self, report: Report) -> None:
        say(report_text(report, self._style, strict=self._strict, told=self._told))

    def _show_data(self, report: Report) -> None:
        """Print a report as JSON or as annotations for GitHub."""
        if self._form == "json":
            say(json_text(report.as_json()))
        else:
            for line in github_lines(report):
                say(line)
