"""Emission: a recipe as YAML or JSON text.

The YAML is read back to the same values and types by PyYAML (1.1), ruamel.yaml (1.2) and OmegaConf:
floats have a dot and a signed exponent, and a string is written plain only if no reader could take
it for something else. Text is written as it is, links and all; ``links.rewrite`` gives a literal
``${`` the backslash that OmegaConf needs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.files import NotInJson
from hydra_recipes.literals import float_text, scalar
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.text import in_one_line, written_out_json

_TEXT_OR_EXPONENT = r'"(?:[^"\\]|\\.)*"|(?<![0-9.])([0-9])(e[-+])'
"""A text, to pass over it, or where a number as Python writes it lacks a point."""

_LONGEST_KEY = 1000
"""A longer key is marked with a question mark; YAML readers ask for that from 1,024 characters."""

Comment = Callable[[KeyPath], str | None]
"""Gives what to write beside a key, or None."""


def to_yaml(tree: Mapping[Any, Any], comment: Comment | None = None, header: str = "") -> str:
    """Return a recipe as YAML text.

    Args:
        tree: Plain dicts, lists and scalars.
        comment: What to write beside each key, and each item of a list that is a scalar.
        header: Lines to write first, each a comment.
    """
    lines: list[str] = []
    _mapping(tree, (), "", lines, comment)
    return header + "\n".join(lines or ["{}"]) + "\n"


def to_json(tree: Mapping[str, Any]) -> str:
    """Return a recipe as JSON text, which YAML readers read as the same values; keys become text.

    Raises:
        OutputError: If a number isn't finite: JSON has none, and no valid recipe either.
    """
    import json

    try:
        text = json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError:
        for path, number in _not_finite(tree, ()):
            raise OutputError(NotInJson(key=dotted(path), value=float_text(number))) from None
        raise
    return written_out_json(with_points(text)) + "\n"


def _not_finite(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, float]]:
    """Yield the numbers that JSON can't express (infinities and NaN), each with its path."""
    if isinstance(node, float) and not math.isfinite(node):
        yield path, node
    elif isinstance(node, Mapping):
        for key, item in node.items():
            yield from _not_finite(key, (*path, scalar(key)))
            yield from _not_finite(item, (*path, key))
    elif isinstance(node, list):
        for at, item in enumerate(node):
            yield from _not_finite(item, (*path, at))


def with_points(text: str) -> str:
    """JSON text in which each number with an exponent has a point: ``1.0e-05``.

    Without one, readers of YAML 1.1 take it for text.
    """
    if "e-" not in text and "e+" not in text:
        return text
    return re.sub(
        _TEXT_OR_EXPONENT, lambda found: f"{found[1]}.0{found[2]}" if found[1] else found[0], text
    )


def _mapping(
    node: Mapping[Any, Any], path: KeyPath, indent: str, lines: list[str], comment: Comment | None
) -> None:
    for key, value in node.items():
        written = scalar(key)
        head = f"{indent}{written}:"
        if len(written) > _LONGEST_KEY:
            lines.append(f"{indent}? {written}")
            head = f"{indent}:"
        _entry(head, value, (*path, key), indent, lines, comment)


def _sequence(
    node: list[Any], path: KeyPath, indent: str, lines: list[str], comment: Comment | None
) -> None:
    for at, value in enumerate(node):
        if isinstance(value, dict | list) and value:
            start = len(lines)
            inner = f"{indent}  "
            _block(value, (*path, at), inner, lines, comment)
            lines[start] = f"{indent}- {lines[start][len(inner) :]}"
        else:
            lines.append(f"{indent}- {scalar(value)}{_tail((*path, at), comment)}")


def _tail(path: KeyPath, comment: Comment | None) -> str:
    """Return the comment beside a key or an item, with the space before it; empty without one."""
    note = comment(path) if comment else None
    return f"  # {in_one_line(note)}" if note else ""


def _entry(
    head: str, value: Any, path: KeyPath, indent: str, lines: list[str], comment: Comment | None
) -> None:
    tail = _tail(path, comment)
    if isinstance(value, dict | list) and value:
        lines.append(head + tail)
        _block(value, path, f"{indent}  ", lines, comment)
    else:
        lines.append(f"{head} {scalar(value)}{tail}")


def _block(
    value: Any, path: KeyPath, indent: str, lines: list[str], comment: Comment | None
) -> None:
    if isinstance(value, dict):
        _mapping(value, path, indent, lines, comment)
    else:
        _sequence(value, path, indent, lines, comment)
