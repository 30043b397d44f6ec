"""Family check: whether trees fit a family's pydantic model, without an instance for each of them.

pydantic compiles a model to a schema, and runs it. Of that schema, what makes instances and fills
in defaults can be left out where the model has nothing but typed fields: a model with the field
``lr: float | None = None`` becomes a dict that may have the key ``lr``, a float or null. Checking a
tree by it takes half the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hydra_recipes.rules.families import model

_KEPT = frozenset(
    ("any", "bool", "definition-ref", "dict", "float", "int", "list", "none", "nullable", "str")
)
"""The types of schemas that accept the same with and without instances."""
_MODEL = frozenset(("type", "cls", "schema", "config", "ref", "metadata"))
_CONFIG = frozenset(("title", "extra_fields_behavior", "strict", "allow_inf_nan"))


def family_check(family: str) -> Callable[[Any], object]:
    """Return a function that raises pydantic's ``ValidationError`` for a tree that doesn't fit.

    Args:
        family: The import path of the family's model, or the text of its JSON Schema.
    """
    from pydantic_core import SchemaValidator

    validator = model(family).__pydantic_validator__
    schema = _as_dicts(model(family).__pydantic_core_schema__)
    if schema is None:
        return validator.validate_python
    fits = SchemaValidator(schema).isinstance_python
    # The model itself says what is wrong.
    return lambda tree: fits(tree) or validator.validate_python(tree)


def _as_dicts(schema: Any) -> Any:
    """Return a schema with dicts in place of models; None if it might accept other trees."""
    match schema:
        case {"type": "model", "schema": {"type": "model-fields", "fields": fields}}:
            return _of_model(schema, fields)
        case {"type": "definitions", "schema": inner, "definitions": list(definitions)}:
            return _with_parts(schema, {"schema": inner}, {"definitions": definitions})
        case {"type": "dict" | "list" | "nullable"}:
            names = ("schema", "items_schema", "keys_schema", "values_schema")
            return _with_parts(schema, {name: schema[name] for name in names if name in schema}, {})
        case {"type": kind} if kind in _KEPT:
            return schema
    return None


def _with_parts(
    schema: Mapping[str, Any], parts: Mapping[str, Any], lists: Mapping[str, list[Any]]
) -> Any:
    """Return a schema with other parts and lists of parts, each of them as dicts; None as above."""
    changed: dict[str, Any] = {name: _as_dicts(part) for name, part in parts.items()}
    changed |= {name: [_as_dicts(part) for part in members] for name, members in lists.items()}
    values = [*changed.values(), *(part for name in lists for part in changed[name])]
    return None if None in values else {**schema, **changed}


def _of_model(schema: Mapping[str, Any], fields: Mapping[str, Any]) -> Any:
    """Return the schema of a dict with the fields of a model; None as above."""
    config = schema.get("config", {})
    has_hooks = any(schema[name] for name in schema.keys() - _MODEL)
    if has_hooks or not config.keys() <= _CONFIG or schema["schema"].get("extras_schema"):
        return None
    own: dict[str, Any] = {}
    for name, field in fields.items():
        inner, is_required = field["schema"], True
        if inner["type"] == "default":
            if not inner.keys() <= {"type", "schema", "default", "default_factory", "metadata"}:
                return None
            inner, is_required = inner["schema"], False
        inner = _as_dicts(inner)
        if inner is None or not field.keys() <= {"type", "schema", "metadata"}:
            return None
        own[name] = {"type": "typed-dict-field", "schema": inner, "required": is_required}
    return {
        "type": "typed-dict",
        "fields": own,
        "config": config,
        "extra_behavior": config.get("extra_fields_behavior", "ignore"),
        **({"ref": schema["ref"]} if "ref" in schema else {}),
    }
