"""Writing files: whole or not at all, and never over another by surprise."""

from __future__ import annotations

import errno
import os
import stat
import uuid
from pathlib import Path

from hydra_recipes.errors import OutputError

SCRATCH = ".recipe-"
"""What the names of files begin with that a run stopped midway may leave behind."""

_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


def write_whole(path: Path, text: str, *, force: bool = False, mode: int | None = None) -> None:
    """Writes a text file so that nobody ever sees half of it.

    Args:
        path: Where.
        text: What.
        force: Whether a file that is there may be replaced; its permissions stay.
        mode: The permissions of a new file; what the umask says when left out.

    Raises:
        OutputError: If there is a file and ``force`` is off, or it can't be written.
    """
    try:
        there = _mode(path)
        if there is not None and not stat.S_ISREG(there):
            reason = "it is a directory" if stat.S_ISDIR(there) else "it is not a regular file"
            raise OutputError("cannot-write", file=str(path), reason=reason)
        if there is not None and not force:
            raise OutputError("file-exists", file=str(path))
        if there is None and not path.parent.exists():
            reason = f"there is no directory {path.parent}"
            raise OutputError("cannot-write", file=str(path), reason=reason)
        target = path.resolve()  # a symbolic link keeps pointing to the new content
        scratch = target.with_name(f"{SCRATCH}{uuid.uuid4().hex}")
        try:
            _fill(scratch, text, mode if there is None else there)
            _move(scratch, target, force=force)
        finally:
            scratch.unlink(missing_ok=True)
    except FileExistsError:
        raise OutputError("file-exists", file=str(path)) from None
    except (OSError, ValueError) as error:  # a ValueError for a null character or a lone surrogate
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError("cannot-write", file=str(path), reason=reason) from None


def make_directory(path: Path) -> None:
    """Makes a directory, and those around it, where there is none.

    Raises:
        OutputError: If it can't be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("cannot-write", file=str(path), reason=error.strerror) from None


def _mode(path: Path) -> int | None:
    """The kind and permissions of the file that is there, if one is."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _fill(scratch: Path, text: str, mode: int | None) -> None:
    """Writes a new file, with these permissions or what the umask says."""
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        if mode is not None:
            scratch.chmod(stat.S_IMODE(mode))
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _move(scratch: Path, target: Path, *, force: bool) -> None:
    if not force:
        # Unlike a rename, a hard link fails if somebody has put a file there meanwhile.
        try:
            target.hardlink_to(scratch)
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
        else:
            return
    scratch.replace(target)
