"""Why: what is wrong with one point of a space, named by its values."""

from __future__ import annotations

from dataclasses import replace

from hydra_recipes.checking import check_composed
from hydra_recipes.errors import OverrideError
from hydra_recipes.findings import Finding, Report
from hydra_recipes.hydra_bridge import parse_override
from hydra_recipes.keys import nearest
from hydra_recipes.library import Libraries
from hydra_recipes.rules.loading import rule_book
from hydra_recipes.sweep.branch import ABSENT_KINDS
from hydra_recipes.sweep.grid import composed, unmet
from hydra_recipes.sweep.space import Axis, Space
from hydra_recipes.sweep.where import read_condition


def report_on(space: Space, why: str, shelf: Libraries) -> Report:
    """Checks the point that ``KEY=VALUE,…`` names; other axes take their first value.

    Raises:
        OverrideError: If there is no such axis, or it hasn't that value.
    """
    texts = list(point_overrides(space, why))
    axes = {override.text for axis in space.axes for override in axis.overrides}
    while True:
        try:
            recipe = composed(tuple(texts), shelf)
        except OverrideError as error:
            text = error.data.get("text")
            if error.kind not in ABSENT_KINDS or text not in axes:
                raise
            texts.remove(text)  # as everywhere: an axis bears on recipes that have its key only
            continue
        break
    report = check_composed(recipe, shelf)
    conditions = [read_condition(source, shelf) for source in space.wishes.where]
    family = rule_book(shelf).family_of(recipe.choices)
    broken = [
        Finding("error", source, "where", data={"text": source})
        for source in unmet(recipe, conditions, family)
    ]
    return replace(report, findings=(*broken, *report.findings))


def point_overrides(space: Space, why: str) -> tuple[str, ...]:
    """The overrides of the point that ``KEY=VALUE,…`` names; other axes take their first value.

    Raises:
        OverrideError: If there is no such axis, or it hasn't that value.
    """
    wanted = dict(_pairs(why))
    texts: list[str] = []
    for item in space.items:
        if not isinstance(item, Axis):
            texts.append(item.text)
            continue
        value = wanted.pop(item.key, None)
        texts.append(item.overrides[0].text if value is None else _override(item, value))
    for name in wanted:
        axes = [axis.key for axis in space.axes]
        raise OverrideError("unknown-axis", name=name, nearest=nearest(name, axes), axes=axes)
    return tuple(texts)


def _pairs(why: str) -> list[tuple[str, str]]:
    """The pairs in ``a=1,b=[2,3]``: a comma parts them only if a name and ``=`` follow."""
    pairs: list[tuple[str, str]] = []
    for piece in why.split(","):
        key, equals, value = piece.partition("=")
        if equals or not pairs:
            pairs.append((key.strip().lstrip("+"), value))
        else:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{piece}")
    return pairs


def _override(axis: Axis, value: str) -> str:
    parsed = parse_override(f"{axis.element}={value}")
    wanted = parsed.value
    if axis.interval is not None and wanted in axis.interval:
        return parsed.text
    for override in axis.overrides:
        if override.value == wanted and type(override.value) is type(wanted):
            return override.text
    values = [override.text.removeprefix(f"{axis.element}=") for override in axis.overrides]
    if axis.interval is not None:
        values = [f"{axis.interval.start} to {axis.interval.end}"]
    raise OverrideError("bad-why", axis=axis.element, value=value, values=values)
