"""Running the ``require`` expressions of rules: the Common Expression Language."""

from __future__ import annotations

import importlib.util
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import Any

from hydra_recipes.numbers import as_double
from hydra_recipes.rules.cel_words import foreign_sign, foreign_word, has_room, names_in

MAX_CHARACTERS = 10_000
"""Of an expression. The engine nests as deep as one is long, and has a stack to fill."""
_RANGE = 2**63
_MODULE = "cel.cel"
_loading = threading.Lock()
_STOPS = (KeyboardInterrupt, SystemExit)
"""What isn't the engine's: a panic of Rust's is no ``Exception`` either."""
_NO_ROOM = "a number in it has no room in the 64 bits that CEL has"
_REASONS: Mapping[str, str] = {
    "ZeroDivisionError": "it divides by zero",
    "RuntimeError: .*not a valid regex": "a pattern in it is no regular expression",
    "RuntimeError: .*(?:parse error|invalid float)": "a text in it is no number",
    "OverflowError": _NO_ROOM,
    "IndexError": "a list in it has no such position",
    "KeyError": "a mapping in it has no such key",
}
"""How an error of the engine begins, as a pattern, and how it is told."""
_MIXED = "CEL doesn't do this with such values; an int and a double don't mix without double(KEY)"


class CelSyntaxError(ValueError):
    """The expression isn't CEL; the argument says why."""


@dataclass(frozen=True)
class Expression:
    """A compiled expression.

    Attributes:
        source: The expression.
        names: The names it reads, in reading order; a field is told with what it is of.
        run: Gives its value for values by name; raises ``CelRuntimeError`` if it has none.
    """

    source: str
    names: tuple[str, ...]
    run: Callable[[Mapping[str, Any]], Any]

    def __reduce__(self) -> tuple[Any, ...]:
        return compile_expression, (self.source,)


class CelRuntimeError(Exception):
    """The expression has no value for these values: a type that an operation isn't defined for."""


@lru_cache(maxsize=1024)
def compile_expression(source: str) -> Expression:
    """Compile an expression.

    Raises:
        CelSyntaxError: If it can't be parsed, calls what isn't a function of CEL, or is too long.
    """
    if len(source) > MAX_CHARACTERS:
        raise CelSyntaxError(f"it has more than {MAX_CHARACTERS:,} characters")
    if foreign := foreign_word(source):
        raise CelSyntaxError(foreign)
    if not has_room(source):
        raise CelSyntaxError(_NO_ROOM)
    return _compile(source)


def _engine() -> ModuleType:
    """Return the extension module alone: its package imports a command-line tool (0.3 s).

    A process can load it once only. Whoever imports the package as well gets the same one.
    """
    with _loading:
        return _loaded()


@lru_cache(maxsize=1)
def _loaded() -> ModuleType:
    if "cel" in sys.modules:  # or is being imported by another thread, which this waits for
        return importlib.import_module(_MODULE)
    package = importlib.util.find_spec("cel")
    folders = (package and package.submodule_search_locations) or ()
    paths = [Path(folder) / f"cel{suffix}" for folder in folders for suffix in EXTENSION_SUFFIXES]
    path = next((one for one in paths if one.is_file()), None)
    spec = importlib.util.spec_from_file_location(_MODULE, path) if path else None
    if spec is None or spec.loader is None:
        return importlib.import_module(_MODULE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return sys.modules.setdefault(_MODULE, module)


def _compile(source: str) -> Expression:
    try:
        program = _engine().compile(source)
    except _STOPS:
        raise
    except BaseException as error:  # noqa: BLE001 - so that a panic is told with its rule
        place = re.search(r"ERROR: <input>:(\d+):(\d+): ", str(error))
        told = _not_cel(source, *map(int, place.groups())) if place else _failed(error)
        raise CelSyntaxError(told) from None

    def run(values: Mapping[str, Any]) -> Any:
        try:
            return program.execute(_within_range(values))
        except _STOPS:
            raise
        except BaseException as error:  # noqa: BLE001 - see above
            raise CelRuntimeError(_no_value(error)) from None

    return Expression(source, names_in(source), run)


def _within_range(value: Any) -> Any:
    """Return a value with each integer beyond 64 bits as the double next to it."""
    if type(value) is float or type(value) is str:  # the most, and to ask what else takes long
        return value
    if isinstance(value, Mapping):
        return {key: _within_range(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_within_range(item) for item in value]
    if not isinstance(value, int) or -_RANGE <= value < _RANGE:
        return value
    return as_double(value)


def _not_cel(source: str, line: int, column: int) -> str:
    """Return the reason why an expression can't be compiled."""
    rest = "".join(source.splitlines(keepends=True)[line - 1 :])[column - 1 :].strip()
    there = f"it can't be read from {rest[:30]!r} on" if rest else "it ends too early"
    return foreign_sign(source) or there


def _failed(error: BaseException) -> str:
    """Return what the engine said when it failed without blaming the expression."""
    said = " ".join(str(error).split())
    return f"CEL failed: {type(error).__name__}{f': {said}' if said else ''}"


def _no_value(error: BaseException) -> str:
    """Return the reason why an expression has no value."""
    text = f"{type(error).__name__}: {error}"
    for pattern, told in _REASONS.items():
        if re.match(pattern, text):
            return told
    return _MIXED if isinstance(error, Exception) else _failed(error)
