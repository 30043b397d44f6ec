"""The goal of importing: a recipe file's values, and the links between them.

A composed recipe reaches the goal if all values and types are equal, and each link of the file is a
link there too, spelled in any way: it ties keys for whoever changes one of them later. A link
composed where the file has the plain value is no difference, as published recipes are such files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hydra_recipes.checking.structure import check_structure
from hydra_recipes.checking.typed_texts import Typed, as_typed
from hydra_recipes.findings.messages.values import WrongType
from hydra_recipes.links.grammar import contains_link, expand_shell_links
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import escape, rewrite
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import within

_SELECT = re.compile(r"\$\{oc\.select:\s*([\w.]+)\s*\}")
"""A link written as a call: ``${oc.select:key}`` means the same as ``${key}``."""


@dataclass(frozen=True)
class Goal:
    """What composing has to arrive at.

    Attributes:
        resolved: The recipe, links resolved.
        written: The recipe as overrides write it: links as ``${recipes.key}``.
        links: Each link that stays inside the recipe, by its path; equal links are spelled the
            same.
        broken: The paths of the links without a value.
        unknown: The paths of the keys that its family doesn't have; no override sets them.
    """

    resolved: Mapping[str, Any]
    written: Mapping[str, Any]
    links: Mapping[KeyPath, str]
    broken: frozenset[KeyPath]
    unknown: frozenset[KeyPath] = field(default_factory=frozenset)

    def is_unknown(self, path: KeyPath) -> bool:
        """Return whether the family doesn't have a key, or one that holds it."""
        return within(path, self.unknown)


@dataclass(frozen=True)
class Composed:
    """A composed recipe, to be compared with the goal.

    Attributes:
        tree: The recipe, links unresolved.
        scope: The tree and what is outside it, for following links.
        resolved: The recipe, links resolved.
        links: As in ``Goal``.
        broken: As in ``Goal``.
    """

    tree: Mapping[str, Any]
    scope: Scope
    resolved: Mapping[str, Any]
    links: Mapping[KeyPath, str]
    broken: frozenset[KeyPath]


def goal(tree: Mapping[str, Any], beside: Mapping[str, Any]) -> Goal:
    """Return the goal that a file's recipe sets; ``beside`` is the file outside the recipe."""
    scope = Scope(expand_shell_links(tree), beside)
    resolved, problems = scope.resolve()
    written = rewrite(scope, "recipes")
    return Goal(resolved, written, dict(_links(written, resolved, ())), frozenset(problems))


def typed_as_text(asked: Goal, typed: Typed, family: str) -> dict[KeyPath, str]:
    """Return what was typed without quotes where a recipe needs text, by path.

    Args:
        asked: The goal.
        typed: What was typed for values that aren't read as text, by key.
        family: The import path of its family's model.
    """
    findings = (
        (path, as_typed(finding, typed, "YAML"))
        for path, finding in check_structure(asked.resolved, family)
    )
    details = ((path, finding.detail) for path, finding in findings)
    return {
        path: detail.meant
        for path, detail in details
        if isinstance(detail, WrongType) and detail.written is not None and detail.meant
    }


def composed(tree: Mapping[str, Any], beside: Mapping[str, Any], *, links: bool) -> Composed:
    """Return a composed recipe; its links only if ``links``, as they take time."""
    scope = Scope(tree, beside)
    resolved, problems = scope.resolve()
    spelled = dict(_links(rewrite(scope, "recipes"), resolved, ())) if links else {}
    return Composed(tree, scope, resolved, spelled, frozenset(problems))


def _links(written: Any, resolved: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the path and common spelling of each link below ``path`` that stays in the recipe."""
    if isinstance(written, Mapping):
        for key, item in written.items():
            yield from _links(item, resolved[key], (*path, key))
    elif isinstance(written, list):
        for index, item in enumerate(written):
            yield from _links(item, resolved[index], (*path, index))
    elif contains_link(written) and written != escape(resolved):
        yield path, _SELECT.sub(r"${\1}", written)
