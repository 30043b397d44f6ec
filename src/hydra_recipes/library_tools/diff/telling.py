"""Telling: the order in which effects are told, and those that are the same together."""

from __future__ import annotations

from dataclasses import dataclass

from hydra_recipes.library_tools.diff.effects import Comparison, Effect, PointChanges
from hydra_recipes.library_tools.diff.outcomes import MOST_POINTS
from hydra_recipes.library_tools.diff.subjects import KINDS

_MOST_NAMES = 8
"""So many subjects of one effect are named."""


@dataclass(frozen=True, eq=False)
class Told:
    """An effect that several subjects may have.

    Attributes:
        title: The section it stands in.
        names: What composes each subject.
        effect: The effect.
    """

    title: str
    names: tuple[str, ...]
    effect: Effect

    @property
    def shown_names(self) -> tuple[str, ...]:
        """The names, those beyond the first few left out."""
        return self.names[:_MOST_NAMES]

    @property
    def more_names(self) -> int:
        """How many names are left out."""
        return len(self.names) - len(self.shown_names)


_TITLES = ("not valid any more", "new and not valid", "valid now", "different", "new", "gone")


def told(found: Comparison) -> list[Told]:
    """What is different, the gravest first."""
    groups: dict[tuple[str, str], list[Effect]] = {}
    for effect in found.effects:
        if effect.state != "equal":
            groups.setdefault((_title(effect), effect.mark), []).append(effect)
    result = [
        Told(title, tuple(one.subject.name for one in effects), effects[0])
        for (title, _), effects in groups.items()
    ]
    return sorted(result, key=lambda one: _TITLES.index(one.title))


def _title(effect: Effect) -> str:
    if effect.breaks:
        return _TITLES[0] if effect.valid[0] else _TITLES[1]
    if effect.state == "different":
        return "valid now" if effect.valid == (False, True) else "different"
    return effect.state


def counts_line(found: Comparison) -> str:
    """One line: how many of each kind are equal, differ, are new or gone, and what rules do."""
    parts = []
    for kind in KINDS:
        states = [f"{number} {state}" for state, number in found.counts[kind].items() if number]
        if states:
            parts.append(f"{kind}s: {', '.join(states)}")
    if found.rules:
        states = [
            f"{number} {state}"
            for state in ("moved", "new", "gone")
            if (number := sum(one.state == state for one in found.rules))
        ]
        parts.append(f"limits and rules: {', '.join(states)}")
    return "; ".join(parts) or "nothing to compare"


def points_line(points: PointChanges) -> str:
    """One line: how many points a sweep has, and how many of them changed."""
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
