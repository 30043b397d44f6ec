"""Scaffold: the files of a new library, and making them whole or not at all."""

from __future__ import annotations

import keyword
import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hydra_recipes.findings.errors import LibraryError, OutputError
from hydra_recipes.version import __version__
from hydra_recipes.writing import SCRATCH, write_whole

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9]))*")
_LONGEST = 60
_TEMPLATE = ".tmpl"
"""What the names of templates end with, so that no tool takes them for what they become."""
_HIDDEN = "dot-"
"""What the names of templates of hidden files begin with."""
_ENDINGS = ("-recipes", "-library")
_BUILT_IN = "nova"


@dataclass(frozen=True)
class Names:
    """How a new library and its parts are called.

    Attributes:
        name: The library, as pip knows it.
        package: The package, as Python knows it.
        team: What its own folders and ids begin with.
    """

    name: str
    package: str
    team: str

    def fill(self, text: str) -> str:
        """A template's text with the names in their places."""
        values = {**vars(self), "version": __version__}
        return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], text)


def names_for(name: str) -> Names:
    """The names that follow from a library's.

    Raises:
        LibraryError: If it can't be the name of a package, or is taken.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise LibraryError("bad-library-name", name=name, reason="form")
    plain = name.lower().replace("_", "-")
    package = plain.replace("-", "_")
    if keyword.iskeyword(package):
        raise LibraryError("bad-library-name", name=name, reason="keyword")
    if plain == _BUILT_IN or package in sys.stdlib_module_names or find_spec(package):
        raise LibraryError("bad-library-name", name=name, reason="taken")
    team = plain
    for ending in _ENDINGS:
        team = team.removesuffix(ending)
    return Names(plain, package, team)


def scaffold(name: str, parent: Path) -> list[Path]:
    """Makes the package of a new library.

    Args:
        name: The library's name, and its directory's.
        parent: The directory that it is made in.

    Returns:
        The files, in order.

    Raises:
        LibraryError: If the name is of no use.
        OutputError: If there is something already, or it can't be written.
    """
    names = names_for(name)
    target = parent / name
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise OutputError("directory-exists", directory=str(target))
    if not parent.is_dir():
        reason = f"there is no directory {parent}"
        raise OutputError("cannot-write", file=str(target), reason=reason)
    scratch = parent / f"{SCRATCH}{uuid.uuid4().hex}"
    try:
        scratch.mkdir()
        made = []
        for inside, text in files(names):
            path = scratch / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
            made.append(target / inside)
        os.rename(scratch, target)  # noqa: PTH104 - fails where something is there by now
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError("cannot-write", file=str(target), reason=reason) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return made


def files(names: Names) -> Iterator[tuple[str, str]]:
    """Each file's place and text."""
    root = Path(__file__).parent / "files"
    for path in sorted(root.rglob(f"*{_TEMPLATE}")):
        parts = path.relative_to(root).as_posix().removesuffix(_TEMPLATE).split("/")
        parts = [re.sub(f"^{_HIDDEN}", ".", part) for part in parts]
        place = "/".join(parts).replace("TEAM", names.team).replace("PACKAGE", names.package)
        yield place, names.fill(path.read_text(encoding="utf-8"))
