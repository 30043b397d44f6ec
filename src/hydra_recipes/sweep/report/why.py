"""Why: what is wrong with one point of a space, named by its values."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace

from hydra_recipes.checking.composed import check_composed
from hydra_recipes.checking.typed_texts import as_typed, typed_values
from hydra_recipes.composing.hydra_bridge import ParsedOverride, parse_override
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.finding import Finding, Report
from hydra_recipes.library.model import Libraries
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sweep.plan.branch import ABSENT_KINDS, branches
from hydra_recipes.sweep.plan.grid import composed, unmet
from hydra_recipes.sweep.plan.sobol import Drawing
from hydra_recipes.sweep.space.condition import read_condition
from hydra_recipes.sweep.space.interval import BITS
from hydra_recipes.sweep.space.space import Axis, Dimension, Space, axis_overrides, named


def report_on(space: Space, why: str, libraries: Libraries) -> Report:
    """Checks the point that ``KEY=VALUE,…`` names; other axes take their first value.

    Raises:
        OverrideError: If there is no such axis, or it hasn't that value.
    """
    texts = list(point_overrides(space, why, libraries))
    values = {override.text for axis in space.axes for override in axis.overrides}
    values |= {item.text for item in space.items if not isinstance(item, Axis)}
    while True:
        try:
            recipe = composed(tuple(texts), libraries)
        except OverrideError as error:
            text = error.data.get("text")
            if error.kind not in ABSENT_KINDS or text not in values:
                raise
            for _ in branches(space, libraries):
                pass  # a key that no branch has is refused here too
            texts.remove(text)  # as everywhere: a key bears on recipes that have it only
            continue
        break
    report = check_composed(recipe, libraries)
    typed = _typed(space) if any(one.kind == "wrong-type" for one in report.findings) else {}
    findings = (_as_typed(finding, typed) for finding in report.findings)
    conditions = [read_condition(source, libraries) for source in space.wishes.where]
    family = rule_book(libraries).family_of(recipe.choices)
    broken = [
        Finding("error", source, "where", data={"text": source})
        for source in unmet(recipe, conditions, family)
    ]
    return replace(report, findings=(*broken, *findings))


def _typed(space: Space) -> dict[str, tuple[str, str]]:
    """What was typed for the values of axes that aren't text, by override: the key and the text."""
    return {
        override.text: (axis.element, text)
        for axis in space.axes
        for override, text in zip(
            axis.overrides,
            typed_values(axis.typed, [one.value for one in axis.overrides]),
            strict=True,
        )
        if text is not None
    }


def _as_typed(finding: Finding, typed: Mapping[str, tuple[str, str]]) -> Finding:
    """The finding about a value of an axis that should be text, with the text that was typed."""
    origin = finding.origin
    if not isinstance(origin, OverrideOrigin) or origin.override not in typed:
        return finding
    element, text = typed[origin.override]
    found = as_typed(finding, {finding.key or "": text}, "Hydra")
    told = replace(found, origin=OverrideOrigin(f"{element}={text}"))
    return told if "written" in found.data else finding


def point_overrides(space: Space, why: str, libraries: Libraries) -> tuple[str, ...]:
    """The overrides of the point that ``KEY=VALUE,…`` names; other axes take their first value.

    Zipped axes take their values together, here as everywhere.

    Raises:
        OverrideError: If there is no such axis, it hasn't that value, or axes that are zipped
            don't have these values together.
    """
    axes = space.axes
    wanted = {axes[named(name, axes)].element: value for name, value in _pairs(why)}
    taken: dict[str, str] = {}
    for dimension in space.dimensions:
        if len(dimension.axes) > 1 and dimension.axes[0].interval is not None:
            taken.update(_at_one_place(dimension, wanted, Drawing(space, libraries).number_of))
        else:
            taken.update(_together(dimension, wanted))
    return tuple(
        taken[item.element] if isinstance(item, Axis) else item.text for item in space.items
    )


def _together(dimension: Dimension, wanted: Mapping[str, str]) -> dict[str, str]:
    """The override of each axis of a dimension, of which some values are wanted."""
    drawn = {
        axis.element: _drawn(axis, wanted[axis.element]).text
        for axis in dimension.axes
        if axis.interval is not None and axis.element in wanted
    }
    places = {
        axis.element: _places(axis, wanted[axis.element])
        for axis in dimension.axes
        if axis.interval is None and axis.element in wanted
    }
    shared = set(range(dimension.size)).intersection(*places.values())
    if not shared:
        at = places[next(iter(places))][0]
        raise OverrideError(
            "why-zip",
            asked=[f"{element}={wanted[element]}" for element in places],
            there=[axis.overrides[at].text for axis in dimension.axes],
        )
    at = min(shared)
    return {axis.element: axis.overrides[at].text for axis in dimension.axes} | drawn


def _at_one_place(
    dimension: Dimension,
    wanted: Mapping[str, str],
    number_of: Callable[[Axis], Callable[[int], int | float]],
) -> dict[str, str]:
    """The override of each of several intervals that are zipped, of which some values are wanted.

    They are as far along their intervals as each other.
    """
    typed = {axis.element: axis for axis in dimension.axes if axis.element in wanted}
    drawn = {element: _drawn(axis, wanted[element]) for element, axis in typed.items()}
    places = [_coordinates(number_of(axis), drawn[e].value) for e, axis in typed.items()]
    at = max((some.start for some in places), default=0)

    def there(axis: Axis, coordinate: int) -> str:
        return axis_overrides(axis.element, [number_of(axis)(coordinate)])[0].text

    if any(at not in some for some in places):
        raise OverrideError(
            "why-zip",
            asked=[override.text for override in drawn.values()],
            there=[there(axis, places[0].start) for axis in dimension.axes],
        )
    texts = {element: override.text for element, override in drawn.items()}
    return {axis.element: there(axis, at) for axis in dimension.axes} | texts


def _coordinates(number: Callable[[int], int | float], value: float) -> range:
    """The coordinates where a number is, or the two between which it would be."""
    every = range(1 << BITS)
    first = bisect_left(every, value, key=number)
    after = bisect_right(every, value, key=number)
    return range(first, after) if first < after else range(max(first - 1, 0), first + 1)


def _pairs(why: str) -> list[tuple[str, str]]:
    """The pairs in ``a=1,b=[2,3]``: a comma parts them only if a name and ``=`` follow."""
    pairs: list[tuple[str, str]] = []
    for piece in why.split(",") if why.strip() else ():  # no axis: the one point there is
        key, equals, value = piece.partition("=")
        if equals or not pairs:
            pairs.append((key.strip().lstrip("+"), value))
        else:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{piece}")
    return pairs


def _drawn(axis: Axis, value: str) -> ParsedOverride:
    """The override that gives an axis of an interval a value."""
    assert axis.interval is not None
    parsed = parse_override(f"{axis.element}={value}")
    if parsed.value in axis.interval:
        return parsed
    values = [f"{axis.interval.start} to {axis.interval.end}"]
    raise OverrideError("bad-why", axis=axis.element, value=value, values=values)


def _places(axis: Axis, value: str) -> list[int]:
    """Where an axis has a value."""
    wanted = parse_override(f"{axis.element}={value}").value
    found = [
        at
        for at, override in enumerate(axis.overrides)
        if override.value == wanted and type(override.value) is type(wanted)
    ]
    if not found:
        values = [override.text.removeprefix(f"{axis.element}=") for override in axis.overrides]
        raise OverrideError("bad-why", axis=axis.element, value=value, values=values)
    return found
