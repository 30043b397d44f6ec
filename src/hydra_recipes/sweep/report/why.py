"""Reports on one point of a space, named by its values: what is wrong with it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace

from hydra_recipes.checking.composed import check_composed
from hydra_recipes.checking.typed_texts import as_typed, typed_values
from hydra_recipes.composing.overrides import read_override
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.finding import Finding, Report
from hydra_recipes.findings.messages.sweep import BadWhy, ConditionFails, WhyZip
from hydra_recipes.findings.messages.values import WrongType
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.override import Override
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sweep.plan.branch import branches
from hydra_recipes.sweep.plan.grid import composed, unmet
from hydra_recipes.sweep.plan.placement import ABSENT_KINDS
from hydra_recipes.sweep.plan.sobol import Drawing
from hydra_recipes.sweep.space.condition import read_condition
from hydra_recipes.sweep.space.interval import BITS
from hydra_recipes.sweep.space.space import Axis, Dimension, Space, axis_overrides, named
from hydra_recipes.tree import same


def report_on(space: Space, why: str, libraries: Libraries) -> Report:
    """Check the point that ``KEY=VALUE,…`` names; other axes take their first value.

    Args:
        space: The space.
        why: The text ``KEY=VALUE,…``; blank for the point of first values.
        libraries: The libraries.

    Raises:
        OverrideError: If there is no such axis, or it doesn't have that value.
    """
    texts = list(point_overrides(space, why, libraries))
    values = {override.text for axis in space.axes for override in axis.overrides}
    values |= {item.text for item in space.items if not isinstance(item, Axis)}
    while True:
        try:
            recipe = composed(tuple(texts), libraries)
        except OverrideError as error:
            detail = error.detail
            if not isinstance(detail, ABSENT_KINDS) or detail.override not in values:
                raise
            for _ in branches(space, libraries):
                pass  # raises if no branch has the key
            texts.remove(detail.override)  # a key has no effect on recipes that lack it
            continue
        break
    report = check_composed(recipe, libraries)
    has_wrong_type = any(isinstance(finding.detail, WrongType) for finding in report.findings)
    typed = _typed(space) if has_wrong_type else {}
    findings = (_as_typed(finding, typed) for finding in report.findings)
    conditions = [read_condition(source, libraries) for source in space.options.where]
    family = rule_book(libraries).family_of(recipe.choices)
    broken = [
        Finding("error", source, ConditionFails(expression=source))
        for source in unmet(recipe, conditions, family)
    ]
    return replace(report, findings=(*broken, *findings))


def _typed(space: Space) -> dict[str, tuple[str, str]]:
    """Return what was typed for axis values that Hydra reads as another type than text.

    Override to the axis's element and the text: ``version=1.1`` to ``("version", "1.10")``.
    """
    return {
        override.text: (axis.element, text)
        for axis in space.axes
        for override, text in zip(
            axis.overrides,
            typed_values(axis.typed, [override.value for override in axis.overrides]),
            strict=True,
        )
        if text is not None
    }


def _as_typed(finding: Finding, typed: Mapping[str, tuple[str, str]]) -> Finding:
    """Return the finding with the text that was typed, if it is about a value in ``typed``."""
    origin = finding.origin
    if not isinstance(origin, OverrideOrigin) or origin.override not in typed:
        return finding
    element, text = typed[origin.override]
    finding = as_typed(finding, {finding.key or "": text}, "Hydra")
    if not isinstance(finding.detail, WrongType) or finding.detail.written is None:
        return finding
    return replace(finding, origin=OverrideOrigin(f"{element}={text}"))


def point_overrides(space: Space, why: str, libraries: Libraries) -> tuple[str, ...]:
    """Return the overrides of the point that ``KEY=VALUE,…`` names.

    Other axes take their first value; axes zipped with a named one take the value beside it.

    Raises:
        OverrideError: If there is no such axis, it doesn't have that value, or zipped axes don't
            have these values together.
    """
    axes = space.axes
    wanted = {axes[named(name, axes)].element: value for name, value in _pairs(why)}
    text_of: dict[str, str] = {}
    for dimension in space.dimensions:
        if len(dimension.axes) > 1 and dimension.axes[0].interval is not None:
            text_of.update(_at_one_place(dimension, wanted, Drawing(space, libraries)))
        else:
            text_of.update(_together(dimension, wanted, libraries))
    return tuple(
        text_of[item.element] if isinstance(item, Axis) else item.text for item in space.items
    )


def _together(
    dimension: Dimension, wanted: Mapping[str, str], libraries: Libraries
) -> dict[str, str]:
    """Return the override text of each axis of a dimension, by element.

    Args:
        dimension: The dimension.
        wanted: Element to the text of its value, for the axes that the user names.
        libraries: The libraries.

    Raises:
        OverrideError: If an axis doesn't have its value, or not together with the others.
    """
    drawn = {
        axis.element: _drawn(axis, wanted[axis.element], libraries).text
        for axis in dimension.axes
        if axis.interval is not None and axis.element in wanted
    }
    places = {
        axis.element: _places(axis, wanted[axis.element], libraries)
        for axis in dimension.axes
        if axis.interval is None and axis.element in wanted
    }
    shared = set(range(dimension.size)).intersection(*places.values())
    if not shared:
        place = places[next(iter(places))][0]
        raise OverrideError(
            WhyZip(
                asked=[f"{element}={wanted[element]}" for element in places],
                there=[axis.overrides[place].text for axis in dimension.axes],
            )
        )
    place = min(shared)
    return {axis.element: axis.overrides[place].text for axis in dimension.axes} | drawn


def _at_one_place(
    dimension: Dimension, wanted: Mapping[str, str], drawing: Drawing
) -> dict[str, str]:
    """Return the override text of each of several zipped intervals, by element.

    All take their value at the same coordinate, the first at which each named one has its value.

    Args:
        dimension: The dimension.
        wanted: Element to the text of its value, for the axes that the user names.
        drawing: The numbers that the axes take at each coordinate.

    Raises:
        OverrideError: If there is no such coordinate.
    """
    typed = {axis.element: axis for axis in dimension.axes if axis.element in wanted}
    drawn = {
        element: _drawn(axis, wanted[element], drawing.libraries) for element, axis in typed.items()
    }
    places = [_coordinates(drawing.number_of(axis), drawn[e].value) for e, axis in typed.items()]
    shared = max((coordinates.start for coordinates in places), default=0)

    def text_at(axis: Axis, coordinate: int) -> str:
        return axis_overrides(axis.element, [drawing.number_of(axis)(coordinate)])[0].text

    if any(shared not in coordinates for coordinates in places):
        raise OverrideError(
            WhyZip(
                asked=[override.text for override in drawn.values()],
                there=[text_at(axis, places[0].start) for axis in dimension.axes],
            )
        )
    texts = {element: override.text for element, override in drawn.items()}
    return {axis.element: text_at(axis, shared) for axis in dimension.axes} | texts


def _coordinates(number: Callable[[int], int | float], value: float) -> range:
    """Return the coordinates at which ``number`` gives a value.

    If there are none, the value lies between two neighbours; return these.
    """
    every = range(1 << BITS)
    first = bisect_left(every, value, key=number)
    after = bisect_right(every, value, key=number)
    return range(first, after) if first < after else range(max(first - 1, 0), first + 1)


def _pairs(why: str) -> list[tuple[str, str]]:
    """Return the pairs in ``a=1,b=[2,3]``; a comma separates only before a name and ``=``."""
    pairs: list[tuple[str, str]] = []
    for piece in why.split(",") if why.strip() else ():  # blank: no axis is named
        override = Override.read(piece.lstrip())
        if override.assigned is not None or not pairs:
            pairs.append((override.element.strip(), override.value))
        else:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{piece}")
    return pairs


def _drawn(axis: Axis, value: str, libraries: Libraries) -> ParsedOverride:
    """Return the override that sets an interval axis to a value; raise if it is outside."""
    assert axis.interval is not None
    parsed = read_override(f"{axis.element}={value}", libraries)
    if parsed.value in axis.interval:
        return parsed
    values = [f"{axis.interval.start} to {axis.interval.end}"]
    raise OverrideError(BadWhy(axis=axis.element, value=value, values=values))


def _places(axis: Axis, value: str, libraries: Libraries) -> list[int]:
    """Return the positions, from 0, at which an axis has a value; raise if there are none."""
    value_wanted = read_override(f"{axis.element}={value}", libraries).value
    places = [
        place for place, override in enumerate(axis.overrides) if same(override.value, value_wanted)
    ]
    if not places:
        values = [override.written.value for override in axis.overrides]
        raise OverrideError(BadWhy(axis=axis.element, value=value, values=values))
    return places
