"""Missing values: keys that are still ``???``, and links that lead to no value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hydra_recipes.checking.candidates import Placed
from hydra_recipes.findings.finding import Finding, Severity
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import UNSET, Scope
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.tree import MOUNT, matches, walk


def without_value(
    scope: Scope, resolved: Mapping[str, Any], problems: Mapping[KeyPath, LinkProblem]
) -> Iterator[Placed]:
    """Return a finding, with its key, for each key of a recipe that has no value.

    Args:
        scope: The recipe.
        resolved: The recipe with links resolved.
        problems: The links that couldn't be, by key.
    """
    for path in _causes(problems):
        yield path, _link_finding(path, scope, problems[path])
    for path in _unset(resolved, ()):
        yield path, Finding("incomplete", "unset", "unset", dotted(path), UNSET)


def _unset(node: Any, path: KeyPath) -> Iterable[KeyPath]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _unset(value, (*path, key))
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from _unset(value, (*path, at))
    elif node == UNSET:
        yield path


def _causes(problems: Mapping[KeyPath, LinkProblem]) -> Iterable[KeyPath]:
    """The keys to tell of: not those whose link only leads to another that has no value either."""
    told: set[KeyPath] = set()
    for path, problem in problems.items():
        hops = [hop.path for hop in problem.hops]
        circle = set(hops[hops.index(hops[-1]) :]) if problem.kind == "link-cycle" else {hops[-1]}
        elsewhere = path not in circle and bool(circle & set(problems))
        if not elsewhere and not circle & told:
            told |= circle
            yield path


def _link_finding(path: KeyPath, scope: Scope, problem: LinkProblem) -> Finding:
    severity: Severity = "incomplete" if problem.kind == "link-unset" else "error"
    data = {**problem.data, "hops": [(dotted(hop.path), hop.text) for hop in problem.hops]}
    if problem.kind == "link-missing":
        short = tuple(str(problem.data["target"]).split("."))
        data["nearest"] = [(MOUNT, *found) for found in matches(short, walk(scope.recipe))][:1]
    return Finding(
        severity, problem.kind, problem.kind, dotted(path), problem.hops[0].text, data=data
    )
