"""The ledger of a sweep as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hydra_recipes.findings.rendering import Style, plain
from hydra_recipes.literals import spell_choice
from hydra_recipes.numbers import is_number
from hydra_recipes.sweep.plan.ledger import Ledger
from hydra_recipes.text import counted, one_of, spell

_MOST = 12
"""How many lines of a kind are shown."""
_FEW = 4
"""How many values are shown one by one."""


def ledger_text(ledger: Ledger, style: Style = plain) -> str:
    """Return the ledger as text: the counts, what forbids points, and where values are lost."""
    return "\n".join(_lines(ledger, style))


def _lines(ledger: Ledger, style: Style) -> Iterator[str]:
    """Yield the lines of the text."""
    state = style(f"{ledger.valid:,} valid", "ok" if ledger.valid else "error")
    line = f"{_looked_at(ledger)}: {state}, {ledger.left_out:,} left out"
    if ledger.duplicates:
        verb = "is" if ledger.duplicates == 1 else "are"
        line += f"; {ledger.duplicates:,} of the valid {verb} the same recipe as another"
        line += f", so {counted(ledger.recipes, 'recipe')}"
    yield line
    width = max(map(len, ledger.by_method), default=0)
    for method, (asked, valid) in ledger.by_method.items():
        yield f"  {method:<{width}}  {counted(asked, 'point')}: {valid:,} valid"
    yield from _reasons(ledger, style)
    yield from _values(ledger)
    for axis, points in ledger.inactive.items():
        yield ""
        yield f"{axis} is no key of the recipes of {counted(points, 'point')}: it is left out there"
    for obstacle in ledger.one_by_one:
        yield ""
        yield f"some points are composed one by one, which is slow: {obstacle}"
    if ledger.conflict:
        yield ""
        yield f"{style('nothing is left', 'error')}, because of:"
        for name in ledger.conflict:
            is_where = name in ledger.observed_values
            what = f"where {name}" if is_where else name
            why = (
                _observed(ledger.observed_values[name])
                if is_where
                else ledger.because.get(name, "")
            )
            yield f"  {style(what, 'key')}  {why}".rstrip()


def _looked_at(ledger: Ledger) -> str:
    """Return how many points were asked for or drawn, in words."""
    if ledger.drawn is None:
        return f"{counted(ledger.looked_at, 'point')} asked"
    if ledger.asked is None:
        return f"{counted(ledger.drawn, 'point')} drawn"
    return f"{ledger.drawn:,} drawn from {counted(ledger.asked, 'point')}"


def _reasons(ledger: Ledger, style: Style) -> Iterator[str]:
    """Yield lines on what forbids points."""
    if not ledger.reasons:
        return
    yield ""
    yield "what forbids points, each on its own:"
    width = max(len(f"{reason.forbids:,}") for reason in ledger.reasons)
    for reason in ledger.reasons[:_MOST]:
        what = f"where {reason.rule}" if reason.kind == "where" else reason.rule
        why = ledger.because.get(reason.rule, "")
        yield f"  {reason.forbids:>{width},}  {style(what, 'key')}  {why}".rstrip()
    yield from _more(len(ledger.reasons))


def _values(ledger: Ledger) -> Iterator[str]:
    """Yield lines on the values that are in no valid point, or with some options only."""
    if ledger.dead:
        yield ""
        yield "in no valid point:"
        for dead in ledger.dead[:_MOST]:
            yield f"  {dead.axis}={dead.value}  ({', '.join(dead.because)})"
        yield from _more(len(ledger.dead))
    if ledger.rare:
        yield ""
        yield "only in some:"
        for rare in ledger.rare[:_MOST]:
            options = " or ".join(spell_choice(rare.group, option) for option in rare.options)
            yield f"  {rare.axis}={rare.value} survives only with {options}"
        yield from _more(len(ledger.rare))


def _observed(values: Mapping[str, list[Any]]) -> str:
    """Return the values observed at each name of a condition, in words."""
    return "; ".join(f"{name} is {_values_in_words(observed)}" for name, observed in values.items())


def _values_in_words(values: list[Any]) -> str:
    """Return all values if they are few; otherwise their range, or the first of them."""
    if len(values) <= _FEW:
        return one_of(values)
    if all(map(is_number, values)):
        return f"{spell(min(values))} to {spell(max(values))}"
    return f"{', '.join(map(spell, values[:_FEW]))} and {len(values) - _FEW:,} others"


def _more(count: int) -> Iterator[str]:
    """Yield a line that says how many entries aren't shown, if any."""
    if count > _MOST:
        yield f"  … and {count - _MOST:,} more; --json has all"
