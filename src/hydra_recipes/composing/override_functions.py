"""The functions of the override grammar, where Hydra's own lose what was meant.

Hydra sorts a range by moving its ends, which changes the values if the stop isn't a whole number of
steps away, forgets ``shuffle`` when it casts, and shuffles lists anew each time. Nothing of Hydra
is imported here: the kind of a parsed value is told by its attributes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any

from hydra_recipes.composing.lost_keys import loses_keys
from hydra_recipes.composing.override_limits import MAX_SWEPT, too_large
from hydra_recipes.composing.random_stream import shuffled
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.grammar import BadRange, CallFault, WrongCall
from hydra_recipes.links.decimals import Progression
from hydra_recipes.literals import spell_value
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.tree import with_texts

_PLAIN = re.compile(r"(?!(?:null|true|false|nan|inf)\Z)[a-z][\w./-]*", re.ASCII | re.IGNORECASE)
"""Text that is surely read as text without quotes; of other text the parser has to be asked."""
_FEW = 8
"""How many values a message lists at most."""
CASTS: Mapping[str, type] = {"int": int, "float": float, "str": str, "bool": bool}


class CallError(Exception):
    """What the grammar accepts and nobody can mean, mostly a function that is called wrongly.

    Attributes:
        call: The call.
    """

    def __init__(
        self, name: str, reason: CallFault, given: list[Any], known: Iterable[str]
    ) -> None:
        super().__init__(name, reason)
        alone = given[0] if len(given) == 1 else None
        self.call = WrongCall(
            name=name,
            reason=reason,
            given=tuple(map(spelled, given)),
            members=tuple(map(spelled, _members(alone))),
            known=tuple(sorted(known)),
        )


class GrammarFunctions:
    """The functions that Hydra's parser calls.

    Args:
        hydras: Hydra's own functions, which check the arguments and do most of the work.
    """

    def __init__(self, hydras: Any) -> None:
        self.hydras = hydras

    def eval(self, call: Any) -> Any:
        """Return the value of a call.

        Raises:
            CallError: If there is no such function, or it doesn't take such arguments.
        """
        given = [*call.args, *(value for name, value in call.kwargs.items() if name != "reverse")]
        try:
            return self._value(call, given)
        except RecursionError:
            raise
        except Exception as error:  # whatever Hydra's functions trip over is in the call
            reason = _reason(call.name, given, self.hydras.definitions)
            raise CallError(call.name, reason, given, self.hydras.definitions) from error

    def _value(self, call: Any, given: list[Any]) -> Any:
        """Return the value of a call: Hydra's, except where that loses what was meant."""
        alone: Any = given[0] if len(given) == 1 else None
        if call.name == "shuffle" and isinstance(alone, list):
            return shuffled(alone, 0)  # the same recipe each time
        if call.name in ("int", "float") and is_range(alone):
            kind = CASTS[call.name]
            return replace(
                alone, start=kind(alone.start), stop=kind(alone.stop), step=kind(alone.step)
            )
        if call.name == "sort" and is_range(alone):  # which Hydra 1.4 doesn't take with a step of 0
            return _sorted_range(alone, reverse=bool(call.kwargs.get("reverse")))
        value = self.hydras.eval(call)
        if call.name == "sort":
            if hasattr(value, "shuffle"):
                value.shuffle = False
        elif call.name in CASTS and getattr(alone, "shuffle", False):
            value.shuffle = True
        return value


def _sorted_range(sweep: Any, reverse: bool) -> Any:
    """Return a range with the same numbers in order."""
    numbers = progression(sweep)
    # A range without numbers is returned as typed, to be reported when its values are needed.
    with suppress(ArithmeticError, ValueError):
        if numbers.size and (numbers.step < 0) is not reverse:
            numbers = numbers.backwards
    return replace(sweep, start=numbers.start, stop=numbers.stop, step=numbers.step, shuffle=False)


def progression(sweep: Any) -> Progression:
    """Return the numbers of a range."""
    return Progression(sweep.start, sweep.stop, sweep.step)


def check_parsed(text: str, value: Any) -> None:
    """Raise if parsing an override lost something, or its value can't be one.

    Raises:
        CallError: If a key is in a mapping twice, or a list, mapping or choice holds a range.
    """
    if loses_keys(text, value):
        raise CallError("", "keys", [], ())
    check_whole(value)


def check_whole(value: Any) -> None:
    """Raise for several values inside of one: a list, mapping or choice that holds a range.

    Raises:
        CallError: If there are.
    """
    items = [*value.values()] if isinstance(value, dict) else getattr(value, "list", value)
    for item in items if isinstance(items, list) else ():
        if stands_for_several(item):
            raise CallError(spelled(item).partition("(")[0], "inside", [item], ())
        check_whole(item)


def with_quotes(value: Any, is_text: Callable[[str], bool], quote: Callable[[str], Any]) -> Any:
    """Return a parsed value with quotes around each text that would be read as something else.

    Args:
        value: The value.
        is_text: Tells whether a text without quotes is read as that text.
        quote: Puts quotes around a text.
    """
    return with_texts(
        value, lambda text: text if _PLAIN.fullmatch(text) or is_text(text) else quote(text)
    )


def is_plain(value: Any) -> bool:
    """Return whether a parsed value is surely read as itself, and needn't be parsed again."""
    if isinstance(value, dict):
        return all(map(is_plain, (*value, *value.values())))
    if isinstance(value, list):
        return all(map(is_plain, value))
    return isinstance(value, int | float) or (
        isinstance(value, str) and _PLAIN.fullmatch(value) is not None
    )


def stands_for_several(value: Any) -> bool:
    """Return whether a parsed value is a range, an interval, a choice or a glob."""
    return hasattr(value, "tags") or hasattr(value, "include")


def _members(value: Any) -> list[Any]:
    """Return the values that a range or a choice stands for; none if they are many."""
    if is_range(value):
        with suppress(ArithmeticError, ValueError, TypeError):
            numbers = progression(value)
            return list(numbers) if numbers.size <= _FEW else []
    choices = getattr(value, "list", [])
    return choices if len(choices) <= _FEW else []


def is_range(value: Any) -> bool:
    """Return whether a parsed value is a range."""
    return hasattr(value, "step")


def spelled(value: Any) -> str:
    """Return a parsed value as it may have been typed."""
    return spell_value(value, _spell_parsed)


def _spell_parsed(value: Any) -> str:
    """Return the text of a parsed value in Hydra's grammar: of a range, a choice, text or a number.

    ``spell_value`` does the lists and mappings around it.
    """
    if is_range(value):
        ends = [value.start, value.stop, *([value.step] if value.step != 1 else [])]
        return f"range({','.join(map(spelled, ends))})"
    if hasattr(value, "end"):
        return f"interval({spelled(value.start)},{spelled(value.end)})"
    if hasattr(value, "include"):
        return f"glob({','.join(value.include)})"
    if hasattr(value, "list"):
        return f"choice({','.join(map(spelled, value.list))})"
    return value.with_quotes() if hasattr(value, "with_quotes") else str(value)


def _reason(name: str, given: list[Any], known: Iterable[str]) -> CallFault:
    """Return why a call has no value, as a word for the message."""
    if name not in known:
        return "unknown"
    kinds = {_kind(value) for value in _flat(given)}
    if "several" in kinds:
        return "several"
    if name == "sort" and len(kinds) > 1:
        return "order"
    if name in CASTS and len(given) >= 1:
        return "cast"
    return "call"


def _flat(given: list[Any]) -> Iterator[Any]:
    """Yield the arguments of a call, the items of each list instead of the list."""
    for value in given:
        yield from value if isinstance(value, list) else [value]


def _kind(value: Any) -> str:
    """Return whether a value is ``several``, a ``number`` or ``text``."""
    if stands_for_several(value):
        return "several"
    return "number" if isinstance(value, int | float) else "text"


def swept_values(sweep: Any, typed: str) -> list[Any]:
    """Return the values of an override that has several.

    Raises:
        OverrideError: If its range leads nowhere, or has more than ``MAX_SWEPT``.
    """
    try:
        values = progression(sweep.value()) if sweep.is_range_sweep() else sweep.sweep_iterator()
        first_values = list(islice(values, MAX_SWEPT + 1))
    except OverflowError:  # infinitely many
        raise too_large(typed, f"{MAX_SWEPT:,} values") from None
    except (ValueError, ArithmeticError):  # a step of 0, or of nan
        raise OverrideError(BadRange(override=typed), OverrideOrigin(typed)) from None
    if len(first_values) > MAX_SWEPT:
        raise too_large(typed, f"{MAX_SWEPT:,} values")
    return first_values
