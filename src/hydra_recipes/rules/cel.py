"""Running the ``require`` expressions of rules: the Common Expression Language.

common-expression-language (Rust) on Python 3.11 and newer; cel-python on 3.10, which the former
doesn't support, with its comparisons brought to the standard's heterogeneous ones.
"""

from __future__ import annotations

import importlib.util
import operator
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
"""Of an expression. Engines nest as deep as one is long, and the Rust one has a stack to fill."""
_RANGE = 2**63
_ENGINE = "cel.cel"
_loading = threading.Lock()
_STOPS = (KeyboardInterrupt, SystemExit)
"""What isn't the engine's: a panic of Rust's is no ``Exception`` either."""
_NO_ROOM = "a number in it has no room in the 64 bits that CEL has"
_REASONS: Mapping[str, str] = {
    r"(?:divi|modul).*zero": "it divides by zero",
    "not a valid regex|match error": "a pattern in it is no regular expression",
    "parse error|invalid literal|could not convert": "a text in it is no number",
    "verflow": _NO_ROOM,
    "out of bounds|IndexError": "a list in it has no such position",
    "no such key|no such member|KeyError": "a mapping in it has no such key",
}
"""What an error of either engine says, as a pattern, and how it is told."""
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
    """Compiles an expression.

    Raises:
        CelSyntaxError: If it can't be parsed, calls what isn't a function of CEL, or is too long.
    """
    if len(source) > MAX_CHARACTERS:
        raise CelSyntaxError(f"it has more than {MAX_CHARACTERS:,} characters")
    if foreign := foreign_word(source):
        raise CelSyntaxError(foreign)
    if not has_room(source):
        raise CelSyntaxError(_NO_ROOM)
    return _compile_rust(source) if sys.version_info >= (3, 11) else _compile_python(source)


def _rust() -> ModuleType:
    """The extension module alone: its package imports a command-line tool with it (0.3 s).

    A process can load it once only. Whoever imports the package as well gets the same one.
    """
    with _loading:
        return _loaded()


@lru_cache(maxsize=1)
def _loaded() -> ModuleType:
    if "cel" in sys.modules:  # or is being imported by another thread, which this waits for
        return importlib.import_module(_ENGINE)
    package = importlib.util.find_spec("cel")
    folders = (package and package.submodule_search_locations) or ()
    paths = [Path(folder) / f"cel{suffix}" for folder in folders for suffix in EXTENSION_SUFFIXES]
    path = next((one for one in paths if one.is_file()), None)
    spec = importlib.util.spec_from_file_location(_ENGINE, path) if path else None
    if spec is None or spec.loader is None:
        return importlib.import_module(_ENGINE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return sys.modules.setdefault(_ENGINE, module)


def _compile_rust(source: str) -> Expression:
    try:
        program = _rust().compile(source)
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
    """A value with each integer that CEL has no room for, in 64 bits, as the double next to it."""
    if isinstance(value, Mapping):
        return {key: _within_range(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_within_range(item) for item in value]
    if not isinstance(value, int) or -_RANGE <= value < _RANGE:
        return value
    return as_double(value)


def _not_cel(source: str, line: int, column: int) -> str:
    """Why an expression can't be compiled, in the same words whatever the engine."""
    rest = "".join(source.splitlines(keepends=True)[line - 1 :])[column - 1 :].strip()
    there = f"it can't be read from {rest[:30]!r} on" if rest else "it ends too early"
    return foreign_sign(source) or there


def _failed(error: BaseException) -> str:
    """What an engine said that failed, rather than found fault with an expression."""
    said = " ".join(str(error).split())
    return f"CEL failed: {type(error).__name__}{f': {said}' if said else ''}"


def _no_value(error: BaseException) -> str:
    """Why an expression has no value, in the same words whatever the engine."""
    text = f"{type(error).__name__}: {error}"
    for pattern, told in _REASONS.items():
        if re.search(pattern, text):
            return told
    return _MIXED if isinstance(error, Exception) else _failed(error)


def _compile_python(source: str) -> Expression:
    import celpy

    environment = celpy.Environment()
    try:
        tree = environment.compile(source)
    except _STOPS:
        raise
    except BaseException as error:  # noqa: BLE001 - as above
        if isinstance(error, celpy.CELParseError):
            told = _not_cel(source, error.line or 1, error.column or 1)
        else:
            told = _failed(error)
        raise CelSyntaxError(told) from None
    program = environment.program(tree, functions=_standard_operators())

    def run(values: Mapping[str, Any]) -> Any:
        try:
            known = {name: celpy.json_to_cel(v) for name, v in _within_range(values).items()}
            result = program.evaluate(known)
        except _STOPS:
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            raise CelRuntimeError(_no_value(error)) from None
        return _plain(result)

    return Expression(source, names_in(source), run)


def _plain(value: Any) -> Any:
    """A value of cel-python's as Python's own: its numbers can't be compared with one another."""
    from celpy import celtypes

    if isinstance(value, bool | celtypes.BoolType):
        return bool(value)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return next((kind(value) for kind in (int, float, str) if isinstance(value, kind)), value)


def _standard_operators() -> dict[str, Any]:  # noqa: C901 - seven small closures over one import
    """Comparisons between numbers of any kind and between any kinds at all; strict arithmetic."""
    import celpy
    from celpy import celtypes

    def kind(value: Any) -> type:
        """CEL's type: one for integers, one for doubles; a number's class may be either of two."""
        if isinstance(value, celtypes.BoolType) or not isinstance(value, int | float):
            return type(value)
        return float if isinstance(value, float) else int

    def bare(value: Any) -> Any:
        """Past cel-python's own operators, which refuse to compare an integer with a double."""
        return kind(value)(value) if kind(value) in (int, float) else value

    def refuse_errors(*sides: Any) -> None:
        for side in sides:
            if isinstance(side, celpy.CELEvalError):
                raise TypeError(str(side))

    def ordering(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
        def run(left: Any, right: Any) -> Any:
            refuse_errors(left, right)
            if kind(left) is not kind(right) and {kind(left), kind(right)} != {int, float}:
                raise TypeError("no such overload")
            return celtypes.BoolType(compare(bare(left), bare(right)))

        return run

    def same(left: Any, right: Any) -> bool:
        refuse_errors(left, right)
        if {kind(left), kind(right)} <= {int, float}:
            return bool(bare(left) == bare(right))
        return kind(left) is kind(right) and bool(left == right)

    def arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def run(left: Any, right: Any) -> Any:
            refuse_errors(left, right)
            if kind(left) is not kind(right):
                raise TypeError("no such overload")
            return compute(left, right)

        return run

    return {
        "_<_": ordering(operator.lt),
        "_<=_": ordering(operator.le),
        "_>_": ordering(operator.gt),
        "_>=_": ordering(operator.ge),
        "_==_": lambda left, right: celtypes.BoolType(same(left, right)),
        "_!=_": lambda left, right: celtypes.BoolType(not same(left, right)),
        "_+_": arithmetic(operator.add),
        "_-_": arithmetic(operator.sub),
        "_*_": arithmetic(operator.mul),
    }
