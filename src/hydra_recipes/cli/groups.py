"""Groups of commands that import a command only when it is asked for.

So a command's file may import what it needs at its top: no other command loads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click


class Group(click.Group):
    """A group of commands, each in its own file.

    Args:
        table: For each command's name, in the order of the help: its place, as module in ``cli``
            and name in it (``importing:importing``), and its description in one line.
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **options: Any) -> None:
        options = {"invoke_without_command": True, "subcommand_metavar": "COMMAND ...", **options}
        super().__init__(*args, **options)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """Return the names of the commands in the order of the help."""
        return [*self.table, *(name for name in self.commands if name not in self.table)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command of a name, importing it at first use; None if there is none."""
        if name in self.table and name not in self.commands:
            module, _, command = self.table[name][0].partition(":")
            imported = import_module(f"hydra_recipes.cli.{module}")
            self.add_command(getattr(imported, command), name)
        return super().get_command(ctx, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, without importing any."""
        rows = [(name, self._about(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _about(self, ctx: click.Context, name: str) -> str:
        """Return a command's description in one line."""
        if name in self.table:
            return self.table[name][1]
        command = self.get_command(ctx, name)
        return command.get_short_help_str() if command else ""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return name, command and its arguments; raise with a suggestion if it is unknown."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            hint = self._hint(ctx, name, args[1:])
            raise click.UsageError(f"there is no command {name}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def _hint(self, ctx: click.Context, name: str, rest: Sequence[str]) -> str:
        """Return a suggestion for an unknown command, which ``rest`` followed."""
        meant = self.command_for(name, rest) or next(iter(self.near(name)), None)
        names = ", ".join(self.list_commands(ctx))
        return f"did you mean {meant}?" if meant else f"there are {names}"

    def near(self, name: str) -> list[str]:
        """Return the command that a name may be meant for, if there is one."""
        import difflib

        names = [*self.table, *self.commands]
        return difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)

    def command_for(self, word: str, rest: Sequence[str]) -> str | None:  # noqa: ARG002 - one has some
        """Return a whole command that a word without one may be meant for, or None."""
        return None


def without_command(ctx: click.Context) -> int:
    """Return a group's exit status: 2 after printing its help if no command was given, else 0."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return 2
    return 0
