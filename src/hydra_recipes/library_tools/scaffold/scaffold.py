"""Scaffold: the files of a new library, written all or not at all."""

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

from hydra_recipes.files import reason_of
from hydra_recipes.findings.errors import LibraryError, OutputError
from hydra_recipes.findings.messages.files import CannotWrite
from hydra_recipes.findings.messages.scaffold import BadLibraryName, DirectoryExists
from hydra_recipes.version import __version__
from hydra_recipes.writing import SCRATCH, write_whole

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9]))*")
_LONGEST = 60
_TEMPLATE = ".tmpl"
"""The ending of templates, so that no tool takes them for the files they become."""
_HIDDEN = "dot-"
"""The beginning of names of templates for hidden files, in place of a dot."""
_ENDINGS = ("-recipes", "-library")
_BUILT_IN = "nova"


@dataclass(frozen=True)
class Names:
    """The names of a new library and of its parts.

    Attributes:
        name: The name for pip.
        package: The name for Python's ``import``.
        team: The beginning of its folders and ids: the name without ``-recipes``.
    """

    name: str
    package: str
    team: str

    def fill(self, text: str) -> str:
        """Return a template's text with these names in place of ``{{name}}``."""
        values = {**vars(self), "version": __version__}
        return re.sub(r"\{\{(\w+)\}\}", lambda placeholder: values[placeholder[1]], text)


def names_for(name: str) -> Names:
    """Return the names that follow from a library's name.

    Raises:
        LibraryError: If it can't be the name of a package, or is taken.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise LibraryError(BadLibraryName(name=name, reason="form"))
    plain = name.lower().replace("_", "-")
    package = plain.replace("-", "_")
    if keyword.iskeyword(package):
        raise LibraryError(BadLibraryName(name=name, reason="keyword"))
    if plain == _BUILT_IN or package in sys.stdlib_module_names or find_spec(package):
        raise LibraryError(BadLibraryName(name=name, reason="taken"))
    team = plain
    for ending in _ENDINGS:
        team = team.removesuffix(ending)
    return Names(plain, package, team)


def scaffold(name: str, parent: Path) -> list[Path]:
    """Make the package of a new library.

    Args:
        name: The name of the library and of its directory.
        parent: The directory that it is made in.

    Returns:
        The files, sorted by the names of their templates.

    Raises:
        LibraryError: If the name can't be used.
        OutputError: If the directory has something in it, or can't be written.
    """
    names = names_for(name)
    target = parent / name
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise OutputError(DirectoryExists(directory=str(target)))
    if not parent.is_dir():
        reason = f"there is no directory {parent}"
        raise OutputError(CannotWrite(file=str(target), reason=reason))
    scratch = parent / f"{SCRATCH}{uuid.uuid4().hex}"
    try:
        scratch.mkdir()
        made = []
        for place, text in files(names):
            path = scratch / place
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
            made.append(target / place)
        os.rename(scratch, target)  # noqa: PTH104 - fails if something appeared there meanwhile
    except OSError as error:
        raise OutputError(CannotWrite(file=str(target), reason=reason_of(error))) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return made


def files(names: Names) -> Iterator[tuple[str, str]]:
    """Yield the path inside the library and the text of each file."""
    root = Path(__file__).parent / "files"
    for path in sorted(root.rglob(f"*{_TEMPLATE}")):
        parts = path.relative_to(root).as_posix().removesuffix(_TEMPLATE).split("/")
        parts = [re.sub(f"^{_HIDDEN}", ".", part) for part in parts]
        place = "/".join(parts).replace("TEAM", names.team).replace("PACKAGE", names.package)
        yield place, names.fill(path.read_text(encoding="utf-8"))
