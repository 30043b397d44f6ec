"""``recipe library lock``: write down exactly which libraries recipes are composed from."""

from __future__ import annotations

from typing import Any

import click

from hydra_recipes.cli.terminal import Command, json_option, json_text, say
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.library_tools.lock import (
    Lock,
    Locked,
    differences_between,
    lock_file,
    lock_of,
    read_lock,
)
from hydra_recipes.sources.active import active_libraries
from hydra_recipes.text import one_line
from hydra_recipes.writing import write_whole


@click.command(
    cls=Command,
    follows_links=False,
    examples=["recipe library lock", "recipe library lock --json"],
)
@click.option("--force", is_flag=True, help="Overwrite a lock that can't be read.")
@json_option
def lock(force: bool, as_json: bool) -> int:
    """Write down in recipes.lock what each library is.

    It has each library's name, version, source and files. It stands beside the nearest
    pyproject.toml, or here where there is none. With --locked every command refuses what differs
    from it. One that is there is brought up to date, and what has changed is told.

    In JSON: {"file", "digest", "libraries", "changes"}.
    """
    path = lock_file()
    new = lock_of(active_libraries(), path.parent)
    try:
        old = read_lock(path)
    except LibraryError:
        if not force:
            raise
        old = None
    since = differences_between(old, new) if old else []
    text = new.to_toml()
    current = old is not None and text == old.to_toml()
    if not current:
        write_whole(path, text, force=force or old is not None)
    if as_json:
        data = {
            "file": str(path),
            "digest": new.digest,
            "libraries": [_data(locked) for locked in new.libraries],
            "changes": [change.as_json() for change in since],
        }
        say(json_text(data))
        return 0
    for change in since:
        say(f"  {change.brief}", err=True)
    named = " and ".join(filter(None, [", ".join(_names(new)[:-1]), _names(new)[-1]]))
    done = f"{path} is up to date" if current else f"wrote {path}"
    say(f"{done}: {named}; lock {new.digest}", err=True)
    return 0


def _names(lock: Lock) -> list[str]:
    """Return the name and version of each locked library."""
    pairs = [(locked.name, locked.version) for locked in lock.libraries]
    return [one_line(" ".join(filter(None, pair))) for pair in pairs]


def _data(locked: Locked) -> dict[str, Any]:
    """Return a locked library as JSON data."""
    source = dict([locked.source])
    return {
        "name": locked.name,
        "version": locked.version,
        "source": source,
        "files": dict(locked.files),
    }
