"""Links rewritten for where the recipe will be read: relative, under ``recipes``, or as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal, get_args

from hydra_recipes.links.grammar import contains_link, parse
from hydra_recipes.links.resolver import SELECT, Scope, Target
from hydra_recipes.links.syntax import Argument, Call, Element, Parts, Reference, plain_arguments
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import MOUNT, with_texts

LinkStyle = Literal["resolved", "relative", "recipes"]
LINK_STYLES: tuple[str, ...] = get_args(LinkStyle)

_BARE_KEY = re.compile(r"\.*[A-Za-z_][\w-]*(\.[\w-]+)*", re.ASCII)
"""A key that needs no quotes as a resolver's argument."""

_OPENING = re.compile(r"(?<!\\)(\\*)\$\{")
"""The start of a link, with the backslashes before it."""

Edit = tuple[int, int, str]
"""A replacement in a text: start, stop (exclusive), new text."""


class _MustResolve(Exception):  # noqa: N818 - a way out of a walk, never seen outside
    """Raised for a link that leaves the recipe, or whose key is read from another."""


def rewrite(scope: Scope, style: LinkStyle) -> dict[str, Any]:
    r"""Return the recipe's tree with its links in the given style.

    ``resolved`` gives plain values, ``relative`` links like ``${..replicas}``, and ``recipes``
    links like ``${recipes.run.replicas}``. A link that leaves the recipe is always resolved; a link
    without a value is left as it is written. All styles resolve to the same recipe: a value that
    holds a literal ``${`` is written ``\${``.

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
            return [written(item, plain[index], (*path, index)) for index, item in enumerate(node)]
        if not contains_link(node) or path in problems:
            return node
        # The text of a mapping shows links without following them, so "${" may stand in a value.
        if style == "resolved" or "${" in str(plain):
            return escape(plain)
        try:
            edits = _edits(scope, style, parse(node), path)
        except _MustResolve:
            return escape(plain)
        for start, stop, text in sorted(edits, reverse=True):  # from the end, so positions hold
            node = node[:start] + text + node[stop:]
        return node

    return {key: written(item, resolved[key], (key,)) for key, item in scope.recipe.items()}


def escape(value: Any) -> Any:
    r"""Return a plain value as it is written where links are read: ``\${`` for a literal ``${``."""
    # Backslashes before it count too where links are read, so each is doubled.
    return with_texts(value, lambda text: _OPENING.sub(r"\1\1\\${", text))


def _edits(scope: Scope, style: LinkStyle, parts: Parts, path: KeyPath) -> list[Edit]:
    """Return the edits that write each link among these parts in the given style."""
    edits: list[Edit] = []
    for part in parts:
        if isinstance(part, Reference):
            text = _spelled(scope, style, part.key, path)
            edits.append((part.start, part.stop, "${" + text + "}"))
        elif isinstance(part, Call):
            edits += _call_edits(scope, style, part, path)
    return edits


def _call_edits(scope: Scope, style: LinkStyle, call: Call, path: KeyPath) -> list[Edit]:
    """Return the edits for a resolver's call."""
    arguments = list(call.arguments)
    spans = [argument for argument in arguments if isinstance(argument, Argument)]
    edits: list[Edit] = []
    if style == "recipes" and len(spans) == len(arguments):  # one spelling, so no spaces
        edits += [(before.stop, after.start, ",") for before, after in pairwise(spans)]
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
    """Return the edits for a resolver's argument."""
    return [
        edit
        for argument in plain_arguments(element)
        for edit in _edits(scope, style, argument.parts, path)
    ]


def _spelled(scope: Scope, style: LinkStyle, key: Parts, path: KeyPath) -> str:
    """Return a link's key in the given style; raise _MustResolve if it has no such form."""
    texts = [part for part in key if isinstance(part, str)]
    try:
        target = scope.locate("".join(texts), Target(path, inside=True))
    except KeyError:  # only oc.select with a default has a value all the same
        raise _MustResolve from None
    if len(texts) < len(key) or not target.inside or not target.path:
        raise _MustResolve
    return spell(target, path, style)


def spell(target: Target, path: KeyPath, style: LinkStyle) -> str:
    """Return what stands inside ``${…}`` at ``path`` for a link to ``target``."""
    if style == "recipes":
        return ".".join(map(str, (MOUNT, *target.path)))
    parent = path[:-1]
    shared = 0
    while shared < min(len(parent), len(target.path) - 1) and parent[shared] == target.path[shared]:
        shared += 1
    return "." * (1 + len(parent) - shared) + ".".join(map(str, target.path[shared:]))
