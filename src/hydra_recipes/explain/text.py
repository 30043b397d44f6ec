"""Explanations as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hydra_recipes.composing.history import History, Write
from hydra_recipes.explain.explanation import Explained, Explanation, Hop
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.rendering import Style, finding_text, plain
from hydra_recipes.literals import primitive, scalar
from hydra_recipes.origin import KeyPath, Origin, OverrideOrigin, dotted
from hydra_recipes.rules.allowed import USUAL
from hydra_recipes.shell_words import quote
from hydra_recipes.text import one_line, spell, with_source
from hydra_recipes.tree import ABSENT

_LONGEST = 60
"""Longer values are cut to this many characters."""
_NARROWEST = 28
"""The least width of the column of keys and values, in characters."""
_LONGEST_ALONE = 2_000
"""The same where one key is explained alone."""


def explanation_text(one: Explanation, width: int = 80, style: Style = plain) -> str:
    """Return all that is known about one key, with what set it, the winner first."""
    value = shown(one.value, _LONGEST_ALONE) if one.present else "not set"
    lines = [f"{style(one_line(one.key), 'key')}: {value}"]
    if one.about:
        lines += [style(line, "dim") for line in _wrapped(one.about, width, 2)]
    if one.history:
        lines += ["  set by", *_history(one.history, style)]
        if one.continued:
            lines.append(f"  continued from {_place(one.continued)}")
    elif not one.present:
        lines.append("  nothing sets it with these choices")
    if one.hops:
        lines += ["  link to", *(_hop(hop, style) for hop in one.hops)]
    if one.bearings:
        lines.append("  limits")
    for bearing in one.bearings:
        head = f"{USUAL.get(bearing.severity, '')}{bearing.allowed}"
        why = with_source(bearing.because, bearing.source)
        lines += _wrapped(head, width, 4)
        lines += [style(line, "dim") for line in _wrapped(f"{why} [{bearing.id}]", width, 6)]
    lines += [textwrap.indent(finding_text(finding, style), "  ") for finding in one.findings]
    return "\n".join(lines)


def why_not_text(
    one: Explanation,
    value: Any,
    lost: History,
    findings: Iterable[Finding],
    override: str,
    style: Style = plain,
) -> str:
    """Return why a key doesn't have a value, and what would be wrong with that value.

    Args:
        one: The explanation of the key.
        value: The value that it doesn't have.
        lost: What wrote that value and lost.
        findings: What would be wrong with it.
        override: The override that sets it.
        style: Colours words.
    """
    lines = [f"{style(one_line(one.key), 'key')} is not {shown(value)}:"]
    winner = one.history[-1] if one.history else None
    for write in lost:
        after = (
            f", and {_place(winner.origin)} came after it" if winner not in (None, write) else ""
        )
        lines.append(f"  {_place(write.origin)} wrote it{after}")
    wrong = [textwrap.indent(finding_text(finding, style), "  ") for finding in findings]
    if not lost:
        lines.append("  nothing wrote that value")
    if wrong:
        lines += ["  with it the recipe would have", *wrong]
    else:
        lines.append(f"  nothing forbids it: {style(quote(override), 'key')}")
    return "\n".join(lines)


def tree_text(
    explanations: Iterable[tuple[KeyPath, Explanation]], width: int = 80, style: Style = plain
) -> str:
    """Return all keys as a tree like the recipe's, each beside the place that set it."""
    rows: list[tuple[str, str | None]] = []
    open_sections: KeyPath = ()
    for path, explanation in explanations:
        for depth, section in enumerate(path[:-1]):
            if path[: depth + 1] != open_sections[: depth + 1]:
                rows.append((f"{'  ' * depth}{style(one_line(str(section)), 'key')}", None))
        open_sections = path[:-1]
        value = shown(explanation.value) if explanation.present else "not set"
        left = f"{'  ' * (len(path) - 1)}{one_line(str(path[-1]))}: {value}"
        history = explanation.history
        written = _place(history[-1].origin) if history else "-"
        earlier = explanation.continued
        rows.append((left, f"{written} (from {_place(earlier)})" if earlier else written))
    longest = max((len(left) for left, place in rows if place), default=0) + 2
    widest = max((len(place) for _, place in rows if place), default=0)
    column = min(longest, max(width - widest, _NARROWEST))
    lines: list[str] = []
    for left, place in rows:
        if place is None:
            lines.append(left)
        elif len(left) < column:
            lines.append(f"{left:<{column}}{style(place, 'dim')}")
        else:
            lines += [left, f"{'':<{column}}{style(place, 'dim')}"]
    return "\n".join(lines)


def edits_text(edits: Sequence[tuple[KeyPath, History]], subject: Explained) -> str:
    """Return one line on what was edited in a file since it was composed."""
    entries: dict[str, None] = {}  # a section that several keys are in is named once
    for path, history in edits:
        removed, composed = history[-1].removed, subject.composed(path)
        was_present = composed is not ABSENT
        section = subject.outermost(path, gone=removed) if removed or not was_present else path
        if section != path:
            entries[f"{one_line(dotted(section))} ({'removed' if removed else 'added'})"] = None
            continue
        now = "removed" if removed else shown(history[-1].value)
        before = shown(composed) if was_present else "not there"
        entries[f"{one_line(dotted(path))} ({before} → {now})"] = None
    return f"edited since the command in the first line: {', '.join(entries)}"


def shown(value: object, longest: int = _LONGEST) -> str:
    """Return a value in one line, cut to ``longest`` characters."""
    reads_otherwise = isinstance(value, str) and not isinstance(primitive(value), str)
    text = one_line(scalar(value) if reads_otherwise else spell(value))
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _history(history: History, style: Style) -> Iterator[str]:
    """Yield a line for each write, the winner first and the others dimmed."""
    written = ["removed" if write.removed else shown(write.value) for write in history]
    width = min(max(map(len, written)), 24)
    for index in range(len(history) - 1, -1, -1):
        line = f"    {written[index]:<{width}}  {_with_choice(history[index])}".rstrip()
        yield line if index == len(history) - 1 else style(line, "dim")


def _with_choice(write: Write) -> str:
    """Return where a write came from, with the choice that brought it in parentheses."""
    if write.choice is None:
        return _place(write.origin)
    by = write.chosen_by if write.chosen_by and write.chosen_by != write.choice else write.choice
    return f"{_place(write.origin)} ({by})"


def _hop(hop: Hop, style: Style) -> str:
    """Return the line of a hop, indented by its depth."""
    place = style(_place(hop.origin), "dim") if hop.origin else ""
    return f"  {'  ' * hop.depth}{one_line(hop.key)}: {shown(hop.value)}  {place}".rstrip()


def _place(origin: Origin | None) -> str:
    """Return an override, or a file and line (from 1), or ``Hydra`` if there is no origin."""
    if origin is None:
        return "Hydra"
    if isinstance(origin, OverrideOrigin):
        return one_line(origin.override)
    return f"{one_line(origin.file)}:{origin.line}"


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    """Return a text in lines of at most ``width`` characters, but never less than 40."""
    room = max(width, 40)
    blank = " " * indent
    return textwrap.wrap(
        text,
        room,
        initial_indent=blank,
        subsequent_indent=f"{blank}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
