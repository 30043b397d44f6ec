"""Progress bar on standard error, for work of more than a second on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import click

_PATIENCE = 1.0
"""How many seconds pass before the bar shows."""


class Progressed(Protocol):
    """A function that is told of progress."""

    def __call__(self, done: int, found: int = 0, /) -> None:
        """Count steps.

        Args:
            done: The number of steps done since the last call.
            found: The number of steps that there are beside those known so far.
        """


@contextmanager
def progress(total: int, label: str) -> Iterator[Progressed]:
    """Show a progress bar inside the ``with`` block.

    Args:
        total: How many steps there are, as far as is known.
        label: What the steps are.

    Yields:
        A function to call with the number of steps done, and found, since its last call.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _found=0, /: None
        return
    started = time.monotonic()
    done = 0
    bar: Any = None

    def progressed(count: int, found: int = 0, /) -> None:
        nonlocal done, bar, total
        done += count
        total += found
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
            bar.length = total
            bar.finished = False  # as it was, if the steps known so far were done
            bar.update(count)

    try:
        yield progressed
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)
