"""Findings about keys without a value: still ``???``, or a link that leads to none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hydra_recipes.checking.candidates import Placed
from hydra_recipes.findings.finding import Finding, Severity
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import UNSET, Scope
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.tree import MOUNT, matches, scalars, walk


def without_value(
    scope: Scope, resolved: Mapping[str, Any], problems: Mapping[KeyPath, LinkProblem]
) -> Iterator[Placed]:
    """Yield a finding, with its key path, for each key of a recipe that has no value.

    Args:
        scope: The recipe.
        resolved: The recipe with links resolved.
        problems: The links that can't be resolved, by key path.
    """
    for path in _causes(problems):
        yield path, _link_finding(path, scope, problems[path])
    for path in open_keys(resolved):
        yield path, Finding("incomplete", "unset", "unset", dotted(path), UNSET)


def open_keys(tree: Any) -> Iterable[KeyPath]:
    """Return the key path of each value that is left open (``???``)."""
    return (path for path, value in scalars(tree) if value == UNSET)


def _causes(problems: Mapping[KeyPath, LinkProblem]) -> Iterable[KeyPath]:
    """Yield the keys to report: not those whose link leads to another key that has no value either.

    For example, with ``a: ${b}``, ``b: ${c}`` and no ``c``, only ``b``; of keys whose links form a
    circle, only the first.
    """
    covered: set[KeyPath] = set()
    for path, problem in problems.items():
        hops = [hop.path for hop in problem.hops]
        circle = set(hops[hops.index(hops[-1]) :]) if problem.kind == "link-cycle" else {hops[-1]}
        elsewhere = path not in circle and bool(circle & set(problems))
        if not elsewhere and not circle & covered:
            covered |= circle
            yield path


def _link_finding(path: KeyPath, scope: Scope, problem: LinkProblem) -> Finding:
    """Return the finding about a link that can't be resolved, with each key on its way."""
    severity: Severity = "incomplete" if problem.kind == "link-unset" else "error"
    data = {**problem.data, "hops": [(dotted(hop.path), hop.text) for hop in problem.hops]}
    if problem.kind == "link-missing":
        short = tuple(str(problem.data["target"]).split("."))
        data["nearest"] = [(MOUNT, *match) for match in matches(short, walk(scope.recipe))][:1]
    return Finding(
        severity, problem.kind, problem.kind, dotted(path), problem.hops[0].text, data=data
    )
