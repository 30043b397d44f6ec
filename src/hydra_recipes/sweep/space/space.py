"""Space: the axes of a sweep, in the order given, and what else was asked of it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hydra_recipes.composing.hydra_bridge import ParsedOverride, parse_override
from hydra_recipes.composing.override_functions import is_plain, swept_values
from hydra_recipes.composing.override_limits import check_depth
from hydra_recipes.composing.overrides import read_override, read_overrides
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.library.moves import Moved
from hydra_recipes.literals import spell_value
from hydra_recipes.origin import KeyPath, OverrideOrigin
from hydra_recipes.rules.book import rule_book
from hydra_recipes.shell_words import unquoted
from hydra_recipes.sweep.space.interval import Interval, read_interval
from hydra_recipes.sweep.space.request import SAMPLERS, SweepOptions
from hydra_recipes.sweep.space.saved import read_option
from hydra_recipes.tree import matches, nearest


@dataclass(frozen=True)
class Axis:
    """A group or key with several values.

    Attributes:
        element: The group or key with its sign, as typed: ``lr``, ``+trainer.max_steps``.
        key: The group or key.
        is_group: Whether it is a group.
        overrides: One override for each value; for an interval, the one for its start.
        interval: What values are to be drawn from, or None.
        typed: All of it as it was typed.
        moved: The old names that it was typed with.
    """

    element: str
    key: str
    is_group: bool
    overrides: tuple[ParsedOverride, ...]
    interval: Interval | None = None
    typed: str = ""
    moved: tuple[Moved, ...] = ()


@dataclass(frozen=True)
class Dimension:
    """One axis, or several that are zipped: they take their values together."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """How many values it has."""
        return len(self.axes[0].overrides)


@dataclass(frozen=True)
class Space:
    """What was asked for, parsed.

    Attributes:
        items: The overrides with one value and the axes, in the order given.
        dimensions: The axes, zipped ones together, in the order of their first.
        wishes: What else was asked.
        texts: The overrides as they were given.
        drawn_from: If its points were drawn: the space that they were drawn from.
    """

    items: tuple[ParsedOverride | Axis, ...]
    dimensions: tuple[Dimension, ...]
    wishes: SweepOptions
    texts: tuple[str, ...] = field(default=(), compare=False)
    drawn_from: Space | None = field(default=None, compare=False)

    @property
    def moved(self) -> tuple[Moved, ...]:
        """The old names of groups and options in the overrides."""
        return tuple(one for item in self.items for one in item.moved)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """All axes, in the order given."""
        return tuple(item for item in self.items if isinstance(item, Axis))

    @property
    def asked(self) -> int | None:
        """How many points the full product has; None if there is no end of them."""
        if any(axis.interval for axis in self.axes):
            return None
        total = 1
        for dimension in self.dimensions:
            total *= dimension.size
        return total


def read_space(texts: Iterable[str], wishes: SweepOptions, libraries: Libraries) -> Space:
    """Reads the overrides of a sweep, sweeps kept in libraries included.

    Raises:
        OverrideError: If one can't be understood: an unknown option, an axis twice, a zip of axes
            of unequal length, an interval without a sampler.
    """
    given = tuple(texts)
    expanded, wishes = _with_options(given, wishes, libraries)
    _check_sample(wishes)
    items = [_read(text, wishes, libraries) for text in expanded]
    axes = [item for item in items if isinstance(item, Axis)]
    seen: set[str] = set()
    for axis in axes:
        name = axis.key.removeprefix("recipes.")
        if name in seen:
            raise OverrideError("axis-twice", OverrideOrigin(axis.element), key=axis.key)
        seen.add(name)
    for axis in axes:
        for item in items:  # keys that are set and swept are found once they have their place
            if axis.is_group and isinstance(item, ParsedOverride) and item.key == axis.key:
                data = {"key": axis.key, "text": item.text}
                raise OverrideError("axis-set", OverrideOrigin(item.text), **data)
    return Space(tuple(items), _dimensions(axes, wishes.zips), wishes, given)


def _check_sample(wishes: SweepOptions) -> None:
    if wishes.sample is not None and (not isinstance(wishes.sample, int) or wishes.sample < 1):
        raise OverrideError("bad-sample", asked=wishes.sample)
    if wishes.sampler is None:
        return
    if wishes.sampler not in SAMPLERS:
        raise OverrideError("unknown-sampler", sampler=wishes.sampler, known=SAMPLERS)
    if wishes.sample is None:
        raise OverrideError("sampler-alone", sampler=wishes.sampler)


def _read(text: str, wishes: SweepOptions, libraries: Libraries) -> ParsedOverride | Axis:
    if text.partition("=")[2].replace(" ", "") == "choice()":  # no grammar has this
        raise OverrideError("empty-axis", OverrideOrigin(text), text=text)
    override = read_override(text, libraries)
    if not override.sweeps:
        request = read_overrides([text], libraries)
        return (*request.groups, *request.keys)[0]
    is_group = libraries.is_group(override.key)
    if is_group:
        derived = rule_book(libraries).derived
        if override.key in derived:
            raise OverrideError("derived-axis", OverrideOrigin(text), group=override.key)
    element = override.parsed.get_key_element()
    if override.parsed.is_interval_sweep():
        if wishes.sampler is None or is_group:
            kind = "interval-group" if is_group else "interval-axis"
            raise OverrideError(kind, OverrideOrigin(text), text=text, key=override.key)
        interval = read_interval(override)
        first = axis_overrides(element, [interval.start])
        return Axis(element, override.key, False, first, interval, moved=override.moved)
    values = _values(override, wishes.seed or 0, libraries)
    overrides = tuple(_each(element, values))
    if not overrides:
        raise OverrideError("empty-axis", OverrideOrigin(text), text=text)
    if is_group:
        for one in overrides:
            read_overrides([one.text], libraries)
    typed, moved = override.text, override.moved
    return Axis(element, override.key, is_group, overrides, typed=typed, moved=moved)


def axis_overrides(element: str, numbers: Iterable[int | float]) -> tuple[ParsedOverride, ...]:
    """The override of a key for each of these numbers."""
    return tuple(_each(element, [(_value_text(number), number) for number in numbers]))


def _each(element: str, values: Sequence[tuple[str, Any]]) -> Iterator[ParsedOverride]:
    """The override of each value; after the first, what is plain needs no parsing of its own."""
    model: ParsedOverride | None = None
    for value_text, value in values:
        text = f"{element}={value_text}"
        if model is None or not is_plain(value):
            model = parse_override(text)
            yield model
        else:
            check_depth(model.group, value, text)
            parsed = replace(model.parsed, _value=value, input_line=text)
            yield replace(model, text=text, value=value, parsed=parsed)


def _values(override: ParsedOverride, seed: int, libraries: Libraries) -> list[tuple[str, Any]]:
    """The values of an axis, each as override text and as it was parsed."""
    sweep: Any = override.parsed._value  # noqa: SLF001 - Hydra has no accessor for glob and shuffle
    if hasattr(sweep, "filter"):  # a glob
        options = list(libraries.options(override.key))
        found = [(spell_value(option), option) for option in sweep.filter(options)]
        if not found and not options:  # of a key
            data = {"text": override.text, "key": override.key}
            raise OverrideError("empty-axis", OverrideOrigin(override.text), **data)
        return found
    shuffled = bool(getattr(sweep, "shuffle", False))
    parsed = (
        replace(override.parsed, _value=replace(sweep, shuffle=False))
        if shuffled
        else override.parsed
    )
    values = [(_value_text(value), value) for value in swept_values(parsed, override.text)]
    if shuffled:  # by the seed, so that the same request gives the same sweep
        random.Random(seed).shuffle(values)  # noqa: S311 - an order, not a secret
    return values


def _value_text(value: Any) -> str:
    """A value as Hydra's grammar reads it back: a link is quoted, and what has a quote in it."""
    if isinstance(value, str) and ("${" in value or '"' in value):
        return "'" + value.replace("'", "\\'") + "'"
    text: str = ParsedOverride.value_text(value)
    return text


def _dimensions(axes: Sequence[Axis], zips: Iterable[Sequence[str]]) -> tuple[Dimension, ...]:
    tied: dict[int, tuple[Axis, ...]] = {}
    taken: set[int] = set()
    for names in zips:
        members = [named(name, axes) for name in names]
        # Intervals go together too: as far along the one, as far along the other.
        counts = [None if axes[at].interval else len(axes[at].overrides) for at in members]
        if len(set(counts)) > 1:
            lengths = list(zip((axes[at].element for at in members), counts, strict=True))
            raise OverrideError("unequal-zip", lengths=lengths)
        if taken & set(members) or len(set(members)) < len(members):
            raise OverrideError("zipped-twice", names=tuple(names))
        taken |= set(members)
        members.sort()
        tied[members[0]] = tuple(axes[at] for at in members)
    return tuple(
        Dimension(tied.get(at, (axis,)))
        for at, axis in enumerate(axes)
        if at in tied or at not in taken
    )


def named(name: str, axes: Sequence[Axis]) -> int:
    """The place of the axis that a name means, whichever of the two is the shorter key.

    Raises:
        OverrideError: If there is none, or more than one.
    """
    wanted = _parts(name.strip().lstrip("+"))
    keys = [_parts(axis.key) for axis in axes]
    found = [at for at, key in enumerate(keys) if key == wanted]
    found = found or [at for at, key in enumerate(keys) if matches(wanted, [key])]
    found = found or [at for at, key in enumerate(keys) if matches(key, [wanted])]
    if len(found) == 1:
        return found[0]
    near = nearest(name, [axis.key for axis in axes])
    raise OverrideError("unknown-axis", name=name, nearest=near, axes=[a.key for a in axes])


def _parts(key: str) -> KeyPath:
    return tuple(key.removeprefix("recipes.").split("."))


def _with_options(
    texts: Sequence[str], wishes: SweepOptions, libraries: Libraries
) -> tuple[list[str], SweepOptions]:
    """The overrides with each ``+sweep=NAME`` replaced by what that option holds.

    An override given beside it replaces the option's axis of the same key.
    """
    names: list[tuple[str, str]] = []
    rest: list[str] = []
    for text in texts:
        head, _, option = text.partition("=")
        if head.lstrip("+") == SWEEPS and libraries.is_group(SWEEPS):
            names.append((text, unquoted(option.strip())))
        else:
            rest.append(text)
    own = {override_key(text) for text in rest}
    expanded: list[str] = []
    for text, name in names:
        kept = read_option(name, text, libraries)
        expanded += [t for t in kept.overrides if override_key(t) not in own]
        wishes = kept.added_to(wishes)
    return [*expanded, *rest], wishes


def override_key(text: str) -> str:
    """The group or key that the text of an override names, without its sign."""
    return text.partition("=")[0].lstrip("+~")
