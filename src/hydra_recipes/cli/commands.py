"""The ``recipe`` command with its subcommands, and suggestions for an unknown one."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from hydra_recipes.cli.groups import Group, without_command
from hydra_recipes.shell_words import join
from hydra_recipes.version import __version__

BROKEN_PIPE = 141
"""The exit status of a process that SIGPIPE killed: 128 + 13."""


_ELSEWHERE = {
    "version": "--version",
    "init": "library init",
    "new": "library init",
    "create": "compose",
    "generate": "compose",
    "build": "compose",
    "annotate": "compose --annotate",
    "validate": "check",
    "verify": "check",
    "lint": "check",
    "test": "check",
    "fix": "check --fix",
    "grid": "sweep",
    "multirun": "sweep",
    "show": "list",
    "models": "list model",
    "presets": "list preset",
    "sweeps": "list sweep",
    "why": "explain",
    "compare": "diff",
    "convert": "import",
    "info": "doctor",
    "completion": "--install-completion",
}
"""What to type for the words that other programs have for something like it."""


_SHARED = ("--library", "--config-dir", "--config-name", "--locked", "--allow-env", "--no-cache")
"""Options of the commands, which people may type before a command."""


class Commands(Group):
    """Group of commands that suggests one for a word that is none."""

    meant = MappingProxyType(
        {
            "-v": "did you mean --version?",
            "-c": "-cd and -cn go after the command: recipe compose -cd DIR",
            **{name: f"it goes after the command: recipe compose {name} …" for name in _SHARED},
        }
    )

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Parse the arguments; end quietly if nobody reads the help to its end."""
        with _until_pipe_closes():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; end quietly if nobody reads its output to its end."""
        with _until_pipe_closes():
            return super().invoke(ctx)

    def command_for(self, word: str, rest: Sequence[str]) -> str | None:
        """Return the command for a word of other programs, a file or an override, or None."""
        if word.lower() in ("help", "-h"):
            return " ".join(["recipe", *self.near(rest[0] if rest else ""), "--help"])
        if word.lower() in _ELSEWHERE:
            return f"recipe {_ELSEWHERE[word.lower()]}"
        is_file = os.path.exists(word)  # noqa: PTH110 - false for too long a name
        if is_file or word.lower().endswith((".yaml", ".yml", ".json")):
            return join(["recipe", "check", word, *rest])
        if rest and (rest[0].startswith("=") or word.endswith("=")):
            return f"recipe compose {re.sub(r' *= *', '=', join([word, *rest]))}"
        # Not ``Override.read``: its module would be imported for every --help.
        return join(["recipe", "compose", word, *rest]) if "=" in word else None


@contextlib.contextmanager
def _until_pipe_closes() -> Iterator[None]:
    """Exit quietly with SIGPIPE's status if the reader of a pipe is gone, as in ``yes | head``."""
    try:
        yield
    except BrokenPipeError:
        raise click.exceptions.Exit(BROKEN_PIPE) from None


def _completion(name: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    """Return a function of the installation of completion, imported at its first use."""

    def called(context: click.Context, parameter: click.Parameter, shell: str | None) -> None:
        if shell is not None:
            module = import_module("hydra_recipes.cli.completion.installation")
            getattr(module, name)(context, parameter, shell)

    return called


@click.group(
    cls=Commands,
    table={
        "compose": ("compose:compose", "Compose a recipe from choices and values."),
        "check": ("check:check", "Check recipe files or directories, or what overrides compose."),
        "explain": ("explain:explain", "Show where a value came from, and what holds for it."),
        "diff": ("diff:diff", "Show what differs between two recipes."),
        "import": ("importing:importing", "Find the shortest command that composes a recipe file."),
        "sweep": ("sweep:sweep", "Write a grid that holds only valid recipes."),
        "list": ("listing:listing", "Show the groups, the options of a group, or one option."),
        "library": ("library.group:library", "Make, check, compare and lock team libraries."),
        "schema": ("schema:schema", "Print the JSON Schema of the recipes of a set of choices."),
        "doctor": (
            "doctor:doctor",
            "Show versions, the libraries in force, the cache, extras and completion.",
        ),
    },
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(
    __version__, "-V", "--version", prog_name="recipe", message="%(prog)s %(version)s"
)
@click.option(
    "--install-completion",
    metavar="[bash|zsh|fish]",
    is_flag=False,
    flag_value="",
    is_eager=True,
    expose_value=False,
    callback=_completion("install"),
    help="Let TAB complete commands, options, groups and keys.",
)
@click.option(
    "--uninstall-completion",
    metavar="[bash|zsh|fish]",
    is_flag=False,
    flag_value="",
    is_eager=True,
    expose_value=False,
    callback=_completion("uninstall"),
    help="Take that out again.",
)
@click.pass_context
def recipe(ctx: click.Context) -> int:
    """Compose and check fine-tuning recipes for Amazon Nova.

    A recipe is composed from choices (model=nova-lite peft=lora) and values (lr=2e-6), in Hydra's
    override grammar.

    Exit status: 0 done and valid, 1 not valid, 2 not understood, 130 interrupted.
    """
    return without_command(ctx)
