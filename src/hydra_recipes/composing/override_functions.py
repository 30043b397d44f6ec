"""The functions of the override grammar, where Hydra's own lose what was meant.

Hydra sorts a range by moving its ends, which gives other values where the stop isn't a step away
from one, forgets ``shuffle`` when it casts, and shuffles lists anew each time. Nothing of Hydra is
imported here: what its grammar gives is told by what it has.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import replace
from itertools import islice
from typing import Any

from hydra_recipes.composing.override_keys import loses_keys
from hydra_recipes.composing.override_limits import MAX_SWEPT, too_large
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.links.decimals import Progression
from hydra_recipes.origin import OverrideOrigin

_PLAIN = re.compile(r"(?!(?:null|true|false|nan|inf)\Z)[a-z][\w./-]*", re.ASCII | re.IGNORECASE)
"""Text that without quotes is text, as the grammar's own parser needn't be asked."""
_FEW = 8
"""So many values are written out in a message."""
CASTS: Mapping[str, type] = {"int": int, "float": float, "str": str, "bool": bool}


class CallError(Exception):
    """What the grammar accepts and nobody can mean: most often a function that is called wrongly.

    Attributes:
        data: What is told: the function's ``name``, those that are ``known``, a ``reason``, what
            it was ``given``, and the ``members`` of that if it stands for a few values.
    """

    def __init__(self, name: str, reason: str, given: list[Any], known: Iterable[str]) -> None:
        super().__init__(name, reason)
        alone = given[0] if len(given) == 1 else None
        self.data = {
            "name": name,
            "reason": reason,
            "given": tuple(map(spelled, given)),
            "members": tuple(map(spelled, _members(alone))),
            "known": tuple(sorted(known)),
        }


class GrammarFunctions:
    """What Hydra's parser asks for the value of a call.

    Args:
        hydras: Hydra's own functions, which check the arguments and do most of the work.
    """

    def __init__(self, hydras: Any) -> None:
        self.hydras = hydras

    def eval(self, call: Any) -> Any:
        """The value of a call.

        Raises:
            CallError: If there is no such function, or it doesn't take such arguments.
        """
        given = [*call.args, *(v for name, v in call.kwargs.items() if name != "reverse")]
        try:
            return self._value(call, given)
        except RecursionError:
            raise
        except Exception as error:  # whatever Hydra's functions trip over is in the call
            reason = _reason(call.name, given, self.hydras.definitions)
            raise CallError(call.name, reason, given, self.hydras.definitions) from error

    def _value(self, call: Any, given: list[Any]) -> Any:
        alone: Any = given[0] if len(given) == 1 else None
        if call.name == "shuffle" and isinstance(alone, list):
            shuffled = copy(alone)
            random.Random(0).shuffle(shuffled)  # noqa: S311 - the same recipe each time
            return shuffled
        if call.name in ("int", "float") and is_range(alone):
            kind = CASTS[call.name]
            return replace(
                alone, start=kind(alone.start), stop=kind(alone.stop), step=kind(alone.step)
            )
        if call.name == "sort" and is_range(alone):  # which Hydra 1.4 doesn't take with a step of 0
            return _sorted_range(alone, reverse=bool(call.kwargs.get("reverse")))
        found = self.hydras.eval(call)
        if call.name == "sort":
            if hasattr(found, "shuffle"):
                found.shuffle = False
        elif call.name in CASTS and getattr(alone, "shuffle", False):
            found.shuffle = True
        return found


def _sorted_range(sweep: Any, reverse: bool) -> Any:
    numbers = progression(sweep)
    with suppress(ArithmeticError, ValueError):  # one without numbers is told as it is
        if numbers.size and (numbers.step < 0) is not reverse:
            numbers = numbers.backwards
    return replace(sweep, start=numbers.start, stop=numbers.stop, step=numbers.step, shuffle=False)


def progression(sweep: Any) -> Progression:
    """The numbers of a range."""
    return Progression(sweep.start, sweep.stop, sweep.step)


def check_parsed(text: str, value: Any) -> None:
    """Refuses what an override's value lost when it was parsed, and what can't be a value.

    Raises:
        CallError: If a key is in a mapping twice, or a list, mapping or choice holds a range.
    """
    if loses_keys(text, value):
        raise CallError("", "keys", [], ())
    check_whole(value)


def check_whole(value: Any) -> None:
    """Refuses several values inside of one: a list, a mapping or a choice that holds a range.

    Raises:
        CallError: If it does.
    """
    inner = [*value.values()] if isinstance(value, dict) else getattr(value, "list", value)
    for one in inner if isinstance(inner, list) else ():
        if stands_for_several(one):
            raise CallError(spelled(one).partition("(")[0], "inside", [one], ())
        check_whole(one)


def with_quotes(value: Any, is_text: Callable[[str], bool], quote: Callable[[str], Any]) -> Any:
    """A parsed value with quotes around each text that without them would be something else.

    Args:
        value: The value.
        is_text: Whether a text without quotes is read as that text.
        quote: Puts quotes around one.
    """
    if isinstance(value, list):
        return [with_quotes(one, is_text, quote) for one in value]
    if isinstance(value, dict):
        return {key: with_quotes(one, is_text, quote) for key, one in value.items()}
    if not isinstance(value, str) or _PLAIN.fullmatch(value) or is_text(value):
        return value
    return quote(value)


def is_plain(value: Any) -> bool:
    """Whether a parsed value is read as itself for certain, and needn't be parsed again."""
    if isinstance(value, dict):
        return all(map(is_plain, (*value, *value.values())))
    if isinstance(value, list):
        return all(map(is_plain, value))
    return isinstance(value, int | float) or (
        isinstance(value, str) and _PLAIN.fullmatch(value) is not None
    )


def stands_for_several(value: Any) -> bool:
    """Whether a parsed value is a range, an interval, a choice or a glob."""
    return hasattr(value, "tags") or hasattr(value, "include")


def _members(value: Any) -> list[Any]:
    """The values that a range or a choice stands for, if they are few."""
    if is_range(value):
        with suppress(ArithmeticError, ValueError, TypeError):
            numbers = progression(value)
            return list(numbers) if numbers.size <= _FEW else []
    found = getattr(value, "list", [])
    return found if len(found) <= _FEW else []


def is_range(value: Any) -> bool:
    """Whether a parsed value is a range."""
    return hasattr(value, "step")


def spelled(value: Any) -> str:  # noqa: PLR0911 - one for each kind of value
    """A parsed value as it may have been typed."""
    if is_range(value):
        ends = [value.start, value.stop, *([value.step] if value.step != 1 else [])]
        return f"range({','.join(map(spelled, ends))})"
    if hasattr(value, "end"):
        return f"interval({spelled(value.start)},{spelled(value.end)})"
    if hasattr(value, "include"):
        return f"glob({','.join(value.include)})"
    if hasattr(value, "list"):
        return f"choice({','.join(map(spelled, value.list))})"
    if isinstance(value, list):
        return f"[{','.join(map(spelled, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{spelled(k)}:{spelled(v)}' for k, v in value.items())}}}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return value.with_quotes() if hasattr(value, "with_quotes") else str(value)


def _reason(name: str, given: list[Any], known: Iterable[str]) -> str:
    """Why a call has no value."""
    if name not in known:
        return "unknown"
    kinds = {_kind(value) for value in _flat(given)}
    if "several" in kinds:
        return "several"
    if name == "sort" and len(kinds) > 1:
        return "order"
    if name in CASTS and len(given) >= 1:
        return "cast"
    return "usage"


def _flat(given: list[Any]) -> Iterator[Any]:
    for value in given:
        yield from value if isinstance(value, list) else [value]


def _kind(value: Any) -> str:
    if stands_for_several(value):
        return "several"
    return "number" if isinstance(value, int | float) else "text"


def swept_values(sweep: Any, typed: str) -> list[Any]:
    """The values of an override that has several.

    Raises:
        OverrideError: If its range leads nowhere, or has too many.
    """
    try:
        values = progression(sweep.value()) if sweep.is_range_sweep() else sweep.sweep_iterator()
        found = list(islice(values, MAX_SWEPT + 1))
    except OverflowError:  # there is no end of them
        raise too_large(typed, f"{MAX_SWEPT:,} values") from None
    except (ValueError, ArithmeticError):  # a step of 0, or of nan
        raise OverrideError("bad-range", OverrideOrigin(typed), text=typed) from None
    if len(found) > MAX_SWEPT:
        raise too_large(typed, f"{MAX_SWEPT:,} values")
    return found
