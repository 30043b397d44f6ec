"""The group of commands, and what is said of one that isn't there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import click

from hydra_recipes import __version__
from hydra_recipes.cli.check import check
from hydra_recipes.cli.compose import compose
from hydra_recipes.cli.diff import diff
from hydra_recipes.cli.explain import explain
from hydra_recipes.cli.importing import importing
from hydra_recipes.cli.library import library
from hydra_recipes.cli.listing import listing
from hydra_recipes.cli.schema import schema
from hydra_recipes.cli.sweep import sweep

BROKEN_PIPE = 141


class Commands(click.Group):
    """The group of commands; for an unknown one it names the nearest."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Reads the arguments; help that nobody reads to the end is no error."""
        with _until_pipe_closes():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; so is an answer that nobody reads to the end."""
        with _until_pipe_closes():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """The commands in the order in which they are met."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command; says in one line what there is if it isn't known."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            raise click.UsageError(f"there is no command {name}; {self._hint(name)}", ctx)
        return super().resolve_command(ctx, args)

    def _hint(self, name: str) -> str:
        import difflib

        near = difflib.get_close_matches(name.lower(), self.commands, n=1, cutoff=0.5)
        if near:
            return f"did you mean {near[0]}?"
        is_file = os.path.exists(name)  # noqa: PTH110 - false for too long a name
        if is_file or name.lower().endswith((".yaml", ".yml", ".json")):
            return f"did you mean recipe check {name}?"
        if "=" in name:
            return f"did you mean recipe compose {name}?"
        return f"there are {', '.join(self.commands)}"


@contextlib.contextmanager
def _until_pipe_closes() -> Iterator[None]:
    """Ends quietly, with the status of a process that its pipe's end killed, as ``yes | head``."""
    try:
        yield
    except BrokenPipeError:
        raise click.exceptions.Exit(BROKEN_PIPE) from None


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    subcommand_metavar="COMMAND ...",
)
@click.version_option(
    __version__, "-V", "--version", prog_name="recipe", message="%(prog)s %(version)s"
)
@click.pass_context
def recipe(ctx: click.Context) -> int:
    """Compose and check fine-tuning recipes for Amazon Nova.

    A recipe is composed from choices (model=nova-lite peft=lora) and values (lr=2e-6), in Hydra's
    override grammar.

    Exit status: 0 done and valid, 1 not valid, 2 not understood, 130 interrupted.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return 2
    return 0


for command in (compose, check, explain, diff, importing, sweep, listing, library, schema):
    recipe.add_command(command)
