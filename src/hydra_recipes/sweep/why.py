"""Why: the overrides of one point of a space, named by its values."""

from __future__ import annotations

from hydra_recipes.errors import OverrideError
from hydra_recipes.hydra_bridge import parse_override
from hydra_recipes.overrides import nearest
from hydra_recipes.sweep.space import Axis, Space


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
    wanted = parse_override(f"{axis.element}={value}").value
    for override in axis.overrides:
        if override.value == wanted and type(override.value) is type(wanted):
            return override.text
    values = [override.text.removeprefix(f"{axis.element}=") for override in axis.overrides]
    raise OverrideError("bad-why", axis=axis.element, value=value, values=values)
