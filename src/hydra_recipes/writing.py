"""Writing files: whole or not at all, and never over another by surprise.

Private: it may change in any release.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import uuid
from pathlib import Path

from hydra_recipes.findings.errors import OutputError

SCRATCH = ".recipe-"
"""What the names of files begin with that a run stopped midway may leave behind."""
_OWN = re.compile(re.escape(SCRATCH) + "[0-9a-f]{32}")
_SAFELY = os.O_CLOEXEC if hasattr(os, "O_CLOEXEC") else 0
_SAFELY |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

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
        scratch = scratch_in(target.parent)
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


def scratch_in(directory: Path) -> Path:
    """A name, new in a directory, for what gets its own once it is whole."""
    return directory / f"{SCRATCH}{uuid.uuid4().hex}"


def is_scratch(name: str) -> bool:
    """Whether a file or directory is called as what a run stopped midway leaves behind."""
    return _OWN.fullmatch(name) is not None


def refuse_stranger(path: Path, *, directory: bool = False) -> None:
    """Refuses what stands in place of a file or directory of one's own and leads elsewhere.

    Raises:
        OutputError: If it is a symbolic link, or a file that has another name or is none.
        NotADirectoryError: If it isn't a directory and should be.
    """
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise OutputError("cannot-write", file=str(path), reason=error.strerror) from None
    reason = None
    if stat.S_ISLNK(found.st_mode):
        reason = "it is a symbolic link"
    elif directory and not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    elif not directory and not stat.S_ISREG(found.st_mode):
        reason = "it is not a regular file"
    elif not directory and found.st_nlink > 1:
        reason = "it is a hard link, and has another name elsewhere"
    if reason:
        hint = "write to a directory of its own"
        raise OutputError("cannot-write", file=str(path), reason=reason, hint=hint)


def open_own(path: Path, flags: int) -> int:
    """Opens a file of one's own, or makes it, whatever was put in its place; a descriptor.

    Raises:
        OutputError: If what is there leads elsewhere.
        OSError: If it can't be opened.
    """
    refuse_stranger(path)
    return os.open(path, flags | _SAFELY, 0o666)


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
