"""What the commands share: colours, errors, and the overrides argument."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_COLOURS: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "incomplete": {"fg": "cyan", "bold": True},
    "ok": {"fg": "green", "bold": True},
    "key": {"bold": True},
    "dim": {"dim": True},
}


def overrides_argument(function: F) -> F:
    """The command's overrides: any number of choices and values."""
    return click.argument("overrides", nargs=-1, metavar="[OVERRIDE]...")(function)


def json_option(function: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(function)


def style_for(stream: Any) -> Callable[[str, str], str]:
    """How to colour text for a stream: not at all unless it is a terminal that wants colours."""
    if os.environ.get("NO_COLOR") or not stream.isatty():
        from hydra_recipes.rendering import plain

        return plain
    return lambda text, role: click.style(text, **_COLOURS[role]) if text else text


def show_error(error: Exception) -> int:
    """Shows an error that ends the command; anything but a ``RecipeError`` is a bug and goes on.

    Returns:
        The exit status.
    """
    from hydra_recipes.errors import RecipeError
    from hydra_recipes.rendering import error_text

    if not isinstance(error, RecipeError):
        raise error
    click.echo(error_text(error, style_for(sys.stderr)), err=True)
    return 2
