"""Git: the files of a directory as they were in a revision; no checkout is touched.

Git gets fixed arguments, and nothing that a user typed can be taken for an option: a directory has
to exist, and a revision must not begin with a dash. Blobs are read as they are stored, since
archiving or checking out would run filters that the repository's own settings name.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from hydra_recipes.files import MAX_BYTES, reason_of
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.library_diff import (
    GitFailed,
    NoGit,
    NotInRevision,
    UnknownRevision,
)

_ENDING = ".yaml"
_FILES = ("100644", "100755")
_LINK = "120000"
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""Variables that git sets for hooks, which would lead to another repository."""
_SETTINGS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",  # objects that a partial clone lacks aren't fetched
}


def copy_files(directory: Path, revision: str, copy: Path) -> None:
    """Write the YAML files of a directory as they were in a revision.

    Args:
        directory: A directory in a git working tree.
        revision: A branch, a tag, a commit, or anything else that names one.
        copy: The directory to write to; it must not exist.

    Raises:
        LibraryError: If there is no git, no repository, no such revision, or no directory in it.
    """
    _asked(directory, "rev-parse", "--git-dir")
    unknown = LibraryError(UnknownRevision(directory=str(directory), revision=revision))
    if revision.startswith("-") or not revision.isprintable():
        raise unknown
    try:
        commit = _asked(directory, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except LibraryError:
        raise unknown from None
    listing = _asked(directory, "ls-tree", "-r", "-z", commit.decode().strip())
    if not listing:
        raise LibraryError(NotInRevision(directory=str(directory), revision=revision))
    copy.mkdir(parents=True)
    wanted = [entry for entry in _listed(listing) if _is_wanted(*entry)]
    with _git(directory, "cat-file", "--batch") as process:
        for mode, blob, name in wanted:
            content = _content(process, directory, blob)
            try:
                _write(copy, name, content, link=mode == _LINK)
            except (OSError, ValueError) as error:  # a full disk; a link to a name with a null
                raise LibraryError(
                    GitFailed(directory=str(directory), reason=reason_of(error))
                ) from None


def _listed(listing: bytes) -> Iterator[tuple[str, bytes, PurePosixPath]]:
    """Yield the mode, the hash and the path of each file that git lists."""
    for line in filter(None, listing.split(b"\0")):
        attributes, _, name = line.partition(b"\t")
        mode, _, blob = attributes.split()
        yield mode.decode(), blob, PurePosixPath(os.fsdecode(name))


def _is_wanted(mode: str, _blob: bytes, name: PurePosixPath) -> bool:
    """Return whether a file is a link or YAML, and its path stays in the directory."""
    if name.is_absolute() or ".." in name.parts:
        return False
    return mode == _LINK or (mode in _FILES and name.suffix == _ENDING)


def _content(process: subprocess.Popen[bytes], directory: Path, blob: bytes) -> bytes:
    """Return the content of a blob; of one too large to be read, a part that is too large too."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        process.stdin.write(blob + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # git has ended; the reason is read below
    answer = process.stdout.readline().split()
    if len(answer) != len(("hash", "type", "size")):
        process.stdin.close()
        reason = _reason(process.stderr.read() or b" ".join(answer))
        raise LibraryError(GitFailed(directory=str(directory), reason=reason))
    remaining = int(answer[2]) + 1  # a line break follows
    content = process.stdout.read(min(remaining, MAX_BYTES + 2))
    remaining -= len(content)
    while remaining:
        remaining -= len(process.stdout.read(min(remaining, MAX_BYTES))) or remaining
    return content[:-1]


def _write(copy: Path, name: PurePosixPath, content: bytes, *, link: bool) -> None:
    """Write one file, or make one symbolic link, which is followed only once it is checked."""
    path = copy / name
    if not path.parent.resolve().is_relative_to(copy.resolve()) or path.is_symlink():
        return  # only a crafted tree has a file below a link
    path.parent.mkdir(parents=True, exist_ok=True)
    if link:
        path.symlink_to(os.fsdecode(content))
    else:
        path.write_bytes(content)


def _asked(directory: Path, *arguments: str) -> bytes:
    """Return the output of a git command.

    Raises:
        LibraryError: If git can't be run, or fails.
    """
    with _git(directory, *arguments) as process:
        out, err = process.communicate()
    if process.returncode:
        raise LibraryError(GitFailed(directory=str(directory), reason=_reason(err)))
    return out


def _git(directory: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Return a started git process, with pipes for all its streams."""
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment |= _SETTINGS
    try:
        return subprocess.Popen(  # noqa: S603 - fixed arguments, see above
            ["git", "-C", str(directory.resolve()), *arguments],  # noqa: S607 - the user's own git
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise LibraryError(NoGit(reason=reason_of(error))) from None


def _reason(output: bytes) -> str:
    """Return the first line of git's error output."""
    lines = output.decode(errors="replace").splitlines()
    return next(iter(lines), "it says nothing").removeprefix("fatal: ")
