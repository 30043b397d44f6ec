"""Backups: what files were before they were mended: ``my.yaml.bak``, ``my.yaml.bak2`` and so on.

A mended file and its newest backup can be exchanged, and exchanged back, so that nothing is lost.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from hydra_recipes.documents.reader import BYTE_ORDER_MARK
from hydra_recipes.findings.errors import OutputError
from hydra_recipes.findings.messages.files import CannotWrite, NoBackup
from hydra_recipes.shell_words import quote
from hydra_recipes.writing import SCRATCH, write_whole


def write_mended(path: Path, text: str, *, backup: bool) -> Path | None:
    """Write a mended file, and beside it what it was.

    Returns:
        The backup; None if none was wanted.

    Raises:
        OutputError: If the file is read-only, or one of the two can't be written.
    """
    if not os.access(path, os.W_OK) or not path.stat().st_mode & stat.S_IWUSR:
        hint = f"chmod u+w {quote(str(path))}; or --dry-run shows what would change"
        raise OutputError(CannotWrite(file=str(path), reason="it is read-only", hint=hint))
    with path.open(encoding="utf-8", newline="") as stream:
        before = stream.read()
    if before.startswith(BYTE_ORDER_MARK):
        text = BYTE_ORDER_MARK + text
    backup_file = None
    if backup:
        backup_file = next(name for name in _backup_names(path) if not name.exists())
        write_whole(backup_file, before, mode=path.stat().st_mode)
    write_whole(path, text, force=True)
    return backup_file


def has_backup(path: Path) -> bool:
    """Return whether there is a backup of a file."""
    return next(_backup_names(path)).exists()


def exchanged(path: Path, *, write: bool) -> tuple[str, str, Path]:
    """Exchange a file with its newest backup, so that nothing of either is lost.

    Args:
        path: The file.
        write: Whether to do it, and not only to say what would be.

    Returns:
        The file's text before, its text after, and the backup.

    Raises:
        OutputError: If there is no backup, or one of the two can't be read or written.
    """
    backups = list(takewhile(Path.exists, _backup_names(path)))
    if not backups:
        raise OutputError(NoBackup(file=str(path), backup=str(next(_backup_names(path)))))
    newest = backups[-1]
    texts = []
    for file in (path, newest):
        try:
            texts.append(file.read_bytes().decode())
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise OutputError(CannotWrite(file=str(file), reason=reason)) from None
    present, before = texts
    if write:
        scratch = newest.with_name(f"{SCRATCH}{newest.name}")
        # What is there is safe before anything else is touched.
        write_whole(scratch, present, force=True)
        write_whole(path, before, force=True)
        scratch.replace(newest)
    return present, before, newest


def _backup_names(path: Path) -> Iterator[Path]:
    """Yield the names that backups of a file get, the oldest first."""
    yield path.with_name(f"{path.name}.bak")
    for number in range(2, 10_000):
        yield path.with_name(f"{path.name}.bak{number}")
