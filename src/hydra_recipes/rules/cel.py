"""Running the ``require`` expressions of rules: the Common Expression Language.

common-expression-language (Rust) on Python 3.11 and newer; cel-python on 3.10, which the former
doesn't support, with its comparisons brought to the standard's heterogeneous ones.
"""

from __future__ import annotations

import importlib.util
import math
import operator
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import Any

from hydra_recipes.rules.cel_words import foreign_call, names_in

_RANGE = 2**63


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
        CelSyntaxError: If it can't be parsed, or calls what isn't a function of CEL.
    """
    if foreign := foreign_call(source):
        raise CelSyntaxError(foreign)
    return _compile_rust(source) if sys.version_info >= (3, 11) else _compile_python(source)


@lru_cache(maxsize=1)
def _rust() -> ModuleType:
    """The extension module alone: its package imports a command-line tool with it (0.3 s)."""
    package = importlib.util.find_spec("cel")
    for folder in (package and package.submodule_search_locations) or ():
        for suffix in EXTENSION_SUFFIXES:
            path = Path(folder) / f"cel{suffix}"
            spec = (
                importlib.util.spec_from_file_location("cel.cel", path) if path.is_file() else None
            )
            if spec and spec.loader:
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    import cel

    return cel


def _compile_rust(source: str) -> Expression:
    try:
        program = _rust().compile(source)
    except ValueError as error:
        raise CelSyntaxError(_first_line(error)) from None

    def run(values: Mapping[str, Any]) -> Any:
        try:
            return program.execute(_within_range(values))
        except (TypeError, ValueError, RuntimeError, ArithmeticError, LookupError) as error:
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
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _first_line(error: Exception) -> str:
    line = next(filter(None, str(error).splitlines()), "it ends too early")
    told = re.sub(r"^.*Syntax error: ", "", line)  # the expression is told anyway
    return re.sub(r" expecting \{.*$", "", told)


def _no_value(error: Exception) -> str:
    """Why an expression has no value, in the same words whatever the engine."""
    text = str(error)
    if "divi" in text and "zero" in text:
        return "it divides by zero"
    return "CEL doesn't do this with such values; an int and a double don't mix without double(KEY)"


def _compile_python(source: str) -> Expression:
    import celpy

    environment = celpy.Environment()
    try:
        tree = environment.compile(source)
    except celpy.CELParseError as error:
        raise CelSyntaxError(_first_line(error)) from None
    program = environment.program(tree, functions=_standard_operators())

    def run(values: Mapping[str, Any]) -> Any:
        try:
            known = {name: celpy.json_to_cel(v) for name, v in _within_range(values).items()}
            result = program.evaluate(known)
        except (celpy.CELEvalError, ValueError, TypeError) as error:
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
