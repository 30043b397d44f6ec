"""Comments for the values of an emitted recipe: each key's meaning and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hydra_recipes.documents.emitter import Comment
from hydra_recipes.origin import KeyPath
from hydra_recipes.rules import families
from hydra_recipes.rules.allowed import USUAL, allowed
from hydra_recipes.rules.evaluation import active_rules
from hydra_recipes.rules.model import RuleBook

_COMPARISON = re.compile(r"[\w.]+ (<|<=|>|>=|==) [\w.]+")
"""A comparison of two terms, which needs no explanation; other rules are shown by their reason."""


def comments(book: RuleBook, choices: Mapping[str, str]) -> Comment:
    """Return a function from a key to the comment beside it, or None, for these choices."""
    family = book.family_of(choices)
    if family is None:
        return lambda _: None
    about = families.descriptions(family)
    limits: dict[KeyPath, list[str]] = {}
    active = active_rules(book, choices, family)
    for bound in active.limits:
        text = f"{USUAL.get(bound.limit.severity, '')}{allowed(bound.schema)}"
        limits.setdefault(bound.path, []).append(text)
    for rule in active.rules:
        usually = "usually " if rule.rule.severity == "warning" else ""
        simple = _COMPARISON.fullmatch(rule.rule.require)
        text = f"{usually}{rule.rule.require}" if simple else rule.rule.because.rstrip(".")
        for _, path in rule.paths:
            limits.setdefault(path, []).append(text)

    def comment(path: KeyPath) -> str | None:
        """Return the key's meaning and limits, separated by semicolons."""
        parts = [about.get(path, ""), *dict.fromkeys(limits.get(path, ()))]
        return "; ".join(filter(None, parts)) or None

    return comment
