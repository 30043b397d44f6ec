"""Emission: a recipe as YAML or JSON text.

The YAML is read back to the same values and types by PyYAML (1.1), ruamel.yaml (1.2) and OmegaConf:
floats have a dot and a signed exponent, and a string is written plain only if no reader could take
it for something else. Text is written as it is, links and all; ``links.rewrite`` gives a literal
``${`` the backslash that OmegaConf needs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.files import NotInJson
from hydra_recipes.literals import float_text, in_flow, scalar
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.text import in_one_line, written_out_json

_TEXT_OR_EXPONENT = r'"(?:[^"\\]|\\.)*"|(?<![0-9.])([0-9])(e[-+])'
"""A text, to pass over it, or where a number as Python writes it lacks a point."""

_LONGEST_KEY = 1000
"""A longer key is marked with a question mark; YAML readers ask for that from 1,024 characters."""

Comment = Callable[[KeyPath], str | None]
"""Gives what to write beside a key, or None."""


def to_yaml(
    tree: Mapping[Any, Any],
    comment: Comment | None = None,
    header: str = "",
    flow: Container[KeyPath] = (),
) -> str:
    """Return a recipe as YAML text.

    Args:
        tree: Plain dicts, lists and scalars.
        comment: What to write beside each key, and each item of a list that is a scalar.
        header: Lines to write first, each a comment.
        flow: The keys of mappings whose values are written in one line, in brackets.
    """
    writer = _Writer(comment, flow)
    writer.mapping(tree, (), "")
    return header + "\n".join(writer.lines or ["{}"]) + "\n"


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


class _Writer:
    """A writer of nested values.

    Attributes:
        comment: Gives what to write beside a key, or is None.
        flow: The keys whose values are written in one line.
        lines: The lines written so far.
    """

    def __init__(self, comment: Comment | None, flow: Container[KeyPath]) -> None:
        self.comment = comment
        self.flow = flow
        self.lines: list[str] = []

    def mapping(self, node: Mapping[Any, Any], path: KeyPath, indent: str) -> None:
        """Write the keys of a mapping."""
        for key, value in node.items():
            written, below = scalar(key), (*path, key)
            head = f"{indent}{written}:"
            if len(written) > _LONGEST_KEY:
                self.lines.append(f"{indent}? {written}")
                head = f"{indent}:"
            if isinstance(value, dict | list) and value and below not in self.flow:
                self.lines.append(f"{head}{self.tail(below)}")
                self.block(value, below, f"{indent}  ")
            else:
                self.lines.append(f"{head} {in_flow(value)}{self.tail(below)}")

    def block(self, value: Any, path: KeyPath, indent: str) -> None:
        """Write a mapping or a list in lines of its own."""
        if isinstance(value, dict):
            self.mapping(value, path, indent)
            return
        for at, item in enumerate(value):
            if isinstance(item, dict | list) and item:
                start, inner = len(self.lines), f"{indent}  "
                self.block(item, (*path, at), inner)
                self.lines[start] = f"{indent}- {self.lines[start][len(inner) :]}"
            else:
                self.lines.append(f"{indent}- {scalar(item)}{self.tail((*path, at))}")

    def tail(self, path: KeyPath) -> str:
        """Return the comment beside a key or an item, with the space before it, or nothing."""
        note = self.comment(path) if self.comment else None
        return f"  # {in_one_line(note)}" if note else ""
