"""``recipe``: the commands, and what happens to errors and interruptions."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

import click

from hydra_recipes import __version__
from hydra_recipes.cli.check import check
from hydra_recipes.cli.compose import compose
from hydra_recipes.cli.listing import listing
from hydra_recipes.cli.schema import schema
from hydra_recipes.cli.terminal import show_error

NOT_UNDERSTOOD = 2
INTERRUPTED = 130
BROKEN_PIPE = 141


class Commands(click.Group):
    """The group of commands; for an unknown one it names the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """The commands in the order in which they are met."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command; says in one line what there is if it isn't known."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, self.commands, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.commands)}"
            raise click.UsageError(f"there is no command {name}; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    __version__, "-V", "--version", prog_name="recipe", message="%(prog)s %(version)s"
)
def recipe() -> None:
    """Compose and check fine-tuning recipes for Amazon Nova.

    A recipe is composed from choices (model=nova-lite peft=lora) and values (lr=2e-6), in Hydra's
    override grammar. Exit status: 0 done and valid, 1 not valid, 2 not understood, 130 interrupted.
    """


for command in (compose, check, listing, schema):
    recipe.add_command(command)


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits.

    Args:
        arguments: The arguments; those of the process if left out.
    """
    gc.disable()  # a short process: collecting costs more than it frees
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # scanning for them takes 20 ms
    status = execute(arguments)
    sys.stderr.flush()
    os._exit(status)  # all output is flushed; tearing the interpreter down would take 40 ms more


def execute(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status; see ``run``."""
    try:
        status = recipe.main(arguments, prog_name="recipe", standalone_mode=False)
        sys.stdout.flush()  # a full disk or a closed pipe shows here
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "recipe"
        click.echo(f"error: {error.format_message()} (see {path} --help)", err=True)
        return NOT_UNDERSTOOD
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - show_error raises what it does not know
        return show_error(error)
    return status if isinstance(status, int) else 0
