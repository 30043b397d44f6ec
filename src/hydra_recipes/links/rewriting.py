"""Writing links for where the recipe will be read: relative, under ``recipes``, or as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from hydra_recipes.links.grammar import Call, Parts, Reference, contains_link, parse
from hydra_recipes.links.resolver import MOUNT, LinkProblem, Scope, Target
from hydra_recipes.origins import KeyPath

LinkStyle = Literal["resolved", "relative", "recipes"]
LINK_STYLES: tuple[str, ...] = get_args(LinkStyle)


def rewrite(scope: Scope, style: LinkStyle) -> dict[str, Any]:
    r"""The recipe's tree with its links in the given style.

    ``resolved`` has plain values, ``relative`` has links like ``${..replicas}``, ``recipes`` has
    ``${recipes.run.replicas}``. A link that leaves the recipe is always resolved; one that can't be
    is left as it is written. All styles resolve to the same recipe: a value that holds a literal
    ``${`` is written ``\${``.
    """
    resolved, problems = scope.resolve()
    return {
        key: _rewrite(scope, style, item, resolved[key], (key,), problems)
        for key, item in scope.recipe.items()
    }


def _rewrite(
    scope: Scope,
    style: LinkStyle,
    node: Any,
    resolved: Any,
    path: KeyPath,
    problems: Mapping[KeyPath, LinkProblem],
) -> Any:
    if isinstance(node, Mapping):
        return {
            k: _rewrite(scope, style, v, resolved[k], (*path, k), problems) for k, v in node.items()
        }
    if isinstance(node, list | tuple):
        return [
            _rewrite(scope, style, item, resolved[at], (*path, at), problems)
            for at, item in enumerate(node)
        ]
    if not contains_link(node) or path in problems:
        return node
    if style == "resolved":
        return escape(resolved)
    edits = _edits(scope, style, parse(node), path)
    if edits is None:
        return escape(resolved)
    for start, stop, text in sorted(edits, reverse=True):
        node = node[:start] + text + node[stop:]
    return node


def escape(value: Any) -> Any:
    """A plain value as it is written where links are read: a literal ``${`` gets its backslash."""
    if isinstance(value, dict):
        return {key: escape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escape(item) for item in value]
    if not contains_link(value):
        return value
    head, *rest = value.split("${")
    out = head
    for piece in rest:
        slashes = len(out) - len(out.rstrip("\\"))
        out += "\\" * slashes + "\\${" + piece
    return out


def _edits(
    scope: Scope, style: LinkStyle, parts: Parts, path: KeyPath
) -> list[tuple[int, int, str]] | None:
    """What to replace in the text, or None if the whole value has to be resolved."""
    edits: list[tuple[int, int, str]] = []
    for part in parts:
        if isinstance(part, str):
            continue
        if isinstance(part, Reference):
            if not all(isinstance(key, str) for key in part.keys):
                return None
            target = scope.target(part, path)
            if not target.inside:
                return None
            edits.append((part.start, part.stop, "${" + spell(target, path, style) + "}"))
            continue
        inner = _call_edits(scope, style, part, path)
        if inner is None:
            return None
        edits += inner
    return edits


def _call_edits(
    scope: Scope, style: LinkStyle, call: Call, path: KeyPath
) -> list[tuple[int, int, str]] | None:
    edits: list[tuple[int, int, str]] = []
    for at, argument in enumerate(call.arguments):
        inner = _edits(scope, style, argument.parts, path)
        if inner is None or (call.name == "oc.select" and at == 0 and inner):
            return None
        edits += inner
    if call.name == "oc.select":
        target = scope.select_target(call, path)
        if not target.inside:
            return None
        key = call.arguments[0]
        edits.append((key.start, key.stop, spell(target, path, style)))
    return edits


def spell(target: Target, path: KeyPath, style: LinkStyle) -> str:
    """What stands inside ``${…}`` at ``path`` for a link to ``target``."""
    if style == "recipes":
        return ".".join(map(str, (MOUNT, *target.path)))
    parent = path[:-1]
    shared = 0
    while shared < min(len(parent), len(target.path) - 1) and parent[shared] == target.path[shared]:
        shared += 1
    return "." * (1 + len(parent) - shared) + ".".join(map(str, target.path[shared:]))
