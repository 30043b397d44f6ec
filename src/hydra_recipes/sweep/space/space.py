"""The space of a sweep: its axes, in the order given, and its options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from hydra_recipes.composing.bare_words import refuse_bare_words
from hydra_recipes.composing.engine import parse_override, spell_parsed
from hydra_recipes.composing.override_functions import is_plain, swept_values
from hydra_recipes.composing.override_limits import check_depth
from hydra_recipes.composing.overrides import chooses, read_override
from hydra_recipes.composing.parsed_override import ParsedOverride
from hydra_recipes.composing.plain_override import spell_plain
from hydra_recipes.composing.random_stream import shuffled
from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.sweep import (
    AxisSet,
    AxisTwice,
    BadSample,
    DerivedAxis,
    EmptyAxis,
    IntervalAxis,
    IntervalGroup,
    SamplerAlone,
    UnequalZip,
    UnknownAxis,
    UnknownSampler,
    ZippedTwice,
)
from hydra_recipes.library.model import SWEEPS, Libraries
from hydra_recipes.library.moves import Moved
from hydra_recipes.literals import spell_value
from hydra_recipes.origin import OverrideOrigin
from hydra_recipes.override import Override
from hydra_recipes.rules.book import rule_book
from hydra_recipes.sweep.space.interval import Interval, read_interval
from hydra_recipes.sweep.space.request import SAMPLERS, SweepOptions
from hydra_recipes.tree import matches, nearest, path_of


@dataclass(frozen=True)
class Axis:
    """A group or key with several values.

    Attributes:
        element: The group or key with its sign, as typed: ``lr``, ``+trainer.max_steps``.
        key: The group or key.
        is_group: Whether it is a group.
        overrides: One override for each value; for an interval, the one for its start.
        interval: The interval that values are drawn from, or None.
        typed: The whole axis as it was typed; empty for an interval.
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
    """One axis, or several zipped axes, which take their values together."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """Return the number of values."""
        return len(self.axes[0].overrides)


@dataclass(frozen=True)
class Space:
    """The parsed request for a sweep.

    Attributes:
        items: The overrides with one value and the axes, in the order given.
        dimensions: The axes, zipped ones together, in the order of the first axis of each.
        options: The options of the sweep.
        texts: The overrides as they were given.
        drawn_from: The space that this space's points were drawn from; None if they weren't drawn.
    """

    items: tuple[ParsedOverride | Axis, ...]
    dimensions: tuple[Dimension, ...]
    options: SweepOptions
    texts: tuple[str, ...] = field(default=(), compare=False)
    drawn_from: Space | None = field(default=None, compare=False)

    @property
    def moved(self) -> tuple[Moved, ...]:
        """Return the old names of groups and options in the overrides."""
        return tuple(moved for item in self.items for moved in item.moved)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Return all axes, in the order given."""
        return tuple(item for item in self.items if isinstance(item, Axis))

    @property
    def asked(self) -> int | None:
        """Return the number of points in the full product; None if an axis is an interval."""
        if any(axis.interval for axis in self.axes):
            return None
        return prod(dimension.size for dimension in self.dimensions)

    def dimension_of(self, axis: Axis) -> int:
        """Return the number of the dimension that an axis belongs to, from 0."""
        return next(
            number
            for number, dimension in enumerate(self.dimensions)
            if any(member is axis for member in dimension.axes)
        )


def read_space(texts: Iterable[str], options: SweepOptions, libraries: Libraries) -> Space:
    """Read the overrides of a sweep, with the sweeps held by libraries that they name.

    Raises:
        OverrideError: If an override or option can't be used: an unknown option, an axis given
            twice, zipped axes of unequal length, an interval without a sampler.
    """
    given = tuple(texts)
    expanded, options = _with_options(given, options, libraries)
    _check_sample(options)
    refuse_bare_words(expanded, libraries)
    items = [_read(text, options, libraries) for text in expanded]
    axes = [item for item in items if isinstance(item, Axis)]
    seen_names: set[str] = set()
    for axis in axes:
        name = axis.key.removeprefix("recipes.")
        if name in seen_names:
            raise OverrideError(AxisTwice(key=axis.key), OverrideOrigin(axis.element))
        seen_names.add(name)
    for axis in axes:
        # Only groups: whether a short key is the same as another shows once recipes are composed.
        for item in items:
            if axis.is_group and isinstance(item, ParsedOverride) and item.key == axis.key:
                detail = AxisSet(override=item.text, key=axis.key)
                raise OverrideError(detail, item.origin)
    return Space(tuple(items), _dimensions(axes, options.zips), options, given)


def _check_sample(options: SweepOptions) -> None:
    """Raise if the sample size or the sampler can't be used."""
    if options.sample is not None and (not isinstance(options.sample, int) or options.sample < 1):
        raise OverrideError(BadSample(asked=options.sample))
    if options.sampler is None:
        return
    if options.sampler not in SAMPLERS:
        raise OverrideError(UnknownSampler(sampler=options.sampler, known=SAMPLERS))
    if options.sample is None:
        raise OverrideError(SamplerAlone(sampler=options.sampler))


def _read(text: str, options: SweepOptions, libraries: Libraries) -> ParsedOverride | Axis:
    """Read one override, which is an axis if it has several values."""
    if Override.read(text).value.replace(" ", "") == "choice()":  # not in Hydra's grammar
        raise OverrideError(EmptyAxis(override=text), OverrideOrigin(text))
    override = read_override(text, libraries)
    if not override.sweeps:
        chooses(override, libraries)  # an unknown option is refused here
        return override
    is_group = libraries.is_group(override.key)
    if is_group:
        derived = rule_book(libraries).derived
        if override.key in derived:
            raise OverrideError(DerivedAxis(group=override.key), OverrideOrigin(text))
    element = override.element
    if override.parsed is not None and override.parsed.is_interval_sweep():
        if options.sampler is None or is_group:
            about_group = IntervalGroup(override=text, key=override.key)
            detail = about_group if is_group else IntervalAxis(override=text)
            raise OverrideError(detail, OverrideOrigin(text))
        interval = read_interval(override)
        first = axis_overrides(element, [interval.start])
        return Axis(element, override.key, False, first, interval, moved=override.moved)
    values = _values(override, options.seed or 0, libraries)
    overrides = tuple(_each(element, values))
    if not overrides:
        raise OverrideError(EmptyAxis(override=text), OverrideOrigin(text))
    if is_group:  # unless all are mappings, which are merged into the key of that name
        are_choices = [chooses(override_of_one, libraries) for override_of_one in overrides]
        is_group = any(are_choices)
    typed, moved = override.text, override.moved
    return Axis(element, override.key, is_group, overrides, typed=typed, moved=moved)


def axis_overrides(element: str, numbers: Iterable[int | float]) -> tuple[ParsedOverride, ...]:
    """Return the override of a key for each number."""
    return tuple(_each(element, [(spell_parsed(number), number) for number in numbers]))


def _each(element: str, values: Sequence[tuple[str, Any]]) -> Iterator[ParsedOverride]:
    """Yield the override of each value, given as its text and the parsed value.

    Parsing is slow, so only the first value and those that aren't plain are parsed; each other one
    reuses the override parsed before it.
    """
    model: ParsedOverride | None = None
    for value_text, value in values:
        text = f"{element}={value_text}"
        if model is None or not is_plain(value):
            model = parse_override(text)
            yield model
        else:
            check_depth(model.group, value, text)
            parsed = model.parsed and replace(model.parsed, _value=value, input_line=text)
            yield replace(model, text=text, value=value, parsed=parsed)


def _values(override: ParsedOverride, seed: int, libraries: Libraries) -> list[tuple[str, Any]]:
    """Return the values of an axis, each as override text and parsed."""
    if override.values:
        return [(spell_plain(value), value) for value in override.values]
    sweep: Any = override.parsed._value  # noqa: SLF001 - Hydra has no accessor for glob and shuffle
    if hasattr(sweep, "filter"):  # a glob
        options = list(libraries.options(override.key))
        matching = [(spell_value(option), option) for option in sweep.filter(options)]
        if not matching and not options:  # a key, which has no options to match
            detail = EmptyAxis(override=override.text, key=override.key)
            raise OverrideError(detail, override.origin)
        return matching
    is_shuffled = bool(getattr(sweep, "shuffle", False))
    parsed = (
        replace(override.parsed, _value=replace(sweep, shuffle=False))
        if is_shuffled
        else override.parsed
    )
    values = [(spell_parsed(value), value) for value in swept_values(parsed, override.text)]
    # By the seed, not by Hydra, so that the same request gives the same sweep.
    return shuffled(values, seed) if is_shuffled else values


def _dimensions(axes: Sequence[Axis], zips: Iterable[Sequence[str]]) -> tuple[Dimension, ...]:
    """Return the dimensions of the axes, in the order of the first axis of each.

    Raises:
        OverrideError: If a tie names no axis, one of another tie, or axes of unequal length.
    """
    tie_at: dict[int, tuple[Axis, ...]] = {}
    tied_axes: set[int] = set()
    for names in zips:
        members = [named(name, axes) for name in names]
        # Zipped intervals have no count: their values lie equally far along each of them.
        counts = [None if axes[index].interval else len(axes[index].overrides) for index in members]
        if len(set(counts)) > 1:
            lengths = list(zip((axes[index].element for index in members), counts, strict=True))
            raise OverrideError(UnequalZip(lengths=lengths))
        if tied_axes & set(members) or len(set(members)) < len(members):
            raise OverrideError(ZippedTwice(names=tuple(names)))
        tied_axes |= set(members)
        members.sort()
        tie_at[members[0]] = tuple(axes[index] for index in members)
    return tuple(
        Dimension(tie_at.get(index, (axis,)))
        for index, axis in enumerate(axes)
        if index in tie_at or index not in tied_axes
    )


def named(name: str, axes: Sequence[Axis]) -> int:
    """Return the index in ``axes`` of the axis that a name means.

    The name may be the end of the axis's key (``lr`` for ``optim.lr``), or the other way round.

    Raises:
        OverrideError: If it means no axis, or more than one.
    """
    # A name and no override; it may have the sign that the override of the axis has.
    wanted_path = path_of(name.strip().lstrip("+"))
    paths = [path_of(axis.key) for axis in axes]
    indices = [index for index, path in enumerate(paths) if path == wanted_path]
    indices = indices or [index for index, path in enumerate(paths) if matches(wanted_path, [path])]
    indices = indices or [index for index, path in enumerate(paths) if matches(path, [wanted_path])]
    if len(indices) == 1:
        return indices[0]
    similar_keys = nearest(name, [axis.key for axis in axes])
    raise OverrideError(
        UnknownAxis(name=name, nearest=similar_keys, axes=[axis.key for axis in axes])
    )


def _with_options(
    texts: Sequence[str], options: SweepOptions, libraries: Libraries
) -> tuple[list[str], SweepOptions]:
    """Replace each ``+sweep=NAME`` with the overrides of that option.

    An override given beside it replaces the option's axis of the same key.

    Returns:
        The overrides, and the options of the sweep with those of ``NAME`` added.
    """
    named_options: list[tuple[str, str]] = []
    rest: list[str] = []
    for text in texts:
        override = Override.read(text)
        if override.name == SWEEPS and override.sign != "~" and libraries.is_group(SWEEPS):
            named_options.append((text, override.option))
        else:
            rest.append(text)
    given = {Override.read(text).name for text in rest}
    expanded: list[str] = []
    for text, name in named_options:
        from hydra_recipes.sweep.space.saved import read_option  # most sweeps aren't saved ones

        saved = read_option(name, text, libraries)
        expanded += [text for text in saved.all_overrides if Override.read(text).name not in given]
        options = saved.added_to(options)
    return [*expanded, *rest], options
