"""The catalogue for the libraries in force, from the cache if it is there.

Making it imports every command and reads the libraries, which takes a second. So it is kept in the
cache with the state of every file and folder that it was made from. A shell that completes a word
imports nothing else then, not even click.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hydra_recipes.cli.completion.catalogue import Catalogue, Command, Family, Group, Option
from hydra_recipes.rules.kept import UNUSABLE, KeptFile

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - fast
_MAKERS = ("cli", "families", "library", "rules", "sources")
"""The rooms whose change makes what is kept invalid."""
_LIBRARIES = "HYDRA_RECIPES_LIBRARIES"


def catalogue(named: Sequence[str] = ()) -> Catalogue:
    """Return the catalogue for the libraries in force, from the cache if it is there.

    Args:
        named: The libraries that ``--library`` names.
    """
    listed = os.environ.get(_LIBRARIES, "")
    here = os.getcwd() if named or listed else ""  # noqa: PTH109 - text; names may be relative
    request = (here, _project(), listed, *named, *sys.path)
    kept = KeptFile("completion", repr(request))
    with suppress(*UNUSABLE):
        asked, stamps, rows = kept.read()
        if asked == request and all(_stamp(path) == stamp for path, stamp in stamps):
            return _catalogue(*rows)
    from hydra_recipes.cli.completion.making import made

    result, roots = made(named)
    if roots:
        with suppress(*UNUSABLE):
            paths = dict.fromkeys((*_own_files(), *_around(), *_below(roots)))
            kept.write((request, [(path, _stamp(path)) for path in paths], _rows(result)))
    return result


def _catalogue(
    commands: Mapping[str, Any], groups: Mapping[str, Any], families: Iterable[Any]
) -> Catalogue:
    """Return the catalogue that plain rows are of."""
    return Catalogue(
        {
            path: Command(subcommands, tuple(map(Option._make, options)), arguments)
            for path, (subcommands, options, arguments) in commands.items()
        },
        {name: Group._make(row) for name, row in groups.items()},
        tuple(map(Family._make, families)),
    )


def _rows(made: Catalogue) -> tuple[Any, ...]:
    """Return a catalogue as plain rows, which can be kept."""
    commands = {
        path: (dict(command.commands), list(map(tuple, command.options)), command.arguments)
        for path, command in made.commands.items()
    }
    groups = {name: tuple(group) for name, group in made.groups.items()}
    return commands, groups, list(map(tuple, made.families))


def _own_files() -> Iterator[str]:
    """Yield the modules that say what there is to type."""
    yield from _below(f"{_PACKAGE}/{room}" for room in _MAKERS)


def _around() -> Iterator[str]:
    """Yield where libraries may be named or installed: pyproject.toml, and ``sys.path``."""
    yield _project()
    yield from (place or "." for place in sys.path)


def _project() -> str:
    """Return the path of the nearest pyproject.toml; empty if there is none."""
    directory, above = os.getcwd(), ""  # noqa: PTH109 - text
    while directory != above:
        if os.path.isfile(f"{directory}/pyproject.toml"):  # noqa: PTH113 - text
            return f"{directory}/pyproject.toml"
        directory, above = os.path.dirname(directory), directory  # noqa: PTH120 - text
    return ""


def _below(roots: Iterable[str]) -> Iterator[str]:
    """Yield folders, all the folders below them, and their YAML files and modules."""
    for root in roots:
        for folder, folders, files in os.walk(root):
            folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
            yield folder
            yield from (f"{folder}/{name}" for name in files if name.endswith((".yaml", ".py")))


def _stamp(path: str) -> tuple[int, int] | None:
    """Return when a file or folder was changed, and its size; None if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - fast
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
