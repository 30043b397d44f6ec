"""Outlines: what a family's pydantic model says of its keys, kept so that no model need be made.

Importing pydantic and making a model takes longer than checking with it. An outline has the keys,
their meanings, and which plain types each may have; a recipe that fits it is one that the model
accepts. Of any other the model says what is wrong.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hydra_recipes.origin import KeyPath
from hydra_recipes.record import Record
from hydra_recipes.rules.kept import UNUSABLE, KeptFile, state_of_code
from hydra_recipes.rules.model import is_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_OURS = "hydra_recipes.families."
_ROOMS = ("families", "rules")
"""The rooms whose code decides what an outline of ours says."""
_PLAIN = {bool: "bool", int: "int", float: "float", str: "str", type(None): "null"}
_LARGEST = 1 << 53
"""Up to here pydantic takes each whole number for an int, and as exactly for a float."""
Plain = str | tuple[str, Sequence[str]]
"""The name of a scalar's type; or ``list`` or ``map``, with the types of the scalars in it."""
Section = Mapping[str, tuple[bool, Sequence[Plain], "Section | None"]]
"""Of each key whether it is required, its plain types, and the section that it may be."""


class Outline(Record):
    """What a family's model says of its keys.

    Attributes:
        meanings: Each key that a recipe may have, in order, with its meaning.
        required: The keys of the values that a recipe must have.
        section: The plain types; None if the model says more than these.
    """

    meanings: Mapping[KeyPath, str]
    required: tuple[KeyPath, ...]
    section: Section | None

    def fits(self, tree: Any) -> bool:
        """Return whether the model surely accepts a tree; False if only the model can say."""
        return _fits(tree, self.section)

    def accepts(self, path: KeyPath, value: Any) -> bool:
        """Return whether a key surely may have a scalar; False if only the model can say."""
        section = self.section
        for key in path[:-1]:
            _, _, section = (section or {}).get(str(key), (False, (), None))
        _, plain_types, _ = (section or {}).get(str(path[-1]), (False, (), None))
        return _is_plain(value, plain_types)


def outline_of(family: str, model: Callable[[str], type[BaseModel]]) -> Outline:
    """Return the outline of a family.

    Only outlines of models whose code is all known are kept: ours, and those made of a schema.

    Args:
        family: The import path of its model, or the text of its JSON Schema.
        model: Returns the model of a family.
    """
    if not (family.startswith(_OURS) or is_schema(family)):
        return read_outline(model(family))
    kept = KeptFile("shape", family)
    with suppress(*UNUSABLE):
        code = state_of_code(_ROOMS, {"pydantic": "version.py"})
        before, kept_family, row = kept.read()
        if (before, kept_family) == (code, family):
            return Outline(*row)
    outline = read_outline(model(family))
    with suppress(*UNUSABLE):
        code = state_of_code(_ROOMS, {"pydantic": "version.py"})
        kept.write((code, family, tuple(outline)))
    return outline


def read_outline(model: type[BaseModel]) -> Outline:
    """Return the outline of a model."""
    return Outline(dict(_walk(model, ())), tuple(_required(model, ())), _section(model))


def nested(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field's type is or has among its alternatives, or None."""
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(nested, _alternatives(annotation))), None)


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """Return the types of a union; none if it isn't one."""
    is_union = isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is (
        typing.Union
    )
    return typing.get_args(annotation) if is_union else ()


def _walk(section: type[BaseModel], parent: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield path and description of every field of a model, sections before their fields."""
    for name, field in section.model_fields.items():
        yield (*parent, name), field.description or ""
        inner = nested(field.annotation)
        if inner is not None:
            yield from _walk(inner, (*parent, name))


def _required(section: type[BaseModel], parent: KeyPath) -> Iterator[KeyPath]:
    """Yield the key paths of the values that a recipe must have."""
    for name, field in section.model_fields.items():
        if field.is_required():
            inner = nested(field.annotation)
            yield from [(*parent, name)] if inner is None else _required(inner, (*parent, name))


def _section(model: type[BaseModel]) -> dict[str, Any] | None:
    """Return the plain types of a model's keys; None if the model says more than these."""
    decorators = model.__pydantic_decorators__
    says_more = any(getattr(decorators, name) for name in decorators.__slots__)
    config = model.model_config
    if says_more or config.get("extra") != "forbid" or not config.get("strict"):
        return None
    fields = {}
    for name, field in model.model_fields.items():
        inner = nested(field.annotation)
        section = None if inner is None else _section(inner)
        fields[name] = (field.is_required(), _plain_types(field), section)
    return fields


def _plain_types(field: FieldInfo) -> tuple[Plain, ...]:
    """Return the plain types that a field surely accepts."""
    if field.metadata or field.alias or field.validation_alias:
        return ()
    types_of_field: list[Plain] = []
    for one in _alternatives(field.annotation) or (field.annotation,):
        arguments = typing.get_args(one)
        if typing.get_origin(one) is list:
            types_of_field.append(("list", _scalars(arguments[0])))
        elif typing.get_origin(one) is dict and arguments[0] is str:
            types_of_field.append(("map", _scalars(arguments[1])))
        else:
            types_of_field += _scalars(one)
    return tuple(types_of_field)


def _scalars(annotation: Any) -> tuple[str, ...]:
    """Return the types of scalars that an annotation surely accepts."""
    if annotation is Any:
        return tuple(_PLAIN.values())
    return (_PLAIN[annotation],) if annotation in _PLAIN else ()


def _fits(value: Any, section: Section | None) -> bool:
    """Return whether a value is a mapping that surely fits a section."""
    if section is None or type(value) is not dict:
        return False
    for name, inner_value in value.items():
        if name not in section:
            return False
        _, plain_types, inner = section[name]
        is_section = inner is not None and type(inner_value) is dict
        fits = _fits(inner_value, inner) if is_section else _is_plain(inner_value, plain_types)
        if not fits:
            return False
    return all(name in value for name, (required, _, _) in section.items() if required)


def _is_plain(value: Any, plain_types: Sequence[Plain]) -> bool:
    """Return whether a value surely is of one of some plain types."""
    kind = _PLAIN.get(type(value))
    if kind == "int":
        whole = -_LARGEST <= value <= _LARGEST
        return whole and ("int" in plain_types or "float" in plain_types)
    if kind == "float":
        return math.isfinite(value) and "float" in plain_types
    if kind == "str":
        return value.isascii() and "str" in plain_types
    if kind is not None:
        return kind in plain_types
    name, items = "list", value
    if type(value) is dict and all(type(key) is str and key.isascii() for key in value):
        name, items = "map", list(value.values())
    return type(items) is list and any(
        name == container and all(_is_plain(item, scalars) for item in items)
        for container, scalars in _containers(plain_types)
    )


def _containers(plain_types: Sequence[Plain]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the lists and maps among plain types, each with the types of its items."""
    for one in plain_types:
        if not isinstance(one, str):
            yield one
