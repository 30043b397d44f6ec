"""Git: the files of a directory as they were in a revision; no checkout is touched.

Git gets fixed arguments, and what was typed is never an option: a directory is one that is there,
and a revision that begins with a dash is refused. What a commit has is asked for as it is stored:
archiving it, or checking it out, would run the filters that a repository's own settings name.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from hydra_recipes.files import MAX_BYTES
from hydra_recipes.findings.errors import LibraryError

_ENDING = ".yaml"
_FILES = ("100644", "100755")
_LINK = "120000"
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git sets for its hooks, and what would lead to another repository than the directory's."""
_SETTINGS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",  # what a partial clone lacks isn't fetched
}


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
        said = _asked(directory, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except LibraryError:
        raise unknown from None
    found = _asked(directory, "ls-tree", "-r", "-z", said.decode().strip())
    if not found:
        raise LibraryError("not-in-revision", directory=str(directory), revision=revision)
    copy.mkdir(parents=True)
    wanted = [one for one in _listed(found) if _is_wanted(*one)]
    with _git(directory, "cat-file", "--batch") as process:
        for mode, blob, name in wanted:
            content = _content(process, directory, blob)
            try:
                _write(copy, name, content, link=mode == _LINK)
            except (OSError, ValueError) as error:  # a full disk; a link to a name with a null
                reason = getattr(error, "strerror", None) or str(error)
                raise LibraryError("git-failed", directory=str(directory), reason=reason) from None


def _listed(found: bytes) -> Iterator[tuple[str, bytes, PurePosixPath]]:
    """The mode, the hash and the path of each file that git lists."""
    for line in filter(None, found.split(b"\0")):
        about, _, name = line.partition(b"\t")
        mode, _, blob = about.split()
        yield mode.decode(), blob, PurePosixPath(os.fsdecode(name))


def _is_wanted(mode: str, _blob: bytes, name: PurePosixPath) -> bool:
    if name.is_absolute() or ".." in name.parts:
        return False
    return mode == _LINK or (mode in _FILES and name.suffix == _ENDING)


def _content(process: subprocess.Popen[bytes], directory: Path, blob: bytes) -> bytes:
    """What git has under a hash; of what is too large to be read, enough to say so."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        process.stdin.write(blob + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it has ended; why is read below
    answer = process.stdout.readline().split()
    if len(answer) != len(("hash", "type", "size")):
        process.stdin.close()
        reason = _reason(process.stderr.read() or b" ".join(answer))
        raise LibraryError("git-failed", directory=str(directory), reason=reason)
    left = int(answer[2]) + 1  # a line break follows
    content = process.stdout.read(min(left, MAX_BYTES + 2))
    left -= len(content)
    while left:
        left -= len(process.stdout.read(min(left, MAX_BYTES))) or left
    return content[:-1]


def _write(copy: Path, name: PurePosixPath, content: bytes, *, link: bool) -> None:
    """Writes one file, or makes one symbolic link, which is followed only once it is checked."""
    path = copy / name
    if not path.parent.resolve().is_relative_to(copy.resolve()) or path.is_symlink():
        return  # only a tree that was made to do so has a file below a link
    path.parent.mkdir(parents=True, exist_ok=True)
    if link:
        path.symlink_to(os.fsdecode(content))
    else:
        path.write_bytes(content)


def _asked(directory: Path, *arguments: str) -> bytes:
    """What git answers."""
    with _git(directory, *arguments) as process:
        out, err = process.communicate()
    if process.returncode:
        raise LibraryError("git-failed", directory=str(directory), reason=_reason(err))
    return out


def _git(directory: Path, *arguments: str) -> subprocess.Popen[bytes]:
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
        reason = error.strerror or str(error)
        raise LibraryError("no-git", directory=str(directory), reason=reason) from None


def _reason(said: bytes) -> str:
    """The first line of what git said."""
    lines = said.decode(errors="replace").splitlines()
    return next(iter(lines), "it says nothing").removeprefix("fatal: ")
