"""JSON Schema (2020-12) for the recipes of a set of choices, for editors and other checkers.

Made from the family's model and the limits: what ``check`` calls an error, as far as the schema
language can say it. A link is accepted wherever a value is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hydra_recipes import families
from hydra_recipes.errors import LibraryError
from hydra_recipes.messages import with_source
from hydra_recipes.origins import KeyPath
from hydra_recipes.rules.evaluation import ActiveRules, active_rules, find_key
from hydra_recipes.rules.keywords import FOREIGN, allowed
from hydra_recipes.rules.model import Limit, Rule, RuleBook

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LINK = {"$ref": "#/$defs/link"}
_DEFINITIONS = {"link": {"type": "string", "pattern": r"^\?\?\?$|(^|[^\\])(\\\\)*\$[{<]"}}
"""A link, or ``???``, which is valid as a template. Not a plain ``${``, which has a backslash."""


def recipe_schema(book: RuleBook, choices: Mapping[str, str]) -> dict[str, Any]:
    """The schema of the recipes that are valid under these choices.

    Raises:
        LibraryError: If no family fits the choices.
    """
    family = book.family_of(choices)
    if family is None:
        raise LibraryError("no-family", choices=dict(choices))
    active = active_rules(book, choices, family)
    raw = families.model(family).model_json_schema()
    root = _inlined(raw, raw.get("$defs", {}))
    _add_limits(root, active)
    sections = root["properties"]
    root["properties"] = {name: _accept_links(section) for name, section in sections.items()}
    rules = [bound.rule for bound in active.rules if bound.rule.severity == "error"]
    fragments = [
        _noted(_expanded(rule.schema, family, rule.id), rule) for rule in rules if rule.schema
    ]
    if fragments:
        root["allOf"] = fragments
    unsaid = [
        f"{rule.require} ({with_source(rule.because, rule.source)})"
        for rule in rules
        if not rule.schema
    ]
    if unsaid:
        root["$comment"] = "Not said by this schema: " + "; ".join(unsaid)
    derived = book.derived
    title = " ".join(f"{group}={o}" for group, o in choices.items() if group not in derived)
    return {
        "$schema": DIALECT,
        **root,
        "title": title,
        "description": "A recipe of these choices.",
        "$defs": _DEFINITIONS,
    }


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema with references replaced by what they name, without defaults and titles."""
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = _inlined(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
        return {**target, **{k: v for k, v in node.items() if k == "description"}}
    out: dict[str, Any] = {}
    for name, value in node.items():
        if name == "properties":
            out[name] = {key: _inlined(item, definitions) for key, item in value.items()}
        elif name not in ("$defs", "default", "title"):
            out[name] = _inlined(value, definitions)
    return out


def _add_limits(root: dict[str, Any], active: ActiveRules) -> None:
    for bound in active.limits:
        if bound.limit.severity != "error":
            continue
        parent = _section(root, bound.path[:-1])
        name = bound.path[-1]
        if isinstance(bound.schema, bool):
            parent["properties"][name] = bound.schema
            _noted(parent, bound.limit)
            continue
        node = parent["properties"][name]
        keywords = {k: v for k, v in bound.schema.items() if k not in FOREIGN}
        if "sum" in bound.schema:
            keywords["$comment"] = f"Not said by this schema: {allowed(bound.schema)}"
        if set(keywords) & set(node):
            node.setdefault("allOf", []).append(_noted(keywords, bound.limit))
        else:
            _noted(node, bound.limit).update(keywords)
    for needed in active.required:
        if needed.limit.severity == "error":
            parent = _section(root, needed.path[:-1])
            _noted(parent, needed.limit).setdefault("required", []).append(needed.path[-1])


def _noted(node: dict[str, Any], entry: Limit | Rule) -> dict[str, Any]:
    """The schema with a comment that names an entry which it says, and who says so."""
    if entry.source:
        notes = [note for note in (node.get("$comment"), f"{entry.id}: {entry.source}") if note]
        node["$comment"] = "; ".join(notes)
    return node


def _section(root: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    node = root
    for key in path:
        node = node["properties"][key]
    return node


def _accept_links(node: Any) -> Any:
    """Lets a link stand for any value; ``else`` keeps an editor's messages about the value."""
    if isinstance(node, bool):
        return node
    about = {k: v for k, v in node.items() if k == "description"}
    rest = {k: v for k, v in node.items() if k != "description"}
    if rest == {"type": "string"}:
        return node
    if "properties" in rest:
        rest["properties"] = {k: _accept_links(v) for k, v in rest["properties"].items()}
    for word in ("items", "additionalProperties"):
        if isinstance(rest.get(word), dict):
            rest[word] = _accept_links(rest[word])
    return {**about, "if": _LINK, "then": True, "else": rest}


def _expanded(fragment: Mapping[str, Any], family: str, entry: str) -> dict[str, Any]:
    """A rule's fragment over short keys, as a schema of the whole recipe."""
    if "anyOf" in fragment:
        return {"anyOf": [_expanded(one, family, entry) for one in fragment["anyOf"]]}
    parts = [
        _nested(find_key(short, family, entry), {"required": True})
        for short in fragment.get("required", ())
    ]
    parts += [
        _nested(find_key(short, family, entry), {"schema": schema})
        for short, schema in fragment.get("keys", {}).items()
    ]
    return parts[0] if len(parts) == 1 else {"allOf": parts}


def _nested(path: Iterable[Any] | None, leaf: Mapping[str, Any]) -> dict[str, Any]:
    *parents, last = tuple(path or ())
    node: dict[str, Any] = (
        {"required": [last]} if "required" in leaf else {"properties": {last: leaf["schema"]}}
    )
    for key in reversed(parents):
        node = {"properties": {key: node}}
        if "required" in leaf:
            node["required"] = [key]
    return node
