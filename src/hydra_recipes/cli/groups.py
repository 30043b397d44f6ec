"""Groups of commands: each is imported when it is asked for, and an unknown one is answered.

What a command needs is imported at the top of its file, since nothing else imports that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Group(click.Group):
    """A group whose commands stand in files of their own.

    Args:
        table: By the command's name, in the order in which they are met: the module in ``cli``
            and the command in it, ``importing:importing``, and what it does, in one line.
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **options: Any) -> None:
        options = {"invoke_without_command": True, "subcommand_metavar": "COMMAND ...", **options}
        super().__init__(*args, **options)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """The commands in the order in which they are met."""
        return [*self.table, *(name for name in self.commands if name not in self.table)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a name; None if there is none."""
        if name in self.table and name not in self.commands:
            module, _, command = self.table[name][0].partition(":")
            found = import_module(f"hydra_recipes.cli.{module}")
            self.add_command(getattr(found, command), name)
        return super().get_command(ctx, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes what there is, from the table: no command is imported for it."""
        rows = [(name, self._about(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _about(self, ctx: click.Context, name: str) -> str:
        if name in self.table:
            return self.table[name][1]
        command = self.get_command(ctx, name)
        return command.get_short_help_str() if command else ""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command; says in one line what there is if it isn't known."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            raise click.UsageError(f"there is no command {name}; {self._hint(ctx, name)}", ctx)
        return super().resolve_command(ctx, args)

    def _hint(self, ctx: click.Context, name: str) -> str:
        import difflib

        known = self.list_commands(ctx)
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        meant = near[0] if near else self.command_for(name)
        return f"did you mean {meant}?" if meant else f"there are {', '.join(known)}"

    def command_for(self, word: str) -> str | None:  # noqa: ARG002 - other groups know some
        """The whole command that a word may be meant for that is no command itself."""
        return None


def without_command(ctx: click.Context) -> int:
    """The exit status of a group; without a command it shows its help, and nothing is done."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return 2
    return 0
