"""Writing files: whole or not at all, and never over another by surprise."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hydra_recipes.errors import OutputError


def write_whole(path: Path, text: str, *, force: bool = False) -> None:
    """Writes a text file so that nobody ever sees half of it.

    Args:
        path: Where.
        text: What.
        force: Whether a file that is there may be replaced.

    Raises:
        OutputError: If there is a file and ``force`` is off, or it can't be written.
    """
    if path.is_dir():
        raise OutputError("cannot-write", file=str(path), reason="it is a directory")
    if path.exists() and not force:
        raise OutputError("file-exists", file=str(path))
    target = path.resolve()  # a symbolic link keeps pointing to the new content
    scratch = None
    try:
        descriptor, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(scratch).chmod(_mode(target))
        Path(scratch).replace(target)
    except OSError as error:
        raise OutputError("cannot-write", file=str(path), reason=error.strerror) from None
    finally:
        if scratch is not None:
            Path(scratch).unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, or those a new file gets."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
