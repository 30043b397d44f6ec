"""Writing links for where the recipe will be read: relative, under ``recipes``, or as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal, get_args

from hydra_recipes.links.grammar import contains_link, parse
from hydra_recipes.links.resolver import SELECT, Scope, Target
from hydra_recipes.links.syntax import Argument, Call, Element, Items, Parts, Reference
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import MOUNT

LinkStyle = Literal["resolved", "relative", "recipes"]
LINK_STYLES: tuple[str, ...] = get_args(LinkStyle)

_BARE_KEY = re.compile(r"\.*[A-Za-z_][\w-]*(\.[\w-]+)*", re.ASCII)
"""A key that a resolver takes without quotes."""

Edit = tuple[int, int, str]
"""What to replace in a text: from where, to where, with what."""


class _MustResolve(Exception):  # noqa: N818 - a way out of a walk, never seen outside
    """A link leaves the recipe, or depends on another."""


def rewrite(scope: Scope, style: LinkStyle) -> dict[str, Any]:
    r"""The recipe's tree with its links in the given style.

    ``resolved`` has plain values, ``relative`` has links like ``${..replicas}``, ``recipes`` has
    ``${recipes.run.replicas}``. A link that leaves the recipe is always resolved; one that can't be
    is left as it is written. All styles resolve to the same recipe: a value that holds a literal
    ``${`` is written ``\${``.

    Raises:
        ValueError: If there is no such style.
    """
    if style not in LINK_STYLES:
        raise ValueError(f"links are {', '.join(LINK_STYLES)}, not {style!r}")
    resolved, problems = scope.resolve()

    def written(node: Any, plain: Any, path: KeyPath) -> Any:
        if isinstance(node, Mapping):
            return {key: written(item, plain[key], (*path, key)) for key, item in node.items()}
        if isinstance(node, list | tuple):
            return [written(item, plain[at], (*path, at)) for at, item in enumerate(node)]
        if not contains_link(node) or path in problems:
            return node
        # A literal "${" in a value may be a link that is told, not followed: in a mapping's text.
        if style == "resolved" or "${" in str(plain):
            return escape(plain)
        try:
            edits = _edits(scope, style, parse(node), path)
        except _MustResolve:
            return escape(plain)
        for start, stop, text in sorted(edits, reverse=True):
            node = node[:start] + text + node[stop:]
        return node

    return {key: written(item, resolved[key], (key,)) for key, item in scope.recipe.items()}


def escape(value: Any) -> Any:
    """A plain value as it is written where links are read: a literal ``${`` gets its backslash."""
    if isinstance(value, dict):
        return {key: escape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escape(item) for item in value]
    if not contains_link(value):
        return value
    return re.sub(r"(?<!\\)(\\*)\$\{", lambda found: found[1] * 2 + r"\${", value)


def _edits(scope: Scope, style: LinkStyle, parts: Parts, path: KeyPath) -> list[Edit]:
    edits: list[Edit] = []
    for part in parts:
        if isinstance(part, Reference):
            text = _spelled(scope, style, part.key, path)
            edits.append((part.start, part.stop, "${" + text + "}"))
        elif isinstance(part, Call):
            edits += _call_edits(scope, style, part, path)
    return edits


def _call_edits(scope: Scope, style: LinkStyle, call: Call, path: KeyPath) -> list[Edit]:
    arguments = list(call.arguments)
    spans = [one for one in arguments if isinstance(one, Argument)]
    edits: list[Edit] = []
    if style == "recipes" and len(spans) == len(arguments):  # one spelling, so no spaces
        edits += [(one.stop, other.start, ",") for one, other in pairwise(spans)]
    if call.name == SELECT:
        key = arguments.pop(0)
        if not isinstance(key, Argument):
            raise _MustResolve
        text = _spelled(scope, style, key.parts, path)
        bare = _BARE_KEY.fullmatch(text)
        edits.append((key.start, key.stop, text if bare else f"'{text}'"))
    for argument in arguments:
        edits += _element_edits(scope, style, argument, path)
    return edits


def _element_edits(scope: Scope, style: LinkStyle, element: Element, path: KeyPath) -> list[Edit]:
    if isinstance(element, Argument):
        return _edits(scope, style, element.parts, path)
    items = element.items if isinstance(element, Items) else [item for _, item in element.pairs]
    return [edit for item in items for edit in _element_edits(scope, style, item, path)]


def _spelled(scope: Scope, style: LinkStyle, key: Parts, path: KeyPath) -> str:
    words = [part for part in key if isinstance(part, str)]
    try:
        target = scope.locate("".join(words), Target(path, inside=True))
    except KeyError:  # only an oc.select with a default gets here
        raise _MustResolve from None
    if len(words) < len(key) or not target.inside or not target.path:
        raise _MustResolve
    return spell(target, path, style)


def spell(target: Target, path: KeyPath, style: LinkStyle) -> str:
    """What stands inside ``${…}`` at ``path`` for a link to ``target``."""
    if style == "recipes":
        return ".".join(map(str, (MOUNT, *target.path)))
    parent = path[:-1]
    shared = 0
    while shared < min(len(parent), len(target.path) - 1) and parent[shared] == target.path[shared]:
        shared += 1
    return "." * (1 + len(parent) - shared) + ".".join(map(str, target.path[shared:]))
