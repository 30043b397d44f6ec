"""What a recipe file asks for: its values, and the links among them.

A composed recipe is the file's recipe if all values and types are equal. A link of the file has to
be one there too, spelled in any way, since it ties keys for whoever changes one of them later. A
link that the library composes where the file has its plain value is no difference: published
recipes are such files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hydra_recipes.checking.structure import check_structure
from hydra_recipes.checking.typed_texts import Typed, as_typed
from hydra_recipes.links.grammar import contains_link, expand_shell_links
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import escape, rewrite
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import canonical, within

_SELECT = re.compile(r"\$\{oc\.select:\s*([\w.]+)\s*\}")
"""A link that is written as a call, and means the same as without."""


@dataclass(frozen=True)
class Goal:
    """What a recipe file asks for.

    Attributes:
        resolved: The recipe without links.
        written: The recipe as overrides write it: links as ``${recipes.key}``.
        links: Each link that stays inside the recipe, in a spelling that all equal ones share.
        broken: The keys whose link has no value.
        unknown: The keys that its family doesn't have; no override sets them.
    """

    resolved: Mapping[str, Any]
    written: Mapping[str, Any]
    links: Mapping[KeyPath, str]
    broken: frozenset[KeyPath]
    unknown: frozenset[KeyPath] = field(default_factory=frozenset)

    def is_unknown(self, path: KeyPath) -> bool:
        """Whether a key, or one it stands in, is none of the family's."""
        return within(path, self.unknown)


@dataclass(frozen=True)
class Composed:
    """A composed recipe, to be held against what is wanted.

    Attributes:
        tree: The recipe, links unresolved.
        scope: For following its links.
        resolved: The recipe without links.
        links: As in ``Goal``.
        broken: As in ``Goal``.
    """

    tree: Mapping[str, Any]
    scope: Scope
    resolved: Mapping[str, Any]
    links: Mapping[KeyPath, str]
    broken: frozenset[KeyPath]


def goal(tree: Mapping[str, Any], beside: Mapping[str, Any]) -> Goal:
    """What a file's recipe asks for, links unresolved; ``beside`` is what stands beside it."""
    scope = Scope(expand_shell_links(tree), beside)
    resolved, problems = scope.resolve()
    written = rewrite(scope, "recipes")
    return Goal(resolved, written, dict(_links(written, resolved, ())), frozenset(problems))


def typed_as_text(asked: Goal, typed: Typed, family: str) -> dict[KeyPath, str]:
    """The texts that were typed, without quotes, where a recipe has to have text.

    Args:
        asked: What the file asks for.
        typed: What was typed for its values that aren't read as text.
        family: Import path of its family's model.
    """
    found = ((p, as_typed(f, typed, "YAML")) for p, f in check_structure(asked.resolved, family))
    return {p: f.data["meant"] for p, f in found if "written" in f.data and f.data["meant"]}


def composed(tree: Mapping[str, Any], beside: Mapping[str, Any], *, links: bool) -> Composed:
    """A composed recipe; its links are told only if asked for."""
    scope = Scope(tree, beside)
    resolved, problems = scope.resolve()
    found = dict(_links(rewrite(scope, "recipes"), resolved, ())) if links else {}
    return Composed(tree, scope, resolved, found, frozenset(problems))


def _links(written: Any, resolved: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(written, Mapping):
        for key, item in written.items():
            yield from _links(item, resolved[key], (*path, key))
    elif isinstance(written, list):
        for at, item in enumerate(written):
            yield from _links(item, resolved[at], (*path, at))
    elif contains_link(written) and written != escape(resolved):
        yield path, _SELECT.sub(r"${\1}", written)


def equal(one: Any, other: Any) -> bool:
    """Whether two plain values are the same, types included: 1 is neither 1.0 nor true."""
    return canonical(one) == canonical(other)
