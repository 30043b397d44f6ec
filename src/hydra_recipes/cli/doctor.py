"""``recipe doctor``: show what is installed here and in force, and what is missing."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from hydra_recipes.cli.completion.installation import current_shell, places
from hydra_recipes.cli.library.list import SOURCES
from hydra_recipes.cli.terminal import (
    Command,
    json_option,
    json_text,
    say,
    style_for,
)
from hydra_recipes.findings.errors import RecipeError
from hydra_recipes.findings.messages.environment import MissingExtra
from hydra_recipes.library.model import Library
from hydra_recipes.rules.kept import VARIABLE, directory
from hydra_recipes.sources import pyproject
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.sweep.extras import EXTRAS
from hydra_recipes.text import one_line
from hydra_recipes.version import __version__

_PACKAGES = ("hydra-core", "omegaconf", "pydantic")
_KILO = 1000


@click.command(cls=Command, follows_links=False, examples=["recipe doctor", "recipe doctor --json"])
@json_option
def doctor(as_json: bool) -> int:
    """Show versions, the libraries in force, the cache, extras and completion.

    The exit status is 1 if the libraries can't be used.
    """
    error = None
    try:
        members: tuple[Library, ...] = active_libraries().members
    except RecipeError as caught:
        members, error = (), caught
    told = {
        "versions": dict(_versions()),
        "python": sys.executable,
        "package": str(Path(__file__).parents[1]),
        "libraries": [_library(member) for member in members],
        "error": str(error) if error else None,
        "cache": _cache(),
        "extras": list(_extras()),
        "completion": list(_completion()),
    }
    if as_json:
        say(json_text(told, indent=2))
    else:
        style = style_for(sys.stdout)
        for title, lines in _sections(told):
            say(style(title, "key"))
            for line in lines:
                say(f"  {one_line(line)}")
    return 1 if error else 0


def _versions() -> Iterator[tuple[str, str | None]]:
    """Yield each package that matters with its version, None if it isn't installed."""
    yield "hydra-recipes", __version__
    yield "Python", platform.python_version()
    for package in _PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            yield package, None


def _library(library: Library) -> dict[str, Any]:
    """Return a library in force, and why it is."""
    why = SOURCES[library.source]
    if library.source == "pyproject":
        file = pyproject.nearest(Path.cwd())
        why = f"listed in {file}" if file else why
    elif library.package:
        why = f"{why}: {library.package}"
    return {"name": library.name, "why": why, "directory": str(library.root)}


def _cache() -> dict[str, Any]:
    """Return where files are kept between processes, how many bytes, and why none can be."""
    place = directory()
    if place is None:
        reason = f"{VARIABLE} is empty, so that nothing is kept"
        return {"directory": None, "files": 0, "bytes": 0, "usable": False, "reason": reason}
    path = Path(place)
    files = [file.stat().st_size for file in path.iterdir()] if path.is_dir() else []
    existing = next(one for one in (path, *path.parents) if one.exists())
    usable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
    return {
        "directory": place,
        "files": len(files),
        "bytes": sum(files),
        "usable": usable,
        "reason": None if usable else f"can't write {existing}; {VARIABLE} names another place",
    }


def _extras() -> Iterator[dict[str, Any]]:
    """Yield each extra: whether its module is installed, and what installs it."""
    for name, module in EXTRAS.items():
        installed = importlib.util.find_spec(module) is not None
        how = MissingExtra(module=module, extra=name).line().hint
        yield {"name": name, "module": module, "installed": installed, "install": how}


def _completion() -> Iterator[dict[str, Any]]:
    """Yield each shell: whether completion is installed for it, and what installs it."""
    current = current_shell()
    for place in places():
        how = f"recipe --install-completion {place.shell}"
        yield {
            "shell": place.shell,
            "current": place.shell == current,
            "installed": place.is_installed,
            "install": how,
        }


def _sections(told: dict[str, Any]) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the title of each section with its lines."""
    versions, libraries, cache = told["versions"], told["libraries"], told["cache"]
    places = {"hydra-recipes": told["package"], "Python": told["python"]}
    yield (
        "versions",
        (
            f"{name:<13}  {number or 'not installed'}  {places.get(name, '')}".rstrip()
            for name, number in versions.items()
        ),
    )
    shown = [f"{one['name']}, {one['why']}: {one['directory']}" for one in libraries]
    yield "libraries in force, in order", [f"error: {told['error']}"] if told["error"] else shown
    size = f"{cache['files']} files, {-(-cache['bytes'] // _KILO)} kB"
    kept = cache["reason"] or f"{cache['directory']}: {size}"
    yield "cache", [kept]
    yield (
        "extras",
        (
            f"{one['name']:<7}  {'installed' if one['installed'] else one['install']}"
            for one in told["extras"]
        ),
    )
    yield (
        "completion",
        (
            f"{one['shell']:<4}  {'installed' if one['installed'] else one['install']}"
            for one in told["completion"]
        ),
    )
