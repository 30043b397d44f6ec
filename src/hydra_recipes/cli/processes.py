"""Processes: work on many items, spread over copies of this process, in the order of the items.

Each is forked once some items are done, so that it starts in milliseconds and knows what was read
and learnt so far. Where a system can't fork, this process does all by itself.
"""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_WORTH = 200
"""From how many items on it is worth starting processes."""
_TAUGHT = 16
"""How many items, here and there, are done before that, which teaches all of them."""
PATIENCE = 0.5
"""For how many seconds of work it isn't, if nobody asks for it."""
_EACH = 32
"""How many items a process does before it hands over what they gave."""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int, patience: float = 0
) -> Iterator[Result]:
    """Yield what some work gives for each item, in order.

    What it gives has to be picklable, and what it does otherwise may be lost. If it raises, or a
    process is killed, this process does those items again.

    Args:
        work: The work.
        items: The items.
        workers: How many processes may share it.
        patience: How many seconds of CPU time it may take before others are started.
    """
    began = time.process_time()
    may_share = workers > 1 and hasattr(os, "fork")
    done = 0
    while done < len(items):
        is_worth = may_share and len(items) - done >= _WORTH
        if is_worth and time.process_time() - began >= patience:
            break
        yield work(items[done])
        done += 1
    if done < len(items):
        yield from _shared(work, items[done:], workers)


def _shared(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[Result]:
    """Yield what some work gives for each item, done by several processes."""
    known = {at: work(items[at]) for at in range(0, len(items), len(items) // _TAUGHT)}
    others = [item for at, item in enumerate(items) if at not in known]
    chunks = [others[at : at + _EACH] for at in range(0, len(others), _EACH)]
    processes: list[_Process[Item, Result]] = []
    try:
        for number in range(workers):
            processes.append(_Process(work, chunks[number::workers], processes))
        results = (
            result
            for number, chunk in enumerate(chunks)
            for result in processes[number % workers].results(chunk)
        )
        for at in range(len(items)):
            yield known[at] if at in known else next(results)
    finally:
        for process in processes:
            process.end()


class _Process(Generic[Item, Result]):
    """A copy of this process that works on chunks of items.

    Args:
        work: The work.
        chunks: The chunks, in order.
        others: The processes that were started before.
    """

    def __init__(
        self,
        work: Callable[[Item], Result],
        chunks: Sequence[Sequence[Item]],
        others: Sequence[_Process[Item, Result]],
    ) -> None:
        self.stream: BinaryIO
        self._work = work
        reading, writing = os.pipe()
        try:
            self._id = os.fork()
        except OSError:  # this process does it all
            self._id = -1
        if self._id == 0:
            for end in (reading, *(other.stream.fileno() for other in others)):
                os.close(end)
            _serve(work, chunks, writing)
        os.close(writing)
        self.stream = os.fdopen(reading, "rb")

    def results(self, chunk: Sequence[Item]) -> Iterator[Result]:
        """Yield what the work gives for the next chunk."""
        try:
            results = pickle.load(self.stream)  # noqa: S301 - from a copy of this process
        except (EOFError, pickle.UnpicklingError):
            results = map(self._work, chunk)
        yield from results

    def end(self) -> None:
        """Stop the process, if it still works, and wait until it is gone."""
        self.stream.close()
        if self._id > 0:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._id, signal.SIGTERM)
                os.waitpid(self._id, 0)


def _serve(work: Callable[[Item], Result], chunks: Sequence[Sequence[Item]], writing: int) -> None:
    """Do the work and hand it over, then end without anything else that this process would do."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is told by the first process
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with os.fdopen(writing, "wb") as stream:
            for chunk in chunks:
                pickle.dump(list(map(work, chunk)), stream, pickle.HIGHEST_PROTOCOL)
                stream.flush()
    except BaseException:  # noqa: BLE001, S110 - the first process does it again, and tells
        pass
    finally:
        os._exit(0)
