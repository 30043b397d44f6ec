"""Markdown: a comparison as a comment on a pull request."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from hydra_recipes.diff.sides import Difference
from hydra_recipes.diff.text import key_lines
from hydra_recipes.library_tools.diff.effects import Comparison, Effect
from hydra_recipes.library_tools.diff.rules import RuleChange
from hydra_recipes.library_tools.diff.text import Told, counts_line, points_line, told
from hydra_recipes.library_tools.markdown import code, codes, comment, prose, table

_HEAD = ("key", "before", "after", "")


def comparison_markdown(found: Comparison) -> str:
    """Return a comparison in Markdown; count the parts that don't fit into a comment."""
    return comment(_parts(found), "recipe library diff")


def _parts(comparison: Comparison) -> Iterator[Iterable[str]]:
    """Yield the lines of each part, which is kept or left out as a whole."""
    yield (
        f"### {code(comparison.library)}: what this changes",
        "",
        prose(counts_line(comparison)),
        "",
    )
    for title, section in itertools.groupby(told(comparison), key=lambda group: group.title):
        for position, group in enumerate(section):
            heading = () if position else (f"#### {title[0].upper()}{title[1:]}", "")
            yield (*heading, *_told(group))
    if comparison.rules:
        head = ("entry", "part", "before", "after", "because")
        rows = (row for change in comparison.rules for row in _rows(change))
        yield ("#### Limits and rules", "", *table(head, rows))


def _told(group: Told) -> Iterator[str]:
    more = f" and {group.more_names:,} more" if group.more_names else ""
    yield from (f"{codes(group.shown_names)}{more}", "")
    yield from _effect(group.effect)


def _effect(effect: Effect) -> Iterator[str]:
    lines = [
        f"- {lead}{finding.severity}: {prose(finding.message)} ({code(finding.rule)})"
        for lead, findings in (("", effect.told), ("no longer ", effect.settled))
        for finding in findings
    ]
    if lines:
        yield from (*lines, "")
    if effect.difference:
        yield from _difference(effect.difference)
    if effect.points:
        yield from (prose(points_line(effect.points)), "")
        for difference, names in effect.points.differ:
            yield from (f"such as {code(names[0])}", "")
            yield from _difference(difference)


def _difference(difference: Difference) -> Iterator[str]:
    rows = [
        (code(line.key), _value(line.old), _value(line.new), prose(line.note))
        for line in key_lines(difference)
    ]
    return table(_HEAD, rows)


def _rows(change: RuleChange) -> Iterator[tuple[str, ...]]:
    """Yield a row for each part that changed; only the first names the entry."""
    state = "" if change.state == "moved" else f" is {change.state}"
    title, because = prose(change.title) + state, prose(change.because)
    for position, (name, old, new) in enumerate(change.parts):
        shown = (code(name), _value(old), _value(new))
        yield (title, *shown, because) if position == 0 else ("", *shown, "")


def _value(text: str | None) -> str:
    return "" if text is None else code(text)
