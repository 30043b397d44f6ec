"""Names of a library's files: those to choose from, and those that composing can read."""

import errno
import os
from collections.abc import Callable
from pathlib import Path


def names_in(
    root: Path, folder: str, check_inside: Callable[[str], None], *, hidden: bool = False
) -> list[str]:
    """Return the names of the YAML files in a folder of a library, sorted folder by folder.

    Args:
        root: The library's directory.
        folder: A folder in it, with a ``/`` at the end; empty for all of the library.
        check_inside: Refuses a path that leads out of the library.
        hidden: Whether to include hidden folders, and each link to a folder with a ``/`` at its
            end. Composing can read both, for whoever knows their names.

    Raises:
        OSError: If a folder can't be read, or something other than a file is called ``….yaml``.
    """
    names: list[str] = []
    unread = [folder]
    while unread:
        folder = unread.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                kind = _kind(entry, check_inside, in_hidden="/." in f"/{folder}")
                if kind == "file":
                    names.append(f"{folder}{entry.name}")
                elif kind == "link" and hidden:
                    names.append(f"{folder}{entry.name}/")
                elif kind == "folder" and (hidden or not entry.name.startswith(".")):
                    unread.append(f"{folder}{entry.name}/")
    return sorted(names, key=lambda name: name.split("/"))


def _kind(
    entry: os.DirEntry[str], check_inside: Callable[[str], None], *, in_hidden: bool
) -> str | None:
    """Return ``file``, ``folder``, ``link`` for a link to a folder, or None for anything else."""
    is_option = entry.name.endswith(".yaml")
    if entry.is_symlink():  # nothing else leads out of where it stands
        leads_to_folder = entry.is_dir()
        if is_option or leads_to_folder or not in_hidden:  # a .venv has links out to its Python
            check_inside(entry.path)
        if leads_to_folder:
            return "link"
    elif entry.is_dir():
        return "folder"
    elif is_option and entry.is_file():
        return "file"  # most are plain files, which the folder itself tells
    if is_option and not os.path.isfile(entry.path):  # noqa: PTH113 - false for a loop
        raise OSError(errno.EINVAL, no_file(entry.path), entry.path)
    return "file" if is_option else None


def no_file(path: Path | str) -> str:
    """Return why something that is there is no file."""
    leads_nowhere = not os.path.exists(path)  # noqa: PTH110 - path may be text
    return "it is a link that leads nowhere" if leads_nowhere else "it is no file"
