"""``recipe`` as a process: its streams, its exit status, and what an interruption does."""

from __future__ import annotations

import gc
import os
import signal
import sys

TYPE_CHECKING = False  # typing itself takes longer to import than all of this
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    import click

NOT_UNDERSTOOD = 2
INTERRUPTED = 130
_WIDEST = 80


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits.

    Args:
        arguments: The arguments; those of the process if left out.
    """
    interrupts: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        signal.default_int_handler(number, frame)

    # First of all, and this file imports little before: Ctrl-C may come as soon as it is typed.
    signal.signal(signal.SIGINT, interrupt)
    try:
        _prepare_process()
        status = execute(arguments, interrupts)
    except KeyboardInterrupt:
        status = INTERRUPTED
        _say("interrupted")
    os._exit(status)  # all output is flushed; tearing the interpreter down would take 40 ms more


def _prepare_process() -> None:
    gc.disable()  # a short process: collecting costs more than it frees
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # scanning for them takes 20 ms
    _prepare_streams()


def execute(arguments: Sequence[str] | None = None, interrupts: Sequence[int] = ()) -> int:
    """Runs the command line and returns the exit status; see ``run``.

    Args:
        arguments: The arguments; those of the process if left out.
        interrupts: Grows with each interruption. OmegaConf can lose a ``KeyboardInterrupt``, or
            turn it into an error of its own, so what follows an interruption isn't believed.
    """
    said = ""
    try:
        # Imports the commands, so that Ctrl-C ends that quietly too.
        status = _execute(arguments, interrupts)
        if not interrupts:
            return status
    except KeyboardInterrupt as stop:
        said = str(stop)  # what a command says of what it leaves behind
    _say(said or "interrupted")
    return INTERRUPTED


def _execute(arguments: Sequence[str] | None, interrupts: Sequence[int]) -> int:
    refusal = not_utf8(sys.argv[1:] if arguments is None else arguments)
    if refusal:
        _say(refusal)
        return NOT_UNDERSTOOD

    import click

    from hydra_recipes.cli.commands import BROKEN_PIPE, recipe

    try:
        status = recipe.main(arguments, prog_name="recipe", standalone_mode=False)
        sys.stdout.flush()  # a full disk or a closed pipe shows here
        sys.stderr.flush()
    except click.UsageError as error:
        _say(_usage(error, sys.argv[1:] if arguments is None else arguments))
        return NOT_UNDERSTOOD
    except click.Abort as stop:
        raise KeyboardInterrupt(*getattr(stop.__cause__, "args", ())) from None
    except SystemExit as stop:  # a shell's completion ends so
        return int(stop.code or 0)
    except BrokenPipeError:
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - _failed raises what it does not know
        return INTERRUPTED if interrupts else _failed(error)
    return status if isinstance(status, int) else 0


def not_utf8(arguments: Sequence[str]) -> str | None:
    """What is said of the first argument that isn't UTF-8, or None; files couldn't hold it."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = ascii(argument)[1:-1].replace("\\udc", "\\x")  # how bytes come in
            shown = shown if len(shown) <= _WIDEST else f"{shown[:_WIDEST]}..."
            return f"error: the argument '{shown}' is not UTF-8; type it in a terminal that is"
    return None


def _failed(error: Exception) -> int:
    from hydra_recipes.cli.terminal import error_line
    from hydra_recipes.findings.errors import OutputError, RecipeError

    if isinstance(error, OSError) and error.filename is None and error.strerror:
        # Only writing to a stream fails without naming a file.
        error = OutputError("cannot-write", file="the output", reason=error.strerror)
    if not isinstance(error, RecipeError):
        raise error
    _say(error_line(error))
    return NOT_UNDERSTOOD


def _usage(error: click.UsageError, arguments: Sequence[str]) -> str:
    """A wrong command line, in one line."""
    import click

    from hydra_recipes.text import one_line

    path = error.ctx.command_path if error.ctx else "recipe"
    text = one_line(" ".join(error.format_message().split())).removesuffix(".")
    if isinstance(error, click.NoSuchOption):
        near = [f"did you mean {option}?" for option in (error.possibilities or ())[:1]]
        typed = (one for one in arguments if one.startswith(f"{error.option_name}="))
        near += [f"an override has no dashes: {one.lstrip('-')}" for one in typed]
        text = "; ".join([f"there is no option {error.option_name}", *near])
    return f"error: {text[:1].lower()}{text[1:]} (see {path} --help)"


def _say(text: str) -> None:
    """Prose goes to stderr; if that can't be written to either, the exit status has to do."""
    import contextlib

    if not text.isprintable():
        from hydra_recipes.cli.terminal import visible

        text = visible(text)
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - the command line prints


def _prepare_streams() -> None:
    """Makes writing safe: a closed stream swallows what it is given, and files get UTF-8."""
    from pathlib import Path

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            sink = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
            setattr(sys, name, sink)
    for stream in (sys.stdout, sys.stderr):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace")  # type: ignore[union-attr]
