"""The environment variables that links may read: only those that were allowed by name.

Private: it may change in any release.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from hydra_recipes.findings.errors import LinkError
from hydra_recipes.findings.messages.environment import VariableNotUtf8
from hydra_recipes.tree import with_texts

Environment = Mapping[str, str | None]
"""The values of the variables that may be read, by name; None for one that isn't set."""

_MIN_SECRET = 4
"""The length from which a value is hidden inside a text too; a shorter one only as a whole text."""

_allowed: ContextVar[tuple[str, ...]] = ContextVar("allowed", default=())


def environment() -> Environment:
    """Return the variables that links may read at present.

    Raises:
        LinkError: If a value isn't UTF-8, so that no file could hold it.
    """
    values = {name: os.environ.get(name) for name in _allowed.get()}
    for name, value in values.items():
        try:
            (value or "").encode()
        except UnicodeEncodeError:
            raise LinkError(VariableNotUtf8(name=name)) from None
    return values


def as_options() -> list[str]:
    """Return the command line options that allow the same variables."""
    return [word for name in _allowed.get() for word in ("--allow-env", name)]


@contextmanager
def allowing(names: Iterable[str]) -> Iterator[None]:
    """Let links read these variables too, inside the ``with`` block."""
    token = _allowed.set(tuple(dict.fromkeys((*_allowed.get(), *names))))
    try:
        yield
    finally:
        _allowed.reset(token)


def masked(known: Environment) -> Environment:
    """Return the same variables, each with ``$`` and its own name as its value."""
    return {name: None if value is None else f"${name}" for name, value in known.items()}


def redact(node: Any, known: Environment) -> Any:
    """Return a value, or nested data, with ``$NAME`` in place of each variable's value."""

    def redacted(text: str) -> str:
        for name, value in known.items():
            if value and (text == value or len(value) >= _MIN_SECRET):
                text = text.replace(value, f"${name}")
        return text

    return with_texts(node, redacted)
