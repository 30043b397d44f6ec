"""Run names, and with them the names of recipe files: from a template, unique in the sweep.

For example ``{model}-{lr:.0e}`` names the point ``model=nova lr=3e-5`` as ``nova-3e-05``. If that
might name two points the same, the id is appended: ``nova-3e-05-0123456789ab``. A name is at most
``LONGEST`` characters; what stands before the id is cut, the id never is.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydra_recipes.findings.errors import OverrideError
from hydra_recipes.findings.messages.sweep_files import BadTemplate, UnknownField
from hydra_recipes.sweep.plan.branch import Branch
from hydra_recipes.sweep.plan.filling import Gap
from hydra_recipes.sweep.plan.plan import Plan
from hydra_recipes.sweep.space.space import Axis
from hydra_recipes.tree import nearest

DEFAULT = "{name}-{id}"
LONGEST = 34
"""The most characters of a name: the launcher cuts longer ones."""
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))
_WIDE = re.compile(r"\d{3,}")
_NOT_IN_NAMES = re.compile("[^a-z0-9]+")


@dataclass(frozen=True)
class Template:
    """A template of run names.

    Attributes:
        parts: Plain text and fields in turn, beginning and ending with text. A field is a name, or
            a name and a format: ``lr:.2e``.
        appends_id: Whether the id is appended, as the template alone might not give unique names.
    """

    parts: tuple[str, ...]
    appends_id: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields; one with a format also as its name alone: ``lr:.2e``, ``lr``."""
        return _with_names(self.parts)

    def name(self, values: Mapping[str, str], recipe_id: str) -> str:
        """Return the run name of a point: lower-case letters, digits and dashes.

        Args:
            values: Field to text.
            recipe_id: The recipe's id.
        """
        return self.head(values, recipe_id) + self.tail(recipe_id)

    @property
    def ends_with_id(self) -> bool:
        """Return whether names end with the id."""
        return self.appends_id or self.parts[-2:] == ("id", "")

    @property
    def head_reads_id(self) -> bool:
        """Return whether the head has the id in it."""
        return "id" in _with_names(self._head)

    @property
    def head_fields(self) -> tuple[str, ...]:
        """Return the fields of the head except the id."""
        return tuple(field for field in _with_names(self._head) if field != "id")

    def head(self, values: Mapping[str, str], recipe_id: str) -> str:
        """Return what stands before the id at the end, cut to fit, or the whole name.

        The length of the id always matters; the id itself only if ``head_reads_id``.
        """
        texts = [
            part if index % 2 == 0 else _text(part, {**values, "id": recipe_id})
            for index, part in enumerate(self._head)
        ]
        return fitting("".join(texts), len(self.tail(recipe_id)))

    def tail(self, recipe_id: str) -> str:
        """Return the dash and the id at the end; empty if names don't end with the id."""
        return f"-{recipe_id}" if self.ends_with_id else ""

    @property
    def _head(self) -> tuple[str, ...]:
        """Return the parts without the id at the end."""
        return self.parts[:-2] if self.ends_with_id and not self.appends_id else self.parts


def read_template(text: str | None, known: Sequence[str]) -> Template:
    """Read a template such as ``{name}-{model}-{lr}``.

    Args:
        text: The template, or None for the default.
        known: The names that fields may have.

    Raises:
        OverrideError: If it isn't a template, or has a field of another name.
    """
    if text == "":  # asked for, unlike None, which is the default
        raise OverrideError(BadTemplate(template=text, reason="it is empty"))
    try:
        pieces = list(string.Formatter().parse(DEFAULT if text is None else text))
    except ValueError as error:
        raise OverrideError(BadTemplate(template=text, reason=str(error))) from None
    parts: list[str] = [""]
    for plain, name, format_spec, conversion in pieces:
        parts[-1] += plain
        if name is None:
            continue
        if name not in known or conversion:
            similar_names = nearest(name, known)
            field = f"{name}!{conversion}" if conversion else name
            raise OverrideError(
                UnknownField(field=field, nearest=similar_names, known=tuple(known))
            )
        parts += [f"{name}:{format_spec}" if format_spec else name, ""]
    return Template(tuple(parts))


@lru_cache(maxsize=8)
def forms_of(text: str | None) -> Mapping[str, tuple[str, ...]]:
    """Return the formats that a template gives its fields, by name: ``.2e`` for ``{lr:.2e}``."""
    forms: dict[str, tuple[str, ...]] = {}
    for _, name, form, _ in string.Formatter().parse(text or DEFAULT):
        if name and form:
            forms[name] = (*forms.get(name, ()), form)
    return forms


def formatted(value: Any, form: str, text: str | None) -> str:
    """Return a value as it stands in names.

    Args:
        value: The value.
        form: The format; empty for none.
        text: The template, for messages.

    Raises:
        OverrideError: If the value can't be formatted so.
    """
    if not (_WIDE.search(form) or "{" in form):
        with suppress(ValueError, TypeError, ArithmeticError):
            return clean(format(value, form) if form else str(value))
    reason = f"{value!r} can't be formatted as {form!r}"
    raise OverrideError(BadTemplate(template=text, reason=reason))


def _with_names(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the fields among the parts; one with a format also as its name alone."""
    return tuple(
        name for part in parts[1::2] for name in dict.fromkeys((part, part.partition(":")[0]))
    )


def _text(part: str, values: Mapping[str, str]) -> str:
    """Return the text of a field.

    A field with a format may be known as text only, by its name alone.
    """
    if part in values:
        return values[part]
    name, _, form = part.partition(":")
    return format(values[name], form) if values[name] else ""


def tells_apart(  # noqa: PLR0911 - each reason stands for itself
    template: Template, varying: Mapping[str, Sequence[str]]
) -> bool:
    """Return whether a template is certain to give every point its own name.

    Args:
        template: The template.
        varying: For each axis that has several values, its values as they stand in names, with an
            empty text if a branch lacks its key.
    """
    fields = template.parts[1::2]
    if "id" in template.fields:
        return template.parts[-2:] == ("id", "")
    if any(axis not in fields for axis in varying):
        return False
    if any(len(set(values)) < len(values) for values in varying.values()):
        return False
    is_ambiguous = [
        any("-" in value or not value for value in varying.get(field, ("",))) for field in fields
    ]
    if sum(is_ambiguous) > 1:
        return False  # "a-b" and "c" make the same name as "a" and "b-c"
    if not all(plain.startswith("-") and plain.endswith("-") for plain in template.parts[2:-1:2]):
        return False
    if "name" in fields:
        return False  # its length is unknown, so the end of the name may be cut
    start = clean(template.parts[0])
    first = varying.get(fields[0], ()) if fields else ()
    if not start[:1].isalpha() and (start or any(fitting(value, 0) != value for value in first)):
        return False  # some names get a prefix, which others may begin with anyway
    longest = sum(map(len, template.parts[::2])) + sum(
        max(map(len, varying[field])) if field in varying else LONGEST for field in fields
    )
    return longest <= LONGEST


def clean(text: str) -> str:
    """Return text as it may stand in a name: lower-case letters, digits and single dashes."""
    return _NOT_IN_NAMES.sub("-", text.lower()).strip("-")


def fitting(head: str, tail: int) -> str:
    """Return the text of a name before a tail, cut so that both together are short enough.

    It begins with a letter and, without a tail, is no word that YAML reads as another type.

    Args:
        head: The text.
        tail: The number of characters in the tail.
    """
    head = clean(head)
    if not head[:1].isalpha() or (not tail and head in _WORDS):
        head = f"run-{head}".strip("-")
    return head[: LONGEST - tail].rstrip("-")


def fields(branch: Branch) -> dict[str, Gap]:
    """Return the gap for each template field that is an axis of the branch."""
    text = branch.space.options.name
    forms = forms_of(text)
    return {
        f"{field}:{form}" if form else field: Gap(
            number, [formatted(axis.overrides[same[0]].value, form, text) for same in positions]
        )
        for number, (dimension, positions) in enumerate(
            zip(branch.space.dimensions, branch.positions, strict=True)
        )
        for axis in dimension.axes
        if axis not in branch.inactive
        for field in [field_of(axis)]
        for form in ("", *forms.get(field, ()))
    }


def field_of(axis: Axis) -> str:
    """Return the template field of an axis, its last key: ``lr`` for ``optim.lr``."""
    return axis.key.split(".")[-1]


def template_of(plan: Plan) -> Template:
    """Return the template of a plan's run names.

    The id is appended if two names might be the same without it.

    Raises:
        OverrideError: If the sweep asks for a text that isn't a template, or has an unknown field.
    """
    axes = [field_of(axis) for axis in plan.space.axes]
    recipes = (grid.branch.recipe for grid in plan.grids)
    groups = {
        group: option for recipe in recipes if recipe for group, option in recipe.choices.items()
    }
    text = plan.space.options.name
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
                part = f"{field}:{form}" if form else field
                varying[part] = [*values, *([""] if id(axis) in inactive else [])]
    # Two axes with the same last key share a field, which has the value of only one of them.
    if len(varying) == len(several) and tells_apart(template, varying):
        return template
    return Template(template.parts, appends_id=True)
