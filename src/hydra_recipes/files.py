"""Files: reading regular files of a bounded size, their state, and hashes of their content.

Reading never waits for a pipe or a device.

Private: it may change in any release.
"""

import errno
import os
import stat
from collections.abc import Mapping
from typing import BinaryIO

MAX_BYTES = 4_000_000
"""The largest file that is read, in bytes."""
_KINDS = (
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
    (stat.S_ISDIR, os.strerror(errno.EISDIR)),
)
_FLAGS = ("O_NONBLOCK", "O_NOCTTY", "O_BINARY")  # no system has all of them
_OPEN = sum((getattr(os, flag, 0) for flag in _FLAGS), os.O_RDONLY)
Stamp = tuple[int, int, int, int] | None
"""Modified and changed time in nanoseconds, size in bytes, inode; None if there is no file."""


class TooLargeError(OSError):
    """Raised for a file that has more than ``MAX_BYTES``."""


def reason_of(error: Exception) -> str:
    """Return why something with a file failed: what the system says, or the error's own text."""
    return getattr(error, "strerror", None) or str(error)


def content_of(path: str) -> bytes:
    """Return the bytes of a file.

    A command may read a thousand files, and this takes a third of the time of Path.read_bytes.

    Raises:
        TooLargeError: If it has more than ``MAX_BYTES``.
        OSError: If it can't be read, or isn't a regular file.
    """
    descriptor = os.open(path, _OPEN)
    try:
        status = os.fstat(descriptor)
        mode = status.st_mode
        if not stat.S_ISREG(mode):
            reason = next((text for is_kind, text in _KINDS if is_kind(mode)), "it is no file")
            raise OSError(errno.EINVAL, reason, path)
        # A file may grow while it is read, so what is left to read is counted too.
        parts, left = [], -1 if status.st_size > MAX_BYTES else MAX_BYTES
        while left >= 0 and (part := os.read(descriptor, 1 << 16)):
            parts.append(part)
            left -= len(part)
        if left < 0:
            raise TooLargeError(errno.EFBIG, f"it has more than {MAX_BYTES:,} bytes", path)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def text_of(path: str | os.PathLike[str], errors: str = "strict") -> str:
    r"""Return the text of a file, without a byte-order mark, with ``\n`` as its line breaks.

    Args:
        path: The file.
        errors: How to treat bytes that aren't UTF-8, as for ``bytes.decode``.

    Raises:
        OSError: If it can't be read, isn't a regular file, or is too large.
        UnicodeDecodeError: If it isn't UTF-8.
    """
    text = content_of(os.fspath(path)).decode("utf-8-sig", errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def stamp_of(path: str | os.PathLike[str]) -> Stamp:
    """Return the state of a file, different after any change; None if there is no file."""
    try:
        status = os.stat(path)  # noqa: PTH116 - faster, and each composition asks for sixty
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def digest_of_content(content: bytes) -> str:
    """Return the SHA-256 of a file's content: ``sha256:`` and its hex digits."""
    import hashlib  # takes as long as reading two recipes, and most commands need no hash

    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def digest_of_stream(stream: BinaryIO, size: int) -> str:
    """Return the SHA-256 of the next ``size`` bytes of a file, or of all that are left."""
    import hashlib

    digest = hashlib.sha256()
    while size and (block := stream.read(min(size, 1 << 20))):
        digest.update(block)
        size -= len(block)
    return f"sha256:{digest.hexdigest()}"


def digest_of(digests: Mapping[str, str]) -> str:
    """Return the SHA-256 of the names and hashes of several files."""
    import json

    # Names in JSON quotes can't run into one another.
    return digest_of_content(json.dumps(dict(digests), sort_keys=True).encode())
