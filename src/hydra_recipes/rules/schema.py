"""JSON Schema (2020-12) for the recipes of a set of choices, for editors and other checkers.

Made from the family's model and the limits: what ``check`` calls an error, as far as the schema
language can say it. A link is accepted wherever a value is.

Editors complete from it, and show it beside the text. So each key has a title of its own (they fall
back on that of the whole), and says what it may be; values are listed where an editor looks for
them; and ``required`` never stands beside ``properties``, or an editor makes an object of the two
and offers it among the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydra_recipes.documents.emitter import Comment
from hydra_recipes.findings.errors import LibraryError
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules import families
from hydra_recipes.rules.annotation import comments
from hydra_recipes.rules.evaluation import ActiveRules, KeyLimit, active_rules, find_key
from hydra_recipes.rules.keywords import FOREIGN, allowed, satisfies, unknown_keywords
from hydra_recipes.rules.model import Limit, Rule, RuleBook
from hydra_recipes.text import with_source
from hydra_recipes.tree import MOUNT

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LINK = {"$ref": "#/$defs/link"}
_DEFINITIONS = {"link": {"type": "string", "pattern": r"^\?\?\?$|(^|[^\\])(\\\\)*\$[{<]"}}
"""A link, or ``???``, which is valid as a template. Not a plain ``${``, which has a backslash."""
_SHORTEST_LINK = 2
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
    """The schema of the recipes that are valid under these choices.

    Args:
        book: The rules.
        choices: The choices.
        mount: Whether it is for files that have the recipe under ``recipes``.

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
    rules = [bound.rule for bound in active.rules if bound.rule.severity == "error"]
    fragments = [
        _noted(_expanded(rule.schema, family, rule.id), rule) for rule in rules if rule.schema
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
        if not rule.schema
    ]
    if unsaid:
        root["$comment"] = "Not said by this schema: " + "; ".join(unsaid)
    return {"$schema": DIALECT, **about, **root, "$defs": _DEFINITIONS}


def _title(book: RuleBook, choices: Mapping[str, str]) -> str:
    derived = book.derived
    return " ".join(f"{group}={o}" for group, o in choices.items() if group not in derived)


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
        elif name == "anyOf" and all(set(one) == {"type"} for one in value):
            out["type"] = [one["type"] for one in value]
        elif name not in ("$defs", "default", "title"):
            out[name] = _inlined(value, definitions)
    return out


def _add_limits(root: dict[str, Any], active: ActiveRules) -> None:
    errors = [one for one in active.limits if one.limit.severity == "error"]
    limits: dict[KeyPath, list[KeyLimit]] = {}
    for bound in errors:
        if not isinstance(bound.schema, bool):
            limits.setdefault(bound.path, []).append(bound)
    forbidden = [bound for bound in errors if bound.schema is False]
    for path, found in limits.items():
        section = _section(root, path[:-1])["properties"]
        node = _limited(section[path[-1]], [_undescribed(bound.schema) for bound in found])
        for bound in found:
            if isinstance(bound.schema, Mapping) and "sum" in bound.schema:
                node["$comment"] = f"Not said by this schema: {allowed(bound.schema)}"
            _noted(node, bound.limit)
        section[path[-1]] = node
    for needed in active.required:
        if needed.limit.severity == "error":
            section = _noted(_section(root, needed.path[:-1]), needed.limit)
            section.setdefault("required", []).append(needed.path[-1])
    # Last, for what stands in a key that must go may have limits too.
    for bound in sorted(forbidden, key=lambda one: len(one.path), reverse=True):
        section = _noted(_section(root, bound.path[:-1]), bound.limit)
        section["properties"][bound.path[-1]] = False


def _noted(node: dict[str, Any], entry: Limit | Rule) -> dict[str, Any]:
    """Add to a schema a comment that names an entry which it says, and who says so."""
    if entry.source:
        notes = [note for note in (node.get("$comment"), f"{entry.id}: {entry.source}") if note]
        node["$comment"] = "; ".join(notes)
    return node


def _undescribed(schema: Any) -> Any:
    """A limit's keywords without descriptions: what a key may be is told with its meaning."""
    if isinstance(schema, list):
        return [_undescribed(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    inner = ("anyOf", "items", "additionalProperties", "not")
    return {
        keyword: _undescribed(value) if keyword in inner else value
        for keyword, value in schema.items()
        if keyword not in FOREIGN
    }


def _section(root: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    node = root
    for key in path:
        node = _mapping_in(node["properties"][key])
    return node


def _mapping_in(node: dict[str, Any]) -> dict[str, Any]:
    """The mapping that a node is, or that one of its alternatives is."""
    return next((one for one in node.get("anyOf", ()) if "properties" in one), node)


def _limited(node: dict[str, Any], limits: list[Mapping[str, Any]]) -> dict[str, Any]:
    """A key's schema with its limits; of listed values, those that all of them allow.

    An editor offers every list that it finds, whatever stands beside it.
    """
    about = {k: v for k, v in node.items() if k == "description"}
    plain = {k: v for k, v in node.items() if k not in ("description", "type")}
    parts = [plain, *limits] if plain else limits
    lists = [one for one in parts if not {*_LISTS}.isdisjoint(one)]
    if lists and not unknown_keywords(plain):
        first = lists[0]
        listed = first["enum"] if "enum" in first else [first["const"]]
        fitting = [
            value
            for value in listed
            if _is_of(value, node.get("type")) and all(satisfies(value, one) for one in parts)
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
    """Whether a value is of one of these types, or of any if none is named."""
    names = [types] if isinstance(types, str) else types or ()
    if isinstance(value, bool) and names:
        return "boolean" in names
    return not names or any(isinstance(value, _TYPES[name]) for name in names)


def _for_editors(node: Any, path: KeyPath, comment: Comment) -> Any:
    """A key's schema with its title, its meaning and limits, and a link in place of any value."""
    if isinstance(node, bool):
        return node
    text = comment(path) or node.get("description")
    title = dotted(path)
    about = {"title": title, **({"description": text} if text else {})}
    about |= {k: v for k, v in node.items() if k == "$comment"}
    rest = {k: v for k, v in node.items() if k not in ("description", "$comment")}
    mapping = _mapping_in(rest)
    if "properties" in mapping:
        said = _mapping_for_editors(mapping, path, comment)
        if mapping is not rest:
            said = {**rest, "anyOf": [said if one is mapping else one for one in rest["anyOf"]]}
        # What is wrong inside a mapping is told where it stands, as it isn't among alternatives.
        types = {"type": [*_names(said), "string"]} if _names(said) else {}
        return {**about, **types, "if": _LINK, "then": True, "else": said}
    for word in ("items", "additionalProperties"):
        if isinstance(rest.get(word), dict):
            rest[word] = _with_links(rest[word], title)
    return {**about, **_with_links(rest, title)}


def _with_links(node: dict[str, Any], title: str) -> dict[str, Any]:
    """A schema that takes a link as well.

    An editor that can't tell alternatives apart by their titles shows all of these. So the link has
    one of its own, and there are no alternatives within alternatives.
    """
    every_link = node.keys() <= {"type", "minLength"} and "string" in _names(node)
    if every_link and node.get("minLength", 0) <= _SHORTEST_LINK:
        return node
    ways, rest = node.get("anyOf", ()), {k: v for k, v in node.items() if k != "anyOf"}
    if not ways or not all(isinstance(way, dict) and rest.keys().isdisjoint(way) for way in ways):
        ways, rest = ({},), node
    values = [{"title": title, **rest, **way} for way in ways]
    return {"anyOf": [*values, {"title": f"{title}, a link", **_LINK}]}


def _names(node: Mapping[str, Any]) -> list[str]:
    types = node.get("type", ())
    return [types] if isinstance(types, str) else list(types)


def _mapping_for_editors(
    node: Mapping[str, Any], path: KeyPath, comment: Comment
) -> dict[str, Any]:
    out = {k: v for k, v in node.items() if k not in ("description", "required")}
    out["properties"] = {
        key: _for_editors(item, (*path, key), comment) for key, item in node["properties"].items()
    }
    if node.get("required"):
        out["allOf"] = [*node.get("allOf", ()), {"required": node["required"]}]
    return out


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


def _nested(path: KeyPath | None, leaf: Mapping[str, Any]) -> dict[str, Any]:
    """A schema for one key, as a schema of the whole recipe.

    Its keys are patterns, for an editor would offer them in place of those that are described.
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
