"""What is meant by an unknown key, a number in place of a text, or a value of other choices."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from hydra_recipes.findings.finding import Finding
from hydra_recipes.findings.messages.limits import BrokenLimit
from hydra_recipes.findings.messages.values import UnknownKeyInRecipe, WrongType
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.aliases import key_meant
from hydra_recipes.rules.allowed import allowed, nearest
from hydra_recipes.rules.evaluation import ActiveRules
from hydra_recipes.rules.keywords import satisfies
from hydra_recipes.rules.model import RuleBook, When
from hydra_recipes.rules.other_methods import methods_with
from hydra_recipes.tree import MOUNT, shortest


def with_name_meant(
    finding: Finding, path: KeyPath, family: str, book: RuleBook, choices: Mapping[str, str]
) -> Finding:
    """Return the finding about an unknown key with the key meant, or the methods that have it.

    The key meant is one renamed since, or an alias's. A finding of another kind is returned as it
    is.
    """
    detail = finding.detail
    if not isinstance(detail, UnknownKeyInRecipe):
        return finding
    keys = families.keys(family)
    new_path = book.now.whole_key((MOUNT, *path))
    if new_path is not None and new_path[0] == MOUNT:
        detail = detail.but(nearest=(shortest(new_path[1:], keys),), by="moved")
        return dataclasses.replace(finding, detail=detail)
    alias_match = key_meant(book, path, book.kinds(choices), keys)
    if alias_match is None:
        methods = methods_with(path, book, choices)
        if not methods:
            return finding
        # A key of the same name is likely meant, one that is only spelled alike isn't.
        same_name = tuple(near for near in detail.nearest if near.split(".")[-1] == path[-1])
        detail = detail.but(nearest=same_name, methods=methods)
        return dataclasses.replace(finding, detail=detail)
    key, alias = alias_match
    detail = detail.but(nearest=(shortest(key, keys),), by=alias.id, as_it_is=alias.because is None)
    return dataclasses.replace(finding, because=alias.because, detail=detail)


def with_text_meant(finding: Finding, path: KeyPath, active: ActiveRules) -> Finding:
    """Return the finding about a number in place of a text with the number that it has to be.

    A finding of another kind, or about a text that may be anything, is returned as it is.
    """
    detail = finding.detail
    if not isinstance(detail, WrongType) or detail.expected != "text":
        return finding
    for bound in active.limits:
        if bound.path == path and isinstance(bound.schema, Mapping) and "number" in bound.schema:
            near = nearest(finding.value, bound.schema)
            detail = detail.but(expected=allowed(bound.schema), meant=near)
            return dataclasses.replace(finding, detail=detail)
    return finding


def with_choice_meant(finding: Finding, book: RuleBook, choices: Mapping[str, str]) -> Finding:
    """Return the finding about a value that tells a choice with the choice that has this value.

    A finding of another kind, or about a value that no choice has, is returned as it is.
    """
    detail, kinds = finding.detail, book.kinds(choices)
    telling = [limit for limit in book.limits if limit.identifies is not None]
    if not isinstance(detail, BrokenLimit) or all(limit.id != finding.rule for limit in telling):
        return finding
    for limit in telling:
        groups = dict(limit.when.groups)
        options = groups.pop(limit.identifies or "", ())
        names_key = any(
            f".{finding.key}".endswith(f".{key}") and satisfies(finding.value, schema)
            for key, schema in limit.keys
        )
        if names_key and options and When(tuple(groups.items())).matches(kinds):
            choice = (str(limit.identifies), options[0])
            return dataclasses.replace(finding, detail=detail.but(choice=choice))
    return finding
