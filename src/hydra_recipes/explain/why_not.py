"""Why not: why a key doesn't have another value, and what would be wrong with that value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hydra_recipes.composing.history import History
from hydra_recipes.environment import redact
from hydra_recipes.explain.explanation import Explained
from hydra_recipes.findings.finding import Finding
from hydra_recipes.links.grammar import contains_link
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.literals import spell_value
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.tree import canonical, value_at, whole_of, with_value


def why_not(subject: Explained, path: KeyPath, value: Any) -> tuple[History, tuple[Finding, ...]]:
    """Explain why a key doesn't have a value.

    Returns:
        What wrote that value and lost, and the findings that there would be with it: those about
        the key, and new ones about others.
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
    own: list[Finding] = []
    others: list[Finding] = []
    for finding in subject.judge(with_value(subject.scope.recipe, path, value)).findings:
        if finding.is_about(whole, about):
            # The origin is that of the present value, which says nothing about this one.
            own.append(replace(finding, origin=None))
        elif (finding.rule, finding.key) not in before:
            others.append(finding)
    return lost, (*own, *others)


def override_for(subject: Explained, path: KeyPath, value: Any) -> str:
    """Return the override that gives a key a value; for a new item of a list, that of the list."""
    present = subject.explain(path).present
    if not present and isinstance(path[-1], int):
        value, path = value_at(with_value(subject.resolved[0], path, value), path[:-1]), path[:-1]
        present = subject.explain(path).present
    return f"{'' if present else '+'}{dotted(path)}={spell_value(value)}"


def _brought(subject: Explained, path: KeyPath, written: Any) -> Any:
    """Return what a written link would resolve to; a value, or a link without one, as it is."""
    if not contains_link(written):
        return written
    scope = replace(subject.scope, recipe=with_value(subject.scope.recipe, path, written))
    try:
        return redact(scope.value(path), scope.environment)
    except (KeyError, LinkProblem):
        return written
