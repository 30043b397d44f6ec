"""Markdown: a comparison as a comment on a pull request."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from hydra_recipes.diff.sides import Difference
from hydra_recipes.diff.text import key_lines
from hydra_recipes.library_tools.diff.effects import Comparison, Effect
from hydra_recipes.library_tools.diff.rules import RuleChange
from hydra_recipes.library_tools.diff.text import Told, counts_line, points_line, told
from hydra_recipes.library_tools.markdown import code, codes, prose, table

_HEAD = ("key", "before", "after", "")
_LONGEST = 50_000
"""So many characters; what doesn't fit is counted, since GitHub takes 65,536 in a comment."""


def comparison_markdown(found: Comparison) -> str:
    """A comparison in Markdown, cut where it is longer than a comment may be."""
    kept: list[str] = []
    size = left = 0
    for part in _parts(found):
        text = "".join(f"{line}\n" for line in part)
        if size + len(text) > _LONGEST:
            left += 1
        else:
            kept.append(text)
            size += len(text)
    if left:
        kept.append(f"and {left:,} more; recipe library diff shows all\n")
    return "".join(kept).rstrip("\n") + "\n"


def _parts(found: Comparison) -> Iterator[Iterable[str]]:
    """The comparison in pieces that are left out as a whole."""
    yield f"### {code(found.library)}: what this changes", "", prose(counts_line(found)), ""
    for title, some in itertools.groupby(told(found), key=lambda one: one.title):
        for at, one in enumerate(some):
            heading = () if at else (f"#### {title[0].upper()}{title[1:]}", "")
            yield (*heading, *_told(one))
    if found.rules:
        head = ("entry", "part", "before", "after", "because")
        rows = (row for change in found.rules for row in _rows(change))
        yield ("#### Limits and rules", "", *table(head, rows))


def _told(one: Told) -> Iterator[str]:
    more = f" and {one.more_names:,} more" if one.more_names else ""
    yield from (f"{codes(one.shown_names)}{more}", "")
    yield from _effect(one.effect)


def _effect(effect: Effect) -> Iterator[str]:
    lines = [
        f"- {lead}{one.severity}: {prose(one.message)} ({code(one.rule)})"
        for lead, some in (("", effect.told), ("no longer ", effect.settled))
        for one in some
    ]
    if lines:
        yield from (*lines, "")
    if effect.difference:
        yield from _difference(effect.difference)
    if effect.points:
        yield from (prose(points_line(effect.points)), "")
        for found, names in effect.points.differ:
            yield from (f"such as {code(names[0])}", "")
            yield from _difference(found)


def _difference(found: Difference) -> Iterator[str]:
    rows = [
        (code(line.key), _value(line.old), _value(line.new), prose(line.note))
        for line in key_lines(found)
    ]
    return table(_HEAD, rows)


def _rows(change: RuleChange) -> Iterator[tuple[str, ...]]:
    state = "" if change.state == "moved" else f" is {change.state}"
    title, because = prose(change.title) + state, prose(change.because)
    for at, (name, old, new) in enumerate(change.parts):
        shown = (code(name), _value(old), _value(new))
        yield (title, *shown, because) if at == 0 else ("", *shown, "")


def _value(text: str | None) -> str:
    return "" if text is None else code(text)
