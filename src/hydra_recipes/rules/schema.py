"""JSON Schema (2020-12) for the recipes of a set of choices, for editors and other checkers.

It consists of the family's model and the limits: everything that ``check`` calls an error, as far
as JSON Schema can express it. A link is accepted wherever a value is.

Editors complete keys from it and show its texts, which shapes it in three ways. Each key has a
title of its own, since editors fall back on the title of the whole. Allowed values are listed in a
single ``enum`` or ``const``, since editors offer every list they find. And ``required`` never
stands beside ``properties``, since editors make an object of the two and offer it among the keys.

For example, the key ``run.replicas`` with the limit ``enum: [2, 4]`` becomes
``{"title": "run.replicas", "description": …, "anyOf": [{"title": "run.replicas", "enum": [2, 4]},
{"title": "run.replicas, a link", "$ref": "#/$defs/link"}]}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydra_recipes.documents.emitter import Comment
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.findings.messages.families import NoFamily
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.allowed import allowed
from hydra_recipes.rules.annotation import comments
from hydra_recipes.rules.evaluation import ActiveRules, KeyLimit, active_rules, find_key
from hydra_recipes.rules.keywords import FOREIGN, number_pattern, satisfies, unknown_keywords
from hydra_recipes.rules.model import Limit, Rule, RuleBook
from hydra_recipes.text import with_source
from hydra_recipes.tree import MOUNT

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LINK = {"$ref": "#/$defs/link"}
_DEFINITIONS = {"link": {"type": "string", "pattern": r"^\?\?\?$|(^|[^\\])(\\\\)*\$[{<]"}}
"""A text with a link, or ``???``, which is valid in a template. An escaped ``\\${`` is no link."""
_UNSAID = frozenset(("sum", "number"))
"""The keywords of limits that JSON Schema doesn't have; of a number's text it can say the form."""
_SHORTEST_LINK = 2  # characters that the pattern above needs at least
_LISTS = ("enum", "const")
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}


def recipe_schema(
    book: RuleBook, choices: Mapping[str, str], *, mount: bool = False
) -> dict[str, Any]:
    """Return the schema of the recipes that are valid under these choices.

    Args:
        book: The rules.
        choices: The choices.
        mount: Whether it is for files that have the recipe under ``recipes``.

    Raises:
        LibraryError: If no family fits the choices.
    """
    family = book.family_of(choices)
    if family is None:
        raise LibraryError(NoFamily(choices=dict(choices)))
    active = active_rules(book, choices, family)
    raw = families.model(family).model_json_schema()
    root = _inlined(raw, raw.get("$defs", {}))
    _add_limits(root, active)
    rules = [bound.rule for bound in active.rules if bound.rule.severity == "error"]
    fragments = [
        _noted(_expanded(rule.json_schema, family, rule.id), rule)
        for rule in rules
        if rule.json_schema
    ]
    root = _mapping_for_editors(root, (), comments(book, choices))
    if fragments:
        root["allOf"] = [*root.get("allOf", ()), *fragments]
    about = {"title": _title(book, choices), "description": "A recipe of these choices."}
    if mount:
        recipe = {"title": MOUNT, "description": about["description"], **root}
        about["description"] = f"A recipe of these choices, under {MOUNT}."
        root = {"type": "object", "properties": {MOUNT: recipe}, "allOf": [{"required": [MOUNT]}]}
    unsaid = [
        f"{rule.require} ({with_source(rule.because, rule.source)})"
        for rule in rules
        if not rule.json_schema
    ]
    if unsaid:
        root["$comment"] = "Not said by this schema: " + "; ".join(unsaid)
    return {"$schema": DIALECT, **about, **root, "$defs": _DEFINITIONS}


def _title(book: RuleBook, choices: Mapping[str, str]) -> str:
    """Return the choices, without derived ones, as the schema's title."""
    derived = book.derived
    chosen = (item for item in choices.items() if item[0] not in derived)
    return " ".join(f"{group}={option}" for group, option in chosen)


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a schema with references replaced by their targets, without defaults and titles."""
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = _inlined(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
        return {**target, **_only(node, "description")}
    out: dict[str, Any] = {}
    for name, value in node.items():
        if name == "properties":
            out[name] = {key: _inlined(item, definitions) for key, item in value.items()}
        elif name == "anyOf" and all(set(alternative) == {"type"} for alternative in value):
            out["type"] = [alternative["type"] for alternative in value]
        elif name not in ("$defs", "default", "title"):
            out[name] = _inlined(value, definitions)
    return out


def _only(node: Mapping[str, Any], *keywords: str) -> dict[str, Any]:
    return {keyword: value for keyword, value in node.items() if keyword in keywords}


def _without(node: Mapping[str, Any], *keywords: str) -> dict[str, Any]:
    return {keyword: value for keyword, value in node.items() if keyword not in keywords}


def _add_limits(root: dict[str, Any], active: ActiveRules) -> None:
    """Add the limits that are errors to a family's schema, in place."""
    errors = [bound for bound in active.limits if bound.limit.severity == "error"]
    limits: dict[KeyPath, list[KeyLimit]] = {}
    for bound in errors:
        if not isinstance(bound.schema, bool):
            limits.setdefault(bound.path, []).append(bound)
    forbidden = [bound for bound in errors if bound.schema is False]
    for path, key_limits in limits.items():
        section = _section(root, path[:-1])["properties"]
        node = _limited(section[path[-1]], [_undescribed(bound.schema) for bound in key_limits])
        for bound in key_limits:
            if isinstance(bound.schema, Mapping) and not _UNSAID.isdisjoint(bound.schema):
                node["$comment"] = f"Not said by this schema: {allowed(bound.schema)}"
            _noted(node, bound.limit)
        section[path[-1]] = node
    for required_key in active.required:
        if required_key.limit.severity == "error":
            section = _noted(_section(root, required_key.path[:-1]), required_key.limit)
            section.setdefault("required", []).append(required_key.path[-1])
    # Last and from the innermost: keys of a forbidden section may have limits, which need it.
    for bound in sorted(forbidden, key=lambda bound: len(bound.path), reverse=True):
        section = _noted(_section(root, bound.path[:-1]), bound.limit)
        section["properties"][bound.path[-1]] = False


def _noted(node: dict[str, Any], entry: Limit | Rule) -> dict[str, Any]:
    """Add a comment with the id and source of an entry to its schema, and return the schema."""
    if entry.source:
        notes = [note for note in (node.get("$comment"), f"{entry.id}: {entry.source}") if note]
        node["$comment"] = "; ".join(notes)
    return node


def _undescribed(schema: Any) -> Any:
    """Return a limit's keywords without descriptions, as the key's own description has these."""
    if isinstance(schema, list):
        return [_undescribed(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    inner = ("anyOf", "items", "additionalProperties", "not")
    said = {
        keyword: _undescribed(value) if keyword in inner else value
        for keyword, value in schema.items()
        if keyword not in FOREIGN
    }
    return {"pattern": number_pattern(schema["number"]), **said} if "number" in schema else said


def _section(root: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    """Return the schema of the mapping at a path."""
    node = root
    for key in path:
        node = _mapping_in(node["properties"][key])
    return node


def _mapping_in(node: dict[str, Any]) -> dict[str, Any]:
    """Return the node if it is a mapping's schema, or its alternative that is one."""
    alternatives = node.get("anyOf", ())
    return next((schema for schema in alternatives if "properties" in schema), node)


def _limited(node: dict[str, Any], limits: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a key's schema combined with its limits.

    If any of them lists values, the result is a single list of the values that all of them allow:
    an editor offers every list that it finds, whatever stands beside it.
    """
    about = _only(node, "description")
    plain = _without(node, "description", "type")
    parts = [plain, *limits] if plain else limits
    lists = [part for part in parts if not {*_LISTS}.isdisjoint(part)]
    if lists and not unknown_keywords(plain):
        first = lists[0]
        listed = first["enum"] if "enum" in first else [first["const"]]
        fitting = [
            value
            for value in listed
            if _is_of(value, node.get("type")) and all(satisfies(value, part) for part in parts)
        ]
        if fitting:
            return {**about, **({"const": fitting[0]} if len(fitting) == 1 else {"enum": fitting})}
    out = dict(node)
    for keywords in limits:
        if set(keywords) & set(out):
            out["allOf"] = [*out.get("allOf", ()), keywords]
        else:
            out.update(keywords)
    return out


def _is_of(value: Any, types: str | list[str] | None) -> bool:
    """Return whether a value is of one of these JSON types; of any if none is named."""
    names = [types] if isinstance(types, str) else types or ()
    if isinstance(value, bool) and names:
        return "boolean" in names
    return not names or any(isinstance(value, _TYPES[name]) for name in names)


def _for_editors(node: Any, path: KeyPath, comment: Comment) -> Any:
    """Return a key's schema with title and description, that also accepts a link for any value."""
    if isinstance(node, bool):
        return node
    text = comment(path) or node.get("description")
    title = dotted(path)
    about = {"title": title, **({"description": text} if text else {})}
    about |= _only(node, "$comment")
    rest = _without(node, "description", "$comment")
    mapping = _mapping_in(rest)
    if "properties" in mapping:
        schema = _mapping_for_editors(mapping, path, comment)
        if mapping is not rest:
            alternatives = [schema if part is mapping else part for part in rest["anyOf"]]
            schema = {**rest, "anyOf": alternatives}
        # With "if" and not "anyOf", an error inside the mapping is shown at its own place.
        types = {"type": [*_names(schema), "string"]} if _names(schema) else {}
        return {**about, **types, "if": _LINK, "then": True, "else": schema}
    for word in ("items", "additionalProperties"):
        if isinstance(rest.get(word), dict):
            rest[word] = _with_links(rest[word], title)
    return {**about, **_with_links(rest, title)}


def _with_links(node: dict[str, Any], title: str) -> dict[str, Any]:
    """Return a schema that accepts a link as well.

    An editor shows all alternatives that it can't tell apart by their titles. So the link has a
    title of its own, and no alternatives stand inside alternatives.
    """
    every_link = node.keys() <= {"type", "minLength"} and "string" in _names(node)
    if every_link and node.get("minLength", 0) <= _SHORTEST_LINK:
        return node
    parts, rest = node.get("anyOf", ()), _without(node, "anyOf")
    # Parts that share keywords with the rest can't be joined with it, nor can true and false.
    joinable = all(isinstance(part, dict) and rest.keys().isdisjoint(part) for part in parts)
    if not parts or not joinable:
        parts, rest = ({},), node
    values = [{"title": title, **rest, **part} for part in parts]
    return {"anyOf": [*values, {"title": f"{title}, a link", **_LINK}]}


def _names(node: Mapping[str, Any]) -> list[str]:
    """Return the JSON types that a schema names."""
    types = node.get("type", ())
    return [types] if isinstance(types, str) else list(types)


def _mapping_for_editors(
    node: Mapping[str, Any], path: KeyPath, comment: Comment
) -> dict[str, Any]:
    """Return a mapping's schema with those of its keys made for editors."""
    out = _without(node, "description", "required")
    out["properties"] = {
        key: _for_editors(item, (*path, key), comment) for key, item in node["properties"].items()
    }
    if node.get("required"):
        out["allOf"] = [*node.get("allOf", ()), {"required": node["required"]}]
    return out


def _expanded(fragment: Mapping[str, Any], family: str, entry: str) -> dict[str, Any]:
    """Return a rule's schema over short keys as a schema of the whole recipe."""
    if "anyOf" in fragment:
        return {"anyOf": [_expanded(part, family, entry) for part in fragment["anyOf"]]}
    parts = [
        _nested(find_key(short, family, entry), {"required": True})
        for short in fragment.get("required", ())
    ]
    parts += [
        _nested(find_key(short, family, entry), {"schema": schema})
        for short, schema in fragment.get("keys", {}).items()
    ]
    return parts[0] if len(parts) == 1 else {"allOf": parts}


def _nested(path: KeyPath | None, leaf: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema of the whole recipe that requires one key, or applies a schema to it.

    Args:
        path: The key.
        leaf: ``{"required": True}`` or ``{"schema": …}``.

    Returns:
        A schema with patterns for keys: an editor would offer properties in place of the described.
    """
    *parents, last = path or ()
    needed = "required" in leaf
    node: dict[str, Any] = (
        {"required": [last]} if needed else {"patternProperties": {f"^{last}$": leaf["schema"]}}
    )
    for key in reversed(parents):
        node = {"patternProperties": {f"^{key}$": node}}
        if needed:
            node["required"] = [key]
    return node
