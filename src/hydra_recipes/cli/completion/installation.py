"""Installation of completion: a shell's script, and the line by which the shell reads it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from hydra_recipes.cli.completion.kept import catalogue
from hydra_recipes.cli.completion.shells import SHELLS
from hydra_recipes.cli.terminal import say
from hydra_recipes.record import Record
from hydra_recipes.writing import make_directory, write_whole

_MARK = "# recipe --install-completion"
"""The end of the line that was added to a file of the user's."""


class Place(Record):
    """Where a shell's completion stands.

    Attributes:
        shell: The shell.
        script: The script.
        started_by: The file that reads it when the shell starts; None if the shell does by itself.
    """

    shell: str
    script: Path
    started_by: Path | None

    @property
    def is_installed(self) -> bool:
        """Whether it is there and read."""
        there = self.script.is_file()
        return there and (self.started_by is None or _MARK in _text(self.started_by))


def places() -> Iterator[Place]:
    """Yield the place of each shell's completion."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "hydra-recipes"
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    zsh_home = Path(os.environ.get("ZDOTDIR") or home)
    yield Place("bash", data / "completion.bash", home / ".bashrc")
    yield Place("zsh", data / "completion.zsh", zsh_home / ".zshrc")
    yield Place("fish", config / "fish" / "completions" / "recipe.fish", None)


def install(context: click.Context, _: click.Parameter, shell: str | None) -> None:
    """Install completion for a shell, and end the command; nothing if it isn't asked for."""
    if shell is None or context.resilient_parsing:
        return
    place = _place(shell, context)
    make_directory(place.script.parent)
    write_whole(place.script, SHELLS[place.shell].script, force=True)
    say(f"wrote {place.script}")
    if place.started_by is not None and not place.is_installed:
        before = _text(place.started_by)
        gap = "\n" if before and not before.endswith("\n") else ""
        line = f'[ -f "{place.script}" ] && . "{place.script}"  {_MARK}\n'
        write_whole(place.started_by, f"{before}{gap}{line}", force=True)
        say(f"added a line to {place.started_by}")
    catalogue()  # so that the first completion doesn't wait for it
    say(f"it completes in new shells, or after: exec {place.shell}")
    say(f"to take it out: recipe --uninstall-completion {place.shell}")
    context.exit()


def uninstall(context: click.Context, _: click.Parameter, shell: str | None) -> None:
    """Take completion for a shell out, and end the command; nothing if it isn't asked for."""
    if shell is None or context.resilient_parsing:
        return
    place = _place(shell, context)
    there = place.script.is_file()
    place.script.unlink(missing_ok=True)
    if there:
        say(f"removed {place.script}")
    if place.started_by is not None and _MARK in (before := _text(place.started_by)):
        lines = before.splitlines(keepends=True)
        rest = "".join(line for line in lines if not line.rstrip().endswith(_MARK))
        write_whole(place.started_by, rest, force=True)
        say(f"took the line out of {place.started_by}")
    elif not there:
        say(f"completion for {place.shell} is not installed")
    context.exit()


def current_shell() -> str | None:
    """Return the shell that this runs in, else the user's own; None if it is none of ours."""
    try:
        parent = Path(f"/proc/{os.getppid()}/comm").read_text(encoding="utf-8").strip()
    except OSError:  # no Linux
        parent = ""
    named = (parent.lstrip("-"), Path(os.environ.get("SHELL", "")).name)
    return next((name for name in named if name in SHELLS), None)


def _place(shell: str, context: click.Context) -> Place:
    """Return the place of the completion for a shell; for an empty name, for the current one."""
    name = shell or current_shell()
    place = next((place for place in places() if place.shell == name), None)
    if place is None:
        known = ", ".join(SHELLS)
        told = f"no completion for {shell}; there is one" if shell else "name the shell: one"
        raise click.UsageError(f"{told} for {known}", context)
    return place


def _text(path: Path) -> str:
    """Return the text of a file; empty if there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")  # which isn't written
    except FileNotFoundError:
        return ""
