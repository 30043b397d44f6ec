"""A file that grows: it is first compared with what belongs there, and then written on.

Say that ``a`` and ``b`` and ``c`` belong in a file of lines. If it has ``a`` and half of ``b``,
``has`` returns True for ``a`` and False for ``b``; writing then goes on with ``b``. If it has
``x`` in place of ``b``, followed by a line break, it is another program's and is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.sweep_files import NotItsOwn
from hydra_recipes.writing import open_own, refuse_stranger, scratch_in

_BLOCK = 1 << 20
LONGEST_LINE = 1 << 24
"""How many bytes are read of a line, as anybody may have written the file."""
_FRAME = b"\x28\xb5\x2f\xfd"  # what each frame of Zstandard begins with


def is_object(line: bytes) -> bool:
    """Return whether a line is a JSON object, as the lines of streams and manifests are."""
    with contextlib.suppress(ValueError, RecursionError):
        return isinstance(json.loads(line), dict)
    return False


class Grown:
    """A file that only grows, whose content has to be the beginning of what is to be written.

    First ``compare``, ``has`` and ``check_end`` compare it with what belongs there; then ``go_on``,
    ``opened``, ``write`` and ``finish`` write the rest. A complete line or frame that doesn't
    belong there is refused. The torn end that a stopped run left is replaced, in a copy that takes
    the file's place once it is complete.

    Attributes:
        path: The path of the file.
        at: The offset of the end of what was compared or written so far, in bytes.
        has_ended: Whether the file is compared to its end.
    """

    def __init__(
        self,
        path: Path,
        *,
        has_lines: bool = True,
        is_record: Callable[[bytes], bool] = is_object,
    ) -> None:
        self.path = path
        self.at = 0
        self.has_ended = True
        self._has_lines = has_lines
        self._is_record = is_record
        self._lines = 0
        self._good = 0
        self._size = 0
        self._hash, self._counted = hashlib.sha256(), hashlib.sha256()
        self._scratch: Path | None = None
        self._reading: BinaryIO | None = None
        self._writing: int | None = None

    def compare(self, start: int, lines: int) -> None:
        """Open the file for comparison; do nothing if there is none.

        Args:
            start: The offset where the first piece belongs, in bytes.
            lines: The number of lines before it.
        """
        self.at = self._good = start
        self._lines = lines
        with contextlib.suppress(FileNotFoundError):
            self._reading = os.fdopen(open_own(self.path, os.O_RDONLY), "rb")
            self._size = os.fstat(self._reading.fileno()).st_size
            self._reading.seek(start)
            self.has_ended = False

    def has(self, data: bytes) -> bool:
        """Return whether the next piece is there completely.

        Raises:
            OutputError: If something else is there.
        """
        if self._reading is None or self.has_ended:
            return False
        actual = self._reading.read(len(data))
        if actual == data:
            self.at += len(data)
            self._good = self.at
            self._hash.update(data)
            self._lines += data.count(b"\n") if self._has_lines else 0
            return True
        self.has_ended = True
        agreed = _agreed(actual, data)
        if agreed < len(actual):
            self._judge(actual, agreed, len(data))
        self._good = self.at + agreed
        return False

    def _judge(self, actual: bytes, agreed: int, expected_size: int) -> None:
        """Raise if what differs isn't the torn end of the last write.

        In a file of lines a torn end has no line break; in any other it is shorter than the piece.

        Args:
            actual: The bytes in place of the piece.
            agreed: How many of them are as they should be.
            expected_size: The size of the piece in bytes.
        """
        if not self._has_lines:
            if self._size - self.at >= expected_size:
                raise OutputError(NotItsOwn(file=str(self.path)))
            return
        assert self._reading is not None
        rest = actual[agreed:]
        while rest:
            if b"\n" in rest:
                line = self._lines + actual[:agreed].count(b"\n") + 1
                raise OutputError(NotItsOwn(file=str(self.path), line_number=line))
            rest = self._reading.read(_BLOCK)

    def check_end(self, *, is_all: bool) -> None:
        """Check what follows the pieces that were compared.

        Args:
            is_all: Whether all that belongs there was compared, so that nothing may follow.

        Raises:
            OutputError: If a record follows: a line that is one, or a frame of Zstandard.
        """
        if self._reading is None or self.has_ended or not is_all:
            return
        if self._has_lines:
            self._refuse_records(self._reading)
        elif self._reading.read(len(_FRAME)) == _FRAME:
            raise OutputError(NotItsOwn(file=str(self.path)))

    def close(self) -> None:
        """End the comparison."""
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def _refuse_records(self, reading: BinaryIO) -> None:
        """Raise if one of the remaining lines is a record."""
        while line := reading.readline(LONGEST_LINE):
            self._lines += 1
            if self._is_record(line):
                raise OutputError(NotItsOwn(file=str(self.path), line_number=self._lines))

    def count_in(self) -> int:
        """Include everything compared or written so far; return the size of the file in bytes."""
        self._counted = self._hash.copy()
        return self.at

    @property
    def digest(self) -> str:
        """Return a hash over what ``count_in`` included, from where the first piece belongs."""
        return f"sha256:{self._counted.hexdigest()}"

    @property
    def in_place(self) -> int:
        """Return how many bytes that the comparison found are still to be written again."""
        return max(0, self._good - self.at)

    @property
    def is_whole(self) -> bool:
        """Return whether the file ends where the comparison ended."""
        return self._size == self.at

    def go_on(self, at: int) -> None:
        """Prepare to write from an offset on.

        Args:
            at: The end of what ``count_in`` included, in bytes.
        """
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
        """Open the file, or the copy that replaces it, for writing."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._writing = open_own(self._scratch or self.path, flags)
        try:
            yield self
        finally:
            os.close(self._writing)
            self._writing = None

    def write(self, data: bytes | memoryview) -> int:
        """Write data as far as the system takes it; return the number of bytes.

        Data that the comparison found in place is skipped, and counts as written.
        """
        assert self._writing is not None
        if self.at < self._good:
            passed = min(len(data), self._good - self.at)
        else:
            passed = os.write(self._writing, data)
        self.at += passed
        self._hash.update(data[:passed])
        return passed

    def finish(self) -> None:
        """Put the copy, if there is one, in the place of the file."""
        if self._scratch is not None:
            self._scratch.replace(self.path)
            self._scratch = None

    def take_back(self, size: int) -> None:
        """Remove what was half written, as far as that is possible once writing has failed.

        Args:
            size: The size of what is written completely, in bytes.
        """
        if self._scratch is None:
            with contextlib.suppress(OSError, OutputError):
                refuse_stranger(self.path)
                if self.path.stat().st_size > max(size, self._size):
                    os.truncate(self.path, max(size, self._size))


def _agreed(first: bytes, second: bytes) -> int:
    """Return the length of the common prefix, in bytes; by bisection, as slices compare fast."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[:middle] == second[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
