"""Resolving links: from a recipe with links to plain values, or to what is wrong with a link.

A recipe is looked at as mounted under ``recipes`` and as standing at the root at once, so
``${recipes.run.replicas}`` and ``${oc.select:run.replicas}`` both find their key, as the
launcher's two ways of reading a recipe need. Only the resolvers listed here run; the environment
is read only where a variable was allowed by name. Links are followed no deeper and no longer than
the limits below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hydra_recipes.environment import Environment, environment
from hydra_recipes.links.arithmetic import RESOLVERS
from hydra_recipes.links.grammar import LinkSyntaxError, contains_link, parse
from hydra_recipes.links.problem import Hop, LinkProblem
from hydra_recipes.links.syntax import Argument, Call, Element, Items, Parts, Reference
from hydra_recipes.literals import primitive
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import MOUNT

UNSET = "???"
SELECT = "oc.select"
READ = "oc.env"

MAX_DEPTH = 64
"""How many links may follow one another, and how deep what they bring may be nested."""
MAX_STEPS = 20_000
"""How many values all links of a recipe may bring together."""

_SHOWN = 80
"""How much of a name is told."""
_KEY = re.compile(r"\.([^.\[]*)|\[(.*?)\]")


@dataclass(frozen=True)
class Target:
    """Where a link points.

    Attributes:
        path: The keys from the recipe's root, or from the composed root for one that leaves it.
        inside: Whether it stays inside the recipe.
    """

    path: KeyPath
    inside: bool

    def __str__(self) -> str:
        """The target as an absolute link has it, for messages."""
        path = (MOUNT, *self.path) if self.inside else self.path
        return ".".join(map(str, path))[:_SHOWN]


@dataclass(frozen=True)
class Scope:
    """A recipe and what stands beside it, for following links.

    Attributes:
        recipe: The recipe's tree.
        beside: What a library composes beside the recipe, for links that leave it.
        environment: The environment's variables that may be read; those allowed now if left out.
    """

    recipe: Mapping[Any, Any]
    beside: Mapping[Any, Any] = field(default_factory=dict)
    environment: Environment = field(default_factory=environment, repr=False)

    def resolve(self) -> tuple[dict[str, Any], dict[KeyPath, LinkProblem]]:
        """The recipe with plain values, and the links that have none (left as they are written)."""
        problems: dict[KeyPath, LinkProblem] = {}
        follower = _Follower(self)

        def plain(node: Any, path: KeyPath) -> Any:
            if isinstance(node, Mapping):
                return {key: plain(item, (*path, key)) for key, item in node.items()}
            if isinstance(node, list | tuple):
                return [plain(item, (*path, at)) for at, item in enumerate(node)]
            if not contains_link(node):
                return node
            try:
                return follower.close(follower.through(_Found(node, Target(path, True), ())))
            except LinkProblem as problem:
                problems[path] = problem
                follower.depth = 0
                return node

        return plain(self.recipe, ()), problems

    def value(self, path: KeyPath) -> Any:
        """The plain value at a key of the recipe.

        Raises:
            KeyError: If there is no such key.
            LinkProblem: If a link on the way has no value.
        """
        follower = _Follower(self)
        return follower.close(follower.find(Target(path, inside=True), ()))

    def way(self, text: Any, path: KeyPath) -> tuple[tuple[Hop, ...], Target | None]:
        """The links that a link at ``path`` leads over, and where that ends.

        It ends nowhere if it has no value, or one that stands nowhere: text around it, a result.
        """
        try:
            found = _Follower(self).through(_Found(text, Target(path, inside=True), ()))
        except LinkProblem as problem:
            return problem.hops[1:], None
        return found.hops[1:], found.place

    def locate(self, key: str, at: Target) -> Target:
        """Where a key points that is written in a link at ``at``.

        Raises:
            KeyError: If its dots lead out of everything.
        """
        name = key.lstrip(".")
        dots = len(key) - len(name)
        base: KeyPath = (MOUNT, *at.path) if at.inside else at.path
        if dots > len(base):
            raise KeyError(key)
        full: KeyPath = _split(name)
        if dots:
            full = (*base[: len(base) - dots], *full)
        if full[0] == MOUNT:
            return Target(full[1:], inside=True)
        at_root = not dots and full[0] not in self.beside and full[0] in self.recipe
        return Target(full, inside=at_root)


def brings_mapping(scope: Scope, value: Any, path: KeyPath) -> bool:
    """Whether a value at ``path`` is a link that leads to a mapping with keys."""
    if not contains_link(value):
        return False
    try:
        found = _Follower(scope).through(_Found(value, Target(path, inside=True), ()))
    except LinkProblem:
        return False
    return isinstance(found.node, Mapping) and bool(found.node)


class _NotAPositionError(KeyError):
    """A key of a list that is no number; OmegaConf gives no default for one."""


@dataclass(frozen=True)
class _Found:
    """A value that was found.

    Attributes:
        node: The value.
        place: Where it stands; None for one that a resolver gave, which holds no links.
        hops: The links that led to it.
    """

    node: Any
    place: Target | None
    hops: tuple[Hop, ...]

    def child(self, key: Any) -> _Found:
        """What it has at a key.

        Raises:
            KeyError: If it has nothing there.
        """
        if isinstance(self.node, list | tuple):
            try:
                key = range(len(self.node))[int(key)]
            except ValueError:
                raise _NotAPositionError(key) from None
            except IndexError:
                raise KeyError(key) from None
            item = self.node[key]
        elif isinstance(self.node, Mapping) and key in self.node:
            item = self.node[key]
        else:
            raise KeyError(key)
        place = self.place and replace(self.place, path=(*self.place.path, key))
        return _Found(item, place, self.hops)


class _Follower:
    """Follows links; counts its steps and its depth over all it is asked for."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.steps = 0
        self.depth = 0

    def find(self, target: Target, hops: tuple[Hop, ...]) -> _Found:
        """What stands at a target, or what the link that stands there leads to."""
        root = self.scope.recipe if target.inside else self.scope.beside
        found = _Found(root, Target((), target.inside), hops)
        for key in target.path:
            if found.node == UNSET:
                raise LinkProblem("link-unset", found.hops, target=str(target))
            found = self.through(found.child(key))
        return found

    def through(self, found: _Found) -> _Found:
        """Follows a link; gives back what is none."""
        text = found.node
        if found.place is None or not contains_link(text):
            return found
        hop = Hop(found.place.path, text)
        hops = (*found.hops, hop)
        if any(known.path == hop.path and known.text == text for known in found.hops):
            raise LinkProblem("link-cycle", hops)
        try:
            parts = parse(text)
        except LinkSyntaxError as error:
            raise LinkProblem("link-syntax", hops, text=str(error)) from None
        if len(parts) == 1 and not isinstance(parts[0], str):
            return self.link(parts[0], found.place, hops)
        return _Found(self.text(parts, found.place, hops), None, hops)

    def close(self, found: _Found) -> Any:
        """The plain value of what was found, links in it resolved."""
        if found.place is None or not isinstance(found.node, Mapping | list | tuple):
            return found.node
        self.enter(found.hops, len(found.node))
        keys = list(found.node) if isinstance(found.node, Mapping) else range(len(found.node))
        items = [self.close(self.through(found.child(key))) for key in keys]
        self.depth -= 1
        return dict(zip(keys, items, strict=True)) if isinstance(found.node, Mapping) else items

    def enter(self, hops: tuple[Hop, ...], steps: int) -> None:
        self.depth += 1
        self.steps += 1 + steps
        if self.depth > MAX_DEPTH or self.steps > MAX_STEPS:
            deep = self.depth > MAX_DEPTH
            limit = f"{MAX_DEPTH} levels" if deep else f"{MAX_STEPS:,} values"
            raise LinkProblem("link-failed", hops, name="the link", reason=f"more than {limit}")

    def text(self, parts: Parts, at: Target, hops: tuple[Hop, ...]) -> str:
        """Text with links in it; a mapping's text has its links as they are, as in OmegaConf."""
        pieces = [
            part if isinstance(part, str) else str(self.link(part, at, hops).node) for part in parts
        ]
        self.steps += sum(map(len, pieces)) // 100
        return "".join(pieces)

    def link(self, part: Reference | Call, at: Target, hops: tuple[Hop, ...]) -> _Found:
        self.enter(hops, 0)
        found = self.call(part, at, hops) if isinstance(part, Call) else self.refer(part, at, hops)
        self.depth -= 1
        return found

    def refer(self, reference: Reference, at: Target, hops: tuple[Hop, ...]) -> _Found:
        key = self.text(reference.key, at, hops)
        target: Target | str = key
        try:
            target = self.scope.locate(key, at)
            found = self.find(target, hops)
        except KeyError:
            raise LinkProblem("link-missing", hops, target=str(target)) from None
        if found.place is not None and found.node == UNSET:
            raise LinkProblem("link-unset", found.hops, target=str(target))
        if isinstance(found.node, Mapping | list | tuple) and _holds(found.place, at):
            raise LinkProblem("link-cycle", found.hops)
        return found

    def call(self, call: Call, at: Target, hops: tuple[Hop, ...]) -> _Found:
        known = sorted((*RESOLVERS, READ, SELECT))
        if call.name not in known:
            raise LinkProblem("link-resolver", hops, name=call.name[:_SHOWN], known=known)
        arguments = [self.argument(argument, at, hops) for argument in call.arguments]
        values = [argument.node for argument in arguments]
        try:
            if call.name == SELECT:
                return self.select(arguments, at, hops)
            if call.name == READ:
                return _Found(self.read(values, hops), None, hops)
            return _Found(RESOLVERS[call.name](*values), None, hops)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise LinkProblem("link-failed", hops, name=call.name, reason=str(error)) from None

    def read(self, values: list[Any], hops: tuple[Hop, ...]) -> str | None:
        """A variable of the environment, or the text to take if it isn't set."""
        name, *default = values or [None]
        if not isinstance(name, str) or len(default) > 1:
            raise TypeError("it takes the name of a variable and, if you like, a value without it")
        if name not in self.scope.environment:
            raise LinkProblem("link-environment", hops, name=name[:_SHOWN])
        value = self.scope.environment[name]
        if value is not None:
            return value
        if not default:
            raise ValueError(f"{name[:_SHOWN]} is not set")
        return None if default[0] is None else str(default[0])

    def select(self, arguments: list[_Found], at: Target, hops: tuple[Hop, ...]) -> _Found:
        nothing = _Found(None, None, hops)
        key, default = (*arguments, nothing, nothing)[:2]
        if not isinstance(key.node, str) or not key.node or len(arguments) > 2:  # noqa: PLR2004 - key and default
            raise TypeError("it takes a key and, if you like, a value if there is no such key")
        try:
            found = self.find(self.scope.locate(key.node, at), hops)
        except _NotAPositionError:
            raise TypeError("a list has positions, not keys") from None
        except KeyError:
            return default
        except LinkProblem as problem:
            if problem.kind == "link-unset" and len(problem.hops) == len(hops):
                return default
            raise
        unset = found.place is not None and found.node == UNSET
        return default if unset else found

    def argument(self, element: Element, at: Target, hops: tuple[Hop, ...]) -> _Found:
        """A resolver's argument; what a link brings isn't resolved before it is needed."""
        if isinstance(element, Argument) and not element.quoted and len(element.parts) == 1:
            part = element.parts[0]
            if not isinstance(part, str):
                return self.link(part, at, hops)
        return _Found(self.element(element, at, hops), None, hops)

    def element(self, element: Element, at: Target, hops: tuple[Hop, ...]) -> Any:
        self.enter(hops, 0)
        value: Any
        if isinstance(element, Argument):
            value = self.text(element.parts, at, hops)
            if not element.quoted and all(isinstance(part, str) for part in element.parts):
                value = primitive(value)
        elif isinstance(element, Items):
            value = [self.close(self.argument(item, at, hops)) for item in element.items]
        else:
            value = {k: self.close(self.argument(item, at, hops)) for k, item in element.pairs}
        self.depth -= 1
        return value


def _holds(place: Target | None, inner: Target) -> bool:
    """Whether a place is one of the mappings and lists around another."""
    return (
        place is not None
        and place.inside == inner.inside
        and place.path == inner.path[: len(place.path)]
    )


def _split(key: str) -> tuple[str, ...]:
    """The keys of ``a.b[c]``, as OmegaConf splits them."""
    dotted = key if key.startswith("[") else f".{key}"
    return tuple(name or bracketed for name, bracketed in _KEY.findall(dotted))
