"""Text: a comparison for people; what is unchanged is only counted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hydra_recipes.diff.sides import Difference
from hydra_recipes.diff.text import difference_text
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.rendering import Style
from hydra_recipes.library_tools.diff.effects import Comparison, Effect
from hydra_recipes.library_tools.diff.rules import RuleChange
from hydra_recipes.library_tools.diff.telling import Told, counts_line, points_line, told

_INDENT = "    "


def comparison_text(found: Comparison, width: int, style: Style) -> str:
    """A comparison as text.

    Args:
        found: What differs.
        width: How wide a line may be; a long value takes more.
        style: Colours words.
    """
    return "\n".join(_lines(found, width, style))


def _lines(found: Comparison, width: int, style: Style) -> Iterator[str]:
    for title, some in itertools.groupby(told(found), key=lambda one: one.title):
        yield style(title, "error" if "not valid" in title else "key")
        for one in some:
            yield from _told(one, width, style)
        yield ""
    if found.rules:
        yield style("limits and rules", "key")
        for change in found.rules:
            yield from _rule(change, style)
        yield ""
    yield counts_line(found)


def _told(one: Told, width: int, style: Style) -> Iterator[str]:
    yield from (f"  {name}" for name in one.shown_names)
    if one.more_names:
        yield f"  and {one.more_names:,} more"
    yield from _effect(one.effect, width, style)


def _effect(effect: Effect, width: int, style: Style) -> Iterator[str]:
    yield from _findings(effect.told, style("+", "removed"), style)
    yield from _findings(effect.settled, style("-", "added"), style)
    if effect.difference:
        yield from _difference(effect.difference, width, style)
    if effect.points:
        yield f"{_INDENT}{points_line(effect.points)}"
        for found, names in effect.points.differ:
            yield f"{_INDENT}such as {names[0]}"
            yield from _difference(found, width, style)


def _findings(findings: tuple[Finding, ...], mark: str, style: Style) -> Iterator[str]:
    for one in findings:
        severity = style(one.severity, one.severity)
        yield f"{_INDENT}{mark} {severity}: {one.message} {style(f'[{one.rule}]', 'dim')}"


def _difference(found: Difference, width: int, style: Style) -> Iterator[str]:
    text = difference_text(found, width - len(_INDENT), style)
    yield from (f"{_INDENT}{line}" for line in text.split("\n"))


def _rule(change: RuleChange, style: Style) -> Iterator[str]:
    state = "" if change.state == "moved" else f" is {change.state}"
    yield f"  {change.title}{state}"
    for name, old, new in change.parts:
        sides = ((old, "removed"), (new, "added"))
        values = " → ".join(style(text, role) for text, role in sides if text is not None)
        yield f"{_INDENT}{name}: {values}"
    if change.because:
        yield style(f"{_INDENT}because: {change.because}", "dim")
