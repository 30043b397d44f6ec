"""What a library is, several of them in order, and what they have to choose from."""

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from hydra_recipes.files import content_of, digest_of, digest_of_content
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library.names import names_in, no_file
from hydra_recipes.library.reading import unusable

PRIMARY = "config"
"""The name of the primary config of a library."""
SWEEPS = "sweep"
"""The group whose options are sweeps kept in a library; no part of a recipe."""
RULES = "rules"
"""The folder of a library that holds rules files; not a group."""
Source = Literal["option", "environment", "pyproject", "installed", "built-in"]
"""Where a library was named."""


class Library(NamedTuple):
    """A Hydra config tree with rules.

    Attributes:
        name: How the library is called in messages.
        root: Its directory; groups are directories in it, options are YAML files in those.
        source: Where it was named.
        package: The package that it was found by, if it was found by one.
        word: What it was named by, if it was named.
    """

    name: str
    root: Path
    source: Source = "option"
    package: str | None = None
    word: str | None = None

    def option_file(self, group: str, option: str) -> Path | None:
        """The file of an option, or None if this library doesn't have it."""
        if _leads_out(option):
            return None
        return self.file(f"{group}/{option}")

    def file(self, config: str) -> Path | None:
        """The file of a config, such as ``model/nova-lite``; None if this library hasn't got it.

        Raises:
            LibraryError: If it leads out of the library, or there is something else than a file.
        """
        path = self.root / f"{config}.yaml"
        if not os.path.isfile(path):  # noqa: PTH113 - false for too long a name
            if os.path.lexists(path):
                raise unusable(path, ValueError(no_file(path)))
            return None
        self.check_inside(path)
        return path

    def check_inside(self, path: Path | str) -> None:
        """Refuses a file that a ``..`` or a symbolic link takes out of the library.

        Raises:
            LibraryError: If it does.
        """
        try:
            _check_inside(os.path.abspath(path), self.root.absolute())  # noqa: PTH100 - fast
        except ValueError:
            raise LibraryError("outside-library", file=str(path), library=self.name) from None

    def files(self) -> list[Path]:
        """All its files, in order; what is in hidden folders is nothing to choose, so none of it.

        Raises:
            LibraryError: If one leads out of the library, or a folder can't be read.
        """
        return [self.root / name for name in self._names()]

    def _names(self, folder: str = "", *, hidden: bool = False) -> list[str]:
        """The names of its files, or of those in a folder of it; see ``names_in``."""
        if folder and os.path.islink(self.root / folder.rstrip("/")):  # noqa: PTH114 - fast
            self.check_inside(self.root / folder)
        try:
            return names_in(self.root, folder, self.check_inside, hidden=hidden)
        except OSError as error:
            raise unusable(error.filename or self.root, error) from None

    def digests(self) -> dict[str, str]:
        """A hash of each file's content, by the file's name in the library, in order.

        Those are all that composing can read: in hidden folders too, and of a link to a folder,
        which has a ``/`` at the end of its name, where in the library it leads.

        Raises:
            LibraryError: If a file leads out of the library, or can't be read.
        """
        found: dict[str, str] = {}
        for name in self._names(hidden=True):
            path = f"{self.root}/{name}"
            try:
                name.encode()  # a lock couldn't hold it
                content = os.fsencode(self._leads_to(path)) if name[-1] == "/" else content_of(path)
            except UnicodeEncodeError:
                raise unusable(path, ValueError("its name is not UTF-8")) from None
            except OSError as error:
                raise unusable(path, error) from None
            found[name] = digest_of_content(content)
        return found

    def _leads_to(self, link: str) -> str:
        return os.path.relpath(os.path.realpath(link), _real(self.root)).replace(os.sep, "/")

    def digest(self) -> str:
        """A hash over the names and contents of all the library's files."""
        return digest_of(self.digests())

    def rules_files(self) -> tuple[Path, ...]:
        """The library's rules files, in the order of their names."""
        if not (self.root / RULES).is_dir():
            return ()
        return tuple(self.root / name for name in self._names(f"{RULES}/"))

    def options(self, group: str) -> list[str]:
        """The names of its options in a group; ``nova-1/sft`` for one in a directory of the group.

        Raises:
            LibraryError: If one leads out of the library, is no file, or a folder can't be read.
        """
        if _leads_out(group) or not os.path.isdir(self.root / group):  # noqa: PTH112 - any name
            return []
        start, end = len(group) + 1, -len(".yaml")
        return [name[start:end] for name in self._names(f"{group}/")]


class Libraries(NamedTuple):
    """The libraries a recipe is composed from, the first on the search path first.

    Attributes:
        members: The libraries.
        primary: The primary config; a Hydra app may have one of its own that includes ours.
    """

    members: tuple[Library, ...]
    primary: str = PRIMARY

    @property
    def search_path(self) -> tuple[tuple[str, str], ...]:
        """(name, directory) of each library, for Hydra's search path."""
        return tuple((library.name, str(library.root)) for library in self.members)

    def as_options(self) -> list[str]:
        """The options that name the same libraries on a command line, where others don't."""
        named = (one.word for one in self.members if one.source == "option" and one.word)
        return [word for name in named for word in ("--library", name)]

    def groups(self) -> tuple[str, ...]:
        """The groups, sorted. A directory inside a group is part of its options' names."""
        found = {
            path.name
            for library in self.members
            for path in library.root.iterdir()
            if path.is_dir() and path.name != RULES and not path.name.startswith((".", "_"))
        }
        return tuple(sorted(found))

    def is_group(self, name: str) -> bool:
        """Whether ``name`` is a group, as Hydra decides it: a directory of that name exists."""
        plain = re.fullmatch(r"[\w\-]+(/[\w\-]+)*", name) is not None
        return (
            plain
            and name.partition("/")[0] != RULES
            and any(os.path.isdir(library.root / name) for library in self.members)  # noqa: PTH112
        )

    def options(self, group: str) -> tuple[str, ...]:
        """The options of a group, sorted; ``nova-1/sft`` for one in a directory of the group."""
        return tuple(sorted({one for library in self.members for one in library.options(group)}))

    def option_file(self, group: str, option: str) -> Path | None:
        """The file of an option: that of the first library that has it."""
        files = (library.option_file(group, option) for library in self.members)
        return next((file for file in files if file is not None), None)

    def config_file(self, config: str) -> Path | None:
        """The file of a config by its name, such as ``model/nova-lite``: the first library's."""
        files = (member.file(config.removesuffix(".yaml")) for member in self.members)
        return next((file for file in files if file is not None), None)


@lru_cache(maxsize=4096)  # what is refused isn't remembered: somebody may mend the link
def _check_inside(path: str, root: Path) -> None:
    if not os.path.realpath(path).startswith(f"{_real(root)}{os.sep}"):
        raise ValueError(path)


@lru_cache(maxsize=256)
def _real(directory: Path) -> str:
    return os.path.realpath(directory)


@lru_cache(maxsize=1)
def builtin() -> Library:
    """The library that comes with the package; in a checkout it stands beside ``src``."""
    package = Path(__file__).resolve().parents[1]
    for root in (package / "conf", package.parents[1] / "conf"):
        if (root / f"{PRIMARY}.yaml").is_file():
            return Library("nova", root, "built-in")
    raise LibraryError("no-primary-config", libraries=[str(package / "conf")])


def _leads_out(name: str) -> bool:
    """Whether the name of a group or option is a way out, or another spelling of one."""
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or path.as_posix() != name


def configs(library: Library) -> Iterator[str]:
    """Every option, as ``group/option``, and every config at the root; hidden folders aren't."""
    root = str(library.root)
    for directory, below, files in os.walk(root):
        inside = Path(directory).relative_to(root).as_posix()
        below[:] = sorted(
            name
            for name in below
            if not name.startswith((".", "_")) and not (inside == "." and name == RULES)
        )
        for file in sorted(files):
            if file.endswith(".yaml"):
                name = file.removesuffix(".yaml")
                yield name if inside == "." else f"{inside}/{name}"
