"""The ``recipe`` process: its streams, its exit status, and its end by an interruption."""

from __future__ import annotations

import gc
import os
import signal
import sys

TYPE_CHECKING = False  # as typing takes longer to import than all of this file
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    import click

_COMPLETE = "_RECIPE_COMPLETE"
"""The variable by which a shell's script asks for completion, as click names it."""
NOT_UNDERSTOOD = 2
INTERRUPTED = 130
_WIDEST = 80
_SLIP = 0.8
"""From which likeness on, of at most 1, an unknown option is taken for a slip."""


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Args:
        arguments: The arguments; by default those of the process.
    """
    interrupts: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        signal.default_int_handler(number, frame)

    # Before anything slow is imported: Ctrl-C may come as soon as the command has started.
    signal.signal(signal.SIGINT, interrupt)
    try:
        _prepare_process()
        status = execute(arguments, interrupts)
    except KeyboardInterrupt:
        status = INTERRUPTED
        _say("interrupted")
    os._exit(status)  # all output is flushed; tearing the interpreter down would take 40 ms more


def _prepare_process() -> None:
    """Make the process start fast and its streams safe."""
    gc.disable()  # a short process: collecting costs more than it frees
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # scanning for them takes 20 ms
    _prepare_streams()


def execute(arguments: Sequence[str] | None = None, interrupts: Sequence[int] = ()) -> int:
    """Run the command line and return the exit status; see ``run``.

    Args:
        arguments: The arguments; by default those of the process.
        interrupts: A list that grows with each interruption. OmegaConf can lose a
            ``KeyboardInterrupt`` or turn it into an error of its own, so once it has grown, the
            status is that of an interruption whatever happens.
    """
    message = ""
    try:
        # This also imports the commands, so that Ctrl-C ends that quietly too.
        status = _execute(arguments, interrupts)
        if not interrupts:
            return status
    except KeyboardInterrupt as stop:
        message = str(stop)  # a command may say what it leaves behind
    _say(message or "interrupted")
    return INTERRUPTED


def _execute(arguments: Sequence[str] | None, interrupts: Sequence[int]) -> int:
    """Run the command line, turn every known error into a line on stderr, and return the status."""
    refusal = not_utf8(sys.argv[1:] if arguments is None else arguments)
    if refusal:
        _say(refusal)
        return NOT_UNDERSTOOD
    if asked := os.environ.get(_COMPLETE):
        return _complete(asked)

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
    except BrokenPipeError:
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - _failed raises what it does not know
        return INTERRUPTED if interrupts else _failed(error)
    return status if isinstance(status, int) else 0


def _complete(asked: str) -> int:
    """Print what a shell's script asks for, and return the exit status; click isn't imported."""
    from hydra_recipes.cli.completion.shells import answer

    lines = answer(asked)
    if lines is None:
        return NOT_UNDERSTOOD
    try:
        print(lines, flush=True)  # noqa: T201 - the command line prints
    except OSError:  # the shell no longer reads it
        return NOT_UNDERSTOOD
    return 0


def not_utf8(arguments: Sequence[str]) -> str | None:
    """Return an error about the first argument that isn't UTF-8, or None; no file could hold it."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            # Python decodes a byte that isn't UTF-8, such as 0xff, as the surrogate \udcff.
            shown = ascii(argument)[1:-1].replace("\\udc", "\\x")
            shown = shown if len(shown) <= _WIDEST else f"{shown[:_WIDEST]}..."
            return f"error: the argument '{shown}' is not UTF-8; type it in a terminal that is"
    return None


def _failed(error: Exception) -> int:
    """Print an error that a user can cause, and return its status; raise any other."""
    from hydra_recipes.cli.terminal import error_line
    from hydra_recipes.findings.errors import OutputError, RecipeError
    from hydra_recipes.findings.messages.files import CannotWrite

    if isinstance(error, OSError) and error.filename is None and error.strerror:
        # Only writing to a stream fails without naming a file.
        error = OutputError(CannotWrite(file="the output", reason=error.strerror))
    if not isinstance(error, RecipeError):
        raise error
    _say(error_line(error))
    return NOT_UNDERSTOOD


def _usage(error: click.UsageError, arguments: Sequence[str]) -> str:
    """Return an error about a wrong command line, in one line."""
    import click

    from hydra_recipes.text import one_line

    path = error.ctx.command_path if error.ctx else "recipe"
    text = one_line(" ".join(error.format_message().split())).removesuffix(".")
    words = getattr(error.ctx.command, "meant", {}) if error.ctx else {}
    if isinstance(error, click.NoSuchOption) and error.option_name in words:
        text = f"there is no option {error.option_name}; {words[error.option_name]}"
    elif isinstance(error, click.NoSuchOption):
        meant = _command_meant(error, arguments)
        options = (error.possibilities or ())[:1]
        near = [
            f"did you mean {option}?" for option in options if not meant or _alike(error, option)
        ]
        near += [f"overrides have no dashes: {meant}"] if meant else []
        text = "; ".join([f"there is no option {error.option_name}", *near])
    return f"error: {text[:1].lower()}{text[1:]} (see {path} --help)"


def _command_meant(error: click.NoSuchOption, arguments: Sequence[str]) -> str | None:
    """Return the command with overrides in place of options like ``--lr 2e-6``, or None."""
    from hydra_recipes.shell_words import join

    parameters = error.ctx.command.params if error.ctx else []
    if not any("OVERRIDE" in str(parameter.metavar) for parameter in parameters):
        return None
    known = {option for parameter in parameters for option in parameter.opts}
    words, rest, is_meant = ["recipe"], list(arguments), False
    while rest:
        word = rest.pop(0)
        name, _, value = word.partition("=")
        if name.startswith("--") and name not in known:
            if not value and rest and "=" not in rest[0] and rest[0][:1] not in "-+~":
                value = rest.pop(0)
            if value:
                word = f"{name.lstrip('-').replace('-', '_')}={value}"
                is_meant = is_meant or name == error.option_name
        words.append(word)
    return join(words) if is_meant else None


def _alike(error: click.NoSuchOption, option: str) -> bool:
    """Return whether an unknown option is rather a slip for this one than an override."""
    import difflib

    return difflib.SequenceMatcher(None, error.option_name, option).ratio() > _SLIP


def _say(text: str) -> None:
    """Print a line on stderr; if that can't be written, the exit status alone has to do."""
    import contextlib

    if not text.isprintable():
        from hydra_recipes.cli.terminal import visible

        text = visible(text)
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - the command line prints


def _prepare_streams() -> None:
    """Make closed streams discard what is written, and files and pipes get UTF-8."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            sink = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open to the end
            setattr(sys, name, sink)
    for stream in (sys.stdout, sys.stderr):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace")  # type: ignore[union-attr]
