"""Resolving links: from a recipe with links to plain values, or to what is wrong with a link.

A recipe is looked at as mounted under ``recipes`` and as standing at the root at once, so
``${recipes.run.replicas}`` and ``${oc.select:run.replicas}`` both find their key, as the
launcher's two ways of reading a recipe need. Only the resolvers listed here run; nothing reads
the environment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hydra_recipes.links.grammar import (
    Argument,
    Call,
    LinkSyntaxError,
    Parts,
    Reference,
    contains_link,
    parse,
)
from hydra_recipes.origins import KeyPath

MOUNT = "recipes"
UNSET = "???"

RESOLVERS: Mapping[str, Callable[..., Any]] = {
    "add": lambda *values: sum(values),
    "divide_ceil": lambda x, y: math.ceil(x / y),
    "divide_floor": lambda x, y: math.floor(x / y),
    "multiply": lambda x, y: x * y,
}
"""The launcher's arithmetic, by name. ``oc.select`` is built into the lookup."""


@dataclass(frozen=True)
class Hop:
    """One step of a chain of links: the key, and the link that stands there."""

    path: KeyPath
    text: str


class LinkProblem(Exception):  # noqa: N818 - it becomes a finding more often than an error
    """A link that has no value.

    Attributes:
        kind: ``link-cycle``, ``link-missing``, ``link-unset``, ``link-syntax``, ``link-failed`` or
            ``link-resolver``.
        hops: The chain of links that was followed, from the key that was asked for.
        data: What the message tells.
    """

    def __init__(self, kind: str, hops: tuple[Hop, ...], **data: Any) -> None:
        super().__init__(kind, hops, data)
        self.kind = kind
        self.hops = hops
        self.data = data


@dataclass(frozen=True)
class Target:
    """Where a link points.

    Attributes:
        path: The keys from the recipe's root, or from the composed root for one that leaves it.
        inside: Whether it stays inside the recipe.
    """

    path: KeyPath
    inside: bool


@dataclass
class Scope:
    """A recipe and what stands beside it, for following links.

    Attributes:
        recipe: The recipe's tree.
        beside: What a library composes beside the recipe, for links that leave it.
    """

    recipe: Mapping[Any, Any]
    beside: Mapping[Any, Any] = field(default_factory=dict)

    def resolve(self) -> tuple[dict[str, Any], dict[KeyPath, LinkProblem]]:
        """The recipe with plain values, and the links that have none (left as they are written)."""
        problems: dict[KeyPath, LinkProblem] = {}
        tree = self._plain(self.recipe, (), problems)
        return tree, problems

    def value(self, path: KeyPath) -> Any:
        """The plain value at a key of the recipe.

        Raises:
            KeyError: If there is no such key.
            LinkProblem: If a link on the way has no value.
        """
        return self._follow(Target(path, inside=True), ())

    def target(self, reference: Reference, path: KeyPath) -> Target:
        """Where a reference that stands at ``path`` of the recipe points."""
        return self._locate(reference.dots, self._keys(reference, path, ()), Target(path, True))

    def select_target(self, call: Call, path: KeyPath) -> Target:
        """Where the key that an ``oc.select`` at ``path`` reads stands."""
        dots, keys = _split_key(str(self._argument(call.arguments[0], Target(path, True), ())))
        return self._locate(dots, keys, Target(path, True))

    def _plain(self, node: Any, path: KeyPath, problems: dict[KeyPath, LinkProblem]) -> Any:
        if isinstance(node, Mapping):
            return {key: self._plain(item, (*path, key), problems) for key, item in node.items()}
        if isinstance(node, list | tuple):
            return [self._plain(item, (*path, at), problems) for at, item in enumerate(node)]
        if not contains_link(node):
            return node
        try:
            return self._evaluate(node, Target(path, True), ())
        except LinkProblem as problem:
            problems[path] = problem
            return node

    def _follow(self, target: Target, hops: tuple[Hop, ...]) -> Any:
        node: Any = self.recipe if target.inside else self.beside
        here: KeyPath = ()
        for at, key in enumerate(target.path):
            if contains_link(node):
                node = self._evaluate(node, Target(here, target.inside), hops)
                return _dig(node, target.path[at:])
            node = _dig(node, (key,))
            here = (*here, key)
        return self._close(node, target, hops)

    def _close(self, node: Any, target: Target, hops: tuple[Hop, ...]) -> Any:
        if isinstance(node, Mapping):
            return {
                key: self._close(item, Target((*target.path, key), target.inside), hops)
                for key, item in node.items()
            }
        if isinstance(node, list | tuple):
            return [
                self._close(item, Target((*target.path, at), target.inside), hops)
                for at, item in enumerate(node)
            ]
        return self._evaluate(node, target, hops) if contains_link(node) else node

    def _evaluate(self, text: str, at: Target, hops: tuple[Hop, ...]) -> Any:
        hop = Hop(at.path, text)
        if hop in hops:
            raise LinkProblem("link-cycle", (*hops, hop))
        hops = (*hops, hop)
        try:
            parts = parse(text)
        except LinkSyntaxError as error:
            raise LinkProblem("link-syntax", hops, text=str(error)) from None
        return self._parts(parts, at, hops)

    def _parts(self, parts: Parts, at: Target, hops: tuple[Hop, ...]) -> Any:
        if len(parts) == 1 and not isinstance(parts[0], str):
            return self._part(parts[0], at, hops)
        return "".join(
            part if isinstance(part, str) else str(self._part(part, at, hops)) for part in parts
        )

    def _part(self, part: Reference | Call, at: Target, hops: tuple[Hop, ...]) -> Any:
        if isinstance(part, Reference):
            target = self._locate(part.dots, self._keys(part, at.path, hops, at), at)
            try:
                value = self._follow(target, hops)
            except KeyError:
                raise LinkProblem("link-missing", hops, target=_spell(target)) from None
            if value == UNSET:
                raise LinkProblem("link-unset", hops, target=_spell(target))
            return value
        return self._call(part, at, hops)

    def _call(self, call: Call, at: Target, hops: tuple[Hop, ...]) -> Any:
        values = [self._argument(argument, at, hops) for argument in call.arguments]
        if call.name == "oc.select" and len(values) in (1, 2):
            key, default = (*values, None)[:2]
            dots, keys = _split_key(str(key))
            try:
                value = self._follow(self._locate(dots, keys, at), hops)
            except KeyError:
                return default
            return default if value == UNSET else value
        function = RESOLVERS.get(call.name)
        if function is None:
            raise LinkProblem(
                "link-resolver", hops, name=call.name, known=sorted((*RESOLVERS, "oc.select"))
            )
        try:
            return function(*values)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise LinkProblem("link-failed", hops, name=call.name, reason=str(error)) from None

    def _argument(self, argument: Argument, at: Target, hops: tuple[Hop, ...]) -> Any:
        if all(isinstance(part, str) for part in argument.parts):
            return argument.value
        return self._parts(argument.parts, at, hops)

    def _keys(
        self, reference: Reference, path: KeyPath, hops: tuple[Hop, ...], at: Target | None = None
    ) -> tuple[str, ...]:
        here = at or Target(path, True)
        return tuple(
            key if isinstance(key, str) else str(self._parts(key, here, hops))
            for key in reference.keys
        )

    def _locate(self, dots: int, keys: tuple[str, ...], at: Target) -> Target:
        """Turns what a link says into where it points, for either mount of the recipe."""
        if dots:
            base = (MOUNT, *at.path) if at.inside else at.path
            base = base[: len(base) - dots] if dots <= len(base) else ()
            full: KeyPath = (*base, *keys)
        else:
            full = keys
        if full[:1] == (MOUNT,):
            return Target(full[1:], inside=True)
        beside = full[:1] and full[0] in self.beside
        return Target(full, inside=not beside and full[:1] != () and full[0] in self.recipe)


def _split_key(text: str) -> tuple[int, tuple[str, ...]]:
    dots = len(text) - len(text.lstrip("."))
    keys = text[dots:].replace("[", ".").replace("]", "").split(".")
    return dots, tuple(key for key in keys if key)


def _dig(node: Any, path: KeyPath) -> Any:
    for key in path:
        if isinstance(node, list | tuple):
            try:
                node = node[int(key)]
            except (ValueError, IndexError):
                raise KeyError(key) from None
        elif isinstance(node, Mapping) and key in node:
            node = node[key]
        else:
            raise KeyError(key)
    return node


def _spell(target: Target) -> str:
    return ".".join(map(str, (MOUNT, *target.path) if target.inside else target.path))
