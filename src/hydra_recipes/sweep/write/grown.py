"""Grown: a file that grows, compared with what belongs there and then gone on with."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hydra_recipes.findings.errors import OutputError
from hydra_recipes.writing import open_own, refuse_stranger, scratch_in

_BLOCK = 1 << 20
LONGEST_LINE = 1 << 24
"""How many bytes a line of a file that is there may have."""
_FRAME = b"\x28\xb5\x2f\xfd"  # what each frame of Zstandard begins with


class Grown:
    """A file that only grows: what is there has to be the beginning of what is written.

    First it is compared, piece by piece, with what belongs there. Then writing goes on where that
    ends. What somebody else wrote is refused; what a run that was stopped left half written at the
    end is replaced, in a copy that takes the file's place once it is whole.

    Attributes:
        path: The file.
        at: How far the pieces are that were compared, or written.
        has_ended: Whether what is there is compared to its end.
    """

    def __init__(self, path: Path, *, has_lines: bool = True) -> None:
        self.path = path
        self.at = 0
        self.has_ended = True
        self._has_lines = has_lines
        self._lines = 0
        self._good = 0
        self._size = 0
        self._hash, self._counted = hashlib.sha256(), hashlib.sha256()
        self._scratch: Path | None = None
        self._reading: BinaryIO | None = None
        self._writing: int | None = None

    def compare(self, start: int, lines: int) -> None:
        """Begins to compare what is there.

        Args:
            start: Where the first piece belongs.
            lines: How many lines are before that.
        """
        self.at = self._good = start
        self._lines = lines
        with contextlib.suppress(FileNotFoundError):
            self._reading = os.fdopen(open_own(self.path, os.O_RDONLY), "rb")
            self._size = os.fstat(self._reading.fileno()).st_size
            self._reading.seek(start)
            self.has_ended = False

    def has(self, data: bytes) -> bool:
        """Whether the next piece is there whole.

        Raises:
            OutputError: If something else is there.
        """
        if self._reading is None or self.has_ended:
            return False
        found = self._reading.read(len(data))
        if found == data:
            self.at += len(data)
            self._good = self.at
            self._hash.update(data)
            self._lines += data.count(b"\n") if self._has_lines else 0
            return True
        self.has_ended = True
        agreed = _agreed(found, data)
        if agreed < len(found):
            self._judge(found, agreed, len(data))
        self._good = self.at + agreed
        return False

    def _judge(self, found: bytes, agreed: int, wanted: int) -> None:
        """Refuses what differs, unless it is the torn end of what was written last."""
        if not self._has_lines:
            if self._size - self.at >= wanted:
                raise OutputError("not-its-own", file=str(self.path), line=None)
            return
        assert self._reading is not None
        rest = found[agreed:]
        while rest:
            if b"\n" in rest:
                line = self._lines + found[:agreed].count(b"\n") + 1
                raise OutputError("not-its-own", file=str(self.path), line=line)
            rest = self._reading.read(_BLOCK)

    def check_end(self, *, is_all: bool) -> None:
        """Looks at what is behind the pieces that were compared.

        Args:
            is_all: Whether all that belongs there was compared, so that nothing may follow.

        Raises:
            OutputError: If something does that isn't the torn end of what was written last.
        """
        if self._reading is None or self.has_ended or not is_all:
            return
        if self._has_lines:
            self._refuse_records(self._reading)
        elif self._reading.read(len(_FRAME)) == _FRAME:
            raise OutputError("not-its-own", file=str(self.path), line=None)

    def close(self) -> None:
        """Ends comparing."""
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def _refuse_records(self, reading: BinaryIO) -> None:
        """Refuses lines that hold something, behind all that belong there."""
        while line := reading.readline(LONGEST_LINE):
            self._lines += 1
            with contextlib.suppress(ValueError, RecursionError):
                if isinstance(json.loads(line), dict):
                    raise OutputError("not-its-own", file=str(self.path), line=self._lines)

    def count_in(self) -> int:
        """Counts in all that was compared, or written, so far; says how large the file is then."""
        self._counted = self._hash.copy()
        return self.at

    @property
    def digest(self) -> str:
        """A hash over what was counted in, which begins where the first piece belongs."""
        return f"sha256:{self._counted.hexdigest()}"

    @property
    def is_whole(self) -> bool:
        """Whether nothing is there beyond what was compared and is right."""
        return self._size == self.at

    def go_on(self, at: int) -> None:
        """Begins to write where all that was counted in ends."""
        self.at = at
        self._hash = self._counted.copy()
        if self._size > self._good:
            self._scratch = scratch_in(self.path.parent)
            with self.path.open("rb") as old, self._scratch.open("xb") as new:
                left = self._good
                while left and (block := old.read(min(left, _BLOCK))):
                    new.write(block)
                    left -= len(block)
        else:
            os.close(open_own(self.path, os.O_WRONLY | os.O_CREAT))

    @contextlib.contextmanager
    def opened(self) -> Iterator[Grown]:
        """Opens it for writing."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._writing = open_own(self._scratch or self.path, flags)
        try:
            yield self
        finally:
            os.close(self._writing)
            self._writing = None

    def write(self, data: bytes | memoryview) -> int:
        """Writes some of the data, or passes over what of it is there already; says how much."""
        assert self._writing is not None
        if self.at < self._good:
            passed = min(len(data), self._good - self.at)
        else:
            passed = os.write(self._writing, data)
        self.at += passed
        self._hash.update(data[:passed])
        return passed

    def finish(self) -> None:
        """Puts what replaces a file with a torn end in its place."""
        if self._scratch is not None:
            self._scratch.replace(self.path)
            self._scratch = None

    def take_back(self, size: int) -> None:
        """Removes what was half written, as far as that can be done once writing has failed.

        Args:
            size: How much is written whole.
        """
        if self._scratch is None:
            with contextlib.suppress(OSError, OutputError):
                refuse_stranger(self.path)
                if self.path.stat().st_size > max(size, self._size):
                    os.truncate(self.path, max(size, self._size))


def _agreed(one: bytes, other: bytes) -> int:
    """How many bytes two begin with are the same."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
