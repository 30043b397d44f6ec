"""The column, from 0, at which the text of an override can't be read."""

from __future__ import annotations

from hydra_recipes.composing.override_functions import CallError
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.grammar import BadOverride
from hydra_recipes.links.grammar import LinkSyntaxError, parse, to_braces
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.override import Override


def unparsed(error: Exception, text: str, typed: str) -> OverrideError:
    """Return the error about an override that Hydra's parser doesn't accept.

    Args:
        error: What the parser raised.
        text: The override in Hydra's grammar.
        typed: What the user typed.
    """
    cause = error if isinstance(error, CallError) else error.__cause__
    call = cause.call if isinstance(cause, CallError) else None
    detail = BadOverride(override=typed, column=grammar_column(error, text), call=call)
    return OverrideError(detail, OverrideOrigin(typed))


def grammar_column(error: Exception, text: str) -> int:
    """Return the column, from 0, at which Hydra's grammar stopped.

    Some errors don't have it; it is then looked up in the frames of the parser that raised them.
    """
    cause = error.__cause__
    token = getattr(cause, "offendingToken", None)
    column: int | None = getattr(token, "column", None)
    if column is None:
        column = getattr(cause, "startIndex", None)
    trace = error.__traceback__ if column is None else None
    while trace is not None:
        names = trace.tb_frame.f_locals
        if trace.tb_frame.f_code.co_name == "syntaxError":
            column = names.get("column")
        elif trace.tb_frame.f_code.co_name == "visitFunction":
            column = names["ctx"].start.start
        trace = trace.tb_next
    if column is not None:
        return column
    return _value_column(text)


def link_column(text: str) -> int:
    """Return the column, from 0, at which the link begins that can't be read."""
    braces = to_braces(text)
    try:
        parse(braces)
    except LinkSyntaxError as error:
        return braces.index(str(error))
    return _value_column(braces)


def _value_column(text: str) -> int:
    """Return the column at which the value of an override begins; its end if it has none."""
    override = Override.read(text)
    return len(text) - len(override.value)
