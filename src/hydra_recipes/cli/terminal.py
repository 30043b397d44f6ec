"""Shared parts of commands: help with examples, colours, errors, and common options."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hydra_recipes.literals import scalar
from hydra_recipes.numbers import is_finite
from hydra_recipes.rules.kept import nothing_kept
from hydra_recipes.sources.active import active_libraries, using
from hydra_recipes.text import written_out, written_out_json

if TYPE_CHECKING:
    from hydra_recipes.documents.document import Document
    from hydra_recipes.findings.errors import RecipeError

F = TypeVar("F", bound=Callable[..., Any])

_LOCKED = f"{__name__}.locked"
_DIGEST = f"{__name__}.lock"
_TYPED = f"{__name__}.typed"
"""Keys in a command's context: whether the lock is required, its digest once it was checked, and
the arguments as they were typed."""

_ESCAPE = "\x1b"
_OURS = f"\ue000{os.urandom(8).hex()}\ue000"
"""Stands for the escape character in our own colours; it is random, so no text can contain it."""

_COLOURS: dict[str, dict[str, Any]] = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "incomplete": {"fg": "cyan", "bold": True},
    "ok": {"fg": "green", "bold": True},
    "key": {"bold": True},
    "added": {"fg": "green"},
    "removed": {"fg": "red"},
    "dim": {"dim": True},
}

_MEANT = {
    **dict.fromkeys(("-c", "--config-path"), "did you mean --config-dir DIR?"),
    **dict.fromkeys(("-m", "--multirun"), "several values make a grid: recipe sweep lr=1e-5,2e-5"),
}
"""What to type for options of Hydra's that no command has."""


class Command(click.Command):
    """A command whose help has examples, and that has the options all commands share.

    A command with an option ``--library`` of its own puts libraries in force and checks the lock
    itself.

    Args:
        examples: The examples in its help.
        meant: What to type for options that it doesn't have but that people try first.
        follows_links: Whether it follows links, which may read the environment.
    """

    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        meant: Mapping[str, str] = MappingProxyType({}),
        follows_links: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.examples = examples
        self.meant = {**_MEANT, **meant}
        own = {name for parameter in self.params for name in parameter.opts}
        self.names_libraries = "--library" in own
        shared = [option for option in _shared() if follows_links or option.name != "allow_env"]
        self.params += [option for option in shared if not own & set(option.opts)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; an error about them refers to this command's help."""
        ctx.meta[_TYPED] = tuple(args)  # parsing takes from the list
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command with its libraries in force; a usage error refers to its help."""
        ctx.meta[_LOCKED] = ctx.params.pop("locked", False)
        try:
            with nothing_kept() if ctx.params.pop("no_cache", False) else nullcontext():
                return self._invoke(ctx)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def _invoke(self, ctx: click.Context) -> Any:
        """Run the command with its libraries in force."""
        named = ctx.params.pop("named_libraries", ())
        directories = ctx.params.pop("config_dirs", ())
        primary = ctx.params.pop("config_name", None)
        allowed = ctx.params.pop("allow_env", ())
        if not (named or directories or primary or allowed or ctx.meta[_LOCKED]):
            return super().invoke(ctx)
        from hydra_recipes.sources.locating import config_directory

        named = (*map(config_directory, directories), *named)
        with using(named, allowed, primary):
            if not self.names_libraries:
                hold_to_lock()
            return super().invoke(ctx)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command is for, and its examples."""
        super().format_help_text(ctx, formatter)
        with formatter.section("Examples"):
            for line in self.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def holds_to_lock() -> bool:
    """Return whether ``--locked`` was given."""
    return bool(click.get_current_context().meta.get(_LOCKED))


def hold_to_lock(digest: str | None = None) -> str | None:
    """Check the libraries in force against the lock, if ``--locked`` or a digest asks for that.

    Args:
        digest: The digest that the lock has to have.

    Returns:
        The lock's digest; None if nothing asks for the check.

    Raises:
        LibraryError: If the libraries differ from the lock, or its digest is another.
    """
    meta = click.get_current_context().meta
    if digest is None and (not meta.get(_LOCKED) or _DIGEST in meta):
        return meta.get(_DIGEST)
    from hydra_recipes.library_tools.lock import require_lock

    meta[_DIGEST] = require_lock(active_libraries(), digest).digest
    return str(meta[_DIGEST])


def hold_recipe_to_lock(document: Document) -> None:
    """Check the lock that a recipe file names, and the libraries, if ``--locked`` was given.

    Raises:
        LibraryError: If the libraries differ from the lock, or the file names another one.
    """
    digest = hold_to_lock()
    if digest is None:
        return
    from hydra_recipes.library_tools.lock import require_same_lock

    require_same_lock(document, digest)


def _shared() -> list[click.Parameter]:
    """Return the options that all commands have."""
    return [
        click.Option(
            ["--library", "named_libraries"],
            multiple=True,
            metavar="DIR|PACKAGE",
            help="Use this library too, before the others.",
        ),
        click.Option(
            ["-cd", "--config-dir", "config_dirs"],
            multiple=True,
            metavar="DIR",
            help="Compose from the configs in this directory too, as Hydra does.",
        ),
        click.Option(
            ["-cn", "--config-name", "config_name"],
            metavar="NAME",
            help="Begin with this primary config instead of config, as Hydra does.",
        ),
        click.Option(
            ["--locked"],
            is_flag=True,
            help="Refuse what differs from recipes.lock.",
        ),
        click.Option(
            ["--allow-env"],
            multiple=True,
            metavar="NAME",
            help="Let links read this environment variable.",
        ),
        click.Option(
            ["--no-cache"],
            is_flag=True,
            help="Use nothing that earlier runs kept, and keep nothing.",
        ),
    ]


def overrides_argument(function: F) -> F:
    """Add the argument for overrides: any number of choices and values."""
    return click.argument("overrides", nargs=-1, metavar="[OVERRIDE]...")(function)


def refuse_file(overrides: Sequence[str], told: Callable[[str, tuple[str, ...]], str]) -> None:
    """Raise UsageError for a file among overrides, with what to type instead.

    Args:
        overrides: The overrides.
        told: Returns that for the file and all arguments of the command.
    """
    endings = (".yaml", ".yml", ".json")
    files = (word for word in overrides if word.lower().endswith(endings))
    file = next((word for word in files if "=" not in word and word[0] not in "+~"), None)
    if file is not None:
        context = click.get_current_context()
        answer = told(file, context.meta[_TYPED])
        raise click.UsageError(
            f"{file} is a file, and {context.info_name} takes overrides; {answer}"
        )


def json_option(function: F) -> F:
    """Add the option ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(function)


def answer_options(other: str, use: str) -> Callable[[F], F]:
    """Return a decorator that adds ``--format`` and ``--json``.

    The command gets the chosen format as the keyword argument ``answer``.

    Args:
        other: The format that only this command has, besides ``text`` and ``json``.
        use: What that format is for, in the help.
    """

    def decorated(function: F) -> F:
        @functools.wraps(function)
        def answered(*args: Any, answer: str, as_json: bool, **given: Any) -> Any:
            if as_json and answer == other:
                raise click.UsageError(f"--json and --format {other} contradict each other")
            return function(*args, answer="json" if as_json else answer, **given)

        shown = click.option(
            "--format",
            "answer",
            type=click.Choice(["text", "json", other]),
            default="text",
            show_default=True,
            help=f"For people, for programs, or as {use}.",
        )
        same = click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
        return shown(same(answered))  # type: ignore[return-value]

    return decorated


def json_text(data: Any, indent: int | None = None) -> str:
    """Return data as JSON; an infinity or ``nan``, which JSON lacks, becomes YAML's text for it."""
    import json  # a tenth of what comparing two recipes takes

    try:
        text = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(data), indent=indent, ensure_ascii=False, allow_nan=False)
    return written_out_json(text)


def _finite(node: Any) -> Any:
    """Return data with every float that isn't finite as text."""
    if isinstance(node, dict):
        return {_finite(key): _finite(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_finite(value) for value in node]
    if isinstance(node, float) and not is_finite(node):
        return scalar(node)
    return node


def style_for(stream: Any) -> Callable[[str, str], str]:
    """Return a function from a text and its role to the text coloured for a stream.

    The text stays plain unless the stream is a terminal that wants colours.
    """
    if os.environ.get("NO_COLOR") or not stream.isatty():
        return lambda text, _: text
    return _coloured


def _coloured(text: str, role: str) -> str:
    """Return text coloured for a role, its escape characters replaced by ``_OURS``."""
    styled = click.style(written_out(text), **_COLOURS[role]) if text else text
    return styled.replace(_ESCAPE, _OURS)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text, with invisible characters written out; every command prints by this function.

    Whoever wrote the text, the terminal gets no escape sequences but those of our own colours.

    Args:
        text: The text.
        err: Whether it goes to stderr.
        nl: Whether a line break follows.
    """
    click.echo(visible(text), err=err, nl=nl)


def visible(text: str) -> str:
    """Return text as ``say`` prints it."""
    return _ESCAPE.join(map(written_out, text.split(_OURS)))


def columns() -> int:
    """Return the width of the terminal: what COLUMNS says, else what it has, else 80.

    ``shutil`` has a function for this, but importing it takes as long as comparing two recipes.
    """
    asked = os.environ.get("COLUMNS", "")
    try:
        if asked.isdecimal() and int(asked):
            return int(asked)
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (AttributeError, OSError, ValueError):  # no terminal, or nothing that may be one
        return 80


def error_line(error: RecipeError) -> str:
    """Return an error as stderr shows it: one line, and its place with a caret if it has one."""
    from hydra_recipes.findings.rendering import error_text

    return error_text(error, style_for(sys.stderr))
