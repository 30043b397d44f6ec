"""Findings about the method of a recipe: blocks of two methods, and a method told by absence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from hydra_recipes.checking.candidates import Placed
from hydra_recipes.checking.recognition import Recognised
from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.families import MixedMethods, ToldByAbsence
from hydra_recipes.findings.messages.offers import NotOffered
from hydra_recipes.findings.messages.values import MissingKey, UnknownKeyInRecipe
from hydra_recipes.origin import KeyPath, Origin, dotted
from hydra_recipes.rules.offers import METHOD
from hydra_recipes.tree import lookup

OriginOf = Callable[[KeyPath, bool], Origin | None]
"""A function that returns where the value of a key stands or, given True, the key itself."""


def method_findings(
    resolved: Mapping[str, Any],
    hints: Mapping[str, str],
    recognised: Recognised,
    origin_of: OriginOf,
) -> Iterator[Placed]:
    """Yield an error for each block of another method, and a warning if absence tells the method.

    Args:
        resolved: The recipe without links.
        hints: Choices named beside the recipe.
        recognised: The choices that it may have been made from.
        origin_of: Returns where a key stands.

    Yields:
        The findings. They are about no key's value, so that its keys get findings of their own.
    """
    told = recognised.methods
    method = recognised.candidates[0].get(METHOD)
    for own in (found for found in told if found.method.id == method):
        for other in told:
            if other is not own:
                mixed = MixedMethods(
                    method=own.method.id, evidence=dotted(own.path), other=other.method.id
                )
                key, value = dotted(other.path), lookup(resolved, other.path)
                place = origin_of(other.path, True)
                yield None, Finding("error", mixed.kind, mixed, key, value, origin=place)
        if own.by_absence and hints.get(METHOD) != method:
            detail = ToldByAbsence(
                method=own.method.id,
                about=own.method.about,
                evidence=own.evidence,
                hint=own.method.hint,
            )
            place = origin_of(own.path, True)
            yield None, Finding("warning", detail.kind, detail, origin=place)


def of_one_method(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without those that only follow from a mix of methods.

    As long as a recipe has blocks of two methods, it isn't known which keys are missing or too
    many, what is offered, and what the keys of a block may have.
    """
    told = tuple(findings)
    blocks = [finding.key for finding in told if isinstance(finding.detail, MixedMethods)]
    if not blocks:
        return told
    return tuple(
        finding
        for finding in told
        if isinstance(finding.detail, MixedMethods)
        or not (
            isinstance(finding.detail, NotOffered | MissingKey | UnknownKeyInRecipe)
            or any(f"{finding.key}.".startswith(f"{block}.") for block in blocks)
        )
    )
