"""Why not: why a key has no other value, and what another would bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hydra_recipes.composing.history import History
from hydra_recipes.environment import redact
from hydra_recipes.explain.explanation import Explained, is_about
from hydra_recipes.findings.finding import Finding
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.literals import spell_value
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.tree import canonical, value_at, whole_of


def why_not(subject: Explained, path: KeyPath, value: Any) -> tuple[History, tuple[Finding, ...]]:
    """Why a key is not ``value``: what wrote that and lost, and what would be wrong with it.

    Returns:
        The writes of that value, and the findings there would be about the key, or because of it.
    """
    wanted = canonical(value)
    lost = tuple(
        write
        for write in subject.explain(path).history
        if not write.removed
        and wanted in (canonical(write.value), canonical(_brought(subject, path, write.value)))
    )
    whole = whole_of(path)
    about = {dotted(path), dotted(whole)}
    before = {(finding.rule, finding.key) for finding in subject.report.findings}
    found = subject.judge(_with(subject.scope.recipe, path, value)).findings
    # Where the present value came from says nothing of this one.
    ours = (replace(f, origin=None) for f in found if is_about(f, whole, about))
    others = (f for f in found if not is_about(f, whole, about) and (f.rule, f.key) not in before)
    return lost, (*ours, *others)


def override_for(subject: Explained, path: KeyPath, value: Any) -> str:
    """The override that gives a key a value; for an item that isn't there, that of its list."""
    present = subject.explain(path).present
    if not present and isinstance(path[-1], int):
        value, path = value_at(_with(subject.resolved[0], path, value), path[:-1]), path[:-1]
        present = subject.explain(path).present
    return f"{'' if present else '+'}{dotted(path)}={spell_value(value)}"


def _brought(subject: Explained, path: KeyPath, written: Any) -> Any:
    """What a link would bring at a key; any other value, or a link without one, is as written."""
    if not contains_link(written):
        return written
    scope = replace(subject.scope, recipe=_with(subject.scope.recipe, path, written))
    try:
        return redact(scope.value(path), scope.environment)
    except (KeyError, LinkProblem):
        return written


def _with(node: Any, path: KeyPath, value: Any) -> Any:
    """A tree with another value at a key, and the mappings it stands in if they aren't there."""
    if not path:
        return value
    first, *rest = path
    if isinstance(first, int):
        items = node if isinstance(node, list) else []
        old = items[first] if first < len(items) else None
        return [*items[:first], _with(old, tuple(rest), value), *items[first + 1 :]]
    inner = node if isinstance(node, Mapping) else {}
    return {**inner, first: _with(inner.get(first), tuple(rest), value)}
