"""Findings about keys without a value: still ``???``, or a link that leads to none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hydra_recipes.checking.candidates import Placed
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.base import Severity
from hydra_recipes.findings.messages.links import LinkCycle, LinkMissing, LinkUnset
from hydra_recipes.findings.messages.values import Unset
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import UNSET, Scope
from hydra_recipes.origin import KeyPath, dotted
from hydra_recipes.rules.model import Choices, RuleBook
from hydra_recipes.tree import MOUNT, matches, path_of, scalars, walk


def without_value(
    scope: Scope,
    resolved: Mapping[str, Any],
    problems: Mapping[KeyPath, LinkProblem],
    book: RuleBook,
    kinds: Choices,
) -> Iterator[Placed]:
    """Yield a finding, with its key path, for each key of a recipe that has no value.

    Args:
        scope: The recipe.
        resolved: The recipe with links resolved.
        problems: The links that can't be resolved, by key path.
        book: The rules.
        kinds: The choices of the recipe, with the options that they extend.
    """
    for path in _causes(problems):
        yield path, _link_finding(path, scope, problems[path])
    for path in open_keys(resolved):
        finding = Finding("incomplete", "unset", Unset(), dotted(path), UNSET)
        yield path, _with_chain(finding, path, book, kinds)


def _with_chain(finding: Finding, path: KeyPath, book: RuleBook, kinds: Choices) -> Finding:
    """Return the finding about an open key with, for a checkpoint, where the job tells it."""
    for chain in book.chains:
        if chain.when.matches(kinds) and matches(path_of(chain.checkpoint), [path]):
            return replace(finding, because=chain.because, source=chain.source)
    return finding


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
        is_circle = isinstance(problem.detail, LinkCycle)
        circle = set(hops[hops.index(hops[-1]) :]) if is_circle else {hops[-1]}
        elsewhere = path not in circle and bool(circle & set(problems))
        if not elsewhere and not circle & covered:
            covered |= circle
            yield path


def _link_finding(path: KeyPath, scope: Scope, problem: LinkProblem) -> Finding:
    """Return the finding about a link that can't be resolved, with each key on its way."""
    detail = problem.at(path)
    severity: Severity = "incomplete" if isinstance(detail, LinkUnset) else "error"
    if isinstance(detail, LinkMissing):
        near = matches(tuple(detail.target.split(".")), walk(scope.recipe))
        detail = detail.but(nearest=[(MOUNT, *match) for match in near][:1])
    return Finding(severity, detail.kind, detail, dotted(path), problem.hops[0].text)
