"""Links that have a value only while the recipe stands under ``recipes``, with replacements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hydra_recipes.environment import redact
from hydra_recipes.links.dependencies import needs_mount
from hydra_recipes.links.grammar import contains_link, expand_shell_links
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import rewrite
from hydra_recipes.origin import KeyPath
from hydra_recipes.tree import scalars, value_at


@dataclass(frozen=True)
class MountedLink:
    """A link that has a value only while the recipe stands under ``recipes``.

    Attributes:
        text: The value, as it is written.
        relative: The same value with relative links; None if relative links can't express it.
        resolved: The plain value; None if it is a mapping or a list, or holds a variable's value.
    """

    text: str
    relative: str | None
    resolved: Any


def mounted_links(
    tree: Mapping[str, Any], beside: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, MountedLink]]:
    """Yield the links of a recipe that have a value only while it stands under ``recipes``.

    Args:
        tree: The recipe, links unresolved.
        beside: What stands beside it.

    Yields:
        The key of each such link, and the link with its replacements.
    """
    mounted = [
        (path, text)
        for path, text in scalars(tree)
        if contains_link(spelled := expand_shell_links(text)) and needs_mount(spelled, path)
    ]
    if not mounted:
        return
    scope = Scope(expand_shell_links(tree), beside)
    resolved, problems = scope.resolve()
    relative = rewrite(scope, "relative")
    for path, text in mounted:
        if path in problems:  # it has a finding of its own
            continue
        rewritten, plain = value_at(relative, path), value_at(resolved, path)
        is_link = contains_link(rewritten) and not needs_mount(rewritten, path)
        holds_variable = redact([plain], scope.environment) != [plain]
        yield (
            path,
            MountedLink(
                text,
                rewritten if is_link else None,
                None if holds_variable or isinstance(plain, dict | list) else plain,
            ),
        )
