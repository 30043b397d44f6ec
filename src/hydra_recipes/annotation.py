"""Annotation: each key's meaning and limit, for comments beside the values of an emitted recipe."""

from __future__ import annotations

from collections.abc import Mapping

from hydra_recipes import families
from hydra_recipes.emit import Comment
from hydra_recipes.origins import KeyPath
from hydra_recipes.rules.evaluation import active_rules
from hydra_recipes.rules.keywords import allowed
from hydra_recipes.rules.model import RuleBook


def comments(book: RuleBook, choices: Mapping[str, str]) -> Comment:
    """What to write beside each key of a recipe of these choices."""
    family = book.family_of(choices)
    if family is None:
        return lambda _: None
    about = families.descriptions(family)
    limits: dict[KeyPath, list[str]] = {}
    active = active_rules(book, choices, family)
    for bound in active.limits:
        text = allowed(bound.schema)
        if bound.limit.severity == "warning":
            text = f"usually {text}"
        elif bound.limit.severity == "incomplete":
            text = f"to submit: {text}"
        limits.setdefault(bound.path, []).append(text)
    for rule in active.rules:
        if rule.paths:  # a rule stands beside the key it names first
            usually = "usually " if rule.rule.severity == "warning" else ""
            limits.setdefault(rule.paths[0][1], []).append(f"{usually}{rule.rule.require}")

    def comment(path: KeyPath) -> str | None:
        parts = [about.get(path, ""), *dict.fromkeys(limits.get(path, ()))]
        return "; ".join(filter(None, parts)) or None

    return comment
