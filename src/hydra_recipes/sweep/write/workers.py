"""Workers: processes that make the chunks of a sweep, while this one writes them in order.

Each worker has a copy of all that is known here, and makes every n-th chunk. It lays the bytes in
memory that both share, in the next of a few slots, and says so on a pipe; once they are written it
is told that the slot is free. If a worker ends before its work does, this process goes on alone:
what went wrong there goes wrong here too, and is told as always.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import mmap
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import NoReturn

from hydra_recipes.sweep.write.chunk import Made

SLOT = 1 << 21
"""How many bytes a slot has; what is longer goes through the pipe."""
_SLOTS = 8
Parts = Callable[[int, int, int], Iterator[Made]]
"""Makes chunks after so many points: those with a number, from 0, among each n of them."""


def made_by(workers: int, parts: Parts) -> Generator[Made]:
    """Yield all chunks in order, each to be used before the next.

    Args:
        workers: How many processes make them; with 1, or where none can be forked, this one does.
        parts: Makes them.
    """
    points = 0
    if workers > 1 and hasattr(os, "fork"):
        team: list[_Worker] = []
        try:
            for number in range(workers):
                team.append(_Worker(parts(0, number, workers), team))
            for worker in itertools.cycle(team):
                made = worker.made()
                if made is None:
                    return
                yield made
                points += made.count
                worker.free()
        except EOFError:
            pass  # goes on below
        finally:
            for worker in team:
                worker.stop()
    yield from parts(points, 0, 1)


class _Worker:
    """A process that makes chunks, seen from the one that writes them.

    Args:
        chunks: What it makes.
        others: The workers there are already, whose pipes it has nothing to do with.
    """

    def __init__(self, chunks: Iterator[Made], others: Iterable[_Worker]) -> None:
        self.memory = mmap.mmap(-1, SLOT * _SLOTS)
        self.turn = 0
        free, free_end = os.pipe()
        said, said_end = os.pipe()
        self.process = os.fork()
        if not self.process:
            for worker in others:
                worker.close()
            os.close(free_end)
            os.close(said)
            _work(chunks, self.memory, free, said_end)
        os.close(free)
        os.close(said_end)
        self.free_end, self.said = free_end, open(said, "rb")  # noqa: PTH123, SIM115 - a descriptor

    def made(self) -> Made | None:
        """Return its next chunk, in the memory of a slot; None if there is none left.

        Raises:
            EOFError: If the process ended before.
        """
        line = self.said.readline()
        if not line:
            raise EOFError
        if line == b"null\n":
            return None
        count, size, kept, pieces, manifest = json.loads(line)
        start, whole = self.turn % _SLOTS * SLOT, sum(pieces) + sum(manifest)
        self.turn += 1
        if whole > SLOT:
            data = memoryview(self.said.read(whole))
            if len(data) < whole:
                raise EOFError
        else:
            data = memoryview(self.memory)[start : start + whole]
        ends = list(itertools.accumulate((*pieces, *manifest), initial=0))
        views = [data[first:end] for first, end in itertools.pairwise(ends)]
        return Made(count, views[: len(pieces)], size, kept, views[len(pieces) :])

    def free(self) -> None:
        """Say that the chunk last returned is written."""
        with contextlib.suppress(BrokenPipeError):  # it may have made all of its own
            os.write(self.free_end, b".")

    def close(self) -> None:
        """Close the ends of its pipes that are here."""
        os.close(self.free_end)
        self.said.close()

    def stop(self) -> None:
        """End the process, which stops at the next chunk as nobody listens any more."""
        self.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.process, 0)


def _work(chunks: Iterator[Made], memory: mmap.mmap, free: int, said_end: int) -> NoReturn:
    """Make the chunks in a worker, which this ends."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process is told as well
        with open(said_end, "wb") as said:
            for turn, made in enumerate(chunks):
                pieces, manifest = list(made.pieces), list(made.manifest)
                if turn >= _SLOTS and not os.read(free, 1):
                    break
                sizes = [list(map(len, pieces)), list(map(len, manifest))]
                line = json.dumps([made.count, made.size, made.kept, *sizes])
                said.write(f"{line}\n".encode())
                is_short = sum(map(sum, sizes)) <= SLOT
                memory.seek(turn % _SLOTS * SLOT)
                for data in (*pieces, *manifest):
                    (memory if is_short else said).write(data)
                said.flush()
            said.write(b"null\n")
    finally:
        os._exit(0)
