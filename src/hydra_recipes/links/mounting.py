"""Links that have a value only while the recipe stands under ``recipes``, and what to write."""

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
from hydra_recipes.tree import value_at


@dataclass(frozen=True)
class MountedLink:
    """A link that has a value only while the recipe stands under ``recipes``.

    Attributes:
        text: The value, as it is written.
        relative: The same as a relative link, if it can be said so.
        resolved: The plain value, unless it is a mapping or a list, or from the environment.
    """

    text: str
    relative: str | None
    resolved: Any


def mounted_links(
    tree: Mapping[str, Any], beside: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, MountedLink]]:
    """The links of a recipe that have a value only while it stands under ``recipes``.

    Args:
        tree: The recipe, links unresolved.
        beside: What stands beside it.
    """
    found = [
        (path, text)
        for path, text in _texts(tree, ())
        if needs_mount(expand_shell_links(text), path)
    ]
    if not found:
        return
    scope = Scope(expand_shell_links(tree), beside)
    resolved, problems = scope.resolve()
    relative = rewrite(scope, "relative")
    for path, text in found:
        if path in problems:  # what is wrong with it is told by itself
            continue
        other, plain = value_at(relative, path), value_at(resolved, path)
        is_link = contains_link(other) and not needs_mount(other, path)
        read = redact([plain], scope.environment) != [plain]
        yield (
            path,
            MountedLink(
                text,
                other if is_link else None,
                None if read or isinstance(plain, dict | list) else plain,
            ),
        )


def _texts(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _texts(value, (*path, key))
    elif isinstance(node, list | tuple):
        for at, value in enumerate(node):
            yield from _texts(value, (*path, at))
    elif isinstance(node, str) and contains_link(expand_shell_links(node)):
        yield path, node
