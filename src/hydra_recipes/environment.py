"""The environment, of which links read only what was allowed by name.

Private: it may change in any release.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from hydra_recipes.findings.errors import LinkError

Environment = Mapping[str, str | None]
"""The variables that may be read, by name; None for one that isn't set."""

_MIN_SECRET = 4
"""Shorter values are hidden only where they are the whole of a text."""

_allowed: ContextVar[tuple[str, ...]] = ContextVar("allowed", default=())


def environment() -> Environment:
    """The variables that links may read here and now.

    Raises:
        LinkError: If one isn't UTF-8, so that no file could hold it.
    """
    found = {name: os.environ.get(name) for name in _allowed.get()}
    for name, value in found.items():
        try:
            (value or "").encode()
        except UnicodeEncodeError:
            raise LinkError("variable-not-utf8", name=name) from None
    return found


def as_options() -> list[str]:
    """The options that allow the same on a command line."""
    return [word for name in _allowed.get() for word in ("--allow-env", name)]


@contextmanager
def allowing(names: Iterable[str]) -> Iterator[None]:
    """Lets links read these variables, beside those allowed already, for as long as it lasts."""
    token = _allowed.set(tuple(dict.fromkeys((*_allowed.get(), *names))))
    try:
        yield
    finally:
        _allowed.reset(token)


def masked(known: Environment) -> Environment:
    """The same variables, each with its own name for what it holds."""
    return {name: None if value is None else f"${name}" for name, value in known.items()}


def redact(node: Any, known: Environment) -> Any:
    """A value, or data of any depth, with the name of a variable in place of what it holds."""
    if isinstance(node, dict):
        return {key: redact(value, known) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return type(node)(redact(value, known) for value in node)
    if isinstance(node, str):
        for name, value in known.items():
            if value and (node == value or len(value) >= _MIN_SECRET):
                node = node.replace(value, f"${name}")
    return node
