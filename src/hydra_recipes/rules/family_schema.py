"""Shapes of recipes given as JSON Schema in a rules file: families without any Python.

A schema is used in two ways. Its mappings and types become a pydantic model, so that such a family
is checked, told apart and shown exactly as one written in Python. All other keywords become limits
of its library, so that sweeps leave out what they forbid, and libraries can switch them off.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.record import Record
from hydra_recipes.rules.keywords import KEYWORDS, unusable_keywords
from hydra_recipes.rules.model import Family, Limit
from hydra_recipes.text import one_of
from hydra_recipes.tree import nearest

if TYPE_CHECKING:
    from pydantic import BaseModel

_TYPES: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "null": None,
    "array": list,
    "object": dict,
}
_SHAPE = ("type", "properties", "required", "additionalProperties", "items", "anyOf")
"""The keywords that make the model."""
_ALL = "allOf"
_DEFINITIONS = ("$defs", "definitions")
_NOTES = (
    "$schema",
    "$id",
    "$comment",
    *_DEFINITIONS,
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
)
"""The keywords that ask for nothing."""
_INSIDE = ("items", "additionalProperties", "not")
"""The keywords, of those that may be limits too, that hold one schema."""
_Place = tuple[str, ...]


class Unusable(Record):
    """What a schema can't be used for.

    Attributes:
        where: Where in the schema.
        reason: Why.
    """

    where: _Place
    reason: str


def unusable_part(schema: Mapping[str, Any]) -> Unusable | None:
    """Return the first part of a family's schema that can't be used, or None if all of it can."""
    try:
        inlined = _whole(schema)
    except LookupError as error:
        return Unusable((), f"{error.args[0]} leads to no schema in $defs, or back to itself")
    if not isinstance(inlined.get("properties"), Mapping):
        return Unusable((), "it has no properties")
    return next(_unusable(inlined, ()), None)


def text_of(schema: Mapping[str, Any]) -> str:
    """Return a schema as the text that ``model_of`` takes, references replaced by their targets."""
    return json.dumps(_whole(schema))


def limits_of(family: Family) -> Iterator[Limit]:
    """Yield a limit for each key of which a family's schema says more than its type."""
    for path, keywords in _limited(json.loads(family.model), ()):
        key = dotted(path)
        yield Limit(
            id=f"{family.id}.{key}",
            library=family.library,
            file=family.file,
            when=family.when,
            keys=((key, keywords),),
            required=(),
            severity="error",
            because=f"The schema of {family.id} says so.",
            identifies=None,
            source=family.library,
        )


def model_of(text: str) -> type[BaseModel]:
    """Return the pydantic model of a family's schema.

    Args:
        text: What ``text_of`` gave.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a key may be called as a method of pydantic's, like copy
        return _model(json.loads(text), "Recipe")


def _whole(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without definitions, references replaced by their targets, allOf by one.

    Raises:
        LookupError: If one leads nowhere, or to itself.
    """
    plain = {word: value for word, value in schema.items() if word not in _DEFINITIONS}
    inlined: dict[str, Any] = _inlined(plain, schema, ())
    return inlined


def _inlined(node: Any, root: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    """Return a schema with references replaced by their targets.

    Args:
        node: The schema, or a part of it.
        root: The whole schema, with the definitions.
        within: The references whose targets the part is in.

    Raises:
        LookupError: If one leads nowhere, or to itself.
    """
    if isinstance(node, list):
        return [_inlined(item, root, within) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        _, _, place = reference.partition("#/")
        section, _, name = place.partition("/")
        target = root.get(section, {}).get(name) if section in _DEFINITIONS else None
        if target is None or reference in within:
            raise LookupError(reference)
        rest = {word: value for word, value in node.items() if word != "$ref"}
        node = {**_inlined(target, root, (*within, reference)), **rest}
    whole = {word: _inlined(value, root, within) for word, value in node.items()}
    return _in_one(whole) if _ALL in whole else whole


def _in_one(node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with the parts of its allOf in it; as it is if two of them disagree."""
    merged = {word: value for word, value in node.items() if word != _ALL}
    parts = node[_ALL]
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        return node
    for word, value in (pair for part in parts for pair in part.items()):
        there = merged.setdefault(word, value)
        if word == "required" and isinstance(there, list) and isinstance(value, list):
            merged[word] = [*there, *(name for name in value if name not in there)]
        elif word == "properties" and isinstance(there, dict) and isinstance(value, dict):
            merged[word] = {**value, **there}
            if any(merged[word][name] != inner for name, inner in value.items()):
                return node
        elif word == _ALL or (there != value and word not in _NOTES):
            return node
    return merged


def _unusable(node: Any, where: _Place) -> Iterator[Unusable]:
    """Yield what is unusable in a schema of a mapping, a list or a value."""
    if not isinstance(node, Mapping):
        yield Unusable(where, "a schema has to be a mapping")
        return
    for word in node:
        if word not in (*_SHAPE, *_NOTES, *KEYWORDS):
            yield Unusable((*where, word), _why_unknown(str(word)))
    for name in _types(node):
        if name not in _TYPES:
            yield Unusable((*where, "type"), f"{name} is no type; there are {one_of([*_TYPES])}")
    if "properties" in node:
        yield from _unusable_properties(node, where)
        return
    for word, inner in _schemas_in(node):
        if isinstance(inner, Mapping) and "properties" in inner and any(_limited(inner, ("",))):
            reason = f"mappings in {word} can have no limits, only types"
            yield Unusable((*where, word), reason)
        yield from _unusable(inner, (*where, word))
    for word in unusable_keywords(_keywords(node)):
        yield Unusable((*where, word), f"there is no use for that value of {word}")


def _why_unknown(word: str) -> str:
    """Return why a keyword can't be used that is none of a family's schema."""
    if word == _ALL:
        return "two parts of it say different things of the same"
    near = nearest(word, (*_SHAPE, *KEYWORDS))
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{word} is no keyword of a family's schema{hint}"


def _unusable_properties(node: Mapping[str, Any], where: _Place) -> Iterator[Unusable]:
    """Yield what is unusable in a schema of a mapping whose keys are told."""
    properties = node["properties"]
    if not isinstance(properties, Mapping) or _types(node) not in ([], ["object"]):
        yield Unusable((*where, "properties"), "properties are of a mapping, of type object")
        return
    if not isinstance(node.get("additionalProperties", False), bool):
        reason = "additionalProperties beside properties is true or false"
        yield Unusable((*where, "additionalProperties"), reason)
    for name in node.get("required") or ():
        if name not in properties:
            yield Unusable((*where, "required"), f"{name} is required, but no property")
    for name, inner in properties.items():
        if not isinstance(name, str) or name.startswith("_") or "." in name:
            reason = "a key is text without dots that doesn't begin with _"
            yield Unusable((*where, "properties", name), reason)
        yield from _unusable(inner, (*where, "properties", name))


def _types(node: Mapping[str, Any]) -> list[str]:
    """Return the names of a schema's types."""
    types = node.get("type", [])
    return types if isinstance(types, list) else [types]


def _schemas_in(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each schema that a schema without properties holds, with its keyword."""
    for word in ("items", "additionalProperties"):
        if isinstance(node.get(word), Mapping):
            yield word, node[word]
    alternatives = node.get("anyOf")
    for inner in alternatives if isinstance(alternatives, list) else ():
        yield "anyOf", inner


def _limited(node: Mapping[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield the key path of each value, with the keywords of its limit if it has any."""
    if not isinstance(node, Mapping):
        return
    for name, inner in (node.get("properties") or {}).items():
        yield from _limited(inner, (*path, name))
    keywords = {} if "properties" in node else _keywords(node)
    if keywords:
        yield path, keywords


def _keywords(node: Any) -> dict[str, Any]:
    """Return the keywords of a schema that make a limit; those that allow everything are none."""
    if not isinstance(node, Mapping):
        return {}
    found: dict[str, Any] = {}
    for word, value in node.items():
        if word in _INSIDE and isinstance(value, Mapping):
            inner = _keywords(value)
            found.update({word: inner} if inner else {})
        elif word == "anyOf" and isinstance(value, list):
            parts = [_alternative(part) for part in value]
            found.update({word: parts} if all(parts) else {})
        elif word in KEYWORDS and word not in (*_INSIDE, "description"):
            found[word] = value
    return found


def _alternative(node: Any) -> dict[str, Any]:
    """Return the keywords of one of several schemas; only for null does a type make any."""
    only_null = isinstance(node, Mapping) and _types(node) == ["null"]
    return {"const": None} if only_null else _keywords(node)


def _model(node: Mapping[str, Any], name: str) -> type[BaseModel]:
    """Return the model of a mapping with these properties."""
    from pydantic import create_model  # 60 ms, and it is imported only where a recipe is looked at

    from hydra_recipes.families.base import Section, key, optional

    fields: dict[str, Any] = {}
    for word, inner in node["properties"].items():
        about = str(inner.get("description") or inner.get("title") or "")
        field = key(about) if word in (node.get("required") or ()) else optional(about)
        fields[word] = (_annotation(inner, word), field)
    others = {"extra": "allow"} if node.get("additionalProperties") else None
    return create_model(name, __base__=Section, __cls_kwargs__=others, **fields)


def _annotation(node: Mapping[str, Any], name: str) -> Any:
    """Return the type of the values that a schema is for."""
    if "properties" in node:
        return _model(node, name)
    alternatives = [_annotation(part, name) for part in node.get("anyOf", ())]
    for word in _types(node):
        inner = node.get({"array": "items", "object": "additionalProperties"}.get(word, ""))
        of = _annotation(inner, name) if isinstance(inner, Mapping) else Any
        if word == "array":
            alternatives.append(list[of])  # type: ignore[valid-type]
        elif word == "object":
            alternatives.append(dict[str, of])  # type: ignore[valid-type]
        else:
            alternatives.append(_TYPES[word])
    if not alternatives:
        return Any
    annotation = alternatives[0]
    for other in alternatives[1:]:
        annotation |= other
    return annotation
