"""Writes files completely or not at all, and never over another by surprise.

Private: it may change in any release.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import uuid
from pathlib import Path

from hydra_recipes.files import reason_of
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.files import CannotWrite, FileExists

SCRATCH = ".recipe-"
"""The prefix of scratch files, which a stopped run may leave behind."""
_OWN = re.compile(re.escape(SCRATCH) + "[0-9a-f]{32}")
# A link must not be followed, nor a pipe waited for, if one is put there after the check.
_SAFELY = os.O_CLOEXEC if hasattr(os, "O_CLOEXEC") else 0
_SAFELY |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


def write_whole(path: Path, text: str, *, force: bool = False, mode: int | None = None) -> None:
    """Write a text file so that nobody ever sees half of it.

    Args:
        path: The file.
        text: The content.
        force: Whether an existing file may be replaced; its permissions stay.
        mode: The permissions of a new file; None for those that the umask gives.

    Raises:
        OutputError: If there is a file and ``force`` is off, or it can't be written.
    """
    try:
        old_mode = _mode(path)
        if old_mode is not None and not stat.S_ISREG(old_mode):
            reason = "it is a directory" if stat.S_ISDIR(old_mode) else "it is not a regular file"
            raise OutputError(CannotWrite(file=str(path), reason=reason))
        if old_mode is not None and not force:
            raise OutputError(FileExists(file=str(path)))
        if old_mode is None and not path.parent.exists():
            reason = f"there is no directory {path.parent}"
            raise OutputError(CannotWrite(file=str(path), reason=reason))
        target = path.resolve()  # a symbolic link keeps pointing to the new content
        scratch = scratch_in(target.parent)
        try:
            _fill(scratch, text, mode if old_mode is None else old_mode)
            _move(scratch, target, force=force)
        finally:
            scratch.unlink(missing_ok=True)
    except FileExistsError:
        raise OutputError(FileExists(file=str(path))) from None
    except (OSError, ValueError) as error:  # a ValueError for a null character or a lone surrogate
        raise OutputError(CannotWrite(file=str(path), reason=reason_of(error))) from None


def scratch_in(directory: Path) -> Path:
    """Return a new scratch path in a directory, for a file to be renamed once complete."""
    return directory / f"{SCRATCH}{uuid.uuid4().hex}"


def is_scratch(name: str) -> bool:
    """Return whether a file or directory is named as ``scratch_in`` names them."""
    return _OWN.fullmatch(name) is not None


def refuse_stranger(path: Path, *, directory: bool = False) -> None:
    """Check that a path, if it exists, is an ordinary file or directory that leads nowhere else.

    Raises:
        OutputError: If it is a symbolic link, a hard link, not a regular file, or can't be read.
        NotADirectoryError: If it isn't a directory and should be.
    """
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise OutputError(CannotWrite(file=str(path), reason=error.strerror)) from None
    reason = None
    if stat.S_ISLNK(status.st_mode):
        reason = "it is a symbolic link"
    elif directory and not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    elif not directory and not stat.S_ISREG(status.st_mode):
        reason = "it is not a regular file"
    elif not directory and status.st_nlink > 1:
        reason = "it is a hard link, and has another name elsewhere"
    if reason:
        hint = "write to a directory of its own"
        raise OutputError(CannotWrite(file=str(path), reason=reason, hint=hint))


def open_own(path: Path, flags: int) -> int:
    """Open a file of this program; return a file descriptor.

    Args:
        path: The file.
        flags: The flags of ``os.open``; with ``O_CREAT`` a missing file is made.

    Raises:
        OutputError: If the path is a link or not a regular file.
        OSError: If it can't be opened.
    """
    refuse_stranger(path)
    return os.open(path, flags | _SAFELY, 0o666)


def make_directory(path: Path) -> None:
    """Make a directory and its missing parents.

    Raises:
        OutputError: If it can't be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(CannotWrite(file=str(path), reason=error.strerror)) from None


def _mode(path: Path) -> int | None:
    """Return the type and permissions of a file; None if there is none."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _fill(scratch: Path, text: str, mode: int | None) -> None:
    """Write a new file to disk, with these permissions or, for None, those of the umask."""
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        if mode is not None:
            scratch.chmod(stat.S_IMODE(mode))
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _move(scratch: Path, target: Path, *, force: bool) -> None:
    """Move the scratch file to its target; fail if that exists and ``force`` is off."""
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
