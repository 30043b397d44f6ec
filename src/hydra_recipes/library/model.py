"""Libraries: one of them, several in the order of a search path, and what they offer."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal

from hydra_recipes.files import content_of, digest_of, digest_of_content
from hydra_recipes.library.names import names_in, no_file
from hydra_recipes.library.reading import no_primary, outside, unusable
from hydra_recipes.record import Record

PRIMARY = "config"
"""The name of the primary config of a library."""
PRESETS = "preset"
"""The group whose options are complete recipes to start from."""
SWEEPS = "sweep"
"""The group whose options are saved sweeps; no part of a recipe."""
RULES = "rules"
"""The folder of a library that holds rules files; not a group."""
Source = Literal["option", "config-dir", "environment", "pyproject", "installed", "built-in"]
"""Where a library was named; ``built-in`` is in force without a name."""


class Library(Record):
    """A Hydra config tree with rules.

    Attributes:
        name: The name of the library in messages.
        root: Its directory; groups are directories in it, options are YAML files in those.
        source: Where it was named.
        package: The Python package that it was found by, if any.
        word: The word that named it, such as a directory, if it was named.
    """

    name: str
    root: Path
    source: Source = "option"
    package: str | None = None
    word: str | None = None

    def option_file(self, group: str, option: str) -> Path | None:
        """Return the file of an option; None if this library doesn't have it."""
        if _leads_out(option):
            return None
        return self.file(f"{group}/{option}")

    def file(self, config: str) -> Path | None:
        """Return the file of a config, such as ``model/nova-lite``; None if there is none here.

        Raises:
            LibraryError: If it leads out of the library, or something other than a file is there.
        """
        asked = os.path.join(self.root, f"{config}.yaml")  # noqa: PTH118 - fast, as most aren't there
        if not os.path.isfile(asked):  # noqa: PTH113 - False, no error, for too long a name
            if os.path.lexists(asked):
                raise unusable(asked, ValueError(no_file(asked)))
            return None
        path = Path(asked)
        self.check_inside(path)
        return path

    def check_inside(self, path: Path | str) -> None:
        """Refuse a file that a ``..`` or a symbolic link takes out of the library.

        Raises:
            LibraryError: If it does.
        """
        try:
            _check_inside(os.path.abspath(path), self.root.absolute())  # noqa: PTH100 - fast
        except ValueError:
            raise outside(path, self.name) from None

    def files(self) -> list[Path]:
        """Return all files of the library, sorted by name, except those in hidden folders.

        Raises:
            LibraryError: If one leads out of the library, or a folder can't be read.
        """
        return [self.root / name for name in self._names()]

    def _names(self, folder: str = "", *, hidden: bool = False) -> list[str]:
        """Return the names of its files, or of those in ``folder``, which ends with a ``/``."""
        if folder and os.path.islink(self.root / folder.rstrip("/")):  # noqa: PTH114 - fast
            self.check_inside(self.root / folder)
        try:
            return names_in(self.root, folder, self.check_inside, hidden=hidden)
        except OSError as error:
            raise unusable(error.filename or self.root, error) from None

    def digests(self) -> dict[str, str]:
        """Return the name of each file in the library to a hash of its content, sorted by name.

        These are all files that composing can read, including those in hidden folders. A link to a
        folder has a ``/`` at the end of its name, and the hash is of where in the library it leads.

        Raises:
            LibraryError: If a file leads out of the library, or can't be read.
        """
        digests: dict[str, str] = {}
        for name in self._names(hidden=True):
            path = f"{self.root}/{name}"
            try:
                name.encode()  # a lock is UTF-8, and couldn't hold another name
                content = os.fsencode(self._leads_to(path)) if name[-1] == "/" else content_of(path)
            except UnicodeEncodeError:
                raise unusable(path, ValueError("its name is not UTF-8")) from None
            except OSError as error:
                raise unusable(path, error) from None
            digests[name] = digest_of_content(content)
        return digests

    def _leads_to(self, link: str) -> str:
        """Return where a link leads, relative to the library, with forward slashes."""
        return os.path.relpath(os.path.realpath(link), _real(self.root)).replace(os.sep, "/")

    def digest(self) -> str:
        """Return a hash over the names and contents of all the library's files."""
        return digest_of(self.digests())

    def rules_files(self) -> tuple[Path, ...]:
        """Return the library's rules files, sorted by name."""
        if not (self.root / RULES).is_dir():
            return ()
        return tuple(self.root / name for name in self._names(f"{RULES}/"))

    def options(self, group: str) -> list[str]:
        """Return its options in a group; ``nova-1/sft`` for one in a directory of the group.

        Raises:
            LibraryError: If one leads out of the library, is no file, or a folder can't be read.
        """
        if _leads_out(group) or not os.path.isdir(self.root / group):  # noqa: PTH112 - any name
            return []
        start, end = len(group) + 1, -len(".yaml")
        return [name[start:end] for name in self._names(f"{group}/")]


class Libraries(Record):
    """The libraries a recipe is composed from, in the order of the search path.

    Attributes:
        members: The libraries.
        primary: The name of the primary config; a Hydra app may have its own, which includes ours.
    """

    members: tuple[Library, ...]
    primary: str = PRIMARY

    @property
    def search_path(self) -> tuple[tuple[str, str], ...]:
        """The (name, directory) of each library, for Hydra's search path."""
        return tuple((library.name, str(library.root)) for library in self.members)

    def as_options(self) -> list[str]:
        """Return the words that name these libraries on a command line, outside a project."""
        words: list[str] = []
        for library in self.members:
            if library.source == "config-dir":
                words += ["--config-dir", str(library.word)]
            elif library.word and library.source in ("option", "built-in"):
                words += ["--library", library.word]
        return words if self.primary == PRIMARY else [*words, "--config-name", self.primary]

    def groups(self) -> tuple[str, ...]:
        """Return the groups, sorted; a directory inside a group is part of its options' names."""
        names = {
            path.name
            for library in self.members
            for path in library.root.iterdir()
            if path.is_dir() and path.name != RULES and not path.name.startswith((".", "_"))
        }
        return tuple(sorted(names))

    def is_group(self, name: str) -> bool:
        """Return whether ``name`` is a group, as Hydra decides it: whether it is a directory."""
        is_plain = re.fullmatch(r"[\w\-]+(/[\w\-]+)*", name) is not None
        return (
            is_plain
            and name.partition("/")[0] != RULES
            and any(os.path.isdir(library.root / name) for library in self.members)  # noqa: PTH112
        )

    def options(self, group: str) -> tuple[str, ...]:
        """Return a group's options, sorted; ``nova-1/sft`` for one in a directory of the group."""
        names = {name for library in self.members for name in library.options(group)}
        return tuple(sorted(names))

    def option_file(self, group: str, option: str) -> Path | None:
        """Return the file of an option in the first library that has it; None if none has."""
        files = (library.option_file(group, option) for library in self.members)
        return next((file for file in files if file is not None), None)

    def config_file(self, config: str) -> Path | None:
        """Return the file of a config, such as ``model/nova-lite``; the first library's wins."""
        name = config.removesuffix(".yaml")
        files = (library.file(name) for library in self.members)
        return next((file for file in files if file is not None), None)


@lru_cache(maxsize=4096)  # an error isn't remembered: the link may be mended
def _check_inside(path: str, root: Path) -> None:
    """Raise a ValueError if a path leads out of a directory."""
    if not os.path.realpath(path).startswith(f"{_real(root)}{os.sep}"):
        raise ValueError(path)


@lru_cache(maxsize=256)
def _real(directory: Path) -> str:
    """Return a directory with links followed, remembered since each file asks for it."""
    return os.path.realpath(directory)


@lru_cache(maxsize=1)
def builtin() -> Library:
    """Return the library that comes with the package; in a checkout it is beside ``src``."""
    package = Path(__file__).resolve().parents[1]
    for root in (package / "conf", package.parents[1] / "conf"):
        if (root / f"{PRIMARY}.yaml").is_file():
            return Library("nova", root, "built-in")
    raise no_primary([package / "conf"], PRIMARY)


def _leads_out(name: str) -> bool:
    """Return whether a group or option leads out by ``..`` or ``/``, or isn't spelled plainly."""
    if name and "/" not in name:
        return name == ".."
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or path.as_posix() != name


def options_by_group(library: Library) -> dict[str, list[str]]:
    """Return each group that a library has options of, with these."""
    options: dict[str, list[str]] = {}
    for config in configs(library):
        group, slash, option = config.partition("/")
        if slash:
            options.setdefault(group, []).append(option)
    return options


def configs(library: Library) -> Iterator[str]:
    """Yield every ``group/option``, and every config at the root, outside hidden folders."""
    root = str(library.root)
    for directory, subfolders, files in os.walk(root):
        folder = Path(directory).relative_to(root).as_posix()
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith((".", "_")) and not (folder == "." and name == RULES)
        )
        for file in sorted(files):
            if file.endswith(".yaml"):
                name = file.removesuffix(".yaml")
                yield name if folder == "." else f"{folder}/{name}"
