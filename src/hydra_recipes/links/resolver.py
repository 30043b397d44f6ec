"""Link resolver: turn a recipe with links into plain values, or say what is wrong with a link.

The launcher reads a recipe in two ways, at the root and mounted under ``recipes``, so a link may
name a key in both: ``${run.replicas}`` and ``${recipes.run.replicas}`` find the same one. If
something beside the recipe is called ``run`` too, the first form finds that instead.

``_Follower`` does the work. For ``{"a": "${b}", "b": "${.c}", "c": 3}`` and the key ``a``,
``through`` reads the link ``${b}``, ``find`` walks from the root to ``b``, and ``through`` follows
the link that stands there to ``c``. The answer is a ``_Found``: the node 3, its place ``c``, and
the hops ``a`` and ``b``. A key and text that are among the hops already make a cycle. A node with
a place may hold links itself; ``close`` resolves those. A node without a place was computed, by a
resolver or from text around a link, and is final.

Only the resolvers listed here run. Only variables of the environment that were allowed by name are
read. ``MAX_DEPTH`` and ``MAX_STEPS`` bound the work, so that no recipe can make it explode.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hydra_recipes.environment import Environment, environment, masked
from hydra_recipes.findings.messages.links import (
    LinkCycle,
    LinkEnvironment,
    LinkFailed,
    LinkMissing,
    LinkResolver,
    LinkSyntax,
    LinkUnset,
)
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
"""How many links may follow one another, and how many levels their values may be nested."""
MAX_STEPS = 20_000
"""How many values all links of a recipe together may produce."""

_SHOWN = 80
"""How many characters of a name a message shows."""
_KEY = re.compile(r"\.([^.\[]*)|\[(.*?)\]")


@dataclass(frozen=True)
class Target:
    """Where a link points.

    Attributes:
        path: The keys from the recipe's root if ``inside``, otherwise from the composed root.
        inside: Whether the target is in the recipe, and not beside it.
    """

    path: KeyPath
    inside: bool

    def __str__(self) -> str:
        """Return the target as an absolute link names it, for messages."""
        path = (MOUNT, *self.path) if self.inside else self.path
        return ".".join(map(str, path))[:_SHOWN]


@dataclass(frozen=True)
class Scope:
    """A recipe and what stands beside it, as links see them.

    Attributes:
        recipe: The recipe's tree.
        beside: The tree that a library composes beside the recipe, for links that leave it.
        environment: The variables that may be read; by default those that are allowed now.
    """

    recipe: Mapping[Any, Any]
    beside: Mapping[Any, Any] = field(default_factory=dict)
    environment: Environment = field(default_factory=environment, repr=False)

    @property
    def masked(self) -> Scope:
        """Return the same scope with a variable's name in place of what the environment holds."""
        return replace(self, environment=masked(self.environment))

    def resolve(self) -> tuple[dict[str, Any], dict[KeyPath, LinkProblem]]:
        """Return the recipe with plain values, and the problem of each key whose link has no value.

        A value with a problem is left as it is written.
        """
        problems: dict[KeyPath, LinkProblem] = {}
        follower = _Follower(self)

        def plain(node: Any, path: KeyPath) -> Any:
            if isinstance(node, Mapping):
                return {key: plain(item, (*path, key)) for key, item in node.items()}
            if isinstance(node, list | tuple):
                return [plain(item, (*path, index)) for index, item in enumerate(node)]
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
        """Return the plain value at a key of the recipe.

        Raises:
            KeyError: If there is no such key.
            LinkProblem: If a link on the way has no value.
        """
        follower = _Follower(self)
        return follower.close(follower.find(Target(path, inside=True), ()))

    def way(self, text: Any, path: KeyPath) -> tuple[tuple[Hop, ...], Target | None]:
        """Return the links that a link at ``path`` leads over, and the target where the chain ends.

        The target is None if the link has no value, or a computed one: text around a link, or the
        result of a resolver.
        """
        try:
            end = _Follower(self).through(_Found(text, Target(path, inside=True), ()))
        except LinkProblem as problem:
            return problem.hops[1:], None
        return end.hops[1:], end.place

    def locate(self, key: str, at: Target) -> Target:
        """Return the target of a key that is written in a link at ``at``.

        Raises:
            KeyError: If its dots lead above the composed root.
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
    """Return whether a value at ``path`` is a link that leads to a mapping with keys."""
    if not contains_link(value):
        return False
    try:
        end = _Follower(scope).through(_Found(value, Target(path, inside=True), ()))
    except LinkProblem:
        return False
    return isinstance(end.node, Mapping) and bool(end.node)


class _NotAPositionError(KeyError):
    """Raised for a key of a list that is no number; OmegaConf gives no default for it."""


@dataclass(frozen=True)
class _Found:
    """A value that a link or a key leads to.

    Attributes:
        node: The value.
        place: Where it stands; None for a computed value, which holds no more links.
        hops: The links that were followed to reach it.
    """

    node: Any
    place: Target | None
    hops: tuple[Hop, ...]

    def child(self, key: Any) -> _Found:
        """Return the value at a key of this mapping or list.

        Raises:
            KeyError: If there is no such key or position.
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
    """Follower of links, which counts its steps and depth over all calls to bound their sum."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.steps = 0
        self.depth = 0

    def find(self, target: Target, hops: tuple[Hop, ...]) -> _Found:
        """Return the value at a target, following each link that stands on the way or there."""
        root = self.scope.recipe if target.inside else self.scope.beside
        current = _Found(root, Target((), target.inside), hops)
        for key in target.path:
            if current.node == UNSET:
                raise LinkProblem(LinkUnset(target=str(target)), current.hops)
            current = self.through(current.child(key))
        return current

    def through(self, value: _Found) -> _Found:
        """Return what a link leads to, or the same value if it is no link."""
        text = value.node
        if value.place is None or not contains_link(text):
            return value
        hop = Hop(value.place.path, text)
        hops = (*value.hops, hop)
        if hop in value.hops:
            raise LinkProblem(LinkCycle(), hops)
        try:
            parts = parse(text)
        except LinkSyntaxError as error:
            raise LinkProblem(LinkSyntax(link=str(error)), hops) from None
        if len(parts) == 1 and not isinstance(parts[0], str):
            return self.link(parts[0], value.place, hops)
        return _Found(self.text(parts, value.place, hops), None, hops)

    def close(self, value: _Found) -> Any:
        """Return a value with all links inside it resolved."""
        if value.place is None or not isinstance(value.node, Mapping | list | tuple):
            return value.node
        self.enter(value.hops, len(value.node))
        keys = list(value.node) if isinstance(value.node, Mapping) else range(len(value.node))
        items = [self.close(self.through(value.child(key))) for key in keys]
        self.depth -= 1
        return dict(zip(keys, items, strict=True)) if isinstance(value.node, Mapping) else items

    def enter(self, hops: tuple[Hop, ...], steps: int) -> None:
        """Count a level and some steps; raise LinkProblem if that is beyond a limit."""
        self.depth += 1
        self.steps += 1 + steps
        if self.depth > MAX_DEPTH or self.steps > MAX_STEPS:
            deep = self.depth > MAX_DEPTH
            limit = f"{MAX_DEPTH} levels" if deep else f"{MAX_STEPS:,} values"
            raise LinkProblem(LinkFailed(name="the link", reason=f"more than {limit}"), hops)

    def text(self, parts: Parts, place: Target, hops: tuple[Hop, ...]) -> str:
        """Return text with its links replaced by their values."""
        pieces = [
            part if isinstance(part, str) else str(self.link(part, place, hops).node)
            for part in parts
        ]
        self.steps += sum(map(len, pieces)) // 100  # long text costs steps too
        return "".join(pieces)

    def link(self, part: Reference | Call, place: Target, hops: tuple[Hop, ...]) -> _Found:
        """Follow one link: a reference or a resolver's call."""
        self.enter(hops, 0)
        result = (
            self.call(part, place, hops)
            if isinstance(part, Call)
            else self.refer(part, place, hops)
        )
        self.depth -= 1
        return result

    def refer(self, reference: Reference, place: Target, hops: tuple[Hop, ...]) -> _Found:
        """Return the value that a reference leads to."""
        key = self.text(reference.key, place, hops)
        target: Target | str = key
        try:
            target = self.scope.locate(key, place)
            result = self.find(target, hops)
        except KeyError:
            raise LinkProblem(LinkMissing(target=str(target)), hops) from None
        if result.place is not None and result.node == UNSET:
            raise LinkProblem(LinkUnset(target=str(target)), result.hops)
        if isinstance(result.node, Mapping | list | tuple) and _holds(result.place, place):
            raise LinkProblem(LinkCycle(), result.hops)
        return result

    def call(self, call: Call, place: Target, hops: tuple[Hop, ...]) -> _Found:
        """Return the result of a resolver."""
        resolver_names = sorted((*RESOLVERS, READ, SELECT))
        if call.name not in resolver_names:
            wrong = LinkResolver(name=call.name[:_SHOWN], known=resolver_names)
            raise LinkProblem(wrong, hops)
        arguments = [self.argument(argument, place, hops) for argument in call.arguments]
        values = [argument.node for argument in arguments]
        try:
            if call.name == SELECT:
                return self.select(arguments, place, hops)
            if call.name == READ:
                return _Found(self.read(values, hops), None, hops)
            return _Found(RESOLVERS[call.name](*values), None, hops)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise LinkProblem(LinkFailed(name=call.name, reason=str(error)), hops) from None

    def read(self, values: list[Any], hops: tuple[Hop, ...]) -> str | None:
        """Return a variable of the environment, or the default as text if it isn't set."""
        name, *default = values or [None]
        if not isinstance(name, str) or len(default) > 1:
            raise TypeError("it takes the name of a variable and, if you like, a value without it")
        if name not in self.scope.environment:
            raise LinkProblem(LinkEnvironment(name=name[:_SHOWN]), hops)
        value = self.scope.environment[name]
        if value is not None:
            return value
        if not default:
            raise ValueError(f"{name[:_SHOWN]} is not set")
        return None if default[0] is None else str(default[0])

    def select(self, arguments: list[_Found], place: Target, hops: tuple[Hop, ...]) -> _Found:
        """Return the value at a key, or the default if there is none or it is unset."""
        nothing = _Found(None, None, hops)
        key, default = (*arguments, nothing, nothing)[:2]
        if not isinstance(key.node, str) or not key.node or len(arguments) > 2:  # noqa: PLR2004 - key and default
            raise TypeError("it takes a key and, if you like, a value if there is no such key")
        try:
            result = self.find(self.scope.locate(key.node, place), hops)
        except _NotAPositionError:
            raise TypeError("a list has positions, not keys") from None
        except KeyError:
            return default
        except LinkProblem as problem:
            # The key itself leads through an unset value. Inside another link it is a problem.
            if isinstance(problem.detail, LinkUnset) and len(problem.hops) == len(hops):
                return default
            raise
        unset = result.place is not None and result.node == UNSET
        return default if unset else result

    def argument(self, element: Element, place: Target, hops: tuple[Hop, ...]) -> _Found:
        """Return a resolver's argument; a mapping that a link leads to stays unresolved."""
        if isinstance(element, Argument) and not element.quoted and len(element.parts) == 1:
            part = element.parts[0]
            if not isinstance(part, str):
                return self.link(part, place, hops)
        return _Found(self.element(element, place, hops), None, hops)

    def element(self, element: Element, place: Target, hops: tuple[Hop, ...]) -> Any:
        """Return the plain value of a resolver's argument."""
        self.enter(hops, 0)
        value: Any
        if isinstance(element, Argument):
            value = self.text(element.parts, place, hops)
            if not element.quoted and all(isinstance(part, str) for part in element.parts):
                value = primitive(value)
        elif isinstance(element, Items):
            value = [self.close(self.argument(item, place, hops)) for item in element.items]
        else:
            value = {
                key: self.close(self.argument(item, place, hops)) for key, item in element.pairs
            }
        self.depth -= 1
        return value


def _holds(place: Target | None, inner: Target) -> bool:
    """Return whether a place is ``inner`` itself or one of the mappings and lists around it."""
    return (
        place is not None
        and place.inside == inner.inside
        and place.path == inner.path[: len(place.path)]
    )


def _split(key: str) -> tuple[str, ...]:
    """Return the keys of ``a.b[c]``, split as OmegaConf splits them."""
    dotted = key if key.startswith("[") else f".{key}"
    return tuple(name or bracketed for name, bracketed in _KEY.findall(dotted))
