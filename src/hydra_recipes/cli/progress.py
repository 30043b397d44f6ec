"""Progress bar on standard error, for work of more than a second on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import click

_PATIENCE = 1.0
"""How many seconds pass before the bar shows, and then between two looks at the clock."""


class Progressed(Protocol):
    """A function that is told of progress."""

    def __call__(self, done: int, found: int = 0, /) -> None:
        """Count steps.

        Args:
            done: The number of steps done since the last call.
            found: The number of steps that there are beside those known so far.
        """


class _Bar:
    """A bar that shows once a second has passed, also if nobody tells of progress by then."""

    def __init__(self, total: int, label: str) -> None:
        self.total, self.label = total, label
        self.started = time.monotonic()
        self.done = 0
        self.shown: Any = None
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.clock = threading.Thread(target=self._tick, daemon=True)

    def told(self, count: int, found: int = 0, /) -> None:
        """Count steps; see ``Progressed``."""
        with self.lock:
            self.done += count
            self.total += found
            if self.shown is not None or time.monotonic() - self.started > _PATIENCE:
                self._show()

    def end(self) -> None:
        """Leave the bar as it is."""
        self.ended.set()
        self.clock.join()
        if self.shown is not None:
            self.shown.__exit__(None, None, None)

    def _tick(self) -> None:
        while not self.ended.wait(max(_PATIENCE, 0.05)):
            with self.lock, suppress(OSError):  # the work itself tells of a closed terminal
                self._show()

    def _show(self) -> None:
        if self.shown is None:
            self.shown = click.progressbar(
                length=self.total,
                label=self.label,
                file=sys.stderr,
                show_pos=True,
                show_eta=True,
                item_show_func=lambda _: self._pace(),
            )
            self.shown.__enter__()
        self.shown.length = self.total
        self.shown.finished = False  # as it was, if the steps known so far were done
        self.shown.update(self.done - self.shown.pos)
        self.shown.render_progress()

    def _pace(self) -> str:
        seconds = time.monotonic() - self.started
        return f"{self.done / seconds:,.0f}/s" if self.done else f"{seconds:.0f} s"


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
    bar = _Bar(total, label)
    bar.clock.start()
    try:
        yield bar.told
    finally:
        bar.end()
