"""Which libraries there are, in which order, and what each has to choose from."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from hydra_recipes.errors import LibraryError
from hydra_recipes.origins import FileOrigin

PRIMARY = "config"
"""The name of the primary config of a library."""

SWEEPS = "sweep"
"""The group whose options are sweeps kept in a library; no part of a recipe."""

RULES = "rules"
"""The folder of a library that holds rules files; not a group."""

# The C loader is eight times faster; it is the same safe loader.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Library:
    """A Hydra config tree with rules.

    Attributes:
        name: How the library is called in messages.
        root: Its directory; groups are directories in it, options are YAML files in those.
    """

    name: str
    root: Path

    def option_file(self, group: str, option: str) -> Path | None:
        """The file of an option, or None if this library doesn't have it."""
        name = PurePosixPath(option)
        if name.is_absolute() or ".." in name.parts or name.as_posix() != option:
            return None  # a way out of the group, or another spelling of an option
        path = self.root / group / f"{option}.yaml"
        return path if os.path.isfile(path) else None  # noqa: PTH113 - false for too long a name

    def digest(self) -> str:
        """A hash over the names and contents of all the library's files."""
        import hashlib

        total = hashlib.sha256()
        for path in sorted(self.root.rglob("*.yaml")):
            name = path.relative_to(self.root).as_posix().encode()
            content = path.read_bytes()
            total.update(b"%d %s %d\n" % (len(name), name, len(content)) + content)
        return f"sha256:{total.hexdigest()}"

    def rules_files(self) -> tuple[Path, ...]:
        """The library's rules files, in the order of their names."""
        return tuple(sorted((self.root / RULES).rglob("*.yaml")))


@dataclass(frozen=True)
class Libraries:
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
        found = {
            path.relative_to(library.root / group).with_suffix("").as_posix()
            for library in self.members
            for path in (library.root / group).rglob("*.yaml")
        }
        return tuple(sorted(found))

    def option_file(self, group: str, option: str) -> Path | None:
        """The file of an option: that of the first library that has it."""
        files = (library.option_file(group, option) for library in self.members)
        return next((file for file in files if file is not None), None)

    def defaults(self) -> dict[str, str]:
        """Group to option as the primary config sets them; a derived default is left as written.

        Raises:
            LibraryError: If no library has a primary config, or it can't be read.
        """
        if all(self._config_file(member, self.primary) is None for member in self.members):
            raise LibraryError("no-primary-config", libraries=[str(m.root) for m in self.members])
        return dict(self._defaults(self.primary))

    def _defaults(self, config: str) -> Iterator[tuple[str, str]]:
        """The defaults of a config, and before them those of the configs it includes."""
        files = (self._config_file(member, config) for member in self.members)
        path = next((file for file in files if file is not None), None)
        content = load_yaml(path) if path else {}
        entries = content.get("defaults") if isinstance(content, dict) else None
        for entry in entries if isinstance(entries, list) else ():  # Hydra says what is wrong
            if isinstance(entry, str) and entry != "_self_":
                yield from self._defaults(entry.removeprefix("optional ").lstrip("/"))
            elif isinstance(entry, dict):
                for group, option in entry.items():
                    name = group.removeprefix("optional ").removeprefix("override ").lstrip("/")
                    if not name.startswith("hydra/"):
                        yield name, option

    @staticmethod
    def _config_file(member: Library, config: str) -> Path | None:
        path = member.root / f"{config.removesuffix('.yaml')}.yaml"
        return path if path.is_file() else None


def libraries() -> Libraries:
    """The libraries in force: the built-in Nova library."""
    return Libraries((builtin(),))


@lru_cache(maxsize=1)
def builtin() -> Library:
    """The library that comes with the package; in a checkout it stands beside ``src``."""
    package = Path(__file__).resolve().parent
    for root in (package / "conf", package.parents[1] / "conf"):
        if (root / f"{PRIMARY}.yaml").is_file():
            return Library("nova", root)
    raise LibraryError("no-primary-config", libraries=[str(package / "conf")])


def about_option(path: Path) -> str | None:
    """What an option file says of itself: its first comment that isn't Hydra's package header."""
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        text = line.lstrip("# ").rstrip()
        if not text.startswith("@package"):
            lines.append(text)
    return " ".join(lines) or None


def load_yaml(path: Path) -> Any:
    """The content of a library's YAML file; an empty one is an empty mapping.

    Raises:
        LibraryError: If it can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, Loader=_LOADER) or {}  # noqa: S506 - a safe loader, see _LOADER
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise unusable(path, error) from None


def unusable(path: Path | str, error: Exception) -> LibraryError:
    """The error for a file of a library that can't be used, with the line where YAML names one."""
    file = str(path)
    place = _place_of(Path(path), error)
    if place is None:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return LibraryError("bad-library-file", file=file, reason=reason)
    line, column, problem = place
    with Path(path).open(encoding="utf-8", errors="replace") as stream:
        text = next(itertools.islice(stream, line - 1, None), "").rstrip("\n")
    origin = FileOrigin(file, line, column, text)
    return LibraryError("bad-library-file", origin, file=file, reason=f"line {line}: {problem}")


def _place_of(path: Path, error: Exception) -> tuple[int, int, str] | None:
    """Line and column, from 1, and what is wrong there, if the error is about a place."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return mark.line + 1, mark.column + 1, str(getattr(error, "problem", error))
    if not isinstance(error, UnicodeDecodeError | yaml.reader.ReaderError):
        return None
    content = path.read_bytes()
    try:
        before, problem = content.decode()[: getattr(error, "position", 0)], "a control character"
    except UnicodeDecodeError as undecoded:
        before, problem = content[: undecoded.start].decode(), "not UTF-8 text"
    return before.count("\n") + 1, len(before) - before.rfind("\n"), problem
