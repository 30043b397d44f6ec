"""Emission: a recipe as YAML or JSON text.

The YAML is read back to the same values and types by PyYAML (1.1), ruamel.yaml (1.2) and OmegaConf:
floats have a dot and a signed exponent, and a string is written plain only if no reader could take
it for something else. Text is written as it is, links and all; ``links.rewrite`` gives a literal
``${`` the backslash that OmegaConf needs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hydra_recipes.findings.errors import OutputError
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.text import INVISIBLE, written_out_json

# Only text that starts like a word and has nothing a YAML reader gives meaning to.
_PLAIN = re.compile(
    r"[A-Za-z_$/][A-Za-z0-9_+/.@${}-]*(?::[A-Za-z0-9_+/.@-]+|[A-Za-z0-9_+/.@${}-])*\Z"
)
_RESERVED = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf")
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_UNPRINTABLE = rf'["\\\x00-\x1f\x7f-\x9f{INVISIBLE}\U000e0000-\U0010ffff]'

_TEXT_OR_EXPONENT = r'"(?:[^"\\]|\\.)*"|(?<![0-9.])([0-9])(e[-+])'
"""A text, to pass over it, or where a number as Python writes it lacks a point."""

_LONGEST_KEY = 1000
"""A longer key is marked with a question mark; YAML readers ask for that from 1,024 characters."""

Comment = Callable[[KeyPath], str | None]
"""Gives what to write beside a key, or None."""


def to_yaml(tree: Mapping[str, Any], comment: Comment | None = None, header: str = "") -> str:
    """A recipe as YAML text.

    Args:
        tree: Plain dicts, lists and scalars.
        comment: What to write beside each key, and each item of a list that is a scalar.
        header: Lines to write first, each a comment.
    """
    lines: list[str] = []
    _mapping(tree, (), "", lines, comment)
    return header + "\n".join(lines or ["{}"]) + "\n"


def in_flow(value: Any) -> str:
    """A value as YAML text in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {in_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_flow, value)) + "]"
    return scalar(value)


def to_json(tree: Mapping[str, Any]) -> str:
    """A recipe as JSON text, which YAML readers take for the same values; keys become text.

    Raises:
        OutputError: If a number isn't finite: JSON has none, and no valid recipe either.
    """
    import json

    try:
        text = json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError:
        for path, number in _not_finite(tree, ()):
            raise OutputError("not-in-json", key=dotted(path), value=_float(number)) from None
        raise
    return written_out_json(with_points(text)) + "\n"


def _not_finite(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, float]]:
    """The numbers that JSON hasn't got, each with its key or as one."""
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
    """What is written beside a key or an item, with the space before it."""
    note = comment(path) if comment else None
    return f"  # {_in_one_line(note)}" if note else ""


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


def scalar(value: Any) -> str:
    """One value as YAML text; of a mapping or a list, only the empty one."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    text = str(value)
    return text if isinstance(value, int) or _is_plain(text) else quoted(text)


def quoted(text: str) -> str:
    """Text in double quotes, as all readers take it."""
    return '"' + re.sub(_UNPRINTABLE, lambda match: _escaped(match.group()), text) + '"'


def _is_plain(text: str) -> bool:
    return _PLAIN.match(text) is not None and not is_reserved(text)


def is_reserved(text: str) -> bool:
    """Whether some reader of YAML takes a word for something else than text: ``yes``."""
    return text.lower() in _RESERVED


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    digits = f"{ord(character):x}"
    letter, width = ("x", 2) if len(digits) <= 2 else ("u", 4) if len(digits) <= 4 else ("U", 8)  # noqa: PLR2004 - YAML's three widths
    return f"\\{letter}{digits:0>{width}}"


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    if "." not in mantissa:
        mantissa += ".0"
    if exponent and power[0] not in "+-":
        power = f"+{power}"
    return mantissa + exponent + power


def header(arguments: Sequence[str], schema: str | None = None) -> str:
    """The first lines of a recipe file: the command for it, and the schema for editors."""
    from hydra_recipes.shell_words import quote

    command = " ".join(["recipe compose", *map(quote, arguments)])
    lines = [_commented(command)]
    if schema:
        lines.append(_commented(f"yaml-language-server: $schema={schema}"))
    return "".join(f"{line}\n" for line in lines)


def _commented(text: str) -> str:
    """Text as a comment, whatever line breaks or unprintable characters it has."""
    return "\n".join(f"# {_in_one_line(line)}" for line in text.splitlines() or [""])


def _in_one_line(text: str) -> str:
    spaced = " ".join(text.splitlines())
    return "".join(character if character.isprintable() else "?" for character in spaced)
