"""Files that are read: plain ones of a bounded size, their state, and hashes over what they hold.

No pipe or device is waited for.

Private: it may change in any release.
"""

import errno
import os
import stat
from collections.abc import Mapping
from typing import BinaryIO

MAX_BYTES = 4_000_000
"""Of any file that is read."""
_KINDS = (
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
    (stat.S_ISDIR, os.strerror(errno.EISDIR)),
)
_FLAGS = ("O_NONBLOCK", "O_NOCTTY", "O_BINARY")  # each system has some of them
_OPEN = sum((getattr(os, flag, 0) for flag in _FLAGS), os.O_RDONLY)
Stamp = tuple[int, int, int, int] | None
"""What tells one state of a file from another; None where there is nothing."""


class TooLargeError(OSError):
    """The file has more than ``MAX_BYTES``."""


def content_of(path: str) -> bytes:
    """What is in a file. There may be a thousand, and this takes a third of what a Path takes.

    Raises:
        TooLargeError: If it is too large.
        OSError: If it can't be read, or is no plain file.
    """
    number = os.open(path, _OPEN)
    try:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode):
            told = next((told for is_one, told in _KINDS if is_one(about.st_mode)), "it is no file")
            raise OSError(errno.EINVAL, told, path)
        parts, left = [], -1 if about.st_size > MAX_BYTES else MAX_BYTES
        while left >= 0 and (part := os.read(number, 1 << 16)):
            parts.append(part)
            left -= len(part)
        if left < 0:
            raise TooLargeError(errno.EFBIG, f"it has more than {MAX_BYTES:,} bytes", path)
        return b"".join(parts)
    finally:
        os.close(number)


def text_of(path: str | os.PathLike[str], errors: str = "strict") -> str:
    """The text of a file, without a byte-order mark.

    Args:
        path: The file.
        errors: What to do with what isn't UTF-8, as ``bytes.decode`` has it.

    Raises:
        OSError: If it can't be read, is no plain file, or is too large.
        UnicodeDecodeError: If it isn't UTF-8.
    """
    text = content_of(os.fspath(path)).decode("utf-8-sig", errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def stamp_of(path: str) -> Stamp:
    """The state of a file; the time of its last change moves on with whatever is done to it."""
    try:
        found = os.stat(path)  # noqa: PTH116 - some sixty for each composition
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def digest_of_content(content: bytes) -> str:
    """A hash over a file's content."""
    import hashlib  # most commands need no hash, and this takes as long as reading two recipes

    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def digest_of_stream(stream: BinaryIO, size: int) -> str:
    """A hash over the next bytes of a file, so many or all there are."""
    import hashlib

    found = hashlib.sha256()
    while size and (block := stream.read(min(size, 1 << 20))):
        found.update(block)
        size -= len(block)
    return f"sha256:{found.hexdigest()}"


def digest_of(digests: Mapping[str, str]) -> str:
    """A hash over the names and hashes of several files."""
    import json

    # As JSON, no name can be taken for another.
    return digest_of_content(json.dumps(dict(digests), sort_keys=True).encode())
