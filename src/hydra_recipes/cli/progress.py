"""Progress bar on standard error, for work of more than a second on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

_PATIENCE = 1.0
"""How many seconds pass before the bar shows."""


@contextmanager
def progress(total: int, label: str) -> Iterator[Callable[[int], None]]:
    """Show a progress bar inside the ``with`` block.

    Args:
        total: How many steps there are.
        label: What the steps are.

    Yields:
        A function to call with the number of steps done since its last call.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    started = time.monotonic()
    done = 0
    bar: Any = None

    def progressed(count: int) -> None:
        nonlocal done, bar
        done += count
        if bar is None and time.monotonic() - started > _PATIENCE:
            bar = click.progressbar(
                length=total,
                label=label,
                file=sys.stderr,
                show_pos=True,
                show_eta=True,
                item_show_func=lambda _: f"{done / (time.monotonic() - started):,.0f}/s",
            )
            bar.__enter__()
            bar.update(done)
        elif bar is not None:
            bar.update(count)

    try:
        yield progressed
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)
