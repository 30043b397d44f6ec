"""Git: the files of a directory as they were in a revision; no checkout is touched.

Git gets fixed arguments, and what was typed is never an option: a directory is one that is there,
and a revision that begins with a dash is refused. It is asked to archive the commit's own hash.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path, PurePosixPath

from hydra_recipes.errors import LibraryError

_ENDING = ".yaml"
_ABSENT = b"current working directory is untracked"
"""What git says of a directory that a commit doesn't have."""
_BLOCK = 1 << 20
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git sets for its hooks, and what would lead to another repository than the directory's."""


def copy_files(directory: Path, revision: str, copy: Path) -> None:
    """Writes the YAML files of a directory as they were in a revision.

    Args:
        directory: A directory in a working tree of git's.
        revision: A branch, a tag, a commit, or whatever else git takes for one.
        copy: Where to.

    Raises:
        LibraryError: If there is no git or no repository, or no such revision or directory in it.
    """
    _asked(directory, "rev-parse", "--git-dir")
    unknown = LibraryError("unknown-revision", directory=str(directory), revision=revision)
    if revision.startswith("-") or not revision.isprintable():
        raise unknown
    try:
        commit = _asked(directory, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except LibraryError:
        raise unknown from None
    copy.mkdir(parents=True)
    # In a directory, git archives what is in it.
    with _git(directory, "archive", "--format=tar", commit) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    _copy(archive, member, copy)
        except tarfile.TarError:
            pass  # nothing came, or not all; git says why
        while process.stdout.read(_BLOCK):
            pass  # git ends once all of it is read
        said = process.stderr.read()
    if process.returncode:
        kind = "not-in-revision" if _ABSENT in said else "git-failed"
        reason = _reason(said)
        raise LibraryError(kind, directory=str(directory), revision=revision, reason=reason)


def _copy(archive: tarfile.TarFile, member: tarfile.TarInfo, copy: Path) -> None:
    """Writes one file, or makes one symbolic link, which is followed only once it is checked."""
    name = PurePosixPath(member.name)
    path = copy / name
    if name.is_absolute() or ".." in name.parts or (member.isfile() and name.suffix != _ENDING):
        return
    if member.issym():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(member.linkname)
    elif member.isfile():
        content = archive.extractfile(member)
        assert content is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        inside = os.path.realpath(path.parent).startswith(os.path.realpath(copy))
        if inside and not path.is_symlink():
            path.write_bytes(content.read())


def _asked(directory: Path, *arguments: str) -> str:
    """What git answers, in one line."""
    with _git(directory, *arguments) as process:
        out, err = process.communicate()
    if process.returncode:
        raise LibraryError("git-failed", directory=str(directory), reason=_reason(err))
    return out.decode(errors="replace").strip()


def _git(directory: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.Popen(  # noqa: S603 - fixed arguments, see above
            ["git", "-C", str(directory.resolve()), *arguments],  # noqa: S607 - the user's own git
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise LibraryError("no-git", directory=str(directory), reason=reason) from None


def _reason(said: bytes) -> str:
    """The first line of what git said."""
    lines = said.decode(errors="replace").splitlines()
    return next(iter(lines), "it says nothing").removeprefix("fatal: ")
