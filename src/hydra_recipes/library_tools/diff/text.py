"""Text: a comparison for people; unchanged subjects are only counted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from hydra_recipes.diff.sides import Difference
from hydra_recipes.diff.text import difference_text
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.rendering import Style
from hydra_recipes.library_tools.diff.effects import Comparison, Effect, PointChanges
from hydra_recipes.library_tools.diff.outcomes import KINDS, MOST_POINTS
from hydra_recipes.library_tools.diff.rules import RuleChange

_INDENT = "    "
_MOST_NAMES = 8
"""How many subjects of one effect are named."""
_TITLES = ("not valid any more", "new and not valid", "valid now", "different", "new", "gone")


def comparison_text(found: Comparison, width: int, style: Style) -> str:
    """Return a comparison as text.

    Args:
        found: The comparison.
        width: The width of a line in characters; a long value takes more.
        style: Colours words.
    """
    return "\n".join(_lines(found, width, style))


def _lines(comparison: Comparison, width: int, style: Style) -> Iterator[str]:
    for title, section in itertools.groupby(told(comparison), key=lambda group: group.title):
        yield style(title, "error" if "not valid" in title else "key")
        for group in section:
            yield from _told(group, width, style)
        yield ""
    if comparison.rules:
        yield style("limits and rules", "key")
        for change in comparison.rules:
            yield from _rule(change, style)
        yield ""
    yield counts_line(comparison)


def _told(group: Told, width: int, style: Style) -> Iterator[str]:
    yield from (f"  {name}" for name in group.shown_names)
    if group.more_names:
        yield f"  and {group.more_names:,} more"
    yield from _effect(group.effect, width, style)


def _effect(effect: Effect, width: int, style: Style) -> Iterator[str]:
    yield from _findings(effect.told, style("+", "removed"), style)
    yield from _findings(effect.settled, style("-", "added"), style)
    if effect.difference:
        yield from _difference(effect.difference, width, style)
    if effect.points:
        yield f"{_INDENT}{points_line(effect.points)}"
        for difference, names in effect.points.differ:
            yield f"{_INDENT}such as {names[0]}"
            yield from _difference(difference, width, style)


def _findings(findings: tuple[Finding, ...], mark: str, style: Style) -> Iterator[str]:
    for finding in findings:
        severity = style(finding.severity, finding.severity)
        yield f"{_INDENT}{mark} {severity}: {finding.message} {style(f'[{finding.rule}]', 'dim')}"


def _difference(difference: Difference, width: int, style: Style) -> Iterator[str]:
    text = difference_text(difference, width - len(_INDENT), style)
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


@dataclass(frozen=True, eq=False)
class Told:
    """An effect, and the subjects that have it.

    Attributes:
        title: The section it is shown in.
        names: The names of the subjects.
        effect: The effect.
    """

    title: str
    names: tuple[str, ...]
    effect: Effect

    @property
    def shown_names(self) -> tuple[str, ...]:
        """The first few names."""
        return self.names[:_MOST_NAMES]

    @property
    def more_names(self) -> int:
        """How many names are left out."""
        return len(self.names) - len(self.shown_names)


def told(found: Comparison) -> list[Told]:
    """Return the effects of what is not equal, those that break subjects first."""
    groups: dict[tuple[str, str], list[Effect]] = {}
    for effect in found.effects:
        if effect.state != "equal":
            groups.setdefault((_title(effect), effect.mark), []).append(effect)
    result = [
        Told(title, tuple(effect.subject.name for effect in effects), effects[0])
        for (title, _), effects in groups.items()
    ]
    return sorted(result, key=lambda group: _TITLES.index(group.title))


def _title(effect: Effect) -> str:
    if effect.breaks:
        return _TITLES[0] if effect.valid[0] else _TITLES[1]
    if effect.state == "different":
        return "valid now" if effect.valid == (False, True) else "different"
    return effect.state


def counts_line(found: Comparison) -> str:
    """Return one line: how many of each kind are equal, different, new or gone, and of rules."""
    parts = []
    for kind in KINDS:
        states = [f"{number} {state}" for state, number in found.counts[kind].items() if number]
        if states:
            parts.append(f"{kind}s: {', '.join(states)}")
    if found.rules:
        states = [
            f"{number} {state}"
            for state in ("moved", "new", "gone")
            if (number := sum(change.state == state for change in found.rules))
        ]
        parts.append(f"limits and rules: {', '.join(states)}")
    return "; ".join(parts) or "nothing to compare"


def points_line(points: PointChanges) -> str:
    """Return one line: how many points a sweep has, and how many of them changed."""
    parts = [f"{points.old:,} → {points.new:,} points" if points.old != points.new else ""]
    parts += [
        f"{number:,} {what}"
        for number, what in (
            (len(points.added), "new"),
            (len(points.gone), "gone"),
            (sum(len(names) for _, names in points.differ), "different"),
        )
        if number
    ]
    line = ", ".join(filter(None, parts))
    if max(points.old, points.new) > MOST_POINTS:
        line += f" of the first {MOST_POINTS:,}"
    return line
