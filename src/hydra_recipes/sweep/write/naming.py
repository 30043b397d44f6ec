"""Naming: run names by a template, within the limits on names and unique in the sweep."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.sweep.plan.branch import Branch
from hydra_recipes.sweep.plan.builder import Gap
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.space.space import Axis
from hydra_recipes.tree import nearest

DEFAULT = "{name}-{id}"
LONGEST = 34
"""The launcher keeps this many characters of a name."""
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))
_WIDE = re.compile(r"\d{3,}")
_NOT_IN_NAMES = re.compile("[^a-z0-9]+")


@dataclass(frozen=True)
class Template:
    """A template of run names.

    Attributes:
        parts: Plain text and fields in turn, beginning and ending with text. A field is a name, or
            with how it is formatted ``lr:.2e``.
        appends_id: Whether the id is put after it, because it doesn't tell all points apart.
    """

    parts: tuple[str, ...]
    appends_id: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """What stands in braces; of what is formatted the name alone too."""
        return _with_names(self.parts)

    def name(self, values: Mapping[str, str], recipe_id: str) -> str:
        """The name for the values of a point: lower-case letters, digits and dashes.

        The id is never cut; what stands before it is, if it is too long.
        """
        return self.head(values, recipe_id) + self.tail(recipe_id)

    @property
    def ends_with_id(self) -> bool:
        """Whether names end with the id."""
        return self.appends_id or self.parts[-2:] == ("id", "")

    @property
    def head_reads_id(self) -> bool:
        """Whether the id bears on what stands before the end."""
        return "id" in _with_names(self._head)

    @property
    def head_fields(self) -> tuple[str, ...]:
        """The fields that stand before the end, the id aside."""
        return tuple(field for field in _with_names(self._head) if field != "id")

    def head(self, values: Mapping[str, str], recipe_id: str) -> str:
        """What stands before the id at the end, cut to fit; the whole name if none ends it.

        How long the id is always bears on it; what it is, only if it ``head_reads_id``.
        """
        texts = [
            part if at % 2 == 0 else _text(part, {**values, "id": recipe_id})
            for at, part in enumerate(self._head)
        ]
        return fitting("".join(texts), len(self.tail(recipe_id)))

    def tail(self, recipe_id: str) -> str:
        """The id at the end, if one is."""
        return f"-{recipe_id}" if self.ends_with_id else ""

    @property
    def _head(self) -> tuple[str, ...]:
        return self.parts[:-2] if self.ends_with_id and not self.appends_id else self.parts


def read_template(text: str | None, known: Sequence[str]) -> Template:
    """Reads a template such as ``{name}-{model}-{lr}``.

    Args:
        text: The template, or None for the default.
        known: The fields there are.

    Raises:
        OverrideError: If it isn't a template, or has a field that there isn't.
    """
    if text == "":  # not the default: somebody asked for it
        raise OverrideError("bad-template", text=text, reason="it is empty")
    try:
        pieces = list(string.Formatter().parse(DEFAULT if text is None else text))
    except ValueError as error:
        raise OverrideError("bad-template", text=text, reason=str(error)) from None
    parts: list[str] = [""]
    for plain, name, form, conversion in pieces:
        parts[-1] += plain
        if name is None:
            continue
        if name not in known or conversion:
            near = nearest(name, known)
            field = f"{name}!{conversion}" if conversion else name
            raise OverrideError(
                "unknown-field", text=text, field=field, nearest=near, known=tuple(known)
            )
        parts += [f"{name}:{form}" if form else name, ""]
    return Template(tuple(parts))


@lru_cache(maxsize=8)
def forms_of(text: str | None) -> Mapping[str, tuple[str, ...]]:
    """How a template formats each of its fields that it formats: ``.2e`` of ``{lr:.2e}``."""
    found: dict[str, tuple[str, ...]] = {}
    for _, name, form, _ in string.Formatter().parse(text or DEFAULT):
        if name and form:
            found[name] = (*found.get(name, ()), form)
    return found


def formatted(value: Any, form: str, text: str | None) -> str:
    """A value as it stands in names.

    Args:
        value: The value.
        form: How it is formatted; empty where it isn't.
        text: The template.

    Raises:
        OverrideError: If a value of its type can't be formatted so.
    """
    if not (_WIDE.search(form) or "{" in form):
        with suppress(ValueError, TypeError, ArithmeticError):
            return clean(format(value, form) if form else str(value))
    reason = f"{value!r} can't be formatted as {form!r}"
    raise OverrideError("bad-template", text=text, reason=reason)


def _with_names(parts: Sequence[str]) -> tuple[str, ...]:
    """The fields among the parts of a template; of what is formatted the name alone too."""
    return tuple(
        name for part in parts[1::2] for name in dict.fromkeys((part, part.partition(":")[0]))
    )


def _text(part: str, values: Mapping[str, str]) -> str:
    """What a field stands for; what is formatted may be known as text only."""
    if part in values:
        return values[part]
    name, _, form = part.partition(":")
    return format(values[name], form) if values[name] else ""


def tells_apart(  # noqa: PLR0911 - each reason stands for itself
    template: Template, varying: Mapping[str, Sequence[str]]
) -> bool:
    """Whether a template gives every point its own name, for certain.

    Args:
        template: The template.
        varying: For each axis that bears on the recipes, its values as they stand in names; an
            empty text where some branch doesn't have its key.
    """
    fields = template.parts[1::2]
    if "id" in template.fields:
        return template.parts[-2:] == ("id", "")
    if any(axis not in fields for axis in varying):
        return False
    if any(len(set(values)) < len(values) for values in varying.values()):
        return False
    loose = [any("-" in value or not value for value in varying.get(f, ("",))) for f in fields]
    if sum(loose) > 1:
        return False  # where one ends and the next begins isn't certain
    if not all(plain.startswith("-") and plain.endswith("-") for plain in template.parts[2:-1:2]):
        return False
    if "name" in fields:
        return False  # how long it is isn't known
    start = clean(template.parts[0])
    first = varying.get(fields[0], ()) if fields else ()
    if not start[:1].isalpha() and (start or any(fitting(value, 0) != value for value in first)):
        return False  # something is put before some names, and others may begin with just that
    longest = sum(map(len, template.parts[::2])) + sum(
        max(map(len, varying[field])) if field in varying else LONGEST for field in fields
    )
    return longest <= LONGEST


def clean(text: str) -> str:
    """Text as it may stand in a name: lower-case letters, digits and single dashes."""
    return _NOT_IN_NAMES.sub("-", text.lower()).strip("-")


def fitting(head: str, tail: int) -> str:
    """A name's text before a tail of that many characters, cut so that both are not too long.

    It begins with a letter and, alone, is no word of YAML's, so that nothing reads it as a number.
    """
    head = clean(head)
    if not head[:1].isalpha() or (not tail and head in _WORDS):
        head = f"run-{head}".strip("-")
    return head[: LONGEST - tail].rstrip("-")


def fields(branch: Branch) -> dict[str, Gap]:
    """What a template's fields for axes stand for in a branch."""
    text = branch.space.wishes.name
    forms = forms_of(text)
    return {
        f"{field}:{form}" if form else field: Gap(
            at, [formatted(axis.overrides[same[0]].value, form, text) for same in positions]
        )
        for at, (dimension, positions) in enumerate(
            zip(branch.space.dimensions, branch.positions, strict=True)
        )
        for axis in dimension.axes
        if axis not in branch.inactive
        for field in [field_of(axis)]
        for form in ("", *forms.get(field, ()))
    }


def field_of(axis: Axis) -> str:
    """How a template names an axis: by its last key, ``lr`` for ``optim.lr``."""
    return axis.key.split(".")[-1]


def template_of(plan: Plan) -> Template:
    """The template of a plan's run names, with the id if without it two might be the same.

    Raises:
        OverrideError: If what was asked for isn't a template, or has a field that there isn't.
    """
    axes = [field_of(axis) for axis in plan.space.axes]
    recipes = (grid.branch.recipe for grid in plan.grids)
    groups = {group: option for r in recipes if r for group, option in r.choices.items()}
    text = plan.space.wishes.name
    template = read_template(text, list(dict.fromkeys(["name", "id", *groups, *axes])))
    forms = forms_of(text)
    for field, formats in forms.items():
        for form in formats if field not in axes else ():
            formatted(groups.get(field, field), form, text)
    inactive = {id(axis) for grid in plan.grids for axis in grid.branch.inactive}
    several = [axis for axis in plan.space.axes if len(axis.overrides) > 1]
    varying: dict[str, list[str]] = {}
    for axis in plan.space.axes:
        field = field_of(axis)
        for form in forms.get(field, ("",)):
            values = [formatted(override.value, form, text) for override in axis.overrides]
            if axis in several and (not form or form == forms[field][0]):
                at = f"{field}:{form}" if form else field
                varying[at] = [*values, *([""] if id(axis) in inactive else [])]
    # Of two axes with the same last key, names have only one.
    if len(varying) == len(several) and tells_apart(template, varying):
        return template
    return Template(template.parts, appends_id=True)
