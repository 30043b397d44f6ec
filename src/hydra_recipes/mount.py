"""The mount: a recipe stands at the root of a file, or under ``recipes`` as the launcher has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hydra_recipes.findings.errors import DocumentError

if TYPE_CHECKING:
    from hydra_recipes.documents.reader import Document

MOUNT = "recipes"


def mounted(tree: dict[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The recipe in a tree, at the root or under ``recipes``, and what stands beside it."""
    recipe = tree.get(MOUNT)
    if isinstance(recipe, dict):
        return recipe, {key: value for key, value in tree.items() if key != MOUNT}
    return tree, {}


def recipe_in(document: Document) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The recipe in a file that was read, and what stands beside it.

    Raises:
        DocumentError: If the file holds no mapping.
    """
    if not isinstance(document.tree, dict):
        found = "a list" if isinstance(document.tree, list) else "a single value"
        raise DocumentError("not-a-mapping", document.origin(()), file=document.file, found=found)
    return mounted(document.tree)
