"""Text: a difference for people, by section, each key on one line where it fits.

Values are shown as in YAML, so that ``4``, ``4.0`` and ``"4"`` look as different as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hydra_recipes.diff.operations import Operation
from hydra_recipes.diff.sides import Difference, flat
from hydra_recipes.literals import in_flow, scalar
from hydra_recipes.numbers import is_finite, is_number
from hydra_recipes.origin import KeyPath
from hydra_recipes.record import Record
from hydra_recipes.rules.offers import METHOD
from hydra_recipes.text import one_line

if TYPE_CHECKING:
    from hydra_recipes.diff.matching import Pair

Style = Callable[[str, str], str]
"""Returns a text in the colour of a role, its second argument, as in ``rendering``."""

_LONGEST = 240
"""Longer values are cut to this many characters, around the first difference."""
_CONTEXT = 30
"""How many characters are shown before the first difference."""
_WIDEST_KEY = 44
"""Longer keys aren't aligned with the others."""
_TIMES = "\N{MULTIPLICATION SIGN}"
_DEFAULT = "the default recipe"
_ROOT = "recipe"
"""The section of keys at the top of the recipe."""
_ROLES = {"+": "added", "-": "removed"}
_TYPES = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


class Line(Record):
    """One key: its mark (``+``, ``-`` or a space), the value before and after, and a note."""

    mark: str
    key: str
    old: str | None
    new: str | None
    note: str = ""


def difference_text(found: Difference, width: int, style: Style) -> str:
    """Return a difference as text.

    Args:
        found: What differs.
        width: The widest line, in characters; one with a long value may be wider.
        style: Colours words.
    """
    if not found and not found.choices:
        names = (one_line(side.name) or _DEFAULT for side in (found.old, found.new))
        return f"no difference: {' and '.join(names)}"
    lines: list[str] = []
    old, new = found.families
    methods = [(before, after) for group, before, after in found.choices if group == METHOD]
    if methods:
        before, after = methods[0]
        lines.append(f"the methods differ: {before} → {after}")
    elif old and new and old != new:
        lines.append(f"the families differ: {old} → {new}")
    choices = list(map(_choice_line, found.choices))
    lines += _section("choices", choices, width, style)
    for section, operations in itertools.groupby(_by_section(found.values), key=_section_of):
        keys = [_line(change, found, inside=section != _ROOT) for change in operations]
        lines += _section(section, keys, width, style)
    links = [_link_line(change, found) for change in found.links]
    lines += _section("links", links, width, style)
    return "\n".join([*lines, _summary(found)])


def key_lines(found: Difference) -> Iterator[Line]:
    """Yield a line for each difference, by whole key: choices first, then values, then links."""
    yield from map(_choice_line, found.choices)
    yield from (_line(change, found, inside=False) for change in flat(found.values))
    yield from (_link_line(change, found) for change in found.links)


def _choice_line(choice: tuple[str, str | None, str | None]) -> Line:
    group, old, new = choice
    return Line("-" if new is None else "+" if old is None else " ", group, old, new)


def _by_section(values: tuple[Operation, ...]) -> list[Operation]:
    """Return the differences key by key, sections together, in the order of their first key."""
    operations = list(flat(values))
    sections = dict.fromkeys(map(_section_of, operations))
    rank = {section: place for place, section in enumerate(sections)}
    return sorted(operations, key=lambda operation: rank[_section_of(operation)])


def _section_of(operation: Operation) -> str:
    return name_of(operation.path[:1]) if len(operation.path) > 1 else _ROOT


def name_of(path: KeyPath) -> str:
    """Return a key with dots; a name that itself has dots, or isn't a plain word, in quotes."""
    return ".".join(map(_name, path))


def _name(key: Any) -> str:
    text = scalar(key)
    return f'"{text}"' if isinstance(key, str) and "." in text and text[:1] != '"' else text


def _line(operation: Operation, found: Difference, *, inside: bool) -> Line:
    """Return the line of a difference in value; ``inside`` leaves out the section's name."""
    key = name_of(operation.path[1:] if inside else operation.path)
    if operation.op != "change":
        return _there_or_not(operation, key)
    old, new = operation.old, operation.new
    link = found.followed(operation)
    notes = (_ratio(old, new), _types(old, new), link and f"follows {link}")
    return _changed(key, old, new, "  ".join(filter(None, notes)))


def _there_or_not(operation: Operation, key: str) -> Line:
    """Return the line of a key that was added or removed."""
    if operation.op == "set":
        return Line("+", key, None, _cut(_value(operation.new))[0])
    return Line("-", key, _cut(_value(operation.old))[0], None)


def _link_line(operation: Operation, found: Difference) -> Line:
    """Return the line of a difference in a link."""
    key = name_of(operation.path)
    if operation.op != "change":
        return _there_or_not(operation, key)
    moved = any(value.path[: len(operation.path)] == operation.path for value in found.values)
    note = "" if moved else "the value is the same"
    return _changed(key, operation.old, operation.new, note)


def _changed(key: str, old: Any, new: Any, note: str) -> Line:
    before, after = _cut(_value(old), _value(new))
    return Line(" ", key, before, after, note)


def _value(value: Any) -> str:
    """Return a value in one line."""
    return one_line(in_flow(value))


def _cut(*texts: str) -> list[str]:
    """Return the texts, each if it is long cut to the part around the first difference."""
    shared = 0
    if len(texts) > 1:
        pairs = enumerate(zip(*texts, strict=False))
        shared = next((place for place, (old, new) in pairs if old != new), min(map(len, texts)))
    return [_window(text, max(0, shared - _CONTEXT)) for text in texts]


def _window(text: str, start: int) -> str:
    """Return up to ``_LONGEST`` characters of a text from ``start`` on, with … where it is cut."""
    if len(text) <= _LONGEST:
        return text
    start = min(start, len(text) - _LONGEST)
    stop = start + _LONGEST
    return ("…" if start else "") + text[start:stop] + ("…" if stop < len(text) else "")


def _ratio(old: Any, new: Any) -> str | None:
    """Return by how much the old number is multiplied, or None if by 1 or if that isn't known."""
    if not (is_number(old) and is_number(new)):
        return None
    try:
        ratio = float(f"{new / old:.3g}")
    except (ArithmeticError, ValueError):
        return None
    return f"{_TIMES}{ratio:g}" if ratio > 0 and is_finite(ratio) and ratio != 1 else None


def _types(old: Any, new: Any) -> str | None:
    """Return how the type of a value changed, or None if it didn't."""
    kinds = (type(old), type(new))
    if kinds[0] is kinds[1] or not all(kind in _TYPES for kind in kinds):
        return None
    return f"{_TYPES[kinds[0]]}, now {_TYPES[kinds[1]]}"


def _section(title: str, lines: Sequence[Line], width: int, style: Style) -> Iterator[str]:
    """Yield a title and lines below it; nothing without lines."""
    if lines:
        yield style(title, "key")
        yield from aligned(lines, width, style)


def aligned(lines: Sequence[Line], width: int, style: Style) -> Iterator[str]:
    """Yield lines as text, their values aligned where they fit into the width."""
    column = max((len(line.key) for line in lines if len(line.key) <= _WIDEST_KEY), default=0)
    for line in lines:
        yield from _laid_out(line, column, width, style)


def _laid_out(line: Line, column: int, width: int, style: Style) -> Iterator[str]:
    """Yield a key as one line or, where that is too wide, with its values on lines of their own."""
    role = _ROLES.get(line.mark)
    mark = style(line.mark, role) if role else line.mark
    note = f"  {style(line.note, 'dim')}" if line.note else ""
    old = None if line.old is None else style(line.old, "removed")
    new = None if line.new is None else style(line.new, "added")
    values = " → ".join(filter(None, (old, new)))
    plain = [line.mark, line.old, line.new, line.note]
    taken = sum(len(part) + len("  ") for part in plain if part) + len("→")
    if taken + column <= width:
        yield f"{mark} {line.key:<{column}}  {values}{note}"
    elif taken + len(line.key) <= width:
        yield f"{mark} {line.key}  {values}{note}"
    elif old is None or new is None:
        yield from (f"{mark} {line.key}", f"      {old or new}{note}")
    else:
        yield from (f"{mark} {line.key}", f"      {old}", f"    → {new}{note}")


def _summary(found: Difference) -> str:
    """Return one line on how many keys changed, were added and were removed."""
    operations = list(flat(found.values))
    count = {
        op: sum(change.op == op for change in operations) for op in ("change", "set", "delete")
    }
    words = {"change": "changed", "set": "added", "delete": "removed"}
    parts = [f"{number} {words[op]}" for op, number in count.items() if number]
    links = f"; links: {len(found.links)}" if found.links else ""
    return f"keys: {', '.join(parts) or 'the same values'}{links}"


def pair_heading(pair: Pair, style: Style) -> str:
    """Return the line above the difference of a pair, or the line for a recipe that is alone."""
    old, new = (one_line(entry.side.name) if entry else None for entry in (pair.old, pair.new))
    if old and new:
        return f"{style(f'{old} → {new}', 'key')}  {style(f'the same {pair.by}', 'dim')}"
    return f"{style('-', 'removed')} {old}" if old else f"{style('+', 'added')} {new}"


def pairs_summary(count: Mapping[str, int], old: str, new: str) -> str:
    """Return one line on how many recipes of two directories are equal, differ, or are alone."""
    parts = [f"{count[state]} {state}" for state in ("equal", "different") if count[state]]
    parts += [
        f"{count[side]} only in {one_line(name)}"
        for side, name in (("old", old), ("new", new))
        if count[side]
    ]
    return f"recipes: {', '.join(parts) or 'none'}"
